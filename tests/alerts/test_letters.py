"""What a tired person reads at 2 a.m."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from alerts.mail.compose import compose
from alerts.models import Alert, Notification
from alerts.services import Finding, report, resolve, withdraw
from alerts.services.posting import Composed
from tests.alerts.factories import (
    DAY,
    HOUR,
    JUDGED,
    MIDNIGHT,
    MINUTE,
    agency,
    exceedance,
    silence,
    station,
    warning,
)

pytestmark = pytest.mark.django_db
TWO_PM = MIDNIGHT + 14 * HOUR


def letter(alert: Alert, *, language: str = "vi", now: Any = TWO_PM, **which: Any) -> Composed:
    which = which or {"audience": "operator"}
    notes = Notification.objects.select_related("alert__station__facility", "event")
    note = notes.filter(alert=alert, **which).latest("pk")
    note.language = language
    return compose([note], now)


def test_an_exceedance_says_what_and_where_then_what_to_do_then_the_numbers() -> None:
    of = station()
    mail = letter(report(exceedance(of), now=JUDGED), now=JUDGED)
    first, second, third, *rest = mail.text.splitlines()
    assert first == (
        "Vượt giá trị giới hạn: COD 92,0\u00a0mg/L (trung bình 24 giờ, giới hạn"
        f" ≤\u00a067,5\u00a0mg/L) – {of.code}, {of.facility.name}"
    )
    assert second.startswith("Kiểm tra ngay hệ thống xử lý và thiết bị đo")
    assert third == ""
    assert "Trung bình 24 giờ: 92,0\u00a0mg/L" in rest
    assert "Cách tính giới hạn: C\u00a075 × Kq\u00a01 × Kf\u00a00,9" in rest
    assert mail.subject == f"[QTTĐ] {first}"


def test_the_same_in_english() -> None:
    mail = letter(report(exceedance(station()), now=JUDGED), language="en")
    assert mail.text.startswith("Limit exceeded: COD 92.0\u00a0mg/L (24-hour mean, limit")
    assert "Ratio to the limit: 1.36" in mail.text


@pytest.mark.parametrize("language", ["vi", "en"])
def test_html_says_what_the_text_says(language: str) -> None:
    alert = report(exceedance(station()), now=JUDGED)
    mail = letter(alert, language=language)
    for line in mail.text.splitlines()[:2]:
        assert line in mail.html
    assert f"/alerts/{alert.pk}/" in mail.text
    assert f'/alerts/{alert.pk}/"' in mail.html


def test_a_sign_is_never_called_a_violation() -> None:
    mail = letter(report(exceedance(station()), now=JUDGED))
    assert "dấu hiệu vượt quy chuẩn" in mail.text
    assert "vi phạm" not in (mail.subject + mail.text + mail.html).lower()


def test_an_exceedance_never_looks_equal_to_its_limit() -> None:
    mail = letter(report(exceedance(station(), value=Decimal("67.504")), now=JUDGED))
    assert "67,504\u00a0mg/L" in mail.subject


def test_an_early_warning_says_what_is_left_of_the_day() -> None:
    finding = warning(station(), ratio="1.1", rest_max=41.0, certain=False)
    second = letter(report(finding, now=TWO_PM)).text.splitlines()[1]
    assert second == (
        "Để trung bình đạt giới hạn, từ nay đến 24:00 trung bình không được quá 41\u00a0mg/L."
    )


def test_and_when_nothing_is_left() -> None:
    finding = warning(station(), ratio="1.9", rest_max=-12.0, certain=True)
    mail = letter(report(finding, now=TWO_PM))
    assert mail.subject.startswith("[QTTĐ] Chắc chắn vượt: COD")
    assert "-12" not in mail.text
    assert "−12" not in mail.text


def test_an_unconfirmed_limit_is_said() -> None:
    agency(email="so@mau.example")
    alert = report(exceedance(station(), confirmed=False), now=JUDGED)
    assert "chưa xác nhận" in letter(alert, audience="agency").text


def test_a_silence_says_by_when_the_duty_of_notice_begins() -> None:
    alert = report(silence(station()), now=MIDNIGHT + 20 * MINUTE)
    mail = letter(alert, now=MIDNIGHT + HOUR)
    assert mail.text.splitlines()[1].startswith("Khôi phục truyền dữ liệu trước 12:00")
    late = letter(alert, now=MIDNIGHT + 12 * HOUR)
    assert "đã quá 12 giờ" in late.text.splitlines()[1]


def test_what_came_back_is_said_with_its_time() -> None:
    of = station()
    alert = report(silence(of), now=MIDNIGHT + 20 * MINUTE)
    resolve(kind="silent_station", station_id=of.pk, at=TWO_PM, now=TWO_PM)
    mail = letter(alert)
    assert mail.subject.startswith("[QTTĐ] Đã kết nối lại:")
    assert "14\u00a0giờ" in mail.text


def test_a_withdrawal_says_its_reason_to_those_who_were_told() -> None:
    of = station()
    alert = report(exceedance(of), now=JUDGED)
    alert.notifications.update(state="failed")
    withdraw(
        kind="exceedance",
        station_id=of.pk,
        parameter="COD",
        period="day",
        source="QCVN 40:2011/BTNMT",
        start=MIDNIGHT,
        end=MIDNIGHT + DAY,
        now=JUDGED,
        reason="Số liệu đã được đính chính",
    )
    mail = letter(alert)
    assert mail.subject.startswith("[QTTĐ] Đã rút lại:")
    assert "Số liệu đã được đính chính" in mail.text


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("device_fault", "Lỗi thiết bị: COD"),
        ("long_calibration", "Hiệu chuẩn kéo dài: COD"),
    ],
)
def test_faults_and_calibrations_have_their_words(kind: str, words: str) -> None:
    finding = Finding(
        kind=kind, station_id=station().pk, parameter="COD", start=MIDNIGHT, end=TWO_PM
    )
    assert letter(report(finding, now=TWO_PM)).text.startswith(words)


def test_a_wrong_sender_names_the_file_to_the_department() -> None:
    agency(email="so@mau.example")
    name = "BG_HANGXOM_NT09_20240521083500.txt"
    finding = Finding(
        kind="wrong_sender",
        station_id=station().pk,
        start=TWO_PM,
        end=TWO_PM,
        evidence={"file": name, "account": "nm1"},
    )
    assert name in letter(report(finding, now=TWO_PM), audience="agency").text


def test_several_notes_are_one_mail_with_each_its_part() -> None:
    of = station()
    report(exceedance(of), now=JUDGED)
    report(exceedance(of, parameter="TSS"), now=JUDGED)
    notes = Notification.objects.select_related("alert__station__facility", "event")
    mail = compose(list(notes.order_by("pk")), JUDGED + timedelta(minutes=1))
    assert mail.subject.endswith("(và 1 tin nữa)")
    assert "COD" in mail.text
    assert "TSS" in mail.text


@pytest.mark.parametrize(
    ("language", "words", "share"),
    [
        ("vi", "Số liệu bị thay đổi sau khi gửi: ", "12 / 288 (4,1\u00a0%)"),
        ("en", "Values changed after they were sent: ", "12 / 288 (4.1%)"),
    ],
)
def test_changed_values_say_how_many_of_how_many(language: str, words: str, share: str) -> None:
    agency(email="so@mau.example")
    finding = Finding(
        kind="changed_values",
        station_id=station().pk,
        start=MIDNIGHT,
        end=MIDNIGHT + DAY,
        evidence={
            "changed": 12,
            "readings": 288,
            "share": 12 / 288,
            "allowed_share": 0.02,
            "files": 3,
        },
    )
    alert = report(finding, now=JUDGED)
    mail = letter(alert, language=language, audience="agency")
    assert mail.text.startswith(words)
    assert share in mail.text.splitlines()[0]
    assert not alert.notifications.filter(audience="operator").exists()


@pytest.mark.parametrize(
    ("source", "what", "todo"),
    [
        ("door", "cổng nhận dữ liệu đang đóng, các trạm không gửi được", "tường lửa"),
        ("probe", "tệp thử của hệ thống không qua được cổng nhận dữ liệu", "địa chỉ của tệp thử"),
        ("own", "toàn bộ chương trình đã ngừng hoạt động", "Kiểm tra ngay hệ thống"),
    ],
)
def test_a_fault_of_our_own_is_told_in_words(source: str, what: str, todo: str) -> None:
    agency("information_department", email="truc@tttt.example", what="links")
    fault = Finding(
        kind="own_fault", station_id=None, source=source, start=MIDNIGHT, end=MIDNIGHT + HOUR
    )
    first, second, *_rest = letter(report(fault, now=JUDGED), audience="agency").text.splitlines()
    assert what in first
    assert todo in second
