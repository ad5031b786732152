"""Verdicts in the database: those in effect, and new ones in their place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from monitoring.domain.comparing import Bounds, bounds_of, how_far, quotient
from monitoring.models import Layer
from monitoring.services.means import MICROSECONDS, Moments
from monitoring.services.setup import ChannelSetup
from monitoring.services.store import copied, copy_lines
from monitoring.services.verdicts import Judged, Standing, StandingKey, dumps, limit_json
from stations.domain.stricter import Limit

MANY = 50
COLUMNS = (
    "id, symbol, slot, period, extract(epoch FROM start)::bigint, basis, result,"
    " numerator, denominator, n, expected, minimum, maximum, source, confirmed"
)


def standing_verdicts(
    station_id: int, judged: Sequence[Judged], *, layer: str = Layer.RAW
) -> dict[StandingKey, Standing]:
    """The verdicts of a layer in effect for the periods of these."""
    if not judged:
        return {}
    starts = {each.start for each in judged}
    slots = sorted({each.channel.slot for each in judged})
    periods = sorted({each.period for each in judged})
    if len(starts) > MANY:
        when, moments = "start BETWEEN %s AND %s", [min(starts), max(starts)]
    else:
        when, moments = "start = ANY(%s)", [sorted(starts)]  # type: ignore[list-item]
    return _standing(
        station_id,
        layer,
        f"slot = ANY(%s) AND period = ANY(%s) AND {when}",
        slots,
        periods,
        *moments,
    )


def standing_between(
    station_id: int, start: datetime, end: datetime, *, layer: str = Layer.RAW
) -> dict[StandingKey, Standing]:
    """The verdicts of a layer in effect whose periods start from `start` up to `end`."""
    return _standing(station_id, layer, "start >= %s AND start < %s", start, end)


def _standing(
    station_id: int, layer: str, condition: str, *values: Any
) -> dict[StandingKey, Standing]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {COLUMNS} FROM monitoring_verdict WHERE station_id = %s"  # noqa: S608
            f" AND superseded_at IS NULL AND layer = %s AND {condition}",
            [station_id, layer, *values],
        )
        moments = Moments()
        found = (
            Standing(
                *(pk, symbol, slot, period, moments[at * MICROSECONDS]),
                *(basis, result, int(over), int(under), *rest),
            )
            for pk, symbol, slot, period, at, basis, result, over, under, *rest in cursor
        )
        return {each.key: each for each in found}


def store_verdicts(
    station_id: int,
    judged: Sequence[Judged],
    *,
    now: datetime,
    layer: str = Layer.RAW,
    correction: int | None = None,
) -> None:
    """Supersede what stood before each and write the new verdicts."""
    supersede(station_id, [each.before.id for each in judged if each.before], now=now)
    copy_lines(
        "monitoring_verdict",
        (
            *("station_id", "id", "slot", "symbol", "unit", "period", "start", "end", "basis"),
            *("result", "numerator", "denominator", "n", "expected", "mean", "capture"),
            *("ratio", "distance", "minimum", "maximum", "source", "confirmed", "limit"),
            *("newest", "layer", "correction", "judged_at"),
        ),
        _lines(station_id, judged, "\t".join(map(copied, (layer, correction, now)))),
    )


def supersede(station_id: int, ids: Sequence[UUID], *, now: datetime) -> None:
    """Put verdicts out of effect; they stay."""
    if not ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE monitoring_verdict SET superseded_at = %s"
            " WHERE station_id = %s AND id = ANY(%s) AND superseded_at IS NULL",
            [now, station_id, list(ids)],
        )


def _lines(station_id: int, judged: Iterable[Judged], common: str) -> Iterator[str]:
    """Each verdict as a line of COPY, in the order of the columns."""
    written = _Written()
    for each in judged:
        mean, total = each.mean, each.mean.total
        bounds, limit = written.of(each.limit)
        ratio, distance = how_far(mean, bounds)
        value = quotient(total.numerator, total.denominator * mean.n)
        capture = min(1.0, mean.n / mean.expected) if mean.expected else None
        yield (
            f"{station_id}\t{each.id.hex}\t{written.channel(each.channel)}\t{each.period}\t"
            f"{each.start.isoformat()}\t{each.end.isoformat()}\t{each.basis}\t{each.verdict}\t"
            f"{total.numerator}\t{total.denominator}\t{mean.n}\t{mean.expected}\t"
            f"{copied(value)}\t{copied(capture)}\t{copied(ratio)}\t{copied(distance)}\t"
            f"{limit}\t{copied(each.newest)}\t{common}\n"
        )


class _Written:
    """Limits and channels as they stand in a line, each written once."""

    def __init__(self) -> None:
        self._limits: dict[int, tuple[Limit, Bounds, str]] = {}
        self._channels: dict[int, str] = {}

    def of(self, limit: Limit) -> tuple[Bounds, str]:
        """Its bounds, and its columns."""
        known = self._limits.get(id(limit))
        if known is None:
            bounds = bounds_of(limit.maximum, limit.minimum, limit.min_capture)
            columns = (
                *(limit.minimum, limit.maximum, limit.source, limit.confirmed or ""),
                dumps(limit_json(limit)),
            )
            known = limit, bounds, "\t".join(map(copied, columns))
            self._limits[id(limit)] = known
        return known[1:]

    def channel(self, channel: ChannelSetup) -> str:
        """Its columns."""
        known = self._channels.get(channel.slot)
        if known is None:
            columns = (channel.slot, channel.symbol, channel.unit)
            known = self._channels[channel.slot] = "\t".join(map(copied, columns))
        return known
