"""Whose file: from its name, and from the account that sent it.

The contract's "Whose file". A name is `prefix_yyyyMMddHHmmss`, whatever follows; folders do not
count. Prefixes are known and may themselves hold `_` and digits, so underscores are not counted.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from monitoring.domain.stamps import moment_of

SenderCode = Literal["wrong_station", "unknown_station", "unreadable_name"]

# Fourteen digits and no more: fifteen are no time.
_stamps = re.compile(r"_([0-9]{14})(?![0-9])").finditer
_folders = re.compile(r"[/\\]").split


@dataclass(frozen=True, slots=True)
class PrefixPeriod:
    """A station's file prefix and its first and last day (inclusive; None: open)."""

    station_id: int
    prefix: str
    since: date | None = None
    until: date | None = None

    def holds(self, day: date) -> bool:
        """Whether the prefix is in force on that day."""
        return (self.since or date.min) <= day <= (self.until or date.max)


@dataclass(frozen=True, slots=True)
class Stamp:
    """One reading of a name: what stands before `_` and fourteen digits, and these."""

    prefix: str
    digits: str

    @property
    def moment(self) -> datetime | None:
        """The time in the name (aware, UTC); None when the digits are no date."""
        found = moment_of(self.digits)
        return found.time if found else None


@dataclass(frozen=True, slots=True)
class Sender:
    """Whose file it is, or why it is nobody's."""

    station_id: int | None = None
    code: SenderCode | None = None
    """Set exactly where `station_id` is None."""
    name_time: datetime | None = None
    """The moment in the name (aware, UTC), if it holds one."""
    claimed_station_id: int | None = None
    """With `wrong_station`: whose prefix it is."""


class PrefixIndex:
    """All prefixes of the register. Answers by dictionary, for thousands of stations."""

    def __init__(self, periods: Iterable[PrefixPeriod]) -> None:
        held: dict[str, list[PrefixPeriod]] = defaultdict(list)
        for period in sorted(periods, key=_newest_first):
            held[period.prefix].append(period)
        self._held = dict(held)

    def holders(self, prefix: str) -> tuple[int, ...]:
        """The stations that ever had this prefix, the newest holder first."""
        return tuple(dict.fromkeys(period.station_id for period in self._held.get(prefix, ())))

    def holder_on(self, prefix: str, day: date) -> int | None:
        """The station whose prefix this is on that Vietnamese day."""
        periods = self._held.get(prefix, ())
        return next((period.station_id for period in periods if period.holds(day)), None)


def stamps_of(name: str) -> list[Stamp]:
    """Every way to read a name, the longest prefix first; none for an unreadable name."""
    base = _folders(name)[-1]
    found = [Stamp(base[: match.start()], match[1]) for match in _stamps(base)]
    return found[::-1]


def stamp_of(name: str) -> Stamp | None:
    """The reading of a name with the longest prefix; None for an unreadable name."""
    return next(iter(stamps_of(name)), None)


def whose_by_account(
    name: str, *, account_station_ids: Sequence[int], prefixes: PrefixIndex
) -> Sender:
    """Of a file that came through an account: by FTP, or by HTTP with a station's token.

    An account's only station needs no readable name; a prefix that is another account's is refused.
    """
    stamp = _known_stamp(name, prefixes)
    own = tuple(account_station_ids)
    only = own[0] if len(own) == 1 else None
    if stamp is None:
        return Sender(only) if only is not None else Sender(code="unreadable_name")
    named = _station_named(stamp, own, prefixes)
    if named is not None and named not in own:
        return Sender(None, "wrong_station", stamp.moment, claimed_station_id=named)
    return _sender(named if named is not None else only, stamp)


def whose_by_command(name: str, *, prefixes: PrefixIndex) -> Sender:
    """Of a file that a command brings: the longest known prefix decides."""
    stamp = _known_stamp(name, prefixes)
    if stamp is None:
        return Sender(code="unreadable_name")
    moment = moment_of(stamp.digits)
    if moment is None:
        return _sender(next(iter(prefixes.holders(stamp.prefix)), None), stamp)
    return _sender(prefixes.holder_on(stamp.prefix, moment.day), stamp)


def _sender(station_id: int | None, stamp: Stamp) -> Sender:
    code: SenderCode | None = "unknown_station" if station_id is None else None
    return Sender(station_id, code, stamp.moment)


def which_stamp(name: str, prefixes: PrefixIndex) -> int:
    """Which reading of a name counts: the first whose prefix any station ever had, else the first.

    Of nearly every name there is only one.
    """
    stamps = stamps_of(name)
    if len(stamps) < 2:
        return 0
    known = (i for i, stamp in enumerate(stamps) if prefixes.holders(stamp.prefix))
    return next(known, 0)


def _known_stamp(name: str, prefixes: PrefixIndex) -> Stamp | None:
    stamps = stamps_of(name)
    return stamps[which_stamp(name, prefixes)] if stamps else None


def _station_named(stamp: Stamp, own: tuple[int, ...], prefixes: PrefixIndex) -> int | None:
    """The station that a name means, as seen by an account with its own stations.

    The prefix in force on the measured day decides; without a date, whoever had it, the account's
    own first. A prefix that only others ever had stays theirs, in force or not.
    """
    ever = prefixes.holders(stamp.prefix)
    mine = [station_id for station_id in ever if station_id in own]
    moment = moment_of(stamp.digits)
    if moment is None:
        return next(iter(mine or ever), None)
    holder = prefixes.holder_on(stamp.prefix, moment.day)
    return next(iter(ever), None) if holder is None and not mine else holder


def _newest_first(period: PrefixPeriod) -> tuple[int, int]:
    """Sorts by the first day, the latest first; then by station, so that the order is one."""
    return (-(period.since or date.min).toordinal(), period.station_id)
