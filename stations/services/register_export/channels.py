"""Channels with their instruments and limits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from stations.models import Channel, ChannelInterval, Instrument, Permit, PermitLimit
from stations.services.register_export.writing import days, filled, histories, history, one_or_list


def channels_by_station() -> dict[int, list[dict[str, Any]]]:
    """All channels, by the number of their station, in the order of their slots."""
    intervals = histories(ChannelInterval, "channel")
    instruments = histories(Instrument, "channel")
    limits = histories(PermitLimit, "channel")
    permits = dict(Permit.objects.values_list("pk", "number"))
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for channel in Channel.objects.select_related("parameter").order_by("station", "slot"):
        symbol = channel.parameter.symbol
        told = filled(
            parameter=symbol,
            symbol=None if channel.symbol == symbol else channel.symbol,
            interval_minutes=history(intervals[channel.pk], lambda row: row.minutes),
        )
        told |= _instruments(instruments[channel.pk])
        told |= filled(
            limit=one_or_list([_limit(row, permits) for row in _in_order(limits[channel.pk])]),
            until=channel.ended_on,
        )
        found[channel.station_id].append(told)
    return found


def _instruments(rows: list[Instrument]) -> dict[str, Any]:
    """The properties of the only instrument, or every instrument with its days."""
    if len(rows) == 1 and not days(rows[0]):
        return _instrument(rows[0]) or {"factor": rows[0].factor}
    return filled(instrument=[_instrument(row) | days(row) for row in rows])


def _instrument(row: Instrument) -> dict[str, Any]:
    bounds = [row.range_low, row.range_high]
    return filled(
        serial=row.serial,
        model=row.model,
        range=None if bounds == [None, None] else bounds,
        aliases=list(row.aliases),
        factor=None if row.factor == 1 else row.factor,
        file_unit=row.file_unit,
        may_stand=filled(minutes=row.still_minutes, source=row.still_source) or None,
    )


def _in_order(rows: list[PermitLimit]) -> list[PermitLimit]:
    return sorted(rows, key=lambda row: (row.source, row.period))


def _limit(row: PermitLimit, permits: Mapping[int, str]) -> dict[str, Any]:
    return (
        _sides(row)
        | {"period": row.period}
        | days(row)
        | filled(
            source=row.source,
            permit=permits.get(row.permit_id) if row.permit_id else None,
            printed_c=row.printed_c,
            confirmed=row.confirmed,
            replaces=row.replaces or None,
            min_capture=row.min_capture,
            grace_minutes=row.grace_minutes,
            reference_oxygen_percent=row.reference_oxygen,
        )
    )


def _sides(row: PermitLimit) -> dict[str, Any]:
    if row.minimum is not None and row.maximum is not None:
        return {"between": [row.minimum, row.maximum]}
    if row.minimum is not None:
        return {"min": row.minimum}
    return {"max": row.maximum}
