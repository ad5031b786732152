"""Duyệt số liệu: who sees, asks, decides; what is shown before and after; months."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from monitoring.domain.exclusions import month_span
from monitoring.domain.slots import day_of, day_start
from monitoring.models import ChannelLink, ClosedMonth, Exclusion, Layer, Verdict
from monitoring.services import exclusions
from monitoring.services.exclusions import Wanted
from stations.models import Agency, Document, Membership, Person
from stations.services.grants import rebuild_grants
from tests.screens.conftest import VIETNAM, Province

OWN, OTHERS = "HOANGHON-NT01", "BINHMINH-NT01"
PDF = b"%PDF-1.4 bien ban"


def judged_day(province: Province) -> datetime:
    """The Vietnamese midnight of the day before yesterday: judged, whatever the hour is now."""
    return day_start(day_of(province.now) - timedelta(days=2))


def field(at: datetime) -> str:
    return at.astimezone(VIETNAM).strftime("%Y-%m-%dT%H:%M")


def form(province: Province, code: str = OWN, **changes: Any) -> dict[str, Any]:
    """Half a day of COD."""
    start = judged_day(province)
    return {
        "station": code,
        "parameter": "COD",
        "from": field(start),
        "to": field(start + timedelta(hours=12)),
        "why": "fault",
        "words": "Điện cực hỏng, đã thay.",
        "document_number": "BB số 7",
    } | changes


def post(client: Client, path: str, data: dict[str, Any]) -> tuple[int, str]:
    answer = client.post(path, data, follow=True)
    return answer.status_code, answer.content.decode()


def asked(province: Province, username: str = "chutay", **changes: Any) -> Exclusion:
    """A request of the operator, with his scan."""
    scan = SimpleUploadedFile("bienban.pdf", PDF, content_type="application/pdf")
    given = form(province, document_file=scan, **changes)
    assert province.client(username).post("/exclusions/new/", given).status_code == 302
    return Exclusion.objects.latest("pk")


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content.decode()


def query(province: Province, code: str = OWN) -> str:
    given = form(province, code)
    return "&".join(f"{name}={given[name]}" for name in ("station", "parameter", "from", "to"))


def head_of(province: Province) -> Client:
    """A head of the department."""
    person = Person.objects.create(username="lanhdao", name="Lãnh đạo Sở")
    agency = Agency.objects.get(code="STNMT")
    Membership.objects.create(person=person, agency=agency, role=Membership.Role.HEAD)
    rebuild_grants()
    client = Client()
    client.force_login(person)
    return client


def test_the_form_shows_both_layers_before_anything_is_saved(province: Province) -> None:
    before = Verdict.objects.count()
    shown = page(province.client("canbo"), f"/exclusions/new/?{query(province)}")
    assert "Những gì sẽ thay đổi" in shown
    assert "Không đủ số liệu" in shown
    assert "<b>24</b> giá trị đo" in shown
    assert (Verdict.objects.count(), Exclusion.objects.count()) == (before, 0)


def test_an_officer_excludes_and_both_verdicts_stand(province: Province) -> None:
    status, shown = post(province.client("canbo"), "/exclusions/new/", form(province))
    assert status == 200
    assert "Hai kết luận nay đặt cạnh nhau" in shown
    row = Exclusion.objects.get()
    assert (row.state, row.decided_by, str(row.document)) == (
        "approved",
        province.person("canbo"),
        "BB số 7",
    )
    layers = Verdict.objects.filter(station=row.station, symbol="COD", start=row.start)
    assert dict(layers.values_list("layer", "result")) == {
        "raw": "exceeded",
        "approved": "not_enough_data",
    }
    station = page(province.client("canbo"), f"/stations/{OWN}/")
    assert "số liệu đã duyệt" in station


def test_what_an_operator_asks_for_waits_for_an_officer(province: Province) -> None:
    row = asked(province)
    assert (row.state, row.asked_by) == ("asked", province.person("chutay"))
    assert not Verdict.objects.filter(layer=Layer.APPROVED).exists()
    assert "Chờ cán bộ Sở quyết định" in page(province.client("chutay"), f"/exclusions/{row.pk}/")
    status, shown = post(province.client("canbo"), f"/exclusions/{row.pk}/approve/", {})
    assert "Đã duyệt" in shown
    assert status == 200
    row.refresh_from_db()
    assert row.state == "approved"


def test_an_operators_paper_opens_nobody_elses(province: Province) -> None:
    """He types the number of a document that the department keeps: his own is made."""
    Document.objects.create(number="GPMT số 1")
    row = asked(province, document_number="GPMT số 1")
    assert str(row.document) == f"GPMT số 1 · {OWN}"


def test_the_scan_is_given_to_who_may_see_the_station(province: Province) -> None:
    address = f"/exclusions/{asked(province).pk}/document/"
    for username in ("canbo", "theodoi", "chutay", "nguoitay"):
        answer = province.client(username).get(address)
        assert b"".join(answer.streaming_content) == PDF  # type: ignore[attr-defined]
        assert answer["X-Content-Type-Options"] == "nosniff"
    for username in ("chudong", "nguoidong", "tin"):
        assert province.client(username).get(address).status_code == 404


@pytest.mark.parametrize(
    ("name", "content"),
    [("bienban.pdf", b"<html><script>"), ("bienban.html", PDF), ("bienban", PDF)],
)
def test_a_file_that_is_no_scan_is_refused(province: Province, name: str, content: bytes) -> None:
    given = form(province, document_file=SimpleUploadedFile(name, content))
    status, shown = post(province.client("chutay"), "/exclusions/new/", given)
    assert status == 422
    assert "Hãy đính kèm tệp PDF" in shown
    assert not Exclusion.objects.exists()
    assert not Document.objects.filter(number__startswith="BB số 7").exists()


def test_a_form_that_is_refused_keeps_what_was_written(province: Province) -> None:
    given = form(province, document_number="", words="Thay điện cực lúc 9 giờ")
    status, shown = post(province.client("canbo"), "/exclusions/new/", given)
    assert status == 422
    assert "Chỉ duyệt loại trừ khi có văn bản" in shown
    assert "Thay điện cực lúc 9 giờ" in shown


def test_an_operator_who_asks_too_late_is_told_until_when(province: Province) -> None:
    start = judged_day(province) - timedelta(days=20)
    given = form(province, **{"from": field(start), "to": field(start + timedelta(hours=1))})
    status, shown = post(province.client("chutay"), "/exclusions/new/", given)
    last = day_of(start) + timedelta(days=10)
    assert status == 422
    assert f"{last:%d/%m/%Y}" in shown


def test_who_only_reads_may_not_write_and_a_stranger_finds_nothing(province: Province) -> None:
    expected = {"theodoi": 403, "nguoitay": 403, "nguoidong": 404, "chudong": 404, "tin": 404}
    for username, status in expected.items():
        client = province.client(username)
        assert client.get(f"/exclusions/new/?{query(province)}").status_code == status, username
        assert client.post("/exclusions/new/", form(province)).status_code == status, username
    assert not Exclusion.objects.exists()


def test_only_an_officer_decides(province: Province) -> None:
    row = asked(province)
    expected = {
        "theodoi": 403,
        "chutay": 403,
        "nguoitay": 403,
        "nguoidong": 404,
        "chudong": 404,
        "tin": 404,
    }
    for username, status in expected.items():
        for step in ("approve", "refuse", "revoke"):
            answer = province.client(username).post(
                f"/exclusions/{row.pk}/{step}/", {"note": "không"}
            )
            assert answer.status_code == status, (username, step)
    row.refresh_from_db()
    assert row.state == "asked"


def test_each_sees_the_exclusions_of_his_stations_only(province: Province) -> None:
    row = asked(province)
    for username, seen in {
        "canbo": True, "theodoi": True, "chutay": True, "nguoitay": True,
        "nguoidong": False, "chudong": False, "tin": False,
    }.items():  # fmt: skip
        client = province.client(username)
        assert (f'data-exclusion="{row.pk}"' in page(client, "/exclusions/")) is seen, username
        status = client.get(f"/exclusions/{row.pk}/").status_code
        assert status == (200 if seen else 404), username


def test_the_list_is_narrowed_by_its_address(province: Province) -> None:
    row = asked(province)
    client = province.client("canbo")
    found = f'data-exclusion="{row.pk}"'
    for query in ("?state=asked", f"?station={OWN}", "?why=fault", "?q=hoang hon", "?q=điện cực"):
        assert found in page(client, f"/exclusions/{query}"), query
    for query in ("?state=approved", "?why=stop", "?q=binh minh", "?to=2020-01-01"):
        assert found not in page(client, f"/exclusions/{query}"), query


def test_of_two_officers_the_second_is_told(province: Province) -> None:
    row = asked(province)
    post(province.client("canbo"), f"/exclusions/{row.pk}/refuse/", {"note": "Thiếu biên bản"})
    _, shown = post(head_of(province), f"/exclusions/{row.pk}/approve/", {})
    assert "Đã có người làm trước" in shown
    assert "Cán bộ Sở" in shown


def test_the_case_tells_what_was_excluded_and_stays(province: Province) -> None:
    post(province.client("canbo"), "/exclusions/new/", form(province))
    alert = province.alert(OWN)
    shown = page(province.client("canbo"), f"/alerts/{alert.pk}/")
    assert "Đã loại trừ khỏi số liệu duyệt" in shown
    assert "theo BB số 7" in shown
    row = Exclusion.objects.get()
    post(province.client("canbo"), f"/exclusions/{row.pk}/revoke/", {"note": "Sai ngày"})
    shown = page(province.client("canbo"), f"/alerts/{alert.pk}/")
    assert "Đã hủy loại trừ" in shown
    assert "Sai ngày" in shown


def test_the_chart_button_leads_to_what_one_may_do(province: Province) -> None:
    words = {"canbo": "Loại trừ số liệu", "chutay": "Đề nghị loại trừ số liệu"}
    for username, word in words.items():
        shown = page(province.client(username), f"/stations/{OWN}/")
        assert f">{word}</a>" in shown
    for username in ("theodoi", "nguoitay"):
        assert "data-exclude" not in page(province.client(username), f"/stations/{OWN}/")


def past_month(province: Province) -> date:
    """The month before last: over, and judged, at whatever moment the test runs."""
    last = day_of(province.now).replace(day=1) - timedelta(days=1)
    return (last.replace(day=1) - timedelta(days=1)).replace(day=1)


def month_page(province: Province) -> str:
    month = past_month(province)
    return f"/stations/{OWN}/months/{month.year}/{month.month}/"


def request_of_past_month(province: Province) -> Exclusion:
    end = month_span(past_month(province))[1]
    station = province.station(OWN)
    wanted = Wanted(
        station.channels.get(symbol="COD"), end - timedelta(hours=2), end, "fault", "Hỏng."
    )
    return exclusions.ask(wanted=wanted, by=province.person("chutay"), now=end + timedelta(hours=1))


def test_a_month_shows_what_waits_and_is_closed_after_it(province: Province) -> None:
    row = request_of_past_month(province)
    address, client = month_page(province), province.client("canbo")
    assert "Phải quyết định trước" in page(client, address)
    _, shown = post(client, f"{address}close/", {})
    assert "phải được quyết định trước" in shown
    exclusions.refuse(exclusion=row, by=province.person("canbo"), note="Không")
    _, shown = post(client, f"{address}close/", {"note": "Đã đối chiếu"})
    assert "Đã khóa tháng" in shown
    assert ClosedMonth.objects.get().note == "Đã đối chiếu"
    assert "Không có. Từ nay chỉ lãnh đạo Sở" in shown


def test_only_an_officer_closes_a_month(province: Province) -> None:
    address = month_page(province)
    expected = {"theodoi": 403, "chutay": 403, "nguoitay": 403, "nguoidong": 404, "tin": 404}
    for username, status in expected.items():
        answer = province.client(username).post(f"{address}close/")
        assert answer.status_code == status, username
    assert province.client("chutay").get(address).status_code == 200
    assert province.client("tin").get(address).status_code == 404
    assert province.client("nguoidong").get(address).status_code == 404
    assert not ClosedMonth.objects.exists()


def test_a_month_that_does_not_exist_has_no_page(province: Province) -> None:
    for rest in ("2024/13", "2024/0", "1800/1", "99999/1"):
        address = f"/stations/{OWN}/months/{rest}/"
        assert province.client("canbo").get(address).status_code == 404, rest


def test_in_a_closed_month_the_officer_asks_the_head_and_the_head_says_why(
    province: Province,
) -> None:
    end = month_span(past_month(province))[1]
    post(province.client("canbo"), f"{month_page(province)}close/", {})
    given = form(province, **{"from": field(end - timedelta(hours=2)), "to": field(end)})
    status, shown = post(province.client("canbo"), "/exclusions/new/", given)
    assert status == 422
    assert "chỉ lãnh đạo Sở được thay đổi" in shown
    head = head_of(province)
    status, shown = post(head, "/exclusions/new/", given)
    assert status == 422
    assert "Lý do lãnh đạo cho phép thay đổi" in shown
    status, shown = post(
        head, "/exclusions/new/", given | {"head_reason": "Theo kết luận thanh tra"}
    )
    assert status == 200
    assert "Theo kết luận thanh tra" in shown


def test_several_stations_are_closed_at_once_by_who_may(province: Province) -> None:
    month = past_month(province)
    ChannelLink.objects.update(first_time=month_span(month)[0])
    address = f"/months/?month={month:%Y-%m}"
    assert OWN in page(province.client("canbo"), address)
    chosen = {"station": [OWN, OTHERS]}
    assert province.client("theodoi").post(address, chosen).status_code == 403
    assert province.client("chutay").post(address, chosen).status_code == 403
    _, shown = post(province.client("canbo"), address, chosen)
    assert "Đã khóa tháng" in shown
    closed = ClosedMonth.objects.values_list("station__code", flat=True)
    assert sorted(closed) == [OTHERS, OWN]


def test_months_of_strangers_are_not_listed(province: Province) -> None:
    address = f"/months/?month={day_of(province.now):%Y-%m}"
    shown = page(province.client("chutay"), address)
    assert OWN in shown
    assert OTHERS not in shown
    assert OWN not in page(province.client("tin"), address)
