"""The dirty marks of a station: which hours to average again, and how their data came."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection


@dataclass(slots=True)
class Marks:
    """Marked hours: when their newest data were received, and whether a command brought them."""

    hours: dict[datetime, tuple[datetime, bool]] = field(default_factory=dict)

    def _under(self, start: datetime, end: datetime) -> list[tuple[datetime, bool]]:
        return [how for hour, how in self.hours.items() if start <= hour < end]

    def came_late(self, start: datetime, end: datetime, grace: timedelta) -> bool:
        """Whether data of the period came when it was due already."""
        return any(received_at > end + grace for received_at, _ in self._under(start, end))

    def may_mail(self, start: datetime, end: datetime) -> bool:
        """Whether anyone is to be mailed: not about what a command alone filled in."""
        under = self._under(start, end)
        return not under or any(not quiet for _, quiet in under)


def take_marks(station_id: int) -> Marks:
    """Take all marks of a station; in the transaction that recomputes, under its lock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM monitoring_dirtyhour WHERE station_id = %s"
            " RETURNING hour, received_at, quiet",
            [station_id],
        )
        return joined(cursor.fetchall())


def joined(rows: Iterable[tuple[datetime, datetime, bool]]) -> Marks:
    """Several marks of an hour as one: newest reception, quiet only if all are."""
    marks = Marks()
    for hour, received_at, quiet in rows:
        newest, silent = marks.hours.get(hour, (received_at, True))
        marks.hours[hour] = (max(received_at, newest), quiet and silent)
    return marks
