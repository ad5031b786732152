"""How a person wants to hear: of what, how soon, and when not. Clocks are Vietnamese."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta, timezone
from typing import Any

from alerts.domain.severity import CRITICAL

VIETNAM = timezone(timedelta(hours=7))
AT_ONCE, HOURLY, DAILY = "at_once", "hourly", "daily"
PROMPTEST_FIRST = (AT_ONCE, HOURLY, DAILY)
DAY_BEGINS = time(7)
"""When what is told daily leaves: before the offices open."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One subscription. Empty `kinds` or `facilities` are all of them."""

    kinds: Collection[str] = field(default_factory=frozenset)
    facilities: Collection[int] = field(default_factory=frozenset)
    least_severity: int = 1
    pace: str = AT_ONCE
    quiet_from: time | None = None
    quiet_until: time | None = None

    def fits(self, *, kind: str, severity: int, facility: int | None) -> bool:
        """Whether it speaks of such a case."""
        return (
            (not self.kinds or kind in self.kinds)
            and (not self.facilities or facility in self.facilities)
            and severity >= self.least_severity
        )


@dataclass(frozen=True, slots=True)
class Waits:
    """Why a note waits for longer than it must: the pace that somebody wished, and the quiet hours.

    `pace` is empty where the quiet hours alone are why. `asked`: a wish of theirs names such a
    case; else it is told by duty, once a day.
    """

    pace: str = ""
    asked: bool = True
    quiet_from: time | None = None
    quiet_until: time | None = None

    def as_data(self) -> dict[str, Any]:
        """To be kept with the note."""
        data: dict[str, Any] = {"pace": self.pace, "asked": self.asked}
        if self.quiet_from is not None and self.quiet_until is not None:
            data["quiet"] = [f"{at:%H:%M}" for at in (self.quiet_from, self.quiet_until)]
        return data


@dataclass(frozen=True, slots=True)
class Leaving:
    """When a note leaves; `together` with what there is of other stations; why not at once."""

    at: datetime
    together: bool = False
    waits: Waits | None = field(default=None, compare=False)


def leaving(
    due: datetime, wishes: Sequence[Wish], *, kind: str, severity: int, facility: int | None
) -> Leaving:
    """When a note that is due leaves for someone with these wishes, of several the promptest.

    What is critical leaves at once. What somebody must be told by the department's rules though
    no wish of theirs names it comes once a day: nothing that is a duty can be wished away.
    """
    if severity >= CRITICAL or not wishes:
        return Leaving(due)
    fitting = [w for w in wishes if w.fits(kind=kind, severity=severity, facility=facility)]
    pace = min((w.pace for w in fitting), key=PROMPTEST_FIRST.index, default=DAILY)
    at = paced = _next(due, pace)
    quiet = [w for w in (fitting or wishes) if w.quiet_from is not None]
    first = None
    if quiet and len(quiet) == len(fitting or wishes):
        first = min(quiet, key=lambda wish: _after_quiet(paced, wish))
        at = _after_quiet(paced, first)
    if at == due:
        return Leaving(due)
    hours = (first.quiet_from, first.quiet_until) if first and at > paced else (None, None)
    return Leaving(at, True, Waits(pace if paced > due else "", bool(fitting), *hours))


GATHERED = timedelta(minutes=10)
"""How long news that nobody waits for is gathered, so that several come in one mail."""


def quiet_leaving(at: datetime, wishes: Sequence[Wish], *, pace: str) -> datetime:
    """When news leaves that is no alert and no duty: gathered, and never in quiet hours."""
    leaves = at + GATHERED if pace == AT_ONCE else _next(at, pace)
    quiet = [wish for wish in wishes if wish.quiet_from is not None]
    if quiet and len(quiet) == len(wishes):
        leaves = min(_after_quiet(leaves, wish) for wish in quiet)
    return leaves


def _next(due: datetime, pace: str) -> datetime:
    here = due.astimezone(VIETNAM)
    if pace == HOURLY:
        hour = here.replace(minute=0, second=0, microsecond=0)
        return due if hour == here else hour + timedelta(hours=1)
    if pace == DAILY:
        morning = here.replace(
            hour=DAY_BEGINS.hour, minute=DAY_BEGINS.minute, second=0, microsecond=0
        )
        return morning if here <= morning else morning + timedelta(days=1)
    return due


def _after_quiet(at: datetime, wish: Wish) -> datetime:
    """The end of the quiet hours that hold the moment; itself outside of them."""
    begin, end = wish.quiet_from, wish.quiet_until
    if begin is None or end is None or begin == end:
        return at
    here = at.astimezone(VIETNAM)
    clock = here.time()
    over_midnight = begin > end
    quiet = (clock >= begin or clock < end) if over_midnight else (begin <= clock < end)
    if not quiet:
        return at
    over = here.replace(hour=end.hour, minute=end.minute, second=0, microsecond=0)
    return over if over > here else over + timedelta(days=1)
