"""The verdicts of one period after each other, and why each took the place of the one before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from monitoring.models import Revision, Verdict
from monitoring.models.correction import Correction

Why = Literal["first", "rules", "readings", "exclusion", "limit", "late", "changed", "expected"]
"""Made first; by a correction of limits, of how files are read, of excluded data; by a limit that
reads otherwise; by data that came late; by values sent again; by another number of slots."""

_BY_CORRECTION: dict[str, Why] = {
    Correction.What.RULES: "rules",
    Correction.What.READINGS: "readings",
    Correction.What.EXCLUSION: "exclusion",
}


@dataclass(frozen=True, slots=True)
class Step:
    """A verdict, and what made it.

    `more`: how many more slots (or hours, days) it has than the one before, None for the first.
    `changed`: how many values were replaced between the two. `received_at`: when the newest
    reading under it was received, if that is known.
    """

    verdict: Verdict
    why: Why
    more: int | None
    changed: int
    received_at: datetime | None
    correction: Correction | None


def succession(verdict: Verdict) -> list[Step]:
    """All verdicts of this one's period, limit basis and layer, the first one first."""
    rows = list(
        Verdict.objects.filter(
            station=verdict.station_id,
            slot=verdict.slot,
            period=verdict.period,
            start=verdict.start,
            basis=verdict.basis,
            layer=verdict.layer,
        ).order_by("judged_at", "superseded_at")
    )
    corrections = Correction.objects.filter(
        station=verdict.station_id, pk__in=[row.correction for row in rows if row.correction]
    ).select_related("asked_by", "document")
    known = {row.pk: row for row in corrections}
    revised = _revised(verdict) if len(rows) > 1 else []
    return [
        _step(before, row, known.get(row.correction or 0), revised)
        for before, row in zip([None, *rows], rows, strict=False)
    ]


def _revised(verdict: Verdict) -> list[datetime]:
    """When the values of the period that replaced others were received."""
    rows = Revision.objects.filter(
        station=verdict.station_id,
        slot=verdict.slot,
        time__gte=verdict.start,
        time__lt=verdict.end,
    )
    return list(rows.order_by("received_at").values_list("received_at", flat=True))


def _step(
    before: Verdict | None,
    row: Verdict,
    correction: Correction | None,
    revised: Sequence[datetime],
) -> Step:
    received_at = row.newest
    if before is None:
        return Step(row, "first", None, 0, received_at, correction)
    since, until = before.newest or before.judged_at, row.newest or row.judged_at
    changed = sum(since < at <= until for at in revised)
    why = _why(before, row, correction, changed)
    return Step(row, why, row.n - before.n, changed, received_at, correction)


def _why(before: Verdict, row: Verdict, correction: Correction | None, changed: int) -> Why:
    if correction is not None:
        return _BY_CORRECTION[correction.what]
    same_values = (before.n, before.total) == (row.n, row.total)
    if same_values and before.expected != row.expected:
        return "expected"
    if same_values:
        return "limit"
    return "changed" if changed and row.n <= before.n else "late"


def came_late(verdict: Verdict) -> bool:
    """Whether the newest reading under it was received after the grace of its period."""
    grace = timedelta(minutes=int(verdict.limit.get("grace_minutes") or 0))
    return verdict.newest is not None and verdict.newest > verdict.end + grace
