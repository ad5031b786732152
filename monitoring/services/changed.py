"""Values that a station changed after it had sent them: counted by measured day, and told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import F
from django.db.models.functions import TruncDate
from django.utils.translation import gettext_noop

from alerts.domain.kinds import CHANGED_VALUES
from alerts.domain.spans import Span
from alerts.models import AlertSpan
from alerts.services.ending import End, bring_ends
from alerts.services.findings import Finding, Identity
from alerts.services.raising import report
from alerts.services.recounting import recount
from monitoring.domain.changed import DayChanges
from monitoring.domain.slots import HOUR, VIETNAM, day_of, day_start, expected_in_day
from monitoring.models import Delivery, Reading, Revision
from monitoring.services.arrivals import entry_of, read_entry
from monitoring.services.marks import Marks
from monitoring.services.merge import contributions_of
from monitoring.services.readmaps import Ways
from monitoring.services.setup import StationSetup
from stations.services.limits import RuleBook
from stations.services.settings import Key, SettingMissing

ONE_DAY = timedelta(days=1)
GRACE = timedelta(minutes=30)
NOT_CALM = gettext_noop("The day that had ended it was changed too.")
FEWER = gettext_noop("Of the day's readings, fewer were changed than it seemed.")


def watch_changes(
    setup: StationSetup,
    marks: Marks,
    rules: RuleBook,
    *,
    looked_at: datetime | None,
    now: datetime,
) -> None:
    """Tell the desk of the days of which the station changed too much; the caller holds its lock.

    Looked at are the days of the marked hours, and those that have ended since `looked_at`, when
    the station was last settled: however long nobody has.
    """
    days = {*_days_over(looked_at, now), *(day_of(hour) for hour in marks.hours)}
    days |= {day_of(hour + HOUR) for hour in marks.hours}  # a stamp may close its window
    told = set(
        AlertSpan.objects.filter(
            alert__station=setup.station_id, alert__kind=CHANGED_VALUES
        ).values_list("start", flat=True)
    )
    changed = _changed_days(setup.station_id, days)
    for day in sorted(changed | (days & set(map(day_of, told)))):
        _Day(setup, rules, day, now).tell(marks)
    if told or changed:
        bring_ends(
            Identity(CHANGED_VALUES, setup.station_id),
            first_end=partial(_first_calm_day, setup, rules, now),
            now=now,
            reason=NOT_CALM,
        )


def _days_over(since: datetime | None, now: datetime) -> Iterable[date]:
    """The days that ended between two moments: that of the first, up to yesterday."""
    today = day_of(now)
    day = today - ONE_DAY if since is None else min(day_of(since), today - ONE_DAY)
    while day < today:
        yield day
        day += ONE_DAY


def _changed_days(station_id: int, days: set[date]) -> set[date]:
    """Those of these days of which any value was sent again and differed."""
    rows = Revision.objects.filter(
        station=station_id,
        time__gte=day_start(min(days)),
        time__lt=day_start(max(days)) + ONE_DAY,
    ).exclude(delivery=F("old_delivery"))
    found = rows.annotate(day=TruncDate("time", tzinfo=VIETNAM)).values_list("day", flat=True)
    return set(found.distinct().order_by()) & days


@dataclass(frozen=True, slots=True)
class _Day:
    """A measured day of a station, looked at as of `now`."""

    setup: StationSetup
    rules: RuleBook
    day: date
    now: datetime

    @property
    def span(self) -> Span:
        start = day_start(self.day)
        return Span(start, start + ONE_DAY)

    @property
    def is_over(self) -> bool:
        return self.now >= self.span.end

    def tell(self, marks: Marks) -> None:
        """Bring the desk to what the day's revisions make of it."""
        revisions = revisions_of_day(self.setup.station_id, self.day)
        changes = self._changes(revisions)
        share = self._limit()
        is_course = share is not None and changes.is_more_than(share)
        recount(
            Identity(CHANGED_VALUES, self.setup.station_id),
            courses=[self.span] if is_course else [],
            within=self.span,
            now=self.now,
            reason=FEWER,
        )
        if is_course and share is not None:
            mail = marks.may_mail(*self._ends) and _anyone_but_commands(revisions)
            late = marks.came_late(*self._ends, GRACE)
            report(self._finding(changes, share, revisions, late=late), now=self.now, mail=mail)

    @property
    def is_calm(self) -> bool:
        """Whether the day is over, has readings, and not too many of them were changed."""
        share = self._limit()
        changes = self._changes(revisions_of_day(self.setup.station_id, self.day))
        return self.is_over and bool(changes.of) and not changes.is_more_than(share or Decimal(1))

    @property
    def _ends(self) -> tuple[datetime, datetime]:
        return self.span.start, self.span.end

    def _limit(self) -> Decimal | None:
        try:
            return self.rules.settings.on(Key.CHANGED_SHARE, self.day)
        except SettingMissing:  # nobody says how much is too much
            return None

    def _changes(self, revisions: Sequence[Revision]) -> DayChanges:
        count = readings_between(self.setup.station_id, *self._ends)
        of = count if self.is_over else max(count, self._expected())
        return DayChanges(len({(one.time, one.slot) for one in revisions}), of)

    def _expected(self) -> int:
        intervals = (channel.pace.interval(self.day) for channel in self.setup.channels)
        return sum(expected_in_day(interval) for interval in intervals if interval)

    def _finding(
        self, changes: DayChanges, share: Decimal, revisions: Sequence[Revision], *, late: bool
    ) -> Finding:
        evidence: dict[str, Any] = {
            "changed": changes.changed,
            "readings": changes.of,
            "share": float(changes.share),
            "allowed_share": float(share),
            "day": self.day.isoformat(),
            "files": len({one.delivery for one in revisions}),
        }
        return Finding(
            kind=CHANGED_VALUES,
            station_id=self.setup.station_id,
            start=self.span.start,
            end=self.span.end,
            late=late,
            evidence=evidence,
        )


def revisions_of_day(station_id: int, day: date) -> list[Revision]:
    """The values of a measured day that the logger itself changed by a later file.

    Left out are a file that contradicts itself, and a difference that comes of our reading the two
    files with different maps: of one text there is nothing that anybody changed.
    """
    start = day_start(day)
    rows = Revision.objects.filter(station=station_id, time__gte=start, time__lt=start + ONE_DAY)
    found = list(rows.exclude(delivery=F("old_delivery")).order_by("time", "slot", "received_at"))
    return without_map_changes(station_id, found)


def without_map_changes(station_id: int, revisions: Sequence[Revision]) -> list[Revision]:
    """Those that remain when both files are read with the map of the later one."""
    ids = {pk for one in revisions for pk in (one.old_delivery, one.delivery)}
    maps = dict(
        Delivery.objects.filter(station=station_id, id__in=ids).values_list("id", "read_with")
    )
    suspects = [one for one in revisions if maps.get(one.old_delivery) != maps.get(one.delivery)]
    if not suspects:
        return list(revisions)
    ours = _made_by_maps(station_id, suspects)
    return [one for one in revisions if one.id not in ours]


def _made_by_maps(station_id: int, revisions: Sequence[Revision]) -> set[UUID]:
    ids = {pk for one in revisions for pk in (one.old_delivery, one.delivery)}
    files = {each.id: each for each in Delivery.objects.filter(station=station_id, id__in=ids)}
    ways = Ways([station_id])
    ways.look_up(files.values())
    said: dict[tuple[UUID, UUID], Any] = {}
    ours = set()
    for one in revisions:
        old, new = files.get(one.old_delivery), files.get(one.delivery)
        if old is None or new is None:
            continue
        pair = old.id, new.id
        if pair not in said:
            arrival = read_entry(entry_of(old), station_id, ways.then(new))
            said[pair] = contributions_of(
                arrival.parsed, delivery=old.id, received_at=old.received_at
            )
        row = said[pair].get(one.time)
        chain = row.slots.get(one.slot, []) if row else []
        if chain and chain[-1] == (one.value, one.status):
            ours.add(one.id)
    return ours


def readings_between(station_id: int, start: datetime, end: datetime) -> int:
    """How many readings a station has from `start` up to `end`."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(CASE WHEN statuses IS NULL"
            " THEN cardinality(array_remove(values, NULL))"
            " ELSE cardinality(array_remove(statuses, NULL)) END), 0) FROM monitoring_reading"
            " WHERE station_id = %s AND time >= %s AND time < %s",
            [station_id, start, end],
        )
        return int(cursor.fetchone()[0])


def _anyone_but_commands(revisions: Iterable[Revision]) -> bool:
    """Whether any of the files that changed something may be mailed about."""
    loud = Delivery.objects.filter(quiet=False)
    by_station: dict[int, set[UUID]] = {}
    for one in revisions:
        by_station.setdefault(one.station_id, set()).add(one.delivery)
    return any(loud.filter(station=pk, id__in=ids).exists() for pk, ids in by_station.items())


def _first_calm_day(
    setup: StationSetup, rules: RuleBook, now: datetime, last: AlertSpan
) -> End | None:
    """The first later day that is over, has readings, and of which not too many were changed."""
    since = last.end
    while since < now:
        rows = Reading.objects.filter(station=setup.station_id, time__gte=since, time__lt=now)
        first = rows.order_by("time").values_list("time", flat=True).first()
        if first is None:
            return None
        day = _Day(setup, rules, day_of(first), now)
        if day.is_calm:
            return End(day.span.start, day.span.end, {"day": day.day.isoformat()})
        since = day.span.end
    return None
