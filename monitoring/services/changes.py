"""Values that were sent again and differed, gathered by the two files that disagree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Case, Count, F, FloatField, Max, Min, Q, QuerySet, When
from django.db.models.functions import Abs

from monitoring.domain.slots import day_of, day_start
from monitoring.models import Delivery, Layer, Revision, Verdict
from monitoring.services.arrivals import entry_of, read_entry
from monitoring.services.changed import without_map_changes
from monitoring.services.readmaps import Ways

MOST_VALUES = 1000
"""So many changed values of a pair of files are shown one by one."""


def pairs_of(revisions: QuerySet[Revision]) -> QuerySet[Revision, Any]:
    """One row for each two files of which the later changed what the earlier said; newest first.

    `count` values, of the channels `slots`, measured from `first` to `last`, and `largest`: how
    far the largest change went, as a share of the old value (none where it was 0 or absent).
    """
    share = Case(
        When(
            ~Q(old_value=0) & Q(old_value__isnull=False, value__isnull=False),
            then=Abs((F("value") - F("old_value")) / F("old_value")),
        ),
        output_field=FloatField(),
    )
    return (
        revisions.exclude(delivery=F("old_delivery"))
        .values("station_id", "old_delivery", "delivery", "received_at")
        .annotate(
            count=Count("id"),
            slots=ArrayAgg("slot", distinct=True),
            first=Min("time"),
            last=Max("time"),
            largest=Max(share),
        )
        .order_by("-received_at", "-delivery", "-old_delivery")
    )


@dataclass(frozen=True, slots=True)
class Effect:
    """What a verdict said before the change, and what it says since."""

    period: str
    start: datetime
    before: Verdict | None
    after: Verdict | None

    @property
    def is_turned(self) -> bool:
        """Whether the verdict itself became another, not only its mean."""
        said = self.before.result if self.before else None
        return said != (self.after.result if self.after else None)


@dataclass(slots=True)
class Pair:
    """Two files that disagree, with what the later one changed."""

    old: Delivery
    new: Delivery
    revisions: list[Revision]
    by_map: set[UUID]
    """Those that come of our reading the files with different maps."""
    cut: bool
    old_lines: set[int]
    new_lines: set[int]
    effects: dict[int, list[Effect]]
    """By slot, the hours and days over the changed values."""


def pair(old: Delivery, new: Delivery) -> Pair:
    """All that is shown of two files of one station."""
    station_id = new.station_id
    rows = Revision.objects.filter(
        station=station_id, old_delivery=old.id, delivery=new.id
    ).order_by("time", "slot", "received_at")
    found = list(rows[: MOST_VALUES + 1])
    cut, found = len(found) > MOST_VALUES, found[:MOST_VALUES]
    loggers = {one.id for one in without_map_changes(station_id, found)}
    cells = {(one.time, one.slot) for one in found}
    ways = Ways([station_id])
    ways.look_up([old, new])
    return Pair(
        old,
        new,
        found,
        {one.id for one in found if one.id not in loggers},
        cut,
        _lines(old, ways, cells),
        _lines(new, ways, cells),
        _effects(station_id, found, new.stored_at),
    )


def _lines(delivery: Delivery, ways: Ways, cells: set[tuple[datetime, int]]) -> set[int]:
    """The lines that say these values."""
    arrival = read_entry(entry_of(delivery), delivery.station_id, ways.then(delivery))
    return {row.line for row in arrival.parsed.rows if (row.time, row.slot) in cells}


def _effects(
    station_id: int, revisions: Sequence[Revision], stored_at: datetime
) -> dict[int, list[Effect]]:
    """Of each hour and day over these values the verdict before the later file, and the next."""
    wanted: dict[tuple[int, str, datetime], None] = {}
    for one in revisions:
        hour = one.time.replace(minute=0, second=0, microsecond=0)
        wanted[one.slot, "hour", hour] = None
        wanted[one.slot, "day", day_start(day_of(one.time))] = None
    by_period = _verdicts(station_id, wanted)
    found: dict[int, list[Effect]] = {}
    for (slot, period, start), verdicts in by_period.items():
        before = [each for each in verdicts if each.judged_at < stored_at]
        after = [each for each in verdicts if each.judged_at >= stored_at]
        if after:
            effect = Effect(period, start, before[-1] if before else None, after[0])
            found.setdefault(slot, []).append(effect)
    return found


def _verdicts(
    station_id: int, wanted: Mapping[tuple[int, str, datetime], None]
) -> dict[tuple[int, str, datetime], list[Verdict]]:
    if not wanted:
        return {}
    rows = Verdict.objects.filter(
        station=station_id,
        layer=Layer.RAW,
        slot__in={slot for slot, _, _ in wanted},
        period__in=("hour", "day"),
        start__in={start for _, _, start in wanted},
    ).order_by("start", "period", "judged_at")
    found: dict[tuple[int, str, datetime], list[Verdict]] = {}
    for row in rows:
        if (row.slot, row.period, row.start) in wanted:
            found.setdefault((row.slot, row.period, row.start), []).append(row)
    return found
