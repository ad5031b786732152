"""What a verdict rests on, made anew from the raw bytes of its files: slots, sums, files, history.

Nothing is stored by it. What it finds is held against what the verdict says, so that whoever reads
a verdict's page sees a proof and not a repetition; where the two differ, that is told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import cast
from uuid import UUID

from django.db import connection

from monitoring.domain.averaging import Mean
from monitoring.domain.evidence import (
    Arithmetic,
    LeftOut,
    Part,
    Read,
    Slot,
    arithmetic,
    at_oxygen,
    laid_out,
    mean_of,
    mean_of_parts,
    part_of,
)
from monitoring.domain.readwith import ReadWith
from monitoring.domain.slots import (
    HOUR,
    ONE_DAY,
    ONE_SECOND,
    day_of,
    expected_in_day,
    slot_start,
)
from monitoring.models import DayMean, Delivery, ReadMap, Verdict
from monitoring.models.correction import Correction, Exclusion
from monitoring.services.arrivals import entry_of, read_entry
from monitoring.services.computing import OXYGEN
from monitoring.services.merge import Change, Contribution, contributions_of, rebuilt
from monitoring.services.readmaps import Ways
from monitoring.services.setup import ChannelSetup, StationSetup, setups_of
from stations.domain.regulations import Period
from stations.services.settings import Key as SettingKey
from stations.services.settings import Settings

MOST_DAYS_ANEW = 40
"""Of a year, so many days that have changed since are made anew from their files."""

MOST_MAPS = 8
"""So many earlier ways of reading are tried for a verdict from before files were read again."""


@dataclass(frozen=True, slots=True)
class File:
    """A delivery with something of the period in it.

    `slots`: in how many slots a value of it stands. With none it was replaced by a later one, or
    it is the repeat of another (`repeats`), or it said nothing of this parameter.
    """

    id: UUID
    name: str
    sha256: str
    received_at: datetime
    size: int
    slots: int
    repeats: bool


@dataclass(frozen=True, slots=True)
class Check:
    """One thing of a verdict as it is stored, and as it was found anew."""

    what: str
    stored: object
    found: object

    @property
    def agrees(self) -> bool:
        """Whether they are the same, exactly."""
        return self.stored == self.found


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that redoing a verdict needs.

    `slots` are those of the period (none for a year, which is told by its days), `parts` the hours
    or days whose means enter a mean of means. `unsure`: of so many days of a year what they were
    when the verdict was made could not be made anew.
    """

    verdict: Verdict
    channel: ChannelSetup | None
    slots: tuple[Slot, ...]
    parts: tuple[Part, ...]
    arithmetic: Arithmetic
    files: tuple[File, ...]
    changes: tuple[Change, ...]
    exclusions: tuple[Exclusion, ...]
    checks: tuple[Check, ...]
    unsure: int = 0
    idle_from: Decimal | None = None

    @property
    def agrees(self) -> bool:
        """Whether what was made anew is what the verdict says."""
        return all(check.agrees for check in self.checks)

    @property
    def reference(self) -> Decimal | None:
        """The reference oxygen in percent."""
        return reference_of(self.verdict)


def reference_of(verdict: Verdict) -> Decimal | None:
    """The reference oxygen that a verdict's mean was brought to."""
    return Decimal(verdict.basis) if verdict.basis else None


def evidence_for(verdict: Verdict) -> Evidence:
    """What the verdict rests on, in the version of the readings that it was made from."""
    setup = setups_of([verdict.station_id])[verdict.station_id]
    channel = next((each for each in setup.channels if each.slot == verdict.slot), None)
    exclusions = _exclusions(verdict, setup)
    work = _Work(verdict, setup, channel, exclusions)
    return work.of_year() if verdict.period == "year" else work.of_slots()


class _Work:
    """The making anew of one verdict."""

    def __init__(
        self,
        verdict: Verdict,
        setup: StationSetup,
        channel: ChannelSetup | None,
        exclusions: Sequence[Exclusion],
    ) -> None:
        self.verdict = verdict
        self.setup = setup
        self.channel = channel
        self.exclusions = tuple(exclusions)
        self.limit = verdict.limit
        self.min_capture = Decimal(str(self.limit.get("min_capture", "0.75")))
        by_parameter = {each.parameter: each for each in setup.channels}
        self.oxygen = by_parameter.get(OXYGEN)
        self.settings = Settings.load() if verdict.basis else None

    def of_slots(self) -> Evidence:
        """Of an hour, a day or 8 hours: by the slots themselves."""
        files = _Files.of(
            self.verdict.station_id, *self._stamps(self.verdict.start, self.verdict.end)
        )
        first: Evidence | None = None
        for history in self._histories(files):
            for counts in _versions(self.verdict):
                made = self._made(history.version(counts))
                if made.agrees:
                    return made
                first = first or made
        if first is None:
            raise AssertionError("a verdict has at least one history")
        return first

    def _histories(self, files: _Files) -> Iterator[_History]:
        """The files as they were read; then as they were before they were read again.

        A delivery keeps only how it was read last. How it was before that is one of the maps in
        use when it was stored: which one, the verdict itself tells by what it comes to.
        """
        yield files.read()
        for how in files.earlier_ways(self.verdict, self.setup):
            yield files.read(instead=how)

    def _made(self, version: _Version) -> Evidence:
        begin, end = self.verdict.start, self.verdict.end
        slots = self._slots(version, begin, end)
        parts = self._hours(slots) if self.verdict.period == "hours8" else []
        mean = mean_of_parts(parts) if parts else mean_of(slots)
        return self._evidence(version, slots, parts, mean)

    def of_year(self) -> Evidence:
        """Of a year: by its day means, those that have changed since made anew."""
        parts, unsure = self._days()
        return self._evidence(_Version({}, [], []), [], parts, mean_of_parts(parts), unsure)

    def _evidence(
        self,
        version: _Version,
        slots: Sequence[Slot],
        parts: Sequence[Part],
        mean: Mean,
        unsure: int = 0,
    ) -> Evidence:
        verdict = self.verdict
        found = arithmetic(
            mean,
            period=cast("Period", verdict.period),
            maximum=verdict.maximum,
            minimum=verdict.minimum,
            min_capture=self.min_capture,
        )
        checks = (
            Check("total", verdict.total, mean.total),
            Check("n", verdict.n, mean.n),
            Check("expected", verdict.expected, mean.expected),
            Check("verdict", verdict.result, found.judgement.verdict),
        )
        wanted = {verdict.slot}
        if self.oxygen is not None and reference_of(verdict) is not None:
            wanted.add(self.oxygen.slot)
        return Evidence(
            verdict,
            self.channel,
            tuple(slots),
            tuple(parts),
            found,
            version.files(slots),
            tuple(change for change in version.changes if change.slot in wanted),
            self.exclusions,
            checks,
            unsure,
            self._idle_from(day_of(verdict.start)) if self.settings else None,
        )

    def _stamps(self, begin: datetime, end: datetime) -> tuple[datetime, datetime]:
        """The stamps that can count in a span, whichever channel's pace is looked at."""
        paces = [each.pace for each in (self.channel, self.oxygen) if each is not None]
        intervals = [pace.interval(day_of(begin)) or 0 for pace in paces]
        longest = max(intervals, default=0)
        first = slot_start(begin, interval=longest) if longest else begin
        late = ONE_SECOND if any(pace.closing for pace in paces) else timedelta()
        return first, end + timedelta(minutes=max(longest - 60, 0)) + late

    def _slots(self, version: _Version, begin: datetime, end: datetime) -> list[Slot]:
        if self.channel is None:
            return []
        own = self._laid_out(self.channel, version, begin, end)
        reference = reference_of(self.verdict)
        if reference is None:
            return own
        oxygen: list[Slot] = []
        if self.oxygen is not None:
            interval = self.oxygen.pace.interval(day_of(begin))
            since = slot_start(begin, interval=interval) if interval else begin
            oxygen = self._laid_out(self.oxygen, version, since, end)
        return at_oxygen(own, oxygen, reference=reference, idle_from=self._idle_from)

    def _idle_from(self, day: date) -> Decimal:
        """The O₂ from which the plant stands idle on a day."""
        settings = self.settings or Settings.load()
        return settings.on(SettingKey.IDLE_OXYGEN, day)

    def _laid_out(
        self, channel: ChannelSetup, version: _Version, begin: datetime, end: datetime
    ) -> list[Slot]:
        left_out = [
            LeftOut(each.start, each.end, each.why == Exclusion.Why.STOP)
            for each in self.exclusions
            if each.channel.slot == channel.slot
        ]
        stops = self.setup.stops_of(channel)
        return laid_out(begin, end, channel.pace, version.reads(channel.slot), left_out, stops)

    def _hours(self, slots: Sequence[Slot]) -> list[Part]:
        by_hour: dict[datetime, list[Slot]] = defaultdict(list)
        for slot in slots:
            by_hour[slot.start.replace(minute=0)].append(slot)
        starts = _steps(self.verdict.start, self.verdict.end, HOUR)
        return [
            part_of(hour, hour + HOUR, mean_of(by_hour.get(hour, [])), self.min_capture)
            for hour in starts
        ]

    def _days(self) -> tuple[list[Part], int]:
        """The days of the year; and of how many what they were then is not known any more."""
        verdict = self.verdict
        rows = DayMean.objects.filter(
            station=verdict.station_id, slot=verdict.slot, basis=verdict.basis
        ).filter(start__gte=verdict.start, start__lt=verdict.end)
        stored = {row.start: row for row in rows}
        newest = verdict.newest or verdict.judged_at
        changed = {
            start for start, row in stored.items() if row.newest is not None and row.newest > newest
        }
        changed |= {
            day
            for day in _steps(verdict.start, verdict.end, ONE_DAY)
            if any(each.start < day + ONE_DAY and day < each.end for each in self.exclusions)
        }
        anew = sorted(changed)[:MOST_DAYS_ANEW]
        parts = []
        for day in _steps(verdict.start, verdict.end, ONE_DAY):
            mean = self._day_anew(day) if day in anew else self._day_stored(day, stored.get(day))
            parts.append(part_of(day, day + ONE_DAY, mean, self.min_capture))
        return parts, len(changed) - len(anew)

    def _day_stored(self, day: datetime, row: DayMean | None) -> Mean:
        if row is not None:
            return Mean(row.total, row.n, row.expected)
        interval = self.channel.pace.interval(day_of(day)) if self.channel else None
        return Mean(mean_of([]).total, 0, expected_in_day(interval) if interval else 0)

    def _day_anew(self, day: datetime) -> Mean:
        files = _Files.of(self.verdict.station_id, *self._stamps(day, day + ONE_DAY))
        counts = next(iter(_versions(self.verdict)))
        return mean_of(self._slots(files.read().version(counts), day, day + ONE_DAY))


def _steps(begin: datetime, end: datetime, step: timedelta) -> list[datetime]:
    return [begin + number * step for number in range(round((end - begin) / step))]


Counts = Callable[[Delivery], bool]


def _versions(verdict: Verdict) -> Iterator[Counts]:
    """Which deliveries may have stood under a verdict, likeliest first.

    Those received up to its newest one, and stored when it was made: a file that was received
    earlier can be stored later. Clocks can be set apart by hand (`receive --at`), hence the next
    two; what stands in effect rests on all that came.
    """
    newest, judged_at = verdict.newest or verdict.judged_at, verdict.judged_at
    yield lambda each: each.received_at <= newest and each.stored_at <= judged_at
    yield lambda each: each.received_at <= newest and each.stored_at < judged_at
    yield lambda each: each.received_at <= newest
    if verdict.superseded_at is None:
        yield lambda _: True


@dataclass(slots=True)
class _Version:
    """The readings of a span as they stood with some of its deliveries."""

    rows: dict[datetime, dict[int, Read]]
    changes: list[Change]
    deliveries: list[Delivery]

    def reads(self, slot: int) -> list[Read]:
        """The readings of a channel's slot."""
        return [found[slot] for found in self.rows.values() if slot in found]

    def files(self, slots: Iterable[Slot]) -> tuple[File, ...]:
        """The deliveries in the order of reception, with how many slots each stands in."""
        used: dict[UUID, int] = defaultdict(int)
        for slot in slots:
            for pk in slot.deliveries:
                used[pk] += 1
        kept: set[tuple[str, str]] = set()
        found = []
        for each in self.deliveries:
            repeats = (each.name, each.sha256) in kept
            kept.add((each.name, each.sha256))
            found.append(
                File(
                    each.id,
                    each.name,
                    each.sha256,
                    each.received_at,
                    len(each.raw),
                    0 if repeats else used[each.id],
                    repeats,
                )
            )
        return tuple(found)


@dataclass(slots=True)
class _Files:
    """The deliveries with something of a span, and how each is read."""

    station_id: int
    span: tuple[datetime, datetime]
    deliveries: list[Delivery]
    ways: Ways

    @classmethod
    def of(cls, station_id: int, begin: datetime, end: datetime) -> _Files:
        """Those that brought a stamp from `begin` up to `end`."""
        deliveries = _deliveries(station_id, begin, end)
        ways = Ways([station_id])
        ways.look_up(deliveries)
        return cls(station_id, (begin, end), deliveries, ways)

    def read(self, *, instead: ReadWith | None = None) -> _History:
        """What they say, from their bytes, as they were read; those that were read again since
        they came as this other map reads them."""
        began = self._first_used() if instead else {}
        said = {}
        for each in self.deliveries:
            how = self.ways.then(each)
            if instead is not None and began.get(each.read_with, each.stored_at) > each.stored_at:
                how = instead
            said[each.id] = self._said(each, how)
        return _History(self.deliveries, said)

    def _said(self, delivery: Delivery, how: ReadWith) -> list[tuple[datetime, Contribution]]:
        arrival = read_entry(entry_of(delivery), delivery.station_id, how)
        contributions = contributions_of(
            arrival.parsed, delivery=delivery.id, received_at=delivery.received_at
        )
        begin, end = self.span
        return [(time, each) for time, each in contributions.items() if begin <= time < end]

    def _first_used(self) -> dict[str, datetime]:
        prints = {each.read_with for each in self.deliveries}
        rows = ReadMap.objects.filter(pk__in=prints)
        return dict(rows.values_list("fingerprint", "first_used_at"))

    def earlier_ways(self, verdict: Verdict, setup: StationSetup) -> list[ReadWith]:
        """The maps that may have been in use before files were read again after a verdict; the
        latest first, of stations whose channels stand in the same places."""
        done = Correction.objects.filter(
            station=self.station_id, what=Correction.What.READINGS, done_at__gt=verdict.judged_at
        )
        if not done.exists():
            return []
        channels = {(each.slot, each.symbol) for each in setup.channels}
        rows = ReadMap.objects.filter(first_used_at__lte=verdict.judged_at)
        found = []
        for content in rows.order_by("-first_used_at").values_list("content", flat=True):
            told = {(spec[0], spec[1]) for *_days, specs in content["periods"] for spec in specs}
            if told and told <= channels:
                found.append(ReadWith.restored(content))
            if len(found) == MOST_MAPS:
                break
        return found


@dataclass(slots=True)
class _History:
    """The deliveries of a span in the order of reception, and what each says in it."""

    deliveries: list[Delivery]
    said: dict[UUID, list[tuple[datetime, Contribution]]]

    def version(self, counts: Counts) -> _Version:
        """The readings with these deliveries alone; of equal files the one received first."""
        chosen = [each for each in self.deliveries if counts(each)]
        first: dict[tuple[str, str], UUID] = {}
        for each in chosen:
            first.setdefault((each.name, each.sha256), each.id)
        contributions: dict[datetime, list[Contribution]] = defaultdict(list)
        for pk in first.values():
            for time, contribution in self.said.get(pk, []):
                contributions[time].append(contribution)
        rows: dict[datetime, dict[int, Read]] = {}
        changes: list[Change] = []
        for time, those in sorted(contributions.items()):
            row, made = rebuilt(time, those)
            changes += made
            rows[time] = {
                slot: Read(time, value, status, row.said_by[slot])
                for slot, (value, status) in row.slots.items()
            }
        return _Version(rows, changes, chosen)


def _deliveries(station_id: int, begin: datetime, end: datetime) -> list[Delivery]:
    """All that brought something of a span, and the repeats of these, in the order of reception."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT d.id FROM monitoring_delivery d JOIN"
            " (SELECT DISTINCT f.name, f.sha256 FROM monitoring_delivery f JOIN"
            "  (SELECT DISTINCT unnest(deliveries) AS id FROM monitoring_reading"
            "   WHERE station_id = %s AND time >= %s AND time < %s) AS brought"
            "  ON f.station_id = %s AND f.id = brought.id) AS known"
            " ON d.station_id = %s AND d.name = known.name AND d.sha256 = known.sha256",
            [station_id, begin, end, station_id, station_id],
        )
        ids = [pk for (pk,) in cursor.fetchall()]
    rows = Delivery.objects.filter(station=station_id, id__in=ids)
    return sorted(rows, key=lambda each: (each.received_at, each.id.int))


def _exclusions(verdict: Verdict, setup: StationSetup) -> list[Exclusion]:
    """What the approved data left out when the verdict was made; nothing for data as sent."""
    if verdict.layer != "approved":
        return []
    slots = [each.slot for each in setup.channels if each.parameter == OXYGEN] + [verdict.slot]
    rows = Exclusion.objects.filter(
        station=verdict.station_id, channel__slot__in=slots, decided_at__lte=verdict.judged_at
    ).exclude(state__in=(Exclusion.State.ASKED, Exclusion.State.REFUSED))
    overlapping = rows.overlapping(verdict.start, verdict.end)
    in_force = overlapping.exclude(revoked_at__lte=verdict.judged_at)
    return list(in_force.select_related("channel", "decided_by", "document").order_by("start"))
