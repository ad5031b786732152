"""An officer's whole course: look first, save as shown, confirm, and what follows from it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection
from django.test import Client

from alerts.models import Audience, Notification
from monitoring.models import ClosedMonth, Correction, Verdict
from monitoring.services import foreseeing
from monitoring.services.corrections import correct_one
from monitoring.services.foreseeing import foresee
from stations.models import (
    Document,
    Edition,
    Facility,
    JudgedBy,
    Membership,
    Permit,
    PermitLimit,
    Station,
)
from stations.services.grants import rebuild_grants
from stations.services.rule_changes import KINDS, Paper, change_basis
from tests.rules.conftest import Province, fingerprint, save
from tests.screens.conftest import CALM, receive, write

pytestmark = pytest.mark.django_db
CALM_STATION = "KCNCHUNG-NT01"


def permit_told(**more: Any) -> dict[str, Any]:
    """A permit of the calm plant that allows 20 mg/L of COD, below what it sends."""
    channels = Station.objects.get(code=CALM_STATION).channels.order_by("slot")
    told = {
        "number": "GPMT số 9",
        "since": "2020-01-01",
        "kq": "1",
        "kf": "0,9",
        "flow_m3_per_day": "9.000,5",
        "lines-TOTAL_FORMS": "2",
        "lines-INITIAL_FORMS": "2",
    }
    for number, channel in enumerate(channels):
        told |= {f"lines-{number}-channel": channel.pk, f"lines-{number}-period": "day"}
    told |= {"lines-0-printed_c": "22,2", "lines-0-maximum": "20"}
    return told | more


NEW_PERMIT = "/facilities/KCNCHUNG/permits/new/"


class TestLookingFirst:
    def test_a_preview_tells_limits_and_verdicts_and_saves_nothing(
        self, province: Province, officer: Client
    ) -> None:
        seen = officer.post(NEW_PERMIT, permit_told(step="look"))
        foreseen = seen.context["foreseen"]
        assert [(row["symbol"], row["days"]) for row in foreseen["limits"]] == [
            ("COD", "từ 01/01/2020")
        ]
        turns = [turn["words"] for group in foreseen["groups"] for turn in group["turns"]]
        days = Verdict.objects.in_effect().filter(
            station__code=CALM_STATION, symbol="COD", period="day", result="within"
        )
        assert turns == [f"{days.count()} ngày đạt → vượt"]
        assert days.count() > 0
        assert not Permit.objects.exists()
        assert not Document.objects.exists()

    def test_saving_from_now_on_leaves_the_past(self, province: Province, officer: Client) -> None:
        before = list(Verdict.objects.order_by("id").values_list("id", "superseded_at"))
        answer = save(officer, NEW_PERMIT, permit_told())
        permit = Permit.objects.get()
        assert answer.url == f"/facilities/KCNCHUNG/permits/{permit.pk}/"
        assert str(permit.flow_m3_per_day) == "9000.500000"
        assert permit.document.number == "GPMT số 9"
        assert permit.limits.get().maximum == 20
        told = officer.get(f"/api/v1/stations/{CALM_STATION}/limits/").json()
        cod = next(row for row in told if row["parameter"] == "COD")
        assert (cod["permit"], cod["printed_c"], cod["confirmed"]) == ("GPMT số 9", 22.2, None)
        history = officer.get("/facilities/KCNCHUNG/rules/").content.decode()
        assert "GPMT số 9" in history
        assert "Cán bộ Sở" in history
        assert list(Verdict.objects.order_by("id").values_list("id", "superseded_at")) == before
        assert not Correction.objects.exists()

    def test_judging_the_past_anew_orders_what_was_foreseen(
        self, province: Province, officer: Client
    ) -> None:
        seen = officer.post(NEW_PERMIT, permit_told(step="look"))
        foreseen = seen.context["foreseen"]["days_in_all"]
        save(officer, NEW_PERMIT, permit_told(reason="Theo giấy phép"), past="past")
        correction = Correction.objects.get()
        assert (correction.what, correction.asked_by.username) == ("rules", "canbo")
        assert (correction.reason, correction.document.number) == ("Theo giấy phép", "GPMT số 9")
        waiting = officer.get("/rules/corrections/?state=waiting").content.decode()
        assert "Theo giấy phép" in waiting
        assert correct_one(now=province.now)
        correction.refresh_from_db()
        assert correction.failure == ""
        made = Verdict.objects.in_effect().filter(correction=correction.pk, result="exceeded")
        assert made.count() == foreseen > 0
        done = officer.get("/rules/corrections/?state=done").content.decode()
        assert f"{correction.verdicts_changed} kết luận thay đổi" in done
        assert (
            "Theo giấy phép"
            not in officer.get("/rules/corrections/?state=waiting").content.decode()
        )

    def test_without_a_reason_the_past_is_not_touched(
        self, province: Province, officer: Client
    ) -> None:
        answer = save(officer, NEW_PERMIT, permit_told(), past="past")
        assert answer.status_code == 200
        assert "Nêu lý do sửa các kết luận đã có" in answer.content.decode()
        assert not Permit.objects.exists()

    def test_what_differs_from_what_was_shown_is_shown_again(
        self, province: Province, officer: Client
    ) -> None:
        page = officer.post(NEW_PERMIT, permit_told(step="look")).content.decode()
        other = permit_told(**{"lines-0-maximum": "19"}, step="save", foreseen=fingerprint(page))
        answer = officer.post(NEW_PERMIT, other)
        assert "Nội dung khác với bản đã xem" in answer.content.decode()
        assert answer.context["foreseen"]
        assert not Permit.objects.exists()

    def test_nothing_is_saved_without_a_look(self, province: Province, officer: Client) -> None:
        answer = officer.post(NEW_PERMIT, permit_told(step="save"))
        assert answer.status_code == 200
        assert not Permit.objects.exists()

    def test_a_closed_month_asks_for_the_head(self, province: Province, officer: Client) -> None:
        station = province.station(CALM_STATION)
        start = Verdict.objects.filter(station=station).order_by("start").first().start
        month = (start + timedelta(hours=7)).date().replace(day=1)
        ClosedMonth.objects.create(
            station=station,
            month=month,
            closed_by=province.person("canbo"),
            closed_at=province.now,
        )
        told = permit_told(reason="Theo giấy phép")
        shown = officer.post(NEW_PERMIT, {**told, "step": "look"}).content.decode()
        assert "Chỉ lãnh đạo được cho đánh giá lại" in shown
        answer = save(officer, NEW_PERMIT, told, past="past", head_reason="x")
        assert answer.status_code == 200
        assert not Permit.objects.exists()
        assert not Correction.objects.exists()
        assert save(officer, NEW_PERMIT, told).status_code == 302

    def test_the_head_may_judge_a_closed_month_anew(self, province: Province) -> None:
        head = province.person("canbo")
        Membership.objects.filter(person=head).update(role=Membership.Role.HEAD)
        rebuild_grants()
        client = province.client("canbo")
        station = province.station(CALM_STATION)
        start = Verdict.objects.filter(station=station).order_by("start").first().start
        ClosedMonth.objects.create(
            station=station,
            month=(start + timedelta(hours=7)).date().replace(day=1),
            closed_by=head,
            closed_at=province.now,
        )
        told = permit_told(reason="Theo giấy phép")
        assert save(client, NEW_PERMIT, told, past="past").status_code == 200
        assert not Correction.objects.exists()
        answer = save(client, NEW_PERMIT, told, past="past", head_reason="Thanh tra kết luận")
        assert answer.status_code == 302
        correction = Correction.objects.get()
        assert (correction.head, correction.head_reason) == (head, "Thanh tra kết luận")

    def test_no_transaction_is_open_while_verdicts_are_looked_at(
        self, province: Province, officer: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Only that of the test itself; a rehearsal would be one more."""
        depth = len(connection.savepoint_ids)
        seen = []
        real = foreseeing.differences

        def looked(*given: Any, **named: Any) -> Any:
            seen.append(len(connection.savepoint_ids))
            return real(*given, **named)

        monkeypatch.setattr(foreseeing, "differences", looked)
        officer.post(NEW_PERMIT, permit_told(step="look"))
        assert seen == [depth] * len(seen) != []

    def test_a_preview_without_time_says_what_it_left_out(
        self, province: Province, monkeypatch: pytest.MonkeyPatch, officer: Client
    ) -> None:
        monkeypatch.setattr(foreseeing, "SECONDS", 0.0)
        change = lambda: change_basis(  # noqa: E731
            kind=KINDS["design_flow"],
            owner=Facility.objects.get(code="KCNCHUNG"),
            values={"m3_per_day": 100},
            since=date(2020, 1, 1),
            until=None,
            paper=Paper(None, "x"),
            by=province.person("canbo"),
        )
        stations = [province.station(CALM_STATION)]
        found = foresee(change, stations, now=province.now, seconds=0.0)
        assert (found.left_out, found.incomplete) == ([CALM_STATION], True)
        whole = foresee(change, stations, now=province.now, seconds=60.0)
        assert (whole.left_out, whole.incomplete) == ([], False)
        none = foresee(change, stations, now=province.now, most_stations=0)
        assert none.left_out == [CALM_STATION]


class TestComparing:
    def test_a_mismatch_is_said_and_agreement_too(
        self, province: Province, officer: Client
    ) -> None:
        edition = Edition.objects.get(code="QCVN 40:2011/BTNMT").pk
        told = permit_told(edition=f"{edition}|A", **{"lines-0-printed_c": "75"})
        told["lines-0-maximum"] = "67,5"
        save(officer, NEW_PERMIT, told)
        permit = Permit.objects.get()
        line = officer.get(f"/facilities/KCNCHUNG/permits/{permit.pk}/").context["lines"][0]
        assert line["own"].agrees
        assert line["register"].agrees
        permit.kf = "1.1"
        permit.save()
        seen = officer.get(f"/facilities/KCNCHUNG/permits/{permit.pk}/")
        line = seen.context["lines"][0]
        assert line["own"].differs
        assert line["own"].other == Decimal("82.5")
        assert "lệch" in seen.content.decode()

    @pytest.mark.parametrize(
        ("written", "said"),
        [
            ("1.234", "Số này có thể hiểu theo hai cách: hãy viết 1234 hoặc 1,234."),
            ("hai", "Nhập"),
        ],
    )
    def test_a_number_that_can_be_read_in_two_ways_is_refused(
        self, province: Province, officer: Client, written: str, said: str
    ) -> None:
        answer = officer.post(NEW_PERMIT, permit_told(flow_m3_per_day=written, step="look"))
        assert said in answer.content.decode()
        assert "foreseen" not in answer.context


class TestConfirming:
    def told(self, station: Station) -> list[str]:
        rows = Notification.objects.filter(
            alert__station=station, alert__kind="exceedance", audience=Audience.OPERATOR
        )
        return list(rows.values_list("address", flat=True))

    def next_day(self, folder: Path, until: datetime) -> None:
        place = folder / f"{until:%d%H%M}"
        place.mkdir()
        write(place, "BG_KCNCHUNG_NT01", until=until, cod=CALM)
        receive(place, at=until)
        call_command("settle", now=until, stdout=StringIO())

    def test_the_operator_is_mailed_after_and_not_before(
        self, province: Province, officer: Client, data_dir: Path
    ) -> None:
        station = province.station(CALM_STATION)
        save(officer, NEW_PERMIT, permit_told())
        permit = Permit.objects.get()
        listed = officer.get("/rules/unconfirmed/").content.decode()
        assert "GPMT số 9" in listed
        self.next_day(data_dir, province.now + timedelta(days=1))
        assert Notification.objects.filter(alert__station=station, alert__kind="exceedance")
        assert self.told(station) == []
        cases = officer.get("/alerts/?state=unclosed").content.decode()
        assert "chưa xác nhận" in cases

        address = f"/rules/confirm/permit/{permit.pk}/"
        answer = save(officer, address, {"document_number": "GPMT số 9"})
        assert answer.status_code == 302
        limit = PermitLimit.objects.get(permit=permit)
        assert (limit.confirmed, limit.confirmed_by.username) == ("GPMT số 9", "canbo")
        assert limit.confirmed_at is not None
        assert "GPMT số 9" not in officer.get("/rules/unconfirmed/").content.decode()
        self.next_day(data_dir, province.now + timedelta(days=2))
        assert set(self.told(station)) == {"hopthu@ogiua.example"}

    def test_without_a_document_nothing_is_confirmed(
        self, province: Province, officer: Client
    ) -> None:
        rule = JudgedBy.objects.get(station__code=CALM_STATION)
        JudgedBy.objects.filter(pk=rule.pk).update(confirmed="")
        answer = officer.post(f"/rules/confirm/rule/{rule.pk}/", {"step": "look"})
        assert "Nêu văn bản đã đối chiếu" in answer.content.decode()
        rule.refresh_from_db()
        assert rule.confirmed == ""

    def test_unconfirmed_limits_are_marked_on_the_station(
        self, province: Province, officer: Client
    ) -> None:
        marked = "chưa xác nhận"
        assert marked not in officer.get(f"/stations/{CALM_STATION}/").content.decode()
        save(officer, NEW_PERMIT, permit_told())
        basis = officer.get("/facilities/KCNCHUNG/basis/").content.decode()
        assert marked in basis

    def test_numbers_of_an_edition_are_confirmed_by_choice(
        self, province: Province, officer: Client
    ) -> None:
        edition = Edition.objects.get(code="QCVN 40:2011/BTNMT")
        cell = edition.limits.first()
        told = {"document_number": "QCVN 40:2011/BTNMT", "limits": str(cell.pk)}
        assert save(officer, f"/rules/{edition.pk}/confirm/", told).status_code == 302
        assert edition.limits.exclude(confirmed="").count() == 1
        none = officer.post(
            f"/rules/{edition.pk}/confirm/", {"document_number": "X", "step": "look"}
        )
        assert "Chọn ít nhất một giá trị" in none.content.decode()


YAML = """
regulation: QCVN 40
title: Nước thải công nghiệp
code: QCVN 40:2025/BTNMT
medium: wastewater
columns: [A, B, C]
in_force: {from: 2025-09-01}
period: day
limits:
  - {parameter: COD, A: 65, B: 90, C: 130}
"""


class TestEditions:
    def test_a_file_is_shown_then_taken_whole(self, province: Province, officer: Client) -> None:
        file = SimpleUploadedFile("qcvn.yaml", YAML.encode())
        shown = officer.post(
            "/rules/file/", {"file": file, "reason": "theo văn bản", "step": "look"}
        )
        content = shown.context["content"]
        page = shown.content.decode()
        assert "QCVN 40:2025/BTNMT" in page
        told = {"content": content, "reason": "theo văn bản", "step": "save"}
        answer = officer.post("/rules/file/", {**told, "foreseen": fingerprint(page)})
        assert answer.status_code == 302
        assert Edition.objects.get(code="QCVN 40:2025/BTNMT").limits.count() == 3

    def test_each_mistake_is_named_with_its_place(
        self, province: Province, officer: Client
    ) -> None:
        wrong = YAML.replace("COD, A: 65", "KHONG, A: 65").replace("B: 90", "B: hai")
        file = SimpleUploadedFile("qcvn.yaml", wrong.encode())
        answer = officer.post("/rules/file/", {"file": file, "reason": "x", "step": "look"})
        assert all("dòng 10" in problem for problem in answer.context["problems"])
        assert answer.context["problems"]
        assert not Edition.objects.get(code="QCVN 40:2025/BTNMT").limits.exists()

    def test_a_new_edition_and_its_first_number(self, province: Province, officer: Client) -> None:
        told = {
            "regulation": "QCĐP 1",
            "title": "Quy chuẩn địa phương",
            "code": "QCĐP 01:2026/BG",
            "medium": "wastewater",
            "columns": "A, B",
            "period": "day",
            "min_capture": "0,8",
            "grace_minutes": "45",
            "factors": "kf: [[500, 1.1], [null, 1]]",
            "reason": "ban hành",
        }
        assert save(officer, "/rules/new/", told).status_code == 302
        edition = Edition.objects.get(code="QCĐP 01:2026/BG")
        assert (edition.factors, str(edition.min_capture)) == (
            {"kf": [[500, 1.1], [None, 1]]},
            "0.800",
        )
        number = {
            "parameter": edition.limits.model._meta.get_field("parameter")
            .related_model.objects.get(symbol="COD")
            .pk,
            "column": "A",
            "period": "day",
            "maximum": "45,5",
            "takes_factors": "on",
            "reason": "bảng 1",
        }
        assert save(officer, f"/rules/{edition.pk}/numbers/new/", number).status_code == 302
        assert str(edition.limits.get().maximum) == "45.500000"
        again = officer.post(f"/rules/{edition.pk}/numbers/new/", {**number, "step": "look"})
        assert "Đã có một giá trị bắt đầu từ ngày này" in again.content.decode()

    def test_wrong_factor_tables_are_named(self, province: Province, officer: Client) -> None:
        answer = officer.post("/rules/new/", {"factors": "kf: [[500, 1.1]]", "step": "look"})
        assert "chỉ khoảng cuối cùng không có giới hạn trên" in answer.content.decode()


class TestDocuments:
    def test_a_file_is_kept_once_and_seen_by_who_may(
        self, province: Province, officer: Client, settings: Any, tmp_path: Path
    ) -> None:
        settings.MEDIA_ROOT = tmp_path / "media"
        scan = SimpleUploadedFile("giay phep.pdf", b"%PDF-1.4 giay phep")
        told = permit_told(document_number="GPMT số 9", document_file=scan)
        page = officer.post(NEW_PERMIT, {**told, "step": "look"}).content.decode()
        saved = permit_told(
            document_number="GPMT số 9", step="save", foreseen=fingerprint(page), past="now"
        )
        assert officer.post(NEW_PERMIT, saved).status_code == 302
        document = Document.objects.get()
        address = f"/rules/documents/{document.pk}/file/"
        seen = officer.get(address)
        assert b"".join(seen.streaming_content) == b"%PDF-1.4 giay phep"
        assert seen["Content-Disposition"].startswith("attachment")
        # the zone lies in both districts; the plant of the west has nothing to do with it
        for username, status in {
            "nguoidong": 200,
            "nguoitay": 200,
            "chutay": 404,
            "tin": 404,
        }.items():
            answer = province.client(username).get(address)
            assert answer.status_code == status, username
            if status == 200:
                assert list(answer.streaming_content)
        listed = province.client("chutay").get("/rules/documents/").content.decode()
        assert "GPMT số 9" not in listed

    def test_a_program_is_no_document(self, province: Province, officer: Client) -> None:
        bad = SimpleUploadedFile("chay.exe", b"MZ")
        told = {"document_number": "X", "document_file": bad}
        answer = officer.post("/rules/documents/new/", told)
        assert "Không lưu được loại tệp này" in answer.content.decode()
        assert not Document.objects.exists()
