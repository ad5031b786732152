"""The small chart of a mail: what it shows, and that it is never in the way."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from alerts.domain.plotting import plot, ticks
from alerts.mail.compose import compose
from alerts.mail.sending import as_mail
from alerts.models import Attachment, Message, Notification
from alerts.services import asking, report
from alerts.services.asking import HourValue
from alerts.services.posting import gather
from tests.alerts.factories import DAY, HOUR, JUDGED, MIDNIGHT, exceedance, silence, station

pytestmark = pytest.mark.django_db
VALUES = [40, 50, 67.5, 67.6, 120, 90, None, 60]


def means(count: int = len(VALUES)) -> list[tuple[datetime, Decimal | None]]:
    return [
        (MIDNIGHT + n * HOUR, None if value is None else Decimal(str(value)))
        for n, value in enumerate(VALUES[:count])
    ]


def test_only_what_is_beyond_the_limit_is_marked() -> None:
    drawn = plot(means(), start=MIDNIGHT, end=MIDNIGHT + DAY, maximum=Decimal("67.5"))
    assert drawn is not None
    assert [bar.outside for bar in drawn.bars] == [False, False, False, True, True, True, False,
                                                   False]  # fmt: skip
    assert drawn.hours == 24
    assert drawn.height(0) == 0
    assert drawn.height(120) < 1


def test_bars_begin_at_zero_and_end_below_the_edge() -> None:
    for low, high in ((-5, 5), (150, 253), (7, 9)):
        given = [(MIDNIGHT, Decimal(low)), (MIDNIGHT + HOUR, Decimal(high))]
        drawn = plot(given, start=MIDNIGHT, end=MIDNIGHT + DAY)
        assert drawn is not None
        assert drawn.bottom == 0 if low >= 0 else drawn.bottom < low
        assert drawn.top > high


def test_a_minimum_marks_what_lies_below() -> None:
    drawn = plot(means(3), start=MIDNIGHT, end=MIDNIGHT + DAY, minimum=Decimal(50))
    assert drawn is not None
    assert [bar.outside for bar in drawn.bars] == [True, False, False]


@pytest.mark.parametrize("given", [[], [(MIDNIGHT, None)]])
def test_nothing_measured_is_not_drawn(given: Any) -> None:
    assert plot(given, start=MIDNIGHT, end=MIDNIGHT + DAY, maximum=Decimal(60)) is None


@pytest.mark.parametrize(
    ("hours", "first"), [(24, [0, 6, 12]), (6, [0, 1, 2]), (48, [0, 12, 24]), (168, [0, 48, 96])]
)
def test_few_hours_bear_a_label(hours: int, first: list[int]) -> None:
    assert ticks(hours)[:3] == first
    assert len(ticks(hours)) <= 8


def measured(monkeypatch: pytest.MonkeyPatch) -> None:
    def hours(*asked: Any) -> list[HourValue]:
        return [HourValue(at, mean) for at, mean in means()]

    monkeypatch.setattr(asking, "_hours", [hours])


def test_a_mail_carries_its_chart_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("PIL", reason="Pillow is not installed")
    measured(monkeypatch)
    report(exceedance(station()), now=JUDGED)
    gather(now=JUDGED, compose=compose)
    message = Message.objects.get()
    (enclosed,) = Attachment.objects.all()
    assert bytes(enclosed.content).startswith(b"\x89PNG")
    assert len(enclosed.content) < 15_000
    assert f'src="cid:{enclosed.content_id[1:-1]}"' in message.html
    assert "04:00 120,0 (!)" in message.text
    assert "02:00 67,5 ·" in message.text
    mail = as_mail(message, attempt=1)
    types = [part.get_content_type() for part in mail.walk()]
    assert types == [
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
    ]
    image = next(part for part in mail.walk() if part.get_content_type() == "image/png")
    assert (image["Content-ID"], image.get_content_disposition()) == (enclosed.content_id, "inline")
    assert as_mail(message, attempt=2).get_body(("html",)) is not None


def test_without_a_drawing_the_mail_leaves_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*asked: Any) -> list[HourValue]:
        raise RuntimeError("the readings cannot be asked")

    monkeypatch.setattr(asking, "_hours", [broken])
    report(exceedance(station()), now=JUDGED)
    gather(now=JUDGED, compose=compose)
    assert Message.objects.get().state == "waiting"
    assert not Attachment.objects.exists()
    assert not Notification.objects.filter(state="failed").exists()


def test_what_has_no_course_has_no_chart(monkeypatch: pytest.MonkeyPatch) -> None:
    measured(monkeypatch)
    report(silence(station(), since=MIDNIGHT), now=MIDNIGHT + HOUR)
    gather(now=MIDNIGHT + HOUR, compose=compose)
    assert Message.objects.get().attachments.count() == 0
