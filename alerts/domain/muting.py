"""Which alerts announced work explains beforehand, and until when it holds their mails back.

Which of them each sort of work does explain is dated data of the department (WorkHolds in
models/works.py). At the most what an announcement can explain: that a device says nothing, nothing
new or nonsense while somebody works on it. What was measured with status 00 is never held back: an
exceedance, or the sign of one, counts whatever was announced. Nor are values that were changed
afterwards, files of another sender, or a line that many share.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from alerts.domain import kinds

MAY_BE_HELD_BACK = (
    kinds.DEVICE_FAULT,
    kinds.LONG_CALIBRATION,
    kinds.OUT_OF_RANGE,
    kinds.SILENT_12H,
    kinds.SILENT_PARAMETER,
    kinds.SILENT_STATION,
    kinds.STUCK_VALUE,
    kinds.UNREADABLE_FILES,
    kinds.WRONG_CLOCK,
)
"""No other kind can be held back, whoever wishes it: the database refuses it."""

_OVER_12_HOURS = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Work:
    """Approved work at one station; without parameters it covers the whole station.

    `kinds`: those that its sort holds back.
    """

    number: int
    kinds: frozenset[str]
    start: datetime
    end: datetime
    parameters: frozenset[str] = frozenset()

    def explains(self, kind: str, parameter: str) -> bool:
        """Whether alerts of this kind and parameter are to be expected while it goes on."""
        if kind not in self.kinds or kind not in MAY_BE_HELD_BACK:
            return False
        return not self.parameters or parameter in self.parameters

    def holds(self, moment: datetime) -> bool:
        """Whether it goes on at a moment: closed at its start, open at its end."""
        return self.start <= moment < self.end


@dataclass(frozen=True, slots=True)
class Cover:
    """The work that explains an alert, and until when it is held back."""

    work: int
    until: datetime


def cover_of(works: Iterable[Work], *, kind: str, parameter: str, moment: datetime) -> Cover | None:
    """What holds an alert back that opens at `moment`; None: it is told as usual.

    Works that follow one another without a gap are one: the mail waits for the end of the last.
    """
    fitting = sorted(
        (work for work in works if work.explains(kind, parameter)), key=lambda work: work.start
    )
    at_work = [work for work in fitting if work.holds(moment)]
    if not at_work:
        return None
    first = max(at_work, key=lambda work: work.end)
    until = first.end
    for work in fitting:
        if work.start <= until < work.end:
            until = work.end
    return Cover(first.number, until)


def opens_at(kind: str, start: datetime, evidence: Mapping[str, Any]) -> datetime:
    """When a course that began at `start` opens its alert.

    A silence begins with the last file but opens when the next ones are missed: what was heard
    just before the work began is no silence of its own.
    """
    if kind == kinds.SILENT_12H:
        return start + _OVER_12_HOURS
    said = evidence.get("silent_after")
    if kind in kinds.LINK_KINDS and said:
        return said if isinstance(said, datetime) else datetime.fromisoformat(str(said))
    return start
