"""Which value counts: deliveries of one second, laid over each other in the order of reception."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from monitoring.domain.fileformat import Parsed

Said = tuple[float | None, str]
"""A value and its status."""


@dataclass(slots=True)
class Contribution:
    """What one delivery says of one second: by slot, each value in the order of its lines."""

    delivery: UUID
    received_at: datetime
    slots: dict[int, list[Said]] = field(default_factory=dict)

    @property
    def order(self) -> tuple[datetime, int]:
        return self.received_at, self.delivery.int


@dataclass(frozen=True, slots=True)
class Change:
    """A value that differed from what stood there: a revision."""

    time: datetime
    slot: int
    old: Said
    old_delivery: UUID
    new: Said
    delivery: UUID
    received_at: datetime


@dataclass(slots=True)
class Row:
    """A row of readings as it is being merged; `said_by` knows who said what stands."""

    time: datetime
    slots: dict[int, Said] = field(default_factory=dict)
    said_by: dict[int, UUID] = field(default_factory=dict)
    deliveries: list[UUID] = field(default_factory=list)
    received_at: datetime | None = None

    @property
    def order(self) -> tuple[datetime, int] | None:
        """Where the last delivery in it stands in the history of reception."""
        if self.received_at is None:
            return None
        return self.received_at, self.deliveries[-1].int

    def lay(self, contribution: Contribution) -> list[Change]:
        """Lay a later contribution over the row; tell what it changed."""
        changes = []
        for slot, chain in contribution.slots.items():
            for said in chain:
                standing = self.slots.get(slot)
                if standing is not None and standing != said:
                    changes.append(self._change(slot, standing, said, contribution))
                if standing != said:
                    self.slots[slot] = said
                    self.said_by[slot] = contribution.delivery
        self.deliveries.append(contribution.delivery)
        self.received_at = contribution.received_at
        return changes

    def _change(self, slot: int, old: Said, new: Said, by: Contribution) -> Change:
        old_delivery = self.said_by.get(slot) or self.deliveries[-1]
        return Change(self.time, slot, old, old_delivery, new, by.delivery, by.received_at)


def rebuilt(time: datetime, contributions: Iterable[Contribution]) -> tuple[Row, list[Change]]:
    """A row from all its contributions, whatever order they come in."""
    row, changes = Row(time), []
    for contribution in sorted(contributions, key=lambda each: each.order):
        changes += row.lay(contribution)
    return row, changes


def contributions_of(
    parsed: Parsed, *, delivery: UUID, received_at: datetime
) -> dict[datetime, Contribution]:
    """What a delivery says, by second; a value repeated in the file comes with those before it."""
    found: dict[datetime, Contribution] = {}
    for row in parsed.rows:
        contribution = found.get(row.time)
        if contribution is None:
            contribution = found[row.time] = Contribution(delivery, received_at)
        contribution.slots[row.slot] = [(row.value, row.status)]
    for inner in reversed(parsed.revisions):
        found[inner.time].slots[inner.slot].insert(0, (inner.old_value, inner.old_status))
    return found
