"""One unclosed case an identity; what recurs within 7 days of its closing opens it again (§5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from tests.week.province import DAY, PERMIT

REOPENS_WITHIN = 7 * DAY


class Identity(NamedTuple):
    """What a case is about. `subject`: a station's code, a zone's, or none."""

    kind: str
    subject: str = ""
    parameter: str = ""
    period: str = ""
    source: str = ""


@dataclass
class Span:
    """A period or a course of a case, when it was told, and what became of it."""

    start: int
    end: int
    told: int
    late: bool = False
    withdrawn: bool = False

    def overlaps(self, start: int, end: int) -> bool:
        return self.start < end and start < self.end

    def touches(self, start: int, end: int) -> bool:
        return self.start <= end and start <= self.end


@dataclass
class Case:
    """An alert with all that it tells of. `resolved`: when the data say that it was over."""

    identity: Identity
    opened: int
    spans: list[Span] = field(default_factory=list)
    resolved: int | None = None
    closed: int | None = None
    ends: set[int] = field(default_factory=set)
    """All moments at which it was said to be over; kept where files alone say so."""

    @property
    def standing(self) -> list[Span]:
        return [span for span in self.spans if not span.withdrawn]

    @property
    def withdrawn(self) -> bool:
        return not self.standing

    @property
    def last_end(self) -> int:
        """When what stands of it ended last; of one withdrawn as a whole, all counts."""
        return max(span.end for span in self.standing or self.spans)


class Cases:
    """All cases; an officer closes some at moments that are known beforehand."""

    def __init__(self, closings: Iterable[tuple[int, Identity]]) -> None:
        self._of: dict[Identity, list[Case]] = {}
        self._closings: dict[Identity, list[int]] = {}
        for at, identity in sorted(closings):
            self._closings.setdefault(identity, []).append(at)

    def all(self, until: int) -> list[Case]:
        """Every case that was ever opened, with all closings up to a moment."""
        for identity in list(self._of):
            self._close(identity, until)
        return [case for own in self._of.values() for case in own]

    def of(self, identity: Identity, now: int) -> list[Case]:
        """The cases of an identity as they are at a moment."""
        self._close(identity, now)
        return self._of.get(identity, [])

    def latest(self, identity: Identity, now: int) -> Case | None:
        found = self.of(identity, now)
        return found[-1] if found else None

    def tell(
        self, identity: Identity, start: int, end: int, now: int, *, late: bool = False
    ) -> Span:
        """A new period or course: of which case it is, and that it goes on again."""
        span = Span(start, end, now, late)
        case = self._home(identity, span, now)
        case.spans.append(span)
        self.goes_on(case, span, now)
        return span

    def goes_on(self, case: Case, span: Span, now: int) -> None:
        """A course of a case goes on, or was found again: it is not over, nor closed for long."""
        if case.resolved is not None and span.end > case.resolved:
            case.resolved = None
        if case.closed is not None and now - case.closed <= REOPENS_WITHIN:
            case.closed = None

    def _home(self, identity: Identity, span: Span, now: int) -> Case:
        known = self.of(identity, now)
        unclosed = next((case for case in known if case.closed is None), None)
        if span.late:
            touching = [
                c for c in known if any(s.touches(span.start, span.end) for s in c.standing)
            ]
            home = unclosed if unclosed in touching or not touching else touching[-1]
        else:
            young = [c for c in known if c.closed is not None and now - c.closed <= REOPENS_WITHIN]
            home = unclosed or (young[-1] if young else None)
        if home is None:
            home = Case(identity, now)
            self._of.setdefault(identity, []).append(home)
        return home

    def _close(self, identity: Identity, now: int) -> None:
        waiting = self._closings.get(identity, [])
        while waiting and waiting[0] <= now:
            at = waiting.pop(0)
            for case in self._of.get(identity, []):
                if case.closed is None:
                    case.closed = at


def of_channel(kind: str, station: str, symbol: str, period: str = "") -> Identity:
    """A case about one parameter of a station; exceedances are of a limit's source too."""
    return Identity(kind, station, symbol, period, PERMIT if kind == "exceedance" else "")
