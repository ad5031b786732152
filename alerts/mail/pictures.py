"""The small chart of a case as a PNG: hour means as bars, the limit, the mean that is judged.

Made without a browser. On a transparent ground with colours that are read on white and on black,
for mail programs do not say which of the two they show; on paper for what is passed on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

import structlog

from alerts.domain.plotting import HOUR, Plot, apart, plot, ticks
from alerts.models import Alert, Kind
from alerts.services.asking import hours_between
from stations.domain import wording

log = structlog.get_logger(__name__)

WIDTH, HEIGHT = 880, 380
"""Pixels; shown on 340 to 560 points, so that its words are read on a phone."""
WITH_CHART = frozenset({Kind.EXCEEDANCE, Kind.EARLY_WARNING, Kind.STUCK_VALUE, Kind.OUT_OF_RANGE})
LONGEST = timedelta(days=7)

BAR, OUTSIDE, LIMIT = (108, 142, 173), (214, 84, 56), (206, 66, 40)
MEAN, REST, QUIET, LINE = (122, 112, 168), (26, 143, 110), (121, 128, 136), (150, 156, 163)
PAPER, INK = (251, 251, 249), (28, 32, 36)

FONTS = (
    "/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf",
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    "/usr/share/fonts/TTF/DejaVuSans.ttf",
)
"""A face with Vietnamese letters, where the system has one; digits are drawn without it too."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG with what it shows in words, for who does not see it."""

    png: bytes
    words: str


def chart_of(alert: Alert, *, now: datetime, language: str, ground: bool = False) -> Picture | None:
    """The chart of a case as far as it has come; None where there is nothing to draw.

    Never in the way of a mail: what goes wrong is logged, and the mail leaves without it.
    """
    try:
        found = plot_of(alert, now=now)
        if found is None:
            return None
        title = _title(alert) if ground else ""
        png = draw(found, language=language, title=title, ground=ground)
        return Picture(png, words_of(alert, found, language=language))
    except Exception:
        log.exception("chart_not_drawn", alert=alert.pk)
        return None


def plot_of(alert: Alert, *, now: datetime) -> Plot | None:
    """The hours that a case is about: its period, or the day up to its end."""
    if alert.kind not in WITH_CHART or alert.station_id is None or not alert.parameter:
        return None
    start, end = _window(alert)
    limit = alert.evidence.get("limit") or {}
    oxygen = limit.get("reference_oxygen")
    found = hours_between(
        alert.station_id,
        alert.parameter,
        start,
        min(end, now),
        reference_oxygen=None if oxygen is None else Decimal(str(oxygen)),
    )
    runs = alert.kind == Kind.EARLY_WARNING and now < end
    return plot(
        [(hour.start, hour.mean) for hour in found],
        start=start,
        end=end,
        minimum=alert.minimum,
        maximum=alert.maximum,
        mean=alert.value if alert.period in ("day", "hours8") else None,
        rest=_rest(alert) if runs else None,
        rest_from=now if runs else None,
    )


def _window(alert: Alert) -> tuple[datetime, datetime]:
    """A day's own hours; of shorter periods the 24 hours up to its end; at most a week."""
    end = alert.ends_at
    if alert.period == "day" and timedelta(days=1) <= end - alert.starts_at <= LONGEST:
        return alert.starts_at, end
    if alert.period == "day":
        here = wording.in_vietnam(end - timedelta(microseconds=1))
        midnight = here.replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight, midnight + timedelta(days=1)
    last = wording.in_vietnam(end - timedelta(microseconds=1)).replace(
        minute=0, second=0, microsecond=0
    )
    return last + HOUR - timedelta(days=1), last + HOUR


def _rest(alert: Alert) -> Decimal | None:
    for name in ("rest_max", "rest_min"):
        value = alert.evidence.get(name)
        if value is not None and value >= 0:
            return Decimal(str(value))
    return None


def _title(alert: Alert) -> str:
    unit = f" ({alert.unit})" if alert.unit and alert.unit != "-" else ""
    code = alert.station.code if alert.station else ""
    return f"{code} · {alert.parameter}{unit}"


def words_of(alert: Alert, drawn: Plot, *, language: str) -> str:
    """What the chart shows, for who does not see it: the parameter, the limit, the hours outside.

    "COD (mg/L) 00:00–24:00; ≤ 67,5; 7/24"
    """
    outside = sum(bar.outside for bar in drawn.bars)
    limit = wording.limits(alert.minimum, alert.maximum, language=language)
    unit = f" ({alert.unit})" if alert.unit and alert.unit != "-" else ""
    return f"{alert.parameter}{unit}: {limit}; {outside}/{len(drawn.bars)}"


@lru_cache
def _font(size: int) -> Any:
    from PIL import ImageFont

    for file in FONTS:
        if Path(file).is_file():
            return ImageFont.truetype(file, size)
    return ImageFont.load_default(size)


def draw(drawn: Plot, *, language: str, title: str = "", ground: bool = False) -> bytes:
    """The PNG; with `ground` on paper, with a title above."""
    from PIL import Image, ImageDraw

    head = 64 if title else 0
    size = (WIDTH, HEIGHT + head)
    image = Image.new("RGBA", size, (*PAPER, 255) if ground else (*PAPER, 0))
    pen = ImageDraw.Draw(image)
    if title:
        pen.text((8, 16), title, font=_font(34), fill=INK)
    _Sheet(pen, drawn, top=head, language=language).fill()
    out = BytesIO()
    image.quantize(64, method=Image.Quantize.FASTOCTREE).save(out, "PNG", optimize=True)
    return out.getvalue()


class _Sheet:
    """The ground of the chart: left the scale's foot, right room for the words of the lines."""

    LEFT, RIGHT, FOOT, HEAD = 4, 128, 56, 22

    def __init__(self, pen: Any, drawn: Plot, *, top: int, language: str) -> None:
        self.pen, self.plot, self.language = pen, drawn, language
        self.x0, self.x1 = self.LEFT, WIDTH - self.RIGHT
        self.y0, self.y1 = top + self.HEAD, top + HEIGHT - self.FOOT
        self.step = (self.x1 - self.x0) / drawn.hours
        self.words: list[tuple[float, str, tuple[int, int, int]]] = []

    def fill(self) -> None:
        """Foot line and hours, bars, then the lines that they are held against."""
        self._hours()
        for bar in self.plot.bars:
            self._bar(bar.place, bar.mean, outside=bar.outside)
        limits = [v for v in (self.plot.maximum, self.plot.minimum) if v is not None]
        for value in limits:
            self._line(value, LIMIT, (self.x0, self.x1), dash=(18, 10))
        if self.plot.mean is not None:
            last = max((bar.place for bar in self.plot.bars), default=0) + 1
            self._line(self.plot.mean, MEAN, (self.x0, self.x0 + last * self.step), against=limits)
        if self.plot.rest is not None:
            begin = self.x0 + self.plot.rest_from * self.step
            self._line(self.plot.rest, REST, (begin, self.x1), dash=(6, 6))
        self._name_the_lines()

    def _y(self, value: float) -> float:
        return self.y1 - self.plot.height(value) * (self.y1 - self.y0)

    def _bar(self, place: int, mean: float | None, *, outside: bool) -> None:
        if mean is None:
            return
        gap = max(1.0, self.step * 0.14)
        left, right = self.x0 + place * self.step + gap, self.x0 + (place + 1) * self.step - gap
        top = min(self._y(mean), self.y1 - 2)
        high = self.plot.maximum
        foot = self._y(high) if outside and high is not None and mean > high else self.y1
        self.pen.rectangle((left, top, right, self.y1), fill=BAR)
        if outside:  # what lies beyond the limit speaks
            self.pen.rectangle((left, top, right, foot), fill=OUTSIDE)

    def _hours(self) -> None:
        self.pen.line((self.x0, self.y1, self.x1, self.y1), fill=LINE, width=2)
        for hour in ticks(self.plot.hours):
            x = self.x0 + hour * self.step
            self.pen.line((x, self.y1, x, self.y1 + 8), fill=LINE, width=2)
            anchor = "la" if hour == 0 else "ma"
            self.pen.text((x, self.y1 + 13), self._hour(hour), font=_font(30), fill=QUIET,
                          anchor=anchor)  # fmt: skip

    def _hour(self, hour: int) -> str:
        at = wording.in_vietnam(self.plot.start + hour * HOUR)
        if self.plot.hours > 48:
            return f"{at:%d/%m}"
        if hour == self.plot.hours and (at.hour, at.minute) == (0, 0):
            return "24:00"
        return f"{at:%H:%M}"

    def _line(
        self,
        value: float,
        colour: tuple[int, int, int],
        reach: tuple[float, float],
        *,
        dash: tuple[int, int] | None = None,
        against: list[float] | None = None,
    ) -> None:
        y = self._y(value)
        x, end = reach
        on, off = dash or (int(end - x) + 1, 0)
        while x < end:
            self.pen.line((x, y, min(x + on, end), y), fill=colour, width=4)
            x += on + off
        shown = wording.measured(
            Decimal(str(value)),
            against=[Decimal(str(one)) for one in against or ()],
            language=self.language,
        )
        if against is None:
            shown = wording.exact(Decimal(str(value)), language=self.language)
        self.words.append((y, shown, colour))

    def _name_the_lines(self) -> None:
        """The number of each line at its end; those of near lines make room for each other."""
        meant = [y for y, _shown, _colour in self.words]
        heights = apart(meant, least=36, top=self.y0 + 8, foot=self.y1 - 4)
        for at, (_y, shown, colour) in zip(heights, self.words, strict=True):
            where = (self.x1 + 12, at)
            self.pen.text(where, shown, font=_font(34), fill=colour, anchor="lm")
