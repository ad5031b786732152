"""24 giờ qua: a row a station, a cell an hour, the worst first, the calm ones folded away."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from alerts.models import Maintenance
from alerts.views.words import sentence
from monitoring.models import StationHour, Verdict
from monitoring.views.fleet import (
    AT_WORK,
    CONNECTED,
    NOT_CONNECTED,
    RANK,
    SILENT,
    WORDS,
    Seen,
    span_query,
)
from stations.domain import wording
from stations.views.limits import language

HOUR = timedelta(hours=1)
HOURS = 24
EVERY_THIRD = 3
MOST_ROWS = 12
"""Rows that lie open, so that the page keeps to one screen; the next ones are folded."""
MOST_FOLDED = 24
RUNNING = "running"
"""The hour that is not over yet, as long as nothing else is to be said of it."""
CALM = frozenset({"within", CONNECTED, RUNNING, NOT_CONNECTED})
"""States that fold a row away when it has nothing else; not connected: before the first file."""
MISSING = frozenset({SILENT, "not_enough_data"})
"""What approved work explains; whatever was measured is shown all the same."""
CELL_WORDS = {**WORDS, RUNNING: _("The hour is not over")}
CELL_RANK = {**RANK, RUNNING: len(RANK)}


@dataclass(slots=True)
class Hour:
    """What is stored of an hour of a station."""

    state: str
    symbol: str
    filled: int
    expected: int


class LastDay:
    """The hours of the last day of some stations, read once."""

    def __init__(self, stations: Sequence[Seen], now: datetime) -> None:
        self.now = now
        running = wording.in_vietnam(now).replace(minute=0, second=0, microsecond=0)
        self.starts = [running - HOUR * back for back in range(HOURS - 1, -1, -1)]
        self.hours: dict[int, dict[datetime, Hour]] = defaultdict(dict)
        rows = StationHour.objects.filter(
            station__in=[seen.station.pk for seen in stations], start__gte=self.starts[0]
        ).values_list("station_id", "start", "state", "channel", "filled", "expected")
        for station, start, state, symbol, filled, expected in rows:
            self.hours[station][start] = Hour(state, symbol, filled, expected)
        self.periods = {
            start: wording.period(start, start + HOUR, now=now, language=language())
            for start in self.starts
        }
        self.spans = {
            start: span_query(start - 2 * HOUR, min(start + 3 * HOUR, now)) for start in self.starts
        }
        readable = [seen.station.pk for seen in stations if seen.readable]
        self.exceeded = self._exceeded(readable)

    def work_of(self, seen: Seen, start: datetime) -> Maintenance | None:
        """The approved work that explains why an hour has no data; of a parameter, that this one
        has none."""
        hour = self.hours[seen.station.pk].get(start)
        for work in seen.works:
            covers = not work.parameters or (hour is not None and hour.symbol in work.parameters)
            if covers and work.start < start + HOUR and work.end > start:
                return work
        return None

    def _exceeded(self, readable: list[int]) -> dict[tuple[int, datetime], Verdict]:
        """The worst exceeded hour verdict of each cell, for its words."""
        rows = (
            Verdict.objects.in_effect()
            .filter(
                station__in=readable,
                period="hour",
                result=Verdict.Result.EXCEEDED,
                start__gte=self.starts[0],
            )
            .only("station", "symbol", "unit", "mean", "minimum", "maximum", "start")
            .order_by("ratio")
        )
        return {(row.station_id, row.start): row for row in rows}

    def capture(self, seen: Seen) -> float | None:
        """Filled slots of the day over those expected, hours without a file counted as empty."""
        hours = list(self.hours[seen.station.pk].values())
        expected = sum(hour.expected for hour in hours)
        if not expected:
            return 0.0 if self._missing(seen) else None
        whole = expected * (len(hours) + self._missing(seen)) / len(hours)
        return min(sum(hour.filled for hour in hours) / whole, 1.0)

    def _missing(self, seen: Seen) -> int:
        known = self.hours[seen.station.pk]
        heard = [start for start in self.starts[:-1] if self._was_heard(seen, start)]
        return sum(start not in known for start in heard)

    def _was_heard(self, seen: Seen, start: datetime) -> bool:
        """Whether the station had spoken before this hour ended."""
        return seen.link is not None and seen.link.first_heard_at < start + HOUR

    def shares(self, stations: Sequence[Seen]) -> list[float | None]:
        """The share of filled slots of all stations, hour by hour, as far as hours are over."""
        found: list[float | None] = []
        for start in self.starts[:-1]:
            hours = [hour for seen in stations if (hour := self.hours[seen.station.pk].get(start))]
            expected = sum(hour.expected for hour in hours)
            found.append(sum(h.filled for h in hours) / expected if expected else None)
        return found

    def state(self, seen: Seen, start: datetime) -> str:
        """What the cell of an hour shows."""
        state = self._state(seen, start)
        if state in MISSING and self.work_of(seen, start) is not None:
            return AT_WORK
        return state

    def _state(self, seen: Seen, start: datetime) -> str:
        hour = self.hours[seen.station.pk].get(start)
        running = start == self.starts[-1] and not seen.is_silent
        if hour is not None:
            state = hour.state if seen.readable else CONNECTED
            return RUNNING if running and state == "not_enough_data" else state
        if not self._was_heard(seen, start):
            return NOT_CONNECTED
        return RUNNING if running else SILENT

    def row(self, seen: Seen) -> dict[str, Any]:
        """One row of components/strip.html."""
        return {
            "key": seen.station.code,
            "code": seen.station.code,
            "name": seen.name,
            "state": seen.state,
            "url": seen.url,
            "capture": self.capture(seen),
            "cells": [self._cell(seen, seen.url, seen.name, start) for start in self.starts],
        }

    def _cell(self, seen: Seen, url: str, name: str, start: datetime) -> dict[str, Any]:
        state = self.state(seen, start)
        hour = self.hours[seen.station.pk].get(start)
        symbol = hour.symbol if hour is not None and seen.readable else ""
        panel = f"&parameters={quote(symbol)}" if symbol else ""
        return {
            "state": state,
            "title": f"{name} · {self.periods[start]} · {self._told(seen, start, state, symbol)}",
            "url": f"{url}?{self.spans[start]}{panel}#chart-part",
        }

    def _told(self, seen: Seen, start: datetime, state: str, symbol: str) -> str:
        if state == AT_WORK and (work := self.work_of(seen, start)) is not None:
            named = ", ".join(work.parameters)
            told = gettext("%(what)s, approved") % {"what": sentence(work.get_what_display())}
            return ": ".join(filter(None, (named, told)))
        verdict = self.exceeded.get((seen.station.pk, start))
        if state != "exceeded" or verdict is None:
            named = symbol if state not in CALM else ""
            return ": ".join(filter(None, (named, str(CELL_WORDS[state]))))
        return gettext("%(symbol)s %(value)s %(unit)s, limit %(limit)s") % {
            "symbol": verdict.symbol,
            "value": wording.number(verdict.mean, language=language()),
            "unit": "" if verdict.unit == "-" else verdict.unit,
            "limit": wording.limits(verdict.minimum, verdict.maximum, language=language()),
        }


def strip_of(stations: Sequence[Seen], day: LastDay) -> dict[str, Any]:
    """What components/strip.html shows."""
    heard = [seen for seen in stations if seen.link is not None]
    troubled: list[Seen] = []
    calm: list[Seen] = []
    for seen in heard:
        states = {day.state(seen, start) for start in day.starts}
        (calm if states | {seen.state} <= CALM else troubled).append(seen)
    troubled.sort(key=lambda seen: _gravity(seen, day))
    return {
        "hours": [
            {"label": f"{start:%H}", "shown": place % EVERY_THIRD == 0}
            for place, start in enumerate(day.starts)
        ],
        "rows": [day.row(seen) for seen in troubled[:MOST_ROWS]],
        "more": [day.row(seen) for seen in troubled[MOST_ROWS : MOST_ROWS + MOST_FOLDED]],
        "more_count": max(len(troubled) - MOST_ROWS, 0),
        "calm": [_folded(seen, day) for seen in calm],
        "absent": [_folded(seen, day) for seen in stations if seen.link is None],
    }


def _folded(seen: Seen, day: LastDay) -> dict[str, Any]:
    capture = day.capture(seen) if seen.link is not None else None
    return {
        "code": seen.station.code,
        "name": seen.name,
        "state": seen.state,
        "url": seen.url,
        "capture": capture,
    }


def _gravity(seen: Seen, day: LastDay) -> tuple[int, int, str]:
    """Worst state in the day, then how many hours of it."""
    states = [day.state(seen, start) for start in day.starts]
    worst = min([*states, seen.state], key=CELL_RANK.__getitem__)
    return CELL_RANK[worst], -states.count(worst), seen.order[1]
