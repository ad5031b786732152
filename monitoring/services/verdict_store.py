"""Verdicts in the database: those in effect, and new ones in their place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from monitoring.domain.averaging import numerics
from monitoring.models import Layer
from monitoring.services.store import copy_rows
from monitoring.services.verdicts import (
    Judged,
    Standing,
    StandingKey,
    dumps,
    limit_json,
    number,
    quotient,
)
from stations.domain.stricter import Limit

MANY = 50
COLUMNS = (
    'id, symbol, slot, period, start, "end", basis, result, numerator, denominator, n, expected,'
    " minimum, maximum, source, confirmed"
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
        return {
            (slot, period, start, basis): Standing(
                *(pk, symbol, slot, period, start, end, basis, result, int(over), int(under), *rest)
            )
            for pk, symbol, slot, period, start, end, basis, result, over, under, *rest in cursor
        }


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
    copy_rows(
        "monitoring_verdict",
        (
            *("station_id", "id", "slot", "symbol", "unit", "period", "start", "end", "basis"),
            *("result", "numerator", "denominator", "n", "expected", "mean", "capture"),
            *("ratio", "distance", "minimum", "maximum", "source", "confirmed", "limit"),
            *("newest", "layer", "correction", "judged_at"),
        ),
        _rows(station_id, judged, (layer, correction, now)),
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


def _rows(
    station_id: int, judged: Iterable[Judged], common: tuple[Any, ...]
) -> Iterator[tuple[Any, ...]]:
    written = _Written()
    for each in judged:
        limit, mean, judgement = each.limit, each.mean, each.judgement
        total = mean.total
        yield (
            *(station_id, each.id, each.channel.slot, each.channel.symbol, each.channel.unit),
            *(each.period, each.start, each.end, each.basis, each.verdict),
            *(*numerics(total), mean.n, mean.expected),
            quotient(total.numerator, total.denominator * mean.n),
            min(1.0, mean.n / mean.expected) if mean.expected else None,
            *(number(judgement.ratio), number(judgement.distance), limit.minimum, limit.maximum),
            *(limit.source, limit.confirmed or "", written.of(limit), each.newest, *common),
        )


class _Written:
    """Limits as JSON, each written once."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Limit, str]] = {}

    def of(self, limit: Limit) -> str:
        known = self._known.get(id(limit))
        if known is None:
            known = self._known[id(limit)] = limit, dumps(limit_json(limit))
        return known[1]
