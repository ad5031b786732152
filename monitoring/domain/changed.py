"""When so many of a day's readings were changed after they were sent that the desk must know.

judging.md §5: more than a set share of a day's readings, by default 5 %.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class DayChanges:
    """A measured day of a station: readings changed afterwards, and readings to compare with.

    `of` are all readings of the day; while it runs, as many as are expected of the whole day where
    that is more, so that a day's first hour is not judged as if it were the day.
    """

    changed: int
    of: int

    @property
    def share(self) -> Decimal:
        """Changed of all, 0 where there is nothing."""
        return Decimal(self.changed) / self.of if self.of else Decimal(0)

    def is_more_than(self, share: Decimal) -> bool:
        """Whether more than this share was changed; exactly this share is not more."""
        return self.changed > share * self.of
