"""What a change of the rules would do: shown before it is saved, and saved as it was shown.

The change is rehearsed in the register and taken back at once; only then are verdicts looked at,
without any lock, for as long as a person waits for a page and no longer.
"""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max, Min

from monitoring.domain.slots import day_start
from monitoring.models import ClosedMonth, Correction, Frontier
from monitoring.services.corrections import ask_correction
from monitoring.services.months import closed_in
from monitoring.services.rejudge import Change, differences
from monitoring.services.setup import setups_of
from stations.models import Document, Person, Station
from stations.services.limit_changes import LimitChange, limit_changes
from stations.services.limits import RuleBook
from stations.services.rule_changes import rehearse

SECONDS = 4.0
"""How long a preview may look at verdicts."""
MOST_STATIONS = 40
MOST_DAYS = 200
A_STRETCH = timedelta(days=31)
Span = tuple[datetime, datetime]


class RegisterMoved(Exception):
    """The register is no longer as it was when the change was foreseen."""


@dataclass
class Group:
    """The verdicts of one station, parameter and period that would become others."""

    station: str
    symbol: str
    period: str
    turns: Counter[tuple[str | None, str | None]] = field(default_factory=Counter)
    first: datetime | None = None
    last: datetime | None = None

    def add(self, change: Change) -> None:
        """Counts one period."""
        self.turns[change.results] += 1
        self.first = min(self.first or change.start, change.start)
        self.last = max(self.last or change.start, change.start)

    @property
    def total(self) -> int:
        """How many verdicts say something else."""
        return sum(count for (old, new), count in self.turns.items() if old != new)

    @property
    def worse(self) -> int:
        """How many become exceeded."""
        return sum(n for (old, new), n in self.turns.items() if new == "exceeded" != old)


@dataclass(frozen=True)
class Foreseen:
    """What a change would do; `looked` says how far verdicts have been looked at."""

    limits: list[LimitChange]
    spans: Mapping[int, Span]
    groups: list[Group]
    days: list[Change]
    days_in_all: int
    same_verdict: int
    codes: Mapping[int, str]
    looked_from: Mapping[int, datetime]
    left_out: list[str]
    closed: list[ClosedMonth]
    seconds: float

    @property
    def touches_the_past(self) -> bool:
        """Whether verdicts that have been made would be made otherwise."""
        return bool(self.days_in_all or self.same_verdict or self.incomplete)

    @property
    def incomplete(self) -> bool:
        """Whether there was more to look at than time."""
        return bool(self.left_out) or any(
            self.spans[pk][0] < since for pk, since in self.looked_from.items()
        )

    @property
    def fingerprint(self) -> str:
        """What the reader has seen of the limits."""
        return fingerprint_of(self.limits)


def fingerprint_of(changes: Iterable[LimitChange]) -> str:
    """The same for the same change of limits."""
    return hashlib.sha256(repr(list(changes)).encode()).hexdigest()


def foresee(
    change: Callable[[], object],
    stations: Iterable[Station],
    *,
    now: datetime,
    seconds: float = SECONDS,
    most_stations: int = MOST_STATIONS,
) -> Foreseen:
    """What `change` would do to the limits and verdicts of these stations; changes nothing.

    Raises CannotStand as the change itself does.
    """
    begun = time.monotonic()
    codes = {station.pk: station.code for station in stations}
    before = RuleBook.load(codes)
    after = rehearse(change, lambda: RuleBook.load(codes))
    changes = limit_changes(before, after, codes)
    spans = _spans(changes, now)
    looking = _Looking(begun + seconds)
    order = sorted(spans, key=lambda pk: (not _in_numbers(changes, pk), codes[pk]))
    for pk in order[:most_stations]:
        looking.look(pk, codes[pk], after, spans[pk])
    looking.left_out += [codes[pk] for pk in order[most_stations:]]
    ranked = sorted(looking.days, key=lambda one: (_rank(one), -one.start.timestamp()))
    closed = [month for pk, (start, end) in spans.items() for month in closed_in([pk], start, end)]
    return Foreseen(
        limits=changes,
        spans=spans,
        groups=sorted(looking.groups.values(), key=lambda g: (-g.worse, g.station, g.symbol)),
        days=ranked[:MOST_DAYS],
        days_in_all=len(ranked),
        same_verdict=looking.same_verdict,
        codes=codes,
        looked_from=looking.looked_from,
        left_out=sorted(looking.left_out),
        closed=closed,
        seconds=time.monotonic() - begun,
    )


@transaction.atomic
def carry_out(
    change: Callable[[], Any],
    stations: Sequence[Station],
    *,
    foreseen: str,
    correct: bool,
    reason: str,
    by: Person,
    now: datetime,
    document: Callable[[], Document | None] = lambda: None,
    head_reason: str = "",
) -> tuple[Any, UUID | None]:
    """Makes the change that was foreseen; with `correct` also orders the past to be judged anew.

    What the change gives, and the batch of the correction where there is one. Raises RegisterMoved
    where it would no longer change the limits that were shown (`foreseen` is their fingerprint),
    NeedsLeave where closed months are touched without the head.
    """
    ids = [station.pk for station in stations]
    before = RuleBook.load(ids)
    made = change()
    changes = limit_changes(before, RuleBook.load(ids), ids)
    if fingerprint_of(changes) != foreseen:
        raise RegisterMoved
    spans = _spans(changes, now)
    if not correct or not spans:
        return made, None
    batch = ask_correction(
        stations=[station for station in stations if station.pk in spans],
        what=Correction.What.RULES,
        start=min(start for start, _end in spans.values()),
        end=max(end for _start, end in spans.values()),
        reason=reason,
        by=by,
        document=document(),
        head_reason=head_reason,
        now=now,
    )
    return made, batch


def _spans(changes: Iterable[LimitChange], now: datetime) -> dict[int, Span]:
    """Of each station the time in which limits differ and periods have been judged."""
    wanted = list(changes)
    rows = Frontier.objects.filter(station__in={one.station_id for one in wanted})
    judged = {
        pk: (since, until)
        for pk, since, until in rows.order_by()
        .values("station")
        .annotate(first=Min("since"), last=Max("until"))
        .values_list("station", "first", "last")
    }
    spans: dict[int, Span] = {}
    for one in wanted:
        if one.station_id not in judged:
            continue
        first, last = judged[one.station_id]
        start = first if one.since is None else max(first, day_start(one.since))
        end = last if one.until is None else min(last, day_start(one.until) + timedelta(days=1))
        if start < min(end, now):
            known = spans.get(one.station_id, (start, end))
            spans[one.station_id] = (min(known[0], start), max(known[1], end))
    return spans


def _in_numbers(changes: Iterable[LimitChange], station_id: int) -> bool:
    return any(one.in_numbers for one in changes if one.station_id == station_id)


def _rank(change: Change) -> int:
    """Exceeded first, then what is no longer exceeded, then the rest."""
    old, new = change.results
    if new == "exceeded":
        return 0
    return 1 if old == "exceeded" else 2


@dataclass
class _Looking:
    """What has been found until the time is over."""

    until: float
    groups: dict[tuple[str, str, str], Group] = field(default_factory=dict)
    days: list[Change] = field(default_factory=list)
    same_verdict: int = 0
    looked_from: dict[int, datetime] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)

    def look(self, pk: int, code: str, rules: RuleBook, span: Span) -> None:
        """The newest month first, back as far as there is time."""
        setup = None
        for start, end in _backwards(span):
            if time.monotonic() > self.until:
                break
            setup = setup or setups_of([pk])[pk]
            for change in differences(setup, rules, start=start, end=end):
                self._take(code, change)
            self.looked_from[pk] = start
        if pk not in self.looked_from:
            self.left_out.append(code)

    def _take(self, code: str, change: Change) -> None:
        old, new = change.results
        if old == new:
            self.same_verdict += 1
            return
        key = (code, change.symbol, change.period)
        self.groups.setdefault(key, Group(*key)).add(change)
        self.days.append(change)


def _backwards(span: Span) -> Iterator[Span]:
    start, end = span
    while end > start:
        begin = max(start, end - A_STRETCH)
        yield begin, end
        end = begin
