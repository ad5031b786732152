"""Which limits differ between two pictures of the register, and from when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from stations.domain.stricter import Limit, kind_of
from stations.models import Channel
from stations.services.limits import RuleBook

ONE_DAY = timedelta(days=1)
BEFORE_ALL = date(1, 1, 1)
Kind = tuple[int, Decimal]


@dataclass(frozen=True)
class LimitChange:
    """A limit of a channel that is another on these days; None: there is none."""

    station_id: int
    station: str
    slot: int
    symbol: str
    unit: str
    before: Limit | None
    after: Limit | None
    since: date | None
    until: date | None

    @property
    def period(self) -> str:
        limit = self.after or self.before
        return "" if limit is None else limit.period

    @property
    def in_numbers(self) -> bool:
        """Whether a number differs, or only its source or confirmation."""
        return _numbers(self.before) != _numbers(self.after)


def limit_changes(before: RuleBook, after: RuleBook, stations: Iterable[int]) -> list[LimitChange]:
    """Each limit that differs, with the days on which it does; by station, channel and day."""
    rows = Channel.objects.filter(station__in=list(stations)).order_by("station__code", "slot")
    return [
        change
        for channel in rows.select_related("station")
        for change in _of_channel(channel, before, after)
    ]


def _of_channel(channel: Channel, before: RuleBook, after: RuleBook) -> Iterator[LimitChange]:
    station_id, slot = channel.station_id, channel.slot
    turns = {*before.turns_of(station_id, slot), *after.turns_of(station_id, slot)}
    starts = [BEFORE_ALL, *sorted(turns)]
    open_changes: dict[Kind, LimitChange] = {}
    for number, start in enumerate(starts):
        until = starts[number + 1] - ONE_DAY if number + 1 < len(starts) else None
        old = {kind_of(limit): limit for limit in before.limits_on(station_id, slot, start)}
        new = {kind_of(limit): limit for limit in after.limits_on(station_id, slot, start)}
        for kind in sorted({*open_changes, *old, *new}):
            change = LimitChange(
                station_id,
                channel.station.code,
                slot,
                channel.symbol,
                channel.unit,
                old.get(kind),
                new.get(kind),
                None if start == BEFORE_ALL else start,
                until,
            )
            standing = open_changes.pop(kind, None)
            if standing is not None and _says_the_same(standing, change):
                open_changes[kind] = _longer(standing, until)
                continue
            if standing is not None:
                yield standing
            if _substance(change.before) != _substance(change.after):
                open_changes[kind] = change
    yield from open_changes.values()


def _says_the_same(one: LimitChange, other: LimitChange) -> bool:
    return _substance(one.before) == _substance(other.before) and _substance(
        one.after
    ) == _substance(other.after)


def _longer(change: LimitChange, until: date | None) -> LimitChange:
    return LimitChange(
        *(change.station_id, change.station, change.slot, change.symbol, change.unit),
        *(change.before, change.after, change.since, until),
    )


def _numbers(limit: Limit | None) -> tuple[object, ...] | None:
    if limit is None:
        return None
    return limit.maximum, limit.minimum, limit.min_capture, limit.grace_minutes


def _substance(limit: Limit | None) -> tuple[object, ...] | None:
    """What makes two limits say the same to whoever is judged by them."""
    numbers = _numbers(limit)
    if limit is None or numbers is None:
        return None
    return *numbers, limit.source, limit.confirmed
