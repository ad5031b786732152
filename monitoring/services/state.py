"""What the pages show of a station, drawn whenever something changed: one row, ready made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from alerts.domain import kinds
from alerts.models import Alert
from monitoring.domain.averaging import Mean
from monitoring.domain.judging import (
    EXCEEDED,
    distance_of,
    has_enough,
    is_above,
    is_below,
    ratio_of,
)
from monitoring.domain.parsed import CALIBRATING, FAULT
from monitoring.domain.slots import HOUR, day_of, day_start, slots_begun
from monitoring.domain.warning import SHARE_OF_HOUR, limits_for_hour
from monitoring.models import Link, StationHour, StationState, Verdict
from monitoring.services.computing import Sample, samples_of
from monitoring.services.means import MeanRow, basis_of, hour_rows, mean_rows
from monitoring.services.setup import ChannelSetup, StationSetup
from monitoring.services.verdicts import limit_json, number
from monitoring.services.warnings import Rows, rest_json, rest_today
from stations.domain.stricter import Limit
from stations.services.limits import RuleBook
from stations.states import WORST_FIRST

ONE_DAY = timedelta(days=1)
RECENT = timedelta(hours=3)
"""How old a value of any channel may be to be called the present one."""

EARLY_IN_THE_DAY = 180
"""Minutes of a day in which it is too early to say whether its data suffice."""

ALERT_STATES = {
    kinds.EXCEEDANCE: "exceeded",
    kinds.EARLY_WARNING: "early_warning",
    kinds.DEVICE_FAULT: "device_fault",
    kinds.LONG_CALIBRATION: "calibrating",
}
STATUS_STATES = {FAULT: "device_fault", CALIBRATING: "calibrating"}


def draw(setup: StationSetup, rules: RuleBook, *, now: datetime) -> None:
    """Draw the state of a station as it is at `now`."""
    link = Link.objects.filter(station=setup.station_id).first()
    channels = list(_channels(setup, rules, now))
    silent = link is not None and link.silent_since is not None
    worst = max((c for c in channels if c["ratio"] is not None), key=_ratio, default=None)
    StationState.objects.update_or_create(
        station_id=setup.station_id,
        defaults={
            "state": "silent" if silent else _worst(c["state"] for c in channels),
            "worst_ratio": worst["ratio"] if worst else None,
            "worst_symbol": worst["symbol"] if worst else "",
            "channels": channels,
            "drawn_at": now,
        },
    )


def _ratio(channel: dict[str, Any]) -> float:
    return float(channel["ratio"])


def _worst(states: Iterable[str]) -> str:
    return min((s for s in states if s), key=WORST_FIRST.__getitem__, default="not_enough_data")


def _channels(setup: StationSetup, rules: RuleBook, now: datetime) -> Iterable[dict[str, Any]]:
    today = day_start(day_of(now))
    days = mean_rows("day", setup.station_id, [today])
    hours = hour_rows(setup.station_id, now - ONE_DAY - HOUR, now + HOUR)
    since = {channel.slot: now - _recent(channel, now) for channel in setup.channels}
    newest = samples_of(setup.station_id, min(since.values(), default=now), now + HOUR)
    alerts = _alerts(setup.station_id)
    for channel in setup.channels:
        yield _channel(
            channel,
            list(rules.limits_on(setup.station_id, channel.slot, day_of(now))),
            [sample for sample in newest.get(channel.slot, []) if sample[0] >= since[channel.slot]],
            days,
            hours,
            alerts.get(channel.symbol, set()),
            now,
        )


def _recent(channel: ChannelSetup, now: datetime) -> timedelta:
    """How old a value may be to be called the present one: a slow analyser's until two are due."""
    interval = channel.pace.interval(day_of(now)) or 0
    return max(RECENT, 2 * timedelta(minutes=interval))


def _alerts(station_id: int) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    rows = Alert.objects.unclosed().unresolved().filter(station=station_id)
    for symbol, kind in rows.values_list("parameter", "kind"):
        found.setdefault(symbol, set()).add(kind)
    return found


def _channel(
    channel: ChannelSetup,
    limits: list[Limit],
    newest: list[Sample],
    days: Rows,
    hours: Rows,
    alerts: set[str],
    now: datetime,
) -> dict[str, Any]:
    """One line of the station's table of parameters."""
    main = _main_limit(limits)
    basis = basis_of(main.reference_oxygen) if main else ""
    day = days.get((channel.slot, day_start(day_of(now)), basis))
    start, hour = _last_hour(hours, channel.slot, basis)
    judged = day if main is None or main.period != "hour" else hour
    mean = judged.mean if judged else None
    rest = _rest(channel, main, day, now)
    last = newest[-1] if newest else None
    return {
        "slot": channel.slot,
        "symbol": channel.symbol,
        "parameter": channel.parameter,
        "unit": channel.unit,
        "state": _state(channel, main, last, day, alerts, now),
        "time": last and last[0].isoformat(),
        "value": last and last[1],
        "status": last and last[2],
        "hour_start": start and start.isoformat(),
        "hour": hour and number(hour.mean.value),
        "day": day and number(day.mean.value),
        "capture": day and number(day.mean.capture),
        "limits": [limit_json(limit) for limit in limits],
        "limit": limit_json(main) if main else None,
        "ratio": _of(mean, main, ratio_of),
        "distance": _of(mean, main, distance_of),
        "rest_max": rest["rest_max"],
        "certain": rest["certain"],
        "trend": _trend(hours, channel.slot, basis, now),
    }


def _rest(
    channel: ChannelSetup, limit: Limit | None, day: MeanRow | None, now: datetime
) -> dict[str, Any]:
    """What is left to today where a day's limit is the main one."""
    left = None
    if limit is not None and day is not None and limit.period == "day":
        left = rest_today(channel, limit, day, now)
    if left is None or limit is None:
        return {"rest_max": None, "certain": False}
    return rest_json(left, limit)


def _of(mean: Mean | None, limit: Limit | None, measure: Any) -> float | None:
    if mean is None or limit is None or not mean.n:
        return None
    return number(measure(mean, maximum=limit.maximum, minimum=limit.minimum))


def _main_limit(limits: list[Limit]) -> Limit | None:
    """The limit that a table shows first: that of the day, else that of the hour."""
    shown = [limit for limit in limits if limit.period in ("hour", "day")]
    return min(shown, key=lambda limit: limit.period != "day", default=None)


def _last_hour(hours: Rows, slot: int, basis: str) -> tuple[datetime | None, MeanRow | None]:
    own = [(start, row) for (s, start, b), row in hours.items() if s == slot and b == basis]
    return max(own, key=lambda each: each[0], default=(None, None))


def _state(
    channel: ChannelSetup,
    limit: Limit | None,
    last: Sample | None,
    day: MeanRow | None,
    alerts: set[str],
    now: datetime,
) -> str:
    """The channel's state; "" where nothing is judged and nothing is wrong."""
    found = [ALERT_STATES[kind] for kind in alerts if kind in ALERT_STATES]
    if last is not None and last[2] in STATUS_STATES:
        found.append(STATUS_STATES[last[2]])
    if found:
        return _worst(found)
    if last is None or not _well_filled(channel, day, now):
        return "not_enough_data"
    return "within" if limit else ""


def _well_filled(channel: ChannelSetup, day: MeanRow | None, now: datetime) -> bool:
    """Whether today's slots so far, the running one left out, are filled as a verdict needs it."""
    interval = channel.pace.interval(day_of(now))
    if interval is None:
        return False
    begun = slots_begun(day_of(now), now, interval)
    if begun * interval < EARLY_IN_THE_DAY:
        return True
    return day is not None and (day.mean.n + day.idle) * 4 >= (begun - 1) * 3


def _trend(hours: Rows, slot: int, basis: str, now: datetime) -> list[float | None]:
    """The means of the last 24 hours, oldest first, null where there is none."""
    running = now.replace(minute=0, second=0, microsecond=0)
    starts = [running - HOUR * back for back in range(23, -1, -1)]
    rows = (hours.get((slot, start, basis)) for start in starts)
    return [number(row.mean.value) if row else None for row in rows]


def draw_hours(setup: StationSetup, hours: Iterable[datetime], rules: RuleBook) -> None:
    """Draw the cells of these hours: the worst thing in each. A silent hour has none."""
    starts = sorted(hours)
    if not starts:
        return
    rows = mean_rows("hour", setup.station_id, starts)
    exceeded = set(
        Verdict.objects.in_effect()
        .filter(station=setup.station_id, period="hour", start__in=starts, result=EXCEEDED)
        .values_list("slot", "start")
    )
    cells = [_cell(setup, start, rows, exceeded, rules) for start in starts]
    _store_cells(setup.station_id, cells)


def _store_cells(station_id: int, cells: Sequence[StationHour]) -> None:
    """In one statement of arrays: of a month judged anew there are 700."""
    if not cells:
        return
    columns = zip(
        *((cell.start, cell.state, cell.channel, cell.filled, cell.expected) for cell in cells),
        strict=True,
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO monitoring_stationhour"
            " (station_id, start, state, channel, filled, expected)"
            " SELECT %s, * FROM unnest(%s::timestamptz[], %s::text[], %s::text[], %s::int[],"
            " %s::int[]) ON CONFLICT (station_id, start) DO UPDATE SET state = excluded.state,"
            " channel = excluded.channel, filled = excluded.filled, expected = excluded.expected",
            [station_id, *map(list, columns)],
        )


def _cell(
    setup: StationSetup,
    start: datetime,
    rows: Rows,
    exceeded: set[tuple[int, datetime]],
    rules: RuleBook,
) -> StationHour:
    states: dict[str, str] = {}
    filled = expected = 0
    for channel in setup.channels:
        row = rows.get((channel.slot, start, ""))
        if row is None:
            continue
        filled, expected = filled + row.mean.n, expected + row.mean.expected
        state = (
            "exceeded"
            if (channel.slot, start) in exceeded
            else _state_of_hour(setup.station_id, channel, start, rows, rules)
        )
        states.setdefault(state, channel.symbol)
    worst = _worst(states)
    return StationHour(
        station_id=setup.station_id,
        start=start,
        state=worst,
        channel=states.get(worst, ""),
        filled=filled,
        expected=expected,
    )


def _state_of_hour(
    station_id: int, channel: ChannelSetup, start: datetime, rows: Rows, rules: RuleBook
) -> str:
    limits = limits_for_hour(rules.limits_on(station_id, channel.slot, day_of(start)))
    for limit in limits:
        row = rows.get((channel.slot, start, basis_of(limit.reference_oxygen)))
        if (
            row
            and has_enough(row.mean, SHARE_OF_HOUR)
            and (is_above(row.mean, limit.maximum) or is_below(row.mean, limit.minimum))
        ):
            return "early_warning"
    row = rows[channel.slot, start, ""]
    if row.faulty * 2 > row.mean.expected:
        return "device_fault"
    if row.calibrating * 2 > row.mean.expected:
        return "calibrating"
    return "within" if has_enough(row.mean, SHARE_OF_HOUR) else "not_enough_data"
