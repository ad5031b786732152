"""Things that hold from one date to another. Every input of a limit is one of these.

Both dates are Vietnamese calendar days and both are inclusive; an absent one is open. A later
`since` ends the earlier thing the day before, for good: it does not come back when the later ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import combinations, pairwise
from typing import Generic, TypeVar

T = TypeVar("T")
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Dated(Generic[T]):
    """One value and the days on which it holds, both inclusive; None is open."""

    value: T
    since: date | None = None
    until: date | None = None

    def __post_init__(self) -> None:
        if self.since is not None and self.until is not None and self.until < self.since:
            raise ValueError(f"ends on {self.until}, before it begins on {self.since}")

    def holds(self, on: date) -> bool:
        """Whether the value is in force on that day."""
        return holds(self.since, self.until, on)


def holds(since: date | None, until: date | None, on: date) -> bool:
    """Whether a day lies between two inclusive dates, of which either may be open."""
    return (since is None or since <= on) and (until is None or on <= until)


def in_force(items: Iterable[Dated[T]], on: date) -> T | None:
    """The value in force on a day, None if there is none.

    Of the items that have begun the one with the latest `since` alone is asked, as `close_earlier`
    would leave them; the order in which they are given cannot matter.
    """
    begun = [item for item in items if item.since is None or item.since <= on]
    if not begun:
        return None
    newest = max(begun, key=_beginning)
    return newest.value if newest.holds(on) else None


def close_earlier(items: Iterable[Dated[T]]) -> tuple[Dated[T], ...]:
    """The items in order of time, each ended the day before the next one begins.

    Raises ValueError when two begin on the same day, since neither of them is the later.
    """
    ordered = sorted(items, key=_beginning)
    closed = [_ended_before(one, after) for one, after in pairwise(ordered)]
    return (*closed, *ordered[-1:])


def overlaps(items: Sequence[Dated[T]]) -> tuple[tuple[Dated[T], Dated[T]], ...]:
    """Each pair that holds on a common day; empty when the items are a clean history."""
    ordered = sorted(items, key=_beginning)
    return tuple(
        (one, other)
        for one, other in combinations(ordered, 2)
        if one.until is None or other.since is None or other.since <= one.until
    )


def days_of_change(items: Iterable[Dated[T]]) -> set[date]:
    """The days on which something begins, or no longer holds."""
    days: set[date] = set()
    for item in items:
        days |= turning_days(item.since, item.until)
    return days


def turning_days(since: date | None, until: date | None) -> set[date]:
    """The first day of a span and the first day after it, where it has them."""
    begins = set() if since is None else {since}
    return begins if until is None else begins | {until + ONE_DAY}


def _beginning(item: Dated[T]) -> date:
    return item.since or date.min


def _ended_before(item: Dated[T], after: Dated[T]) -> Dated[T]:
    if after.since is None or after.since == item.since:
        raise ValueError(f"two values begin on the same day ({after.since or 'open'})")
    last = after.since - ONE_DAY
    return item if item.until is not None and item.until <= last else replace(item, until=last)
