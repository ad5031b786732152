"""Which limits hold for one parameter of a station on one day, and where each comes from.

A period is judged by what was in force at its start, also when its data come years later: ask with
the Vietnamese day on which the period starts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from stations.domain.dated import Dated, days_of_change, holds, in_force, turning_days
from stations.domain.derivation import Derivation, Factor, Reason
from stations.domain.quantities import Bands
from stations.domain.regulations import (
    DEFAULT_GRACE_MINUTES,
    DEFAULT_MIN_CAPTURE,
    Edition,
    EditionLimit,
    Period,
    ReceivingWater,
    factors_of,
)
from stations.domain.stricter import Limit, kind_of, limit_of, strictest

__all__ = [
    "Bands",
    "Derivation",
    "Edition",
    "EditionLimit",
    "Factor",
    "JudgedBy",
    "Limit",
    "Period",
    "PermitLimit",
    "ReceivingWater",
    "StationInputs",
    "days_of_limit_change",
    "limits_on",
]


@dataclass(frozen=True, slots=True)
class JudgedBy:
    """The edition and column a station is judged by.

    `confirmed` names the document with which an officer checked it; absent is unconfirmed. It
    alone confirms the limits of the regulation for this station: how sure we are of the number in
    the law itself is told beside it, in the derivation.
    """

    edition: str
    column: str
    confirmed: str | None = None


@dataclass(frozen=True, slots=True)
class PermitLimit:
    """A limit of the station's own permit. It takes no factors.

    What it leaves open (None) is as in the regulation that the station is judged by, else the
    common defaults. Of one source and period a later `since` ends the earlier the day before.
    """

    period: Period
    maximum: Decimal | None = None
    minimum: Decimal | None = None
    since: date | None = None
    until: date | None = None
    source: str = ""
    confirmed: str | None = None
    replaces: bool = False
    min_capture: Decimal | None = None
    grace_minutes: int | None = None
    reference_oxygen: Decimal | None = None


@dataclass(frozen=True, slots=True)
class StationInputs:
    """What a regulation asks about a station: m³/day of design flow, m³/h of gas."""

    judged_by: tuple[Dated[JudgedBy], ...] = ()
    design_flow: tuple[Dated[Decimal], ...] = ()
    receiving_water: tuple[Dated[ReceivingWater], ...] = ()
    gas_flow: tuple[Dated[Decimal], ...] = ()
    kv_zone: tuple[Dated[int], ...] = ()
    source_type: tuple[Dated[str], ...] = ()


def limits_on(
    parameter: str,
    *,
    station: StationInputs,
    editions: Mapping[str, Edition],
    permits: Sequence[PermitLimit],
    on: date,
) -> tuple[Limit, ...]:
    """Every limit of a parameter in force on a day, by period, then by reference oxygen.

    `permits` are those of this parameter alone. A limit of another period, or of another reference
    oxygen, stands beside. Raises KeyError when the edition judged by is not among `editions`.
    """
    judged_by = in_force(station.judged_by, on)
    edition = None if judged_by is None else editions[judged_by.edition]
    legal = (
        []
        if judged_by is None or edition is None
        else _of_regulation(parameter, station, judged_by, edition, on)
    )
    own = [
        (permit.replaces, _of_permit(parameter, permit, edition))
        for permit in _permits_in_force(permits, on)
    ]
    kinds = {kind_of(limit) for limit in [*legal, *(limit for _, limit in own)]}
    return tuple(
        strictest(
            [limit for limit in legal if kind_of(limit) == kind],
            [(replaces, limit) for replaces, limit in own if kind_of(limit) == kind],
        )
        for kind in sorted(kinds)
    )


def days_of_limit_change(
    station: StationInputs, editions: Iterable[Edition], permits: Iterable[PermitLimit]
) -> tuple[date, ...]:
    """Every day on which a limit may differ from the day before, in order."""
    days = days_of_change(station.judged_by) | days_of_change(station.design_flow)
    days |= days_of_change(station.receiving_water) | days_of_change(station.gas_flow)
    days |= days_of_change(station.kv_zone) | days_of_change(station.source_type)
    for cell in (cell for edition in editions for cell in edition.limits):
        days |= turning_days(cell.since, cell.until)
    for permit in permits:
        days |= turning_days(permit.since, permit.until)
    return tuple(sorted(days))


def _of_regulation(
    parameter: str, station: StationInputs, judged_by: JudgedBy, edition: Edition, on: date
) -> list[Limit]:
    factors = factors_of(
        edition,
        water=in_force(station.receiving_water, on),
        design_flow=in_force(station.design_flow, on),
        gas_flow=in_force(station.gas_flow, on),
        kv_zone=in_force(station.kv_zone, on),
    )
    source_type = in_force(station.source_type, on)
    cells = edition.limits_for(parameter, column=judged_by.column, source_type=source_type, on=on)
    return [_of_cell(cell, edition, judged_by, factors) for cell in cells]


def _of_cell(
    cell: EditionLimit, edition: Edition, judged_by: JudgedBy, factors: tuple[Factor, ...]
) -> Limit:
    reason: Reason = {
        "kind": "regulation",
        "source": edition.code,
        "column": cell.column,
        "source_type": cell.source_type or None,
        "provenance": cell.provenance,
        "confirmed": cell.confirmed or None,
    }
    taken = factors if cell.takes_factors and cell.maximum is not None else ()
    return limit_of(
        cell.parameter,
        cell.period,
        Derivation(cell.maximum, cell.minimum, taken, reason),
        min_capture=edition.min_capture,
        grace_minutes=edition.grace_minutes,
        source=edition.named(cell.column),
        confirmed=judged_by.confirmed,
        reference_oxygen=edition.reference_oxygen,
    )


def _permits_in_force(permits: Sequence[PermitLimit], on: date) -> list[PermitLimit]:
    begun = [permit for permit in permits if permit.since is None or permit.since <= on]
    newest: dict[tuple[str, Period], date] = {}
    for permit in begun:
        key = (permit.source, permit.period)
        newest[key] = max(newest.get(key, date.min), permit.since or date.min)
    return [
        permit
        for permit in begun
        if (permit.since or date.min) == newest[permit.source, permit.period]
        and holds(permit.since, permit.until, on)
    ]


def _of_permit(parameter: str, permit: PermitLimit, edition: Edition | None) -> Limit:
    capture = DEFAULT_MIN_CAPTURE if edition is None else edition.min_capture
    grace = DEFAULT_GRACE_MINUTES if edition is None else edition.grace_minutes
    oxygen = None if edition is None else edition.reference_oxygen
    reason: Reason = {"kind": "permit", "source": permit.source}
    return limit_of(
        parameter,
        permit.period,
        Derivation(permit.maximum, permit.minimum, (), reason),
        min_capture=capture if permit.min_capture is None else permit.min_capture,
        grace_minutes=grace if permit.grace_minutes is None else permit.grace_minutes,
        source=permit.source,
        confirmed=permit.confirmed,
        reference_oxygen=oxygen if permit.reference_oxygen is None else permit.reference_oxygen,
    )
