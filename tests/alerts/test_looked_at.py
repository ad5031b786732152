"""What was found by looking at the mails: what is over, what is sent back, what stands together."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from alerts.domain.plotting import apart
from alerts.mail.compose import compose
from alerts.models import Alert, Notification
from alerts.services import Finding, acknowledge, report, resolve
from alerts.services.handling import Explanation, answer, send_back
from alerts.services.posting import Composed
from alerts.views.evidence import worst_of
from alerts.views.words import Reader, period
from tests.alerts.factories import (
    DAY,
    HOUR,
    JUDGED,
    MIDNIGHT,
    agency,
    exceedance,
    person,
    silence,
    station,
)

WITHIN = JUDGED + DAY


def letters(alert: Alert, what: str, *, now: datetime, **which: str) -> dict[str, Composed]:
    """The mail of each address about an event of this sort."""
    notes = Notification.objects.select_related("alert__station__facility", "event__by")
    chosen = notes.filter(alert=alert, event__what=what, **which)
    return {note.address: compose([note], now) for note in chosen}


def over(alert: Alert) -> None:
    resolve(
        kind="exceedance",
        station_id=alert.station_id,
        parameter=alert.parameter,
        period=alert.period,
        source=alert.source,
        at=MIDNIGHT + 2 * DAY,
        now=WITHIN,
    )


@pytest.mark.django_db
def test_an_exceedance_that_is_over_is_still_to_be_explained() -> None:
    alert = report(exceedance(station()), now=JUDGED)
    Alert.objects.filter(pk=alert.pk).update(answer_due_at=WITHIN + 2 * HOUR)
    over(alert)
    (mail,) = letters(alert, "resolved", now=WITHIN, audience="operator").values()
    assert mail.text.splitlines()[1].startswith("Đã hết vượt nhưng vẫn phải giải trình")
    (late,) = letters(alert, "resolved", now=WITHIN + 3 * HOUR, audience="operator").values()
    assert "đã quá hạn" in late.text.splitlines()[1]


@pytest.mark.django_db
def test_once_explained_nothing_is_left_to_do() -> None:
    alert = report(exceedance(station()), now=JUDGED)
    answer(alert=alert, by=person(), said=Explanation("process", "Tắc bơm"), now=JUDGED + HOUR)
    over(alert)
    (mail,) = letters(alert, "resolved", now=WITHIN, audience="operator").values()
    assert mail.text.splitlines()[1].startswith("Chưa cần làm gì")


@pytest.mark.django_db
def test_of_means_it_is_said_which_exceeded_and_not_how_long_it_lasted() -> None:
    alert = report(exceedance(station()), now=JUDGED)
    over(alert)
    (mail,) = letters(alert, "resolved", now=WITHIN, audience="operator").values()
    assert "Kỳ vượt: 21/05" in mail.text
    assert "Kéo dài" not in mail.text


@pytest.mark.django_db
def test_what_is_sent_back_is_told_to_who_explained_and_to_who_was_told() -> None:
    agency(email="so@mau.example")
    alert = report(exceedance(station()), now=JUDGED)
    chief = person(name="Chủ Cơ Sở", email="chu@mau.example")
    acknowledge(alert=alert, by=person(name="Cán Bộ"), now=JUDGED)
    answer(alert=alert, by=chief, said=Explanation("process", "Tắc bơm"), now=JUDGED + HOUR)
    officer = person(name="Trần Cán Bộ")
    send_back(alert=alert, by=officer, reason="Thiếu nhật ký", now=JUDGED + 2 * HOUR)
    found = letters(alert, "returned", now=JUDGED + 2 * HOUR)
    assert set(found) == {"vanhanh@mau.example", "chu@mau.example"}
    first, second, _blank, missing, by, *_rest = found["chu@mau.example"].text.splitlines()
    assert first.startswith("Yêu cầu bổ sung giải trình: vượt giá trị giới hạn COD – ")
    assert second.startswith("Mở vụ việc và bổ sung phần còn thiếu trước ")
    assert missing == "Còn thiếu: Thiếu nhật ký"
    assert "Trần Cán Bộ" in by


@pytest.mark.django_db
def test_who_explained_and_was_told_before_gets_one_mail() -> None:
    alert = report(exceedance(station()), now=JUDGED)
    shift = person(email="VanHanh@mau.example")
    answer(alert=alert, by=shift, said=Explanation("process", "Tắc bơm"), now=JUDGED + HOUR)
    send_back(alert=alert, by=person(), reason="Thiếu nhật ký", now=JUDGED + 2 * HOUR)
    assert list(letters(alert, "returned", now=JUDGED + 2 * HOUR)) == ["vanhanh@mau.example"]


@pytest.mark.django_db
def test_in_a_mail_of_several_what_is_over_stands_last() -> None:
    of = station()
    alert = report(exceedance(of), now=JUDGED)
    over(alert)
    report(silence(of, since=WITHIN - HOUR), now=WITHIN)
    notes = Notification.objects.select_related("alert__station__facility", "event")
    both = [
        notes.get(event__what="resolved", audience="operator"),
        notes.get(alert__kind="silent_station", audience="operator"),
    ]
    mail = compose(both, WITHIN)
    assert mail.subject.startswith("[QTTĐ] Mất kết nối")
    assert mail.text.index("Mất kết nối") < mail.text.index("Đã hết")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("door", "Lỗi của hệ thống này: cổng nhận dữ liệu đang đóng"),
        ("own", "Lỗi của hệ thống này: toàn bộ chương trình đã ngừng"),
        ("mail_route", "Lỗi của hệ thống này: thư thử"),
    ],
)
def test_our_own_faults_have_their_words(source: str, words: str) -> None:
    agency(email="so@mau.example")
    finding = Finding(
        kind="own_fault", station_id=None, source=source, start=JUDGED, end=JUDGED + HOUR
    )
    (mail,) = letters(report(finding, now=JUDGED + HOUR), "opened", now=JUDGED + HOUR).values()
    assert mail.text.startswith(words)


@pytest.mark.django_db
def test_what_an_instrument_cannot_measure_is_said_with_its_value_and_its_range() -> None:
    finding = Finding(
        kind="out_of_range",
        station_id=station().pk,
        parameter="COD",
        unit="mg/L",
        value=Decimal(620),
        start=MIDNIGHT,
        end=MIDNIGHT + HOUR,
        evidence={"range": ["0", "500"]},
    )
    (mail,) = letters(
        report(finding, now=JUDGED), "opened", now=JUDGED, audience="operator"
    ).values()
    assert mail.text.startswith("Ngoài dải đo của thiết bị: COD 620,0\u00a0mg/L – ")
    assert "0–500\u00a0mg/L" in mail.text


@pytest.mark.django_db
def test_the_worst_of_several_periods_is_named_and_the_latest_beside_it() -> None:
    of = station()
    report(exceedance(of, value=Decimal(93), ratio=Decimal("1.38")), now=JUDGED)
    alert = report(
        exceedance(of, day=1, value=Decimal(70), ratio=Decimal("1.04")), now=JUDGED + DAY
    )
    worst = worst_of(alert, list(alert.spans.all()), JUDGED + DAY)
    assert worst is not None
    assert (worst["value"], worst["period"], worst["latest"]) == (93, "21/05", "22/05")
    began = Reader(since={alert.pk: MIDNIGHT + DAY}).began(alert)
    assert period(alert, began, JUDGED + DAY) == "trung bình 24 giờ, 22/05 · từ 21/05 00:00"


@pytest.mark.django_db
def test_where_the_latest_is_the_worst_it_speaks_alone() -> None:
    of = station()
    report(exceedance(of, value=Decimal(70), ratio=Decimal("1.04")), now=JUDGED)
    alert = report(
        exceedance(of, day=1, value=Decimal(93), ratio=Decimal("1.38")), now=JUDGED + DAY
    )
    assert worst_of(alert, list(alert.spans.all()), JUDGED + DAY) is None


@pytest.mark.django_db
def test_of_a_range_the_worst_lies_furthest_outside() -> None:
    of, day = station(), timedelta(days=1)
    sides = {"minimum": Decimal(6), "maximum": Decimal(9), "ratio": None, "parameter": "pH"}
    report(exceedance(of, value=Decimal("4.5"), **sides), now=JUDGED)
    alert = report(exceedance(of, day=1, value=Decimal("9.4"), **sides), now=JUDGED + day)
    worst = worst_of(alert, list(alert.spans.all()), JUDGED + day)
    assert worst is not None
    assert worst["value"] == Decimal("4.5")


@pytest.mark.parametrize(
    ("heights", "found"),
    [
        ([], []),
        ([100.0], [100.0]),
        ([100.0, 200.0], [100.0, 200.0]),
        ([100.0, 110.0], [100.0, 136.0]),
        ([290.0, 205.0, 300.0], [264.0, 205.0, 300.0]),  # at the foot: they make room upwards
        ([0.0], [20.0]),
    ],
)
def test_words_of_near_lines_stand_apart_in_the_order_of_their_values(
    heights: list[float], found: list[float]
) -> None:
    assert apart(heights, least=36, top=20, foot=300) == found
