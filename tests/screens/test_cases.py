"""The list of cases, the page of one, and who may take which step."""

from __future__ import annotations

import re
from datetime import timedelta

from django.test import Client

from alerts.models import Alert, State
from alerts.services import Finding, report
from tests.screens.conftest import Province


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def cases(text: str) -> list[int]:
    return [int(pk) for pk in re.findall(r'<tr data-live="(\d+)"', text)]


def silence(province: Province) -> Alert:
    return province.alert("BINHMINH-NT01", "silent_station")


def test_the_list_is_narrowed_by_the_address(province: Province) -> None:
    client = province.client("canbo")
    own = province.alert("HOANGHON-NT01").pk
    everything = cases(page(client, "/alerts/"))
    assert own in everything
    for query in (
        "?kind=exceedance",
        "?q=hoang hon",
        "?facility=HOANGHON",
        "?station=HOANGHON-NT01",
    ):
        found = cases(page(client, f"/alerts/{query}"))
        assert own in found
        assert silence(province).pk not in found
    assert cases(page(client, "/alerts/?state=closed")) == []
    assert cases(page(client, "/alerts/?state=unclosed")) == everything
    assert cases(page(client, "/alerts/?q=khong")) == []


def test_a_case_shows_its_evidence_and_its_story(province: Province) -> None:
    shown = page(province.client("canbo"), f"/alerts/{province.alert('HOANGHON-NT01').pk}/")
    for told in ("92,4", "≤\u00a070", "48 / 48", "GPMT số 2", "Mở cảnh báo", "Cán bộ Sở"):
        assert told in shown, told
    assert "/stations/HOANGHON-NT01/?from=" in shown


def test_an_officer_takes_a_case_and_closes_it_with_a_note(province: Province) -> None:
    client, alert = province.client("canbo"), silence(province)
    address = f"/alerts/{alert.pk}/"
    answer = client.post(address + "acknowledge/", {"note": "Đã gọi trực ca."}, follow=True)
    assert answer.redirect_chain == [(address, 302)]
    assert "Bạn đã tiếp nhận" in answer.content.decode()
    assert "Đã gọi trực ca." in answer.content.decode()
    assert "Ghi kết quả" in client.post(address + "close/", follow=True).content.decode()
    client.post(address + "close/", {"note": "Mất điện, đã khôi phục."})
    alert.refresh_from_db()
    assert (alert.state, alert.closing_note) == (State.CLOSED, "Mất điện, đã khôi phục.")


def test_who_comes_second_is_told_who_was_first(province: Province) -> None:
    alert = silence(province)
    address = f"/alerts/{alert.pk}/acknowledge/"
    province.client("nguoidong").post(address)
    answer = province.client("canbo").post(address, follow=True)
    assert "Đã có người làm trước" in answer.content.decode()
    assert "Phạm Thị Đông" in answer.content.decode()
    alert.refresh_from_db()
    assert alert.acknowledged_by == province.person("nguoidong")


def test_a_note_joins_the_story(province: Province) -> None:
    alert = silence(province)
    answer = province.client("canbo").post(
        f"/alerts/{alert.pk}/note/", {"note": "Chờ công ty báo lại."}, follow=True
    )
    assert "Chờ công ty báo lại." in answer.content.decode()
    alert.refresh_from_db()
    assert alert.state == State.OPEN


def test_a_reader_may_not_and_a_stranger_finds_nothing(province: Province) -> None:
    alert = silence(province)
    before = alert.events.count()
    expected = {"theodoi": 403, "chudong": 403, "tin": 403, "nguoitay": 404, "chutay": 404}
    for username, status in expected.items():
        for step in ("acknowledge", "close", "note"):
            address = f"/alerts/{alert.pk}/{step}/"
            answer = province.client(username).post(address, {"note": "không"})
            assert answer.status_code == status, (username, step)
    alert.refresh_from_db()
    assert (alert.state, alert.events.count()) == (State.OPEN, before)


def test_a_step_needs_a_post_with_a_token(province: Province) -> None:
    alert = silence(province)
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(province.person("canbo"))
    assert strict.post(f"/alerts/{alert.pk}/acknowledge/").status_code == 403
    assert strict.get(f"/alerts/{alert.pk}/acknowledge/").status_code == 405


def test_a_reader_sees_no_button(province: Province) -> None:
    address = f"/alerts/{silence(province).pk}/"
    assert "Tiếp nhận</button>" in page(province.client("canbo"), address)
    for username in ("theodoi", "chudong", "tin"):
        assert "next-step" in page(province.client(username), address)
        assert "Tiếp nhận</button>" not in page(province.client(username), address)


def test_a_file_in_anothers_name_is_told_to_the_department_alone(province: Province) -> None:
    sent = list(Alert.objects.filter(kind="wrong_sender"))
    assert sent
    for alert in sent:
        assert province.client("nguoitay").get(f"/alerts/{alert.pk}/").status_code == 404
        assert "BG_BINHMINH_NT01" in page(province.client("canbo"), f"/alerts/{alert.pk}/")


def test_mails_are_shown_with_their_attempts(province: Province) -> None:
    client = province.client("canbo")
    shown = page(client, "/mails/")
    assert "Chưa đặt máy chủ thư" in shown
    assert "ca@binhminh.example" in shown
    first = re.search(r'href="(/mails/\d+/)"', shown)[1]
    detail = page(client, first)
    assert "Đã chuyển đi" in detail
    assert ".eml" in detail


def test_a_district_is_told_that_others_were_told_without_their_addresses(
    province: Province,
) -> None:
    shown = page(province.client("nguoidong"), "/mails/")
    assert "ub@huyendong.example" in shown
    assert "ca@binhminh.example" in shown
    assert "so@so.example" not in shown
    assert shown.count("/mails/") > shown.count("ub@huyendong.example")


def test_the_form_of_a_notice_is_on_the_case_and_for_who_may_see_it(province: Province) -> None:
    station = province.station("BINHMINH-NT01")
    finding = Finding(
        kind="silent_12h",
        station_id=station.pk,
        start=province.now - timedelta(hours=13),
        end=province.now,
    )
    case = report(finding, now=province.now)
    address = f"/alerts/{case.pk}/notice.pdf"
    for username in ("canbo", "chudong"):
        assert address in page(province.client(username), f"/alerts/{case.pk}/")
        form = province.client(username).get(address)
        assert form["Content-Type"] == "application/pdf"
        assert form.content.startswith(b"%PDF-")
    assert province.client("chutay").get(address).status_code == 404
    other = province.alert("HOANGHON-NT01")
    assert province.client("canbo").get(f"/alerts/{other.pk}/notice.pdf").status_code == 404
