"""Today's day means foretold, from the stored hour means of the last weeks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from monitoring.domain.forecast import Forecast, Hours, forecast
from monitoring.domain.slots import HOUR, day_of, day_start
from monitoring.services.means import mean_rows
from monitoring.services.setup import ChannelSetup, StationSetup
from stations.domain.stricter import Limit
from stations.services.limits import RuleBook

DAYS_BACK = 42
LEAST_OF_AN_HOUR = Decimal("0.5")
"""Share of an hour's slots from which on it is looked at here; a forecast judges nothing."""


@dataclass(frozen=True, slots=True)
class Foretold:
    """A parameter's day foretold beside the limit of that day."""

    channel: ChannelSetup
    limit: Limit
    forecast: Forecast


def foretell(setup: StationSetup, rules: RuleBook, *, now: datetime) -> list[Foretold]:
    """The running day of each channel that has a limit of the day, in one query. Reads only."""
    today = day_of(now)
    limits = {
        channel: limit
        for channel in setup.channels
        for limit in rules.limits_on(setup.station_id, channel.slot, today)
        if limit.period == "day" and limit.reference_oxygen is None
    }
    if not limits:
        return []
    days = _hours_by_day(setup, now)
    found = []
    for channel, limit in limits.items():
        own = days[channel.slot]
        told = forecast(own[0], own[1], _past(own))
        if told is not None:
            found.append(Foretold(channel, limit, told))
    return found


def _past(days: Sequence[Hours]) -> list[tuple[Hours, Hours]]:
    """Each earlier day with the one before it, newest first."""
    return list(pairwise(days[1:]))


def _hours_by_day(setup: StationSetup, now: datetime) -> dict[int, list[dict[int, float]]]:
    """By slot: the hour means of today, yesterday, …; the hour that runs is left out."""
    midnight = day_start(day_of(now))
    running = now.replace(minute=0, second=0, microsecond=0)
    begin = midnight - timedelta(days=DAYS_BACK)
    starts = [begin + HOUR * n for n in range((running - begin) // HOUR)]
    empty = [{} for _ in range(DAYS_BACK + 1)]  # type: list[dict[int, float]]
    found: dict[int, list[dict[int, float]]] = defaultdict(lambda: [dict(day) for day in empty])
    for (slot, start, basis), row in mean_rows("hour", setup.station_id, starts).items():
        value, capture = row.mean.value, row.mean.capture
        if basis or value is None or capture is None or capture < LEAST_OF_AN_HOUR:
            continue
        back = (midnight - day_start(day_of(start))).days
        found[slot][back][(start - day_start(day_of(start))) // HOUR] = float(value)
    return found
