"""What of the files counts: repeats, other people's, readings that nobody can believe."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tests.week.province import MINUTE
from tests.week.stream import Row, Sent

BELIEVED_AHEAD = 10 * MINUTE


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file that is no repeat: what it says that is kept, and what is refused of it."""

    sent: Sent
    kept: tuple[Row, ...]
    refused: bool
    """Whether a reading lay more than 10 min ahead of reception."""

    @property
    def received(self) -> int:
        return self.sent.received

    @property
    def code(self) -> str:
        return self.sent.station.code

    @property
    def is_unreadable(self) -> bool:
        """Whether nothing could be kept of it, and the clock is not to blame."""
        return not self.kept and not self.refused


def arrivals_of(files: Iterable[Sent]) -> list[Arrival]:
    """In the order of reception. Same station, name and bytes as one before: a repeat."""
    seen: set[tuple[str, str, bytes]] = set()
    found = []
    for sent in files:
        key = sent.station.code, sent.name, sent.raw
        if key in seen:
            continue
        seen.add(key)
        latest = sent.received + BELIEVED_AHEAD
        kept = () if sent.is_foreign else tuple(row for row in sent.rows if row.stamp <= latest)
        refused = not sent.is_foreign and len(kept) < len(sent.rows)
        found.append(Arrival(sent, kept, refused))
    return found
