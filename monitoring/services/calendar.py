"""A year of a channel's verdicts, day by day: the worst of each, how many, and with what data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef

from monitoring.domain.slots import ONE_SECOND, day_of, day_start
from monitoring.models import Frontier, Layer, Verdict
from stations.models import Channel

DAILY = ("day", "hour", "hours8")
"""The kinds of periods that a calendar can show, the usual one first."""

RESULTS = ("exceeded", "within", "not_enough_data")
"""Worst first. A day without an exceedance is within where any of its periods could be judged."""


@dataclass(frozen=True, slots=True)
class Day:
    """The verdicts of the periods that start on a Vietnamese day.

    `id`, `mean`, `minimum`, `maximum`, `ratio` and `distance` are of the worst of them.
    """

    day: date
    result: str
    id: UUID
    mean: float | None
    minimum: float | None
    maximum: float | None
    ratio: float | None
    distance: float | None
    exceeded: int
    within: int
    not_enough_data: int
    n: int
    expected: int

    @property
    def judged(self) -> int:
        """How many periods have a verdict."""
        return self.exceeded + self.within + self.not_enough_data

    @property
    def capture(self) -> float | None:
        """Filled of expected slots of all of them; None where nothing was expected."""
        return min(1.0, self.n / self.expected) if self.expected else None


def days_of_year(channel: Channel, year: int, *, period: str, layer: str = Layer.RAW) -> list[Day]:
    """The days of a year that have a verdict, in order; in one query."""
    begin, end = day_start(date(year, 1, 1)), day_start(date(year + 1, 1, 1))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT ON (day) day, result, id, mean, minimum, maximum, ratio, distance,"
            " count(*) FILTER (WHERE result = 'exceeded') OVER whole,"
            " count(*) FILTER (WHERE result = 'within') OVER whole,"
            " count(*) FILTER (WHERE result = 'not_enough_data') OVER whole,"
            " (sum(n) OVER whole)::int, (sum(expected) OVER whole)::int FROM"
            " (SELECT (start AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS day, result, id, mean,"
            "  minimum::float8, maximum::float8, ratio, distance, n, expected, start,"
            "  array_position(%s::text[], result) AS rank FROM monitoring_verdict"
            "  WHERE station_id = %s AND slot = %s AND period = %s AND layer = %s"
            "  AND superseded_at IS NULL AND start >= %s AND start < %s) AS judged"
            " WINDOW whole AS (PARTITION BY day)"
            " ORDER BY day, rank, ratio DESC NULLS LAST, distance DESC NULLS LAST, start",
            [list(RESULTS), channel.station_id, channel.slot, period, layer, begin, end],
        )
        return [Day(*row) for row in cursor.fetchall()]


def periods_of_day(channel: Channel, day: date, *, period: str, layer: str) -> list[Verdict]:
    """The verdicts in effect whose periods start on a Vietnamese day, in order."""
    begin, end = day_start(day), day_start(day + timedelta(days=1))
    rows = Verdict.objects.in_effect().filter(
        station=channel.station_id, slot=channel.slot, period=period, layer=layer
    )
    return list(rows.filter(start__gte=begin, start__lt=end).order_by("start"))


@dataclass(frozen=True, slots=True)
class Judged:
    """What of a channel there are verdicts of: kinds of periods, and the years."""

    periods: tuple[str, ...]
    years: tuple[int, ...]
    approved: bool


def judged_of(channels: Iterable[Channel]) -> dict[int, Judged]:
    """For each of one station's channels, by slot; in one query."""
    slots = {channel.slot: channel.station_id for channel in channels}
    station = next(iter(slots.values()), 0)
    same = Verdict.objects.filter(
        station=OuterRef("station"), slot=OuterRef("slot"), period=OuterRef("period")
    )
    rows = Frontier.objects.filter(station=station, slot__in=slots, period__in=DAILY).annotate(
        some=Exists(same), approved=Exists(same.filter(layer=Layer.APPROVED))
    )
    found: dict[int, list[_Followed]] = {slot: [] for slot in slots}
    for slot, period, since, until, approved in rows.filter(some=True).values_list(
        "slot", "period", "since", "until", "approved"
    ):
        found[slot].append(_Followed(period, since, until, approved))
    return {slot: _judged(of_slot) for slot, of_slot in found.items()}


class _Followed(NamedTuple):
    """From where to where a kind of period has been judged."""

    period: str
    since: datetime
    until: datetime
    approved: bool


def _judged(rows: list[_Followed]) -> Judged:
    if not rows:
        return Judged((), (), False)
    first = day_of(min(row.since for row in rows)).year
    last = day_of(max(row.until for row in rows) - ONE_SECOND).year
    periods = {row.period for row in rows}
    return Judged(
        tuple(period for period in DAILY if period in periods),
        tuple(range(first, max(first, last) + 1)),
        any(row.approved for row in rows),
    )
