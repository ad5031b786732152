"""The probes of a day as lines of a drawing: when each was sent, and how long it took."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import log10
from typing import Any

from django.utils import timezone

from monitoring.models import DoorProbe

WIDTH, HEIGHT = 1440.0, 160.0
SHORTEST, LONGEST = 0.01, 100.0
"""Seconds at the bottom and at the top; between them each tenfold is as high as the next."""

RULES = (0.1, 1.0, 10.0)
APART = timedelta(seconds=90)
"""Further apart two probes are not joined by a line: between them none was sent."""

DRAWN = ("acknowledged", "judged", "visible")
HOURS = 3


@dataclass(frozen=True, slots=True)
class _Axis:
    start: datetime
    end: datetime

    def x(self, at: datetime) -> float:
        return WIDTH * ((at - self.start) / (self.end - self.start))


def chart_of(probes: Sequence[DoorProbe], *, start: datetime, end: datetime) -> dict[str, Any]:
    """What the page draws: `lines` each with its key and points, `failures` and `hours` by x in
    0–1440, `rules` by y in 0–160 with their seconds. Empty where nothing was sent."""
    if not probes:
        return {}
    axis = _Axis(start, end)
    return {
        "lines": [
            {"key": name, "points": points}
            for name in DRAWN
            for points in _lines(probes, name, axis)
        ],
        "failures": [round(axis.x(probe.sent_at), 1) for probe in probes if probe.failure],
        "rules": [{"y": round(_y(seconds), 1), "seconds": seconds} for seconds in RULES],
        "hours": list(_hours(axis)),
    }


def _lines(probes: Iterable[DoorProbe], name: str, axis: _Axis) -> Iterable[str]:
    """Runs of probes that came so far, as points of a polyline."""
    run: list[str] = []
    last: datetime | None = None
    for probe in probes:
        at: datetime | None = getattr(probe, f"{name}_at")
        broken = last is not None and probe.sent_at - last > APART
        if run and (at is None or broken):
            yield " ".join(run)
            run = []
        if at is not None:
            taken = (at - probe.sent_at).total_seconds()
            run.append(f"{axis.x(probe.sent_at):.1f},{_y(taken):.1f}")
        last = probe.sent_at
    if run:
        yield " ".join(run)


def _y(seconds: float) -> float:
    share = log10(min(max(seconds, SHORTEST), LONGEST) / SHORTEST) / log10(LONGEST / SHORTEST)
    return HEIGHT * (1 - share)


def _hours(axis: _Axis) -> Iterable[dict[str, Any]]:
    """Every third hour of the Vietnamese clock."""
    local = timezone.localtime(axis.start)
    at = local.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    while at <= axis.end:
        if at.hour % HOURS == 0:
            yield {"share": round(100 * axis.x(at) / WIDTH, 2), "word": f"{at:%H:%M}"}
        at += timedelta(hours=1)
