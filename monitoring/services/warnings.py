"""Early warnings on what is running now: the hour, the hour before it, and the day so far."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from alerts.domain.kinds import EARLY_WARNING
from alerts.models import Alert
from alerts.services.easing import resolve
from alerts.services.findings import Finding
from alerts.services.raising import report
from monitoring.domain.averaging import Mean
from monitoring.domain.judging import has_enough
from monitoring.domain.periods import end_of
from monitoring.domain.slots import HOUR, day_of, day_start, expected_in_day, slots_begun
from monitoring.domain.warning import (
    OVER,
    SHARE_OF_HOUR,
    EarlyWarning,
    RestOfDay,
    hours_to_watch,
    limits_for_hour,
    rest_of_day,
    valid_hours_of,
    warn,
)
from monitoring.services.marks import Marks
from monitoring.services.means import MeanRow, basis_of, hour_rows, mean_rows
from monitoring.services.setup import ChannelSetup, StationSetup
from monitoring.services.verdicts import limit_json, number, written
from stations.domain.quantities import plain
from stations.domain.stricter import Limit
from stations.services.limits import RuleBook

Rows = dict[tuple[int, datetime, str], MeanRow]


@dataclass(frozen=True, slots=True)
class Warned:
    """An early warning with what it is about."""

    channel: ChannelSetup
    limit: Limit
    start: datetime
    warning: EarlyWarning
    mean: Mean
    rest: RestOfDay | None
    hours: tuple[dict[str, Any], ...]

    @property
    def end(self) -> datetime:
        return end_of(self.warning.period, self.start)


def warn_station(setup: StationSetup, marks: Marks, rules: RuleBook, *, now: datetime) -> None:
    """Report what is heading beyond its limit now, and end what an hour without cause ends."""
    today = day_start(day_of(now))
    if not any(hour >= today - HOUR for hour in marks.hours):
        return
    days = mean_rows("day", setup.station_id, [today])
    hours = hour_rows(setup.station_id, today - HOUR, now)
    for each in warnings_of(setup, rules, days=days, hours=hours, now=now):
        report(
            _finding(setup.station_id, each),
            now=now,
            mail=marks.may_mail(each.start, each.end) and each.warning.level == OVER,
        )
    _end_calm_hours(setup, hours, now)


def warnings_of(
    setup: StationSetup, rules: RuleBook, *, days: Rows, hours: Rows, now: datetime
) -> Iterator[Warned]:
    """The warnings that hold at `now`, from the means of today and of its hours."""
    for channel in setup.channels:
        for start in hours_to_watch(now):
            for limit in limits_for_hour(
                rules.limits_on(setup.station_id, channel.slot, day_of(start))
            ):
                if _is_judged(limit, start, now):
                    continue
                row = hours.get((channel.slot, start, basis_of(limit.reference_oxygen)))
                warning = row and warn(
                    row.mean, period="hour", maximum=limit.maximum, minimum=limit.minimum
                )
                if row and warning:
                    yield Warned(channel, limit, start, warning, row.mean, None, ())
        for limit in rules.limits_on(setup.station_id, channel.slot, day_of(now)):
            if limit.period == "day":
                yield from _day_warning(channel, limit, days, hours, now)


def _is_judged(limit: Limit, hour: datetime, now: datetime) -> bool:
    """Whether the verdict on this hour has come due: it takes the place of any warning."""
    due_at = hour + HOUR + timedelta(minutes=limit.grace_minutes)
    return limit.period == "hour" and due_at <= now


def _day_warning(
    channel: ChannelSetup, limit: Limit, days: Rows, hours: Rows, now: datetime
) -> Iterator[Warned]:
    today = day_start(day_of(now))
    basis = basis_of(limit.reference_oxygen)
    row = days.get((channel.slot, today, basis))
    if row is None:
        return
    own = _hours_of(hours, channel.slot, basis, today)
    warning = warn(
        row.mean,
        period="day",
        maximum=limit.maximum,
        minimum=limit.minimum,
        valid_hours=valid_hours_of([mean for _, mean in own], limit.min_capture),
    )
    if warning is None:
        return
    told = tuple(
        {"hour": start.isoformat(), "mean": number(mean.value), "n": mean.n} for start, mean in own
    )
    yield Warned(
        channel, limit, today, warning, row.mean, rest_today(channel, limit, row, now), told
    )


def rest_today(
    channel: ChannelSetup, limit: Limit, row: MeanRow, now: datetime
) -> RestOfDay | None:
    """What is left to today under a day's limit; None where no interval is in force."""
    interval = channel.pace.interval(day_of(now))
    if interval is None:
        return None
    expected = expected_in_day(interval) - row.idle
    begun = slots_begun(day_of(now), now, interval) - row.idle
    return rest_of_day(
        row.mean,
        maximum=limit.maximum,
        minimum=limit.minimum,
        expected_slots=expected,
        filled_or_missed=min(max(begun, row.mean.n), expected),
        can_be_negative=channel.can_be_negative,
    )


def _hours_of(hours: Rows, slot: int, basis: str, since: datetime) -> list[tuple[datetime, Mean]]:
    return sorted(
        (start, row.mean)
        for (own, start, on), row in hours.items()
        if own == slot and on == basis and start >= since
    )


def _finding(station_id: int, each: Warned) -> Finding:
    limit, rest = each.limit, each.rest
    return Finding(
        kind=EARLY_WARNING,
        station_id=station_id,
        start=each.start,
        end=each.end,
        parameter=each.channel.symbol,
        period=each.warning.period,
        source=limit.source,
        value=written(each.warning.value),
        minimum=limit.minimum,
        maximum=limit.maximum,
        unit=each.channel.unit,
        ratio=written(each.warning.ratio),
        confirmed=limit.confirmed is not None,
        evidence={
            "level": each.warning.level,
            "mean": number(each.warning.value),
            "n": each.mean.n,
            "expected": each.mean.expected,
            "capture": number(each.mean.capture),
            "distance": number(each.warning.distance),
            "limit": limit_json(limit),
            "hours": list(each.hours),
            **({} if rest is None else rest_json(rest, limit)),
        },
    )


def rest_json(rest: RestOfDay, limit: Limit) -> dict[str, Any]:
    """What is left of the day, as it is kept and shown: one digit finer than the limit."""
    digits = max(map(_decimals, (limit.maximum, limit.minimum))) + 1
    return {
        "rest_max": number(rest.at_most_shown(digits)),
        "rest_min": number(rest.at_least_shown(digits)),
        "certain": rest.certain,
        "slots_left": rest.slots_left,
    }


def _decimals(side: Decimal | None) -> int:
    return 0 if side is None else len(plain(side).partition(".")[2])


def _end_calm_hours(setup: StationSetup, hours: Rows, now: datetime) -> None:
    """A warning on hours is over by the first hour that speaks and gives none.

    One on a day, or on an hour that has a limit of its own, is over when its period is judged.
    """
    going = Alert.objects.unclosed().filter(
        station=setup.station_id, kind=EARLY_WARNING, period="hour", resolved_at=None
    )
    channels = {channel.symbol: channel for channel in setup.channels}
    for parameter, ends_at in list(going.order_by("pk").values_list("parameter", "ends_at")):
        channel = channels.get(parameter)
        if channel is None:
            continue
        calm = _calm_hour(hours, channel.slot, ends_at, now)
        if calm is not None:
            resolve(
                kind=EARLY_WARNING,
                station_id=setup.station_id,
                parameter=parameter,
                period="hour",
                at=calm,
                now=now,
                by_what={"hour": calm.isoformat()},
            )


def _calm_hour(hours: Rows, slot: int, after: datetime, now: datetime) -> datetime | None:
    """The first hour that speaks after the last one warned of, among those just looked at."""
    after = max(after, hours_to_watch(now)[0])
    spoken = sorted(
        start
        for (own, start, _), row in hours.items()
        if own == slot and start >= after and has_enough(row.mean, SHARE_OF_HOUR)
    )
    return spoken[0] if spoken else None
