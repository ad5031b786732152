"""A month of a station in figures: each limit's periods by verdict, in both layers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime

from monitoring.domain.exclusions import month_span
from monitoring.domain.slots import day_of
from monitoring.models import Exclusion, Layer, Verdict
from monitoring.services.approved import key_of

Result = Verdict.Result
WORST = {Result.WITHIN.value: 0, Result.NOT_ENOUGH_DATA.value: 1, Result.EXCEEDED.value: 2}


@dataclass(slots=True)
class LayerFigures:
    """Of one layer: how many periods came out how, the worst of each day, slots."""

    results: Counter[str] = field(default_factory=Counter)
    days: dict[date, str] = field(default_factory=dict)
    n: int = 0
    expected: int = 0

    def add(self, row: Verdict) -> None:
        """One verdict more; of several on a day the worst is shown."""
        self.results[row.result] += 1
        day = day_of(row.start)
        before = self.days.get(day)
        if before is None or WORST[row.result] > WORST[before]:
            self.days[day] = row.result
        self.n += row.n
        self.expected += row.expected

    @property
    def capture(self) -> float | None:
        """Filled slots (valid hours, for 8 hours) of those expected."""
        return min(self.n / self.expected, 1.0) if self.expected else None


@dataclass(slots=True)
class LimitFigures:
    """The periods of one kind of a parameter in a month; `basis` is their reference oxygen."""

    symbol: str
    slot: int
    period: str
    basis: str
    raw: LayerFigures = field(default_factory=LayerFigures)
    approved: LayerFigures = field(default_factory=LayerFigures)
    touched: int = 0
    """How many of them have an approved verdict of their own."""


def month_figures(station_id: int, month: date) -> list[LimitFigures]:
    """Every kind of period that was judged in a month. Where nothing is excluded the approved
    layer is the other one."""
    start, end = month_span(month)
    rows = Verdict.objects.filter(station=station_id, superseded_at=None)
    rows = rows.filter(start__gte=start, start__lt=end).exclude(period="year")
    rows = rows.only(
        "slot", "symbol", "period", "start", "basis", "result", "n", "expected", "layer"
    )
    verdicts = list(rows.order_by("start"))
    approved = {key_of(row): row for row in verdicts if row.layer == Layer.APPROVED}
    found: dict[tuple[int, str, str], LimitFigures] = {}
    for row in (row for row in verdicts if row.layer == Layer.RAW):
        place = row.slot, row.period, row.basis
        figures = found.setdefault(place, LimitFigures(row.symbol, *place))
        own = approved.get(key_of(row))
        figures.raw.add(row)
        figures.approved.add(own or row)
        figures.touched += own is not None
    order = ("day", "hours8", "hour")
    return sorted(found.values(), key=lambda each: (each.slot, order.index(each.period)))


def exclusions_in(station_id: int, start: datetime, end: datetime) -> list[Exclusion]:
    """All exclusions that touch a span, whatever became of them."""
    rows = Exclusion.objects.filter(station=station_id).overlapping(start, end)
    people = ("asked_by", "decided_by", "revoked_by")
    return list(
        rows.select_related("station__facility__zone", "channel", "document", *people).order_by(
            "start", "pk"
        )
    )
