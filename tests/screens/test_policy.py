"""Quy chế của tỉnh: read by everybody, compared and changed by the department, from a day on."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from alerts.models import (
    Alert,
    Clause,
    EscalationStep,
    KindRule,
    NotificationPolicy,
    SpecialDay,
    WorkHolds,
)
from alerts.services.deadlines import load_calendar
from alerts.services.muting import held_kinds
from alerts.services.policy_changes import (
    PARTS,
    ChangedMeanwhile,
    InThePast,
    change_setting,
    times_changed,
)
from stations.models import RuleSetting
from stations.services.rule_changes import Paper
from tests.screens.conftest import Province
from tests.screens.test_cases import page

KIND = {
    "severity": "4",
    "acknowledge_within": "1,5",
    "acknowledge_clock": "clock",
    "answer_within": "12",
    "answer_clock": "clock",
    "lapses_after": "",
    "document_number": "QĐ 99/2026/QĐ-UBND",
    "reason": "Theo điều 9",
}


def rule(kind: str = "exceedance") -> Any:
    return KindRule.objects.in_force(timezone.localdate()).get(kind=kind)


def saved(client: Client, address: str, data: dict[str, Any]) -> str:
    """Looked at, then saved; the page that follows."""
    first = client.post(address, data)
    assert first.status_code == 200, first.content.decode()[-3000:]
    assert 'name="sure"' in first.content.decode()
    answer = client.post(address, data | {"sure": "1"}, follow=True)
    assert answer.status_code == 200, answer.content.decode()[-3000:]
    return answer.content.decode()


def test_everybody_reads_by_which_rules_he_is_asked(province: Province) -> None:
    for name in ("canbo", "theodoi", "chutay", "nguoitay", "tin"):
        shown = page(province.client(name), "/policy/")
        assert "Vượt giá trị giới hạn" in shown
        assert "chưa đối chiếu" in shown
        assert ("/policy/kind/" in shown) == (name == "canbo")


@pytest.mark.parametrize("name", ["theodoi", "chutay", "nguoitay", "tin"])
def test_only_the_department_changes_and_compares(province: Province, name: str) -> None:
    client, row = province.client(name), rule()
    for address in (
        f"/policy/kind/{row.pk}/",
        "/policy/step/new/",
        "/policy/compare/kind_rule/?key=exceedance",
    ):
        assert client.get(address).status_code == 403
        assert client.post(address, KIND | {"sure": "1"}).status_code == 403
    given = {"day": "2030-01-02", "kind": "off", "name": "x"}
    assert client.post("/policy/calendar/", given).status_code == 403
    assert (rule().pk, Clause.objects.count()) == (row.pk, 0)


def test_a_change_is_shown_before_it_is_made_and_holds_from_its_day(province: Province) -> None:
    officer, before = province.client("canbo"), rule()
    since = timezone.localdate() + timedelta(days=3)
    running = Alert.objects.filter(kind="exceedance").exclude(policy={}).get(
        station__code="HOANGHON-NT01"
    )  # fmt: skip
    due = running.answer_due_at
    data = KIND | {"since": since.isoformat()}
    shown = officer.post(f"/policy/kind/{before.pk}/", data).content.decode()
    assert "1 giờ 30 phút" in shown.replace("\xa0", " ")
    assert "hồ sơ đang xử lý giữ quy định lúc bắt đầu" in shown
    assert rule().pk == before.pk
    assert KindRule.objects.filter(kind="exceedance").count() == 1
    assert "Đã lưu" in saved(officer, f"/policy/kind/{before.pk}/", data)
    after = KindRule.objects.in_force(since).get(kind="exceedance")
    assert (after.severity, after.answer_within) == (4, timedelta(hours=12))
    assert after.document is not None
    assert rule().valid_until == since - timedelta(days=1)
    running.refresh_from_db()
    assert running.answer_due_at == due
    history = page(officer, f"/policy/kind/{after.pk}/")
    assert "Cán bộ Sở" in history
    assert "QĐ 99/2026/QĐ-UBND" in history


def test_a_change_of_yesterday_is_refused_and_one_of_today_is_not(province: Province) -> None:
    officer, row = province.client("canbo"), rule()
    today = timezone.localdate()
    data = KIND | {"since": (today - timedelta(days=1)).isoformat(), "sure": "1"}
    answer = officer.post(f"/policy/kind/{row.pk}/", data)
    assert answer.status_code == 422
    assert "sớm nhất từ hôm nay" in answer.content.decode()
    saved(officer, f"/policy/kind/{row.pk}/", KIND | {"since": today.isoformat()})
    assert rule().severity == 4
    with pytest.raises(InThePast):
        change_setting(
            part=PARTS["kind"], of={"kind": "exceedance"}, columns={"severity": 1},
            since=today - timedelta(days=1), paper=Paper(), by=province.person("canbo"),
            now=timezone.now(),
        )  # fmt: skip


def test_of_two_officers_who_change_the_second_is_told(province: Province) -> None:
    part, of, by = PARTS["kind"], {"kind": "exceedance"}, province.person("canbo")
    seen = times_changed(part, of)
    common: dict[str, Any] = {
        "part": part, "of": of, "since": timezone.localdate(), "paper": Paper(), "by": by,
        "now": timezone.now(), "seen": seen,
    }  # fmt: skip
    change_setting(columns={"severity": 4}, **common)
    with pytest.raises(ChangedMeanwhile):
        change_setting(columns={"severity": 1}, **common)
    assert rule().severity == 4


def test_a_comparison_names_its_officer_and_a_change_undoes_it(province: Province) -> None:
    officer = province.client("canbo")
    address = "/policy/compare/kind_rule/?key=exceedance"
    assert officer.post(address, {"article": "Điều 9"}).status_code == 422
    assert not Clause.objects.exists()
    given = {"article": "Điều 9 khoản 2", "quote": "Trong 24 giờ",
             "document_number": "QĐ 51/2022/QĐ-UBND"}  # fmt: skip
    shown = officer.post(address, given, follow=True).content.decode()
    assert "Điều 9 khoản 2" in shown
    clause = Clause.objects.get()
    assert (clause.compared_by, clause.key) == (province.person("canbo"), "exceedance")
    assert clause.compared_at is not None
    data = KIND | {"since": timezone.localdate().isoformat()}
    saved(officer, f"/policy/kind/{rule().pk}/", data)
    clause.refresh_from_db()
    assert (clause.compared_by, clause.compared_at) == (None, None)
    assert clause.article == "Điều 9 khoản 2"


def test_a_recipient_is_added_and_ends(province: Province) -> None:
    officer = province.client("canbo")
    tomorrow = timezone.localdate() + timedelta(days=1)
    data = {
        "audience": "agency", "agency_kind": "zones_board", "delay": "2", "tell_resolved": "on",
        "since": timezone.localdate().isoformat(),
    }  # fmt: skip
    saved(officer, "/policy/mailing/new/?kind=wrong_sender", data)
    line = NotificationPolicy.objects.get(kind="wrong_sender", agency_kind="zones_board")
    assert (line.delay, line.tell_resolved) == (timedelta(hours=2), True)
    end = {"delay": "2", "since": tomorrow.isoformat(), "ends": "1"}
    saved(officer, f"/policy/mailing/{line.pk}/", end)
    line.refresh_from_db()
    assert line.valid_until == timezone.localdate()


def test_an_agency_that_is_not_named_is_no_recipient(province: Province) -> None:
    data = {"audience": "agency", "delay": "0", "since": timezone.localdate().isoformat()}
    answer = province.client("canbo").post("/policy/mailing/new/?kind=exceedance", data)
    assert answer.status_code == 422
    assert "Hãy chọn loại cơ quan" in answer.content.decode()


def test_a_step_and_a_number_are_changed(province: Province) -> None:
    officer, today = province.client("canbo"), timezone.localdate()
    step = EscalationStep.objects.get(missing="answer", number=1)
    data = {
        "what": "remind", "after": "-3", "clock": "clock", "audience": "operator",
        "contact_role": "shift", "since": today.isoformat(),
    }  # fmt: skip
    saved(officer, f"/policy/step/{step.pk}/", data)
    changed = EscalationStep.objects.in_force(today).get(missing="answer", number=1)
    assert changed.after == timedelta(hours=-3)
    number = RuleSetting.objects.get(key="changed_values_share")
    saved(officer, f"/policy/number/{number.pk}/", {"value": "0,1", "since": today.isoformat()})
    assert str(RuleSetting.objects.in_force(today).get(key="changed_values_share").value) == (
        "0.100000"
    )


def test_a_day_off_is_entered_and_taken_out_and_deadlines_follow(province: Province) -> None:
    officer = province.client("canbo")
    day = next(
        each
        for each in (timezone.localdate() + timedelta(days=n) for n in range(400, 420))
        if each.isoweekday() == 3 and not SpecialDay.objects.filter(day=each).exists()
    )
    address = f"/policy/calendar/?year={day.year}"
    given = {"day": day.isoformat(), "kind": "off", "name": "Nghỉ bù", "source": "TB 1"}
    assert "Đã ghi ngày vào lịch" in officer.post(address, given, follow=True).content.decode()
    shown = page(officer, address)
    assert "Nghỉ bù" in shown
    assert "Cán bộ Sở" in shown
    assert not works_on(day)
    officer.post(address, {"out": day.isoformat()})
    assert not SpecialDay.objects.filter(day=day).exists()
    assert works_on(day)


def works_on(day: date) -> bool:
    """Whether an hour of that day's morning counts."""
    calendar = load_calendar()
    start = timezone.make_aware(timezone.datetime(day.year, day.month, day.day, 8))
    return calendar.after(start, timedelta(hours=1)) == start + timedelta(hours=1)


def test_days_that_passed_stay(province: Province) -> None:
    officer, day = province.client("canbo"), timezone.localdate() - timedelta(days=1)
    given = {"day": day.isoformat(), "kind": "off", "name": "x"}
    answer = officer.post("/policy/calendar/", given)
    assert answer.status_code == 422
    assert "Ngày đã qua giữ nguyên" in answer.content.decode()
    assert not SpecialDay.objects.filter(day=day, name="x").exists()


@pytest.mark.parametrize("address", ["/policy/x/new/", "/policy/number/new/", "/policy/kind/new/",
                                     "/policy/compare/x/", "/policy/calendar/?year=x",
                                     "/policy/calendar/?year=9999"])  # fmt: skip
def test_what_there_is_not_is_not_found(province: Province, address: str) -> None:
    assert province.client("canbo").get(address).status_code == 404


def test_what_announced_work_holds_back_is_changed_from_a_day_on(province: Province) -> None:
    client = province.client("canbo")
    row = WorkHolds.objects.get(what="calibration")
    assert "Cảnh báo tạm giữ khi có công việc đã duyệt" in page(client, "/policy/")
    tomorrow = timezone.localdate() + timedelta(days=1)
    given = {
        "kinds": ["device_fault"],
        "since": tomorrow.isoformat(),
        "document_number": "QĐ 99/2026/QĐ-UBND",
        "reason": "Theo điều 9",
    }
    address = f"/policy/works/{row.pk}/"
    form = page(client, address)
    assert 'value="stuck_value"' in form
    assert 'value="exceedance"' not in form
    saved(client, address, given)
    assert held_kinds(tomorrow - timedelta(days=1))["calibration"] == set(row.kinds)
    assert held_kinds(tomorrow)["calibration"] == {"device_fault"}
    refused = client.post(address, given | {"kinds": ["exceedance"]})
    assert refused.status_code == 422
    assert held_kinds(tomorrow)["calibration"] == {"device_fault"}


@pytest.mark.parametrize("name", ["theodoi", "chutay", "tin"])
def test_who_only_reads_changes_nothing_of_what_is_held_back(province: Province, name: str) -> None:
    row = WorkHolds.objects.get(what="stop")
    shown = page(province.client(name), "/policy/")
    assert "Cảnh báo tạm giữ khi có công việc đã duyệt" in shown
    assert "/policy/works/" not in shown
    answer = province.client(name).post(f"/policy/works/{row.pk}/", {"kinds": [], "sure": "1"})
    assert answer.status_code == 403
    assert held_kinds(timezone.localdate())["stop"] == set(row.kinds)
