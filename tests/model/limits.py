"""Which limit holds on a day (§3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from tests.model.register import (
    Bands,
    Cell,
    Channel,
    Edition,
    JudgedBy,
    Permit,
    Station,
    in_force,
)

DEFAULT_CAPTURE, DEFAULT_GRACE = Fraction(3, 4), 30
PERIODS = ("hour", "hours8", "day", "year")


@dataclass(frozen=True)
class Limit:
    """A limit as a period is judged by it; `oxygen` is its reference, None for values as is."""

    period: str
    maximum: Fraction | None
    minimum: Fraction | None
    oxygen: Fraction | None
    min_capture: Fraction
    grace: int
    source: str
    confirmed: bool


def limits_on(station: Station, channel: Channel, day: date) -> list[Limit]:
    """Every limit of a channel on a day: one a period kind and reference oxygen."""
    judged_by = in_force(station.judged_by, day)
    legal = [] if judged_by is None else list(_of_the_law(station, channel, judged_by, day))
    edition = None if judged_by is None else judged_by.edition
    own = [(permit, _of_permit(permit, edition)) for permit in _permits(channel.permits, day)]
    kinds = {(one.period, one.oxygen) for one in [*legal, *(limit for _, limit in own)]}
    return [
        _counting(
            [one for one in legal if (one.period, one.oxygen) == kind],
            [each for each in own if (each[1].period, each[1].oxygen) == kind],
        )
        for kind in sorted(kinds, key=lambda kind: (PERIODS.index(kind[0]), kind[1] or -1))
    ]


def _of_the_law(
    station: Station, channel: Channel, judged_by: JudgedBy, day: date
) -> Iterable[Limit]:
    edition = judged_by.edition
    for cell in edition.cells:
        if _fits(cell, channel, judged_by, in_force(station.source_type, day), day):
            column = f" cột {judged_by.column}" if edition.has_columns else ""
            yield Limit(
                cell.period,
                _cmax(cell, station, edition, day),
                cell.minimum,
                edition.oxygen,
                edition.min_capture,
                edition.grace,
                edition.code + column,
                judged_by.confirmed,
            )


def _fits(
    cell: Cell, channel: Channel, judged_by: JudgedBy, source_type: str | None, day: date
) -> bool:
    return (
        (cell.parameter, cell.column) == (channel.symbol, judged_by.column)
        and (cell.since is None or cell.since <= day)
        and (cell.until is None or day <= cell.until)
        and cell.source_type in ("", source_type)
    )


def _cmax(cell: Cell, station: Station, edition: Edition, day: date) -> Fraction | None:
    """C × factors. A range or a minimum takes none, and no cell takes any that says so."""
    if cell.maximum is None or not cell.takes_factors:
        return cell.maximum
    cmax = cell.maximum
    for factor in factors(station, edition, day):
        cmax *= factor
    return cmax


def factors(station: Station, edition: Edition, day: date) -> list[Fraction]:
    """Kq, Kf, Kp, Kv: those for which the edition has a table. Unknown: the smallest."""
    found = []
    if edition.kq_river or edition.kq_lake:
        water = in_force(station.water, day)
        if water is None:
            found.append(min(_smallest(edition.kq_river), _smallest(edition.kq_lake)))
        else:
            bands = {"river": edition.kq_river, "lake": edition.kq_lake}[water.kind]
            found.append(_of_band(bands, water.amount))
    if edition.kf:
        found.append(_of_band(edition.kf, in_force(station.design_flow, day)))
    if edition.kp:
        found.append(_of_band(edition.kp, in_force(station.gas_flow, day)))
    if edition.kv:
        zones = dict(edition.kv)
        zone = in_force(station.kv_zone, day)
        found.append(min(zones.values()) if zone is None else zones[zone])
    return found


def _smallest(bands: Bands) -> Fraction:
    return min(factor for _, factor in bands)


def _of_band(bands: Bands, amount: Fraction | None) -> Fraction:
    if amount is None:
        return _smallest(bands)
    return next(factor for upto, factor in bands if upto is None or amount <= upto)


def _permits(permits: Iterable[Permit], day: date) -> list[Permit]:
    """Of one source and period a later first day ends the earlier for good."""
    begun = [permit for permit in permits if permit.since is None or permit.since <= day]
    latest = {
        (permit.source, permit.period): max(
            other.since or date.min
            for other in begun
            if (other.source, other.period) == (permit.source, permit.period)
        )
        for permit in begun
    }
    return [
        permit
        for permit in begun
        if (permit.since or date.min) == latest[permit.source, permit.period]
        and (permit.until is None or day <= permit.until)
    ]


def _of_permit(permit: Permit, edition: Edition | None) -> Limit:
    """What the permit leaves open is as in the regulation."""
    capture = DEFAULT_CAPTURE if edition is None else edition.min_capture
    grace = DEFAULT_GRACE if edition is None else edition.grace
    oxygen = None if edition is None else edition.oxygen
    return Limit(
        permit.period,
        permit.maximum,
        permit.minimum,
        oxygen if permit.oxygen is None else permit.oxygen,
        capture if permit.min_capture is None else permit.min_capture,
        grace if permit.grace is None else permit.grace,
        permit.source,
        permit.confirmed,
    )


def _counting(legal: list[Limit], own: list[tuple[Permit, Limit]]) -> Limit:
    """The stricter of all, each side by itself; a permit that replaces puts the law's aside.

    Of the limits that gave a side: the larger capture, the longer grace (decision 4).
    """
    permits = [limit for _, limit in own]
    replaced = any(permit.replaces for permit, _ in own)
    every = permits if replaced else legal + permits
    tops = [one for one in every if one.maximum is not None]
    lows = [one for one in every if one.minimum is not None]
    top = min(tops, key=lambda one: (one.maximum, not one.confirmed)) if tops else None
    low = max(lows, key=lambda one: (one.minimum, one.confirmed)) if lows else None
    sides = list(dict.fromkeys(one for one in (top, low) if one is not None))
    return Limit(
        sides[0].period,
        top.maximum if top else None,
        low.minimum if low else None,
        sides[0].oxygen,
        max(side.min_capture for side in sides),
        max(side.grace for side in sides),
        "; ".join(dict.fromkeys(side.source for side in sides)),
        all(side.confirmed for side in sides),
    )
