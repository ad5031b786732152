"""What a re-read would change, seen before it is ordered. Reads only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from monitoring.domain.slots import day_of
from monitoring.models import Delivery
from monitoring.services.arrivals import Arrival
from monitoring.services.merge import Said
from monitoring.services.rejudge import Change
from monitoring.services.reread.applying import closed_months
from monitoring.services.reread.plan import (
    Again,
    Differing,
    RowChange,
    differing,
    pages,
    row_changes,
    said_by,
)
from monitoring.services.reread.strays import arrivals_from, strays_of
from monitoring.services.reread.verdicts import verdict_changes
from monitoring.services.setup import StationSetup, setups_of
from stations.models import Station

MOST_FILES = 20_000
"""So many files are looked at; of more it is said that there are more."""
EXAMPLES = 5


@dataclass(slots=True)
class FilePreview:
    """A file that would be told of otherwise."""

    id: UUID
    name: str
    received_at: datetime
    outcome: tuple[str, str]
    """Then and now."""
    gone: Counter[str]
    """Problems that vanish, by code."""
    new: Counter[str]


@dataclass(slots=True)
class ParameterPreview:
    """What would become of a channel's readings."""

    symbol: str
    unit: str
    gained: int = 0
    lost: int = 0
    changed: int = 0
    examples: list[tuple[datetime, Said | None, Said | None]] = field(default_factory=list)
    """The first few: when, what stands, what comes."""

    def add(self, time: datetime, was: Said | None, comes: Said | None) -> None:
        self.gained += was is None
        self.lost += comes is None
        self.changed += was is not None and comes is not None
        if len(self.examples) < EXAMPLES:
            self.examples.append((time, was, comes))


@dataclass(slots=True)
class Preview:
    """Everything that a re-read would change."""

    looked_at: int = 0
    """Files that would be read with other maps."""
    cut: bool = False
    """Whether there are more files than were looked at."""
    files: list[FilePreview] = field(default_factory=list)
    parameters: list[ParameterPreview] = field(default_factory=list)
    hours: set[datetime] = field(default_factory=set)
    days: set[date] = field(default_factory=set)
    verdicts: list[Change] = field(default_factory=list)
    strays: list[Delivery] = field(default_factory=list)
    closed: set[date] = field(default_factory=set)
    """Closed months in which something would change, by their first days."""

    @property
    def readings(self) -> int:
        """How many readings would come, go or change."""
        return sum(each.gained + each.lost + each.changed for each in self.parameters)

    @property
    def is_empty(self) -> bool:
        """Whether nothing that anybody could see would change."""
        return not (self.files or self.readings or self.strays or self.verdicts)


def preview(station: Station, *, start: datetime, end: datetime, now: datetime) -> Preview:
    """What reading the station's files of [start, end) again would change, as of `now`.

    Of files received or measured in this time; nothing is written.
    """
    seen = Preview()
    differences = _differences(seen, station, start, end)
    return _with_rows(seen, station, differences, now)


def preview_of_stray(station: Station, stray: Delivery, *, now: datetime) -> Preview:
    """What giving a file of nobody to a station would change."""
    seen = Preview(strays=[stray])
    arrivals = _fresh(arrivals_from([stray], station.pk, mail=False))
    seen.files = [_stray_preview(each) for each in arrivals]
    return _with_rows(seen, station, _said_of(arrivals), now)


def _differences(seen: Preview, station: Station, start: datetime, end: datetime) -> Differing:
    found: Differing = {}
    for page in pages(station.pk, start, end):
        if seen.looked_at >= MOST_FILES:
            seen.cut = True
            break
        seen.looked_at += len(page.files)
        seen.files += [told for each in page.files if (told := _file_preview(each))]
        _merge(found, differing(page.files))
    seen.strays = strays_of(station.pk, start, end)
    arrivals = _fresh(arrivals_from(seen.strays, station.pk, mail=False)) if seen.strays else []
    seen.files += [_stray_preview(each) for each in arrivals]
    return _merge(found, _said_of(arrivals))


def _merge(into: Differing, more: Differing) -> Differing:
    for key, said in more.items():
        into.setdefault(key, {}).update(said)
    return into


def _fresh(arrivals: Sequence[Arrival]) -> list[Arrival]:
    """Those that the station has not received already under the same name."""
    had = set(
        Delivery.objects.filter(
            station__in={each.station_id for each in arrivals},
            sha256__in={each.sha256 for each in arrivals},
        ).values_list("station_id", "name", "sha256")
    )
    return [each for each in arrivals if each.key not in had]


def _said_of(arrivals: Iterable[Arrival]) -> Differing:
    found: Differing = {}
    for arrival in arrivals:
        for time, contribution in said_by(arrival).items():
            found.setdefault((arrival.station_id, time), {})[arrival.id] = contribution
    return found


def _with_rows(seen: Preview, station: Station, differences: Differing, now: datetime) -> Preview:
    setup = setups_of([station.pk])[station.pk]
    changes = [change for change in row_changes(differences) if any(change.readings())]
    seen.parameters = _parameters(setup, changes)
    seen.hours = {hour for one in changes for hour in setup.hours_touched(one.key[1])}
    seen.verdicts = verdict_changes(setup, changes, seen.hours, now=now)
    seen.days = {day_of(hour) for hour in seen.hours}
    seen.closed = closed_months(station.pk, seen.hours)
    return seen


def _parameters(setup: StationSetup, changes: Iterable[RowChange]) -> list[ParameterPreview]:
    channels = {channel.slot: channel for channel in setup.channels}
    found: dict[int, ParameterPreview] = {}
    for change in changes:
        for slot, was, comes in change.readings():
            if slot not in found:
                channel = channels.get(slot)
                found[slot] = ParameterPreview(
                    channel.symbol if channel else str(slot), channel.unit if channel else ""
                )
            found[slot].add(change.key[1], was, comes)
    return [found[slot] for slot in sorted(found)]


def _file_preview(again: Again) -> FilePreview | None:
    """None where only how it was read changes, and nothing that is told of it."""
    then, now = again.then, again.now
    before = Counter(problem.code for problem in then.problems)
    after = Counter(problem.code for problem in now.problems)
    if (then.outcome, then.readings, before) == (now.outcome, now.readings, after):
        return None
    outcomes = then.outcome, now.outcome
    return FilePreview(
        now.id, now.name, now.entry.received_at, outcomes, before - after, after - before
    )


def _stray_preview(arrival: Arrival) -> FilePreview:
    after = Counter(problem.code for problem in arrival.problems)
    outcomes = Delivery.Outcome.REJECTED.value, arrival.outcome
    return FilePreview(
        arrival.id, arrival.name, arrival.entry.received_at, outcomes, Counter(), after
    )
