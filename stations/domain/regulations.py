"""A technical regulation as its document prints it, and the factors it gives to one station.

Which factors apply follows from which tables an edition has: QCVN 40:2011 has Kq and Kf,
QCVN 19:2009 has Kp and Kv, QCVN 19:2024 has none and a reference oxygen instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from stations.domain.dated import holds
from stations.domain.derivation import Factor, Reason
from stations.domain.quantities import Bands, band_of, json_number, smallest_factor

Period = Literal["hour", "hours8", "day", "year"]
PERIODS: tuple[Period, ...] = ("hour", "hours8", "day", "year")
ONLY_COLUMN = "only"
DEFAULT_MIN_CAPTURE = Decimal("0.75")
DEFAULT_GRACE_MINUTES = 30
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ReceivingWater:
    """Where the water goes: a river by its flow (m³/s) or a lake by its volume (m³)."""

    kind: Literal["river", "lake"]
    flow_m3_per_s: Decimal | None = None
    volume_m3: Decimal | None = None


@dataclass(frozen=True, slots=True)
class EditionLimit:
    """One cell of an edition's table: C for a parameter, column, kind of source and period."""

    parameter: str
    column: str
    source_type: str | None = None
    period: Period = "day"
    maximum: Decimal | None = None
    minimum: Decimal | None = None
    takes_factors: bool = True
    since: date | None = None
    until: date | None = None
    provenance: str = ""
    confirmed: str | None = None


@dataclass(frozen=True, slots=True)
class Edition:
    """One edition of a regulation. `in_force_*` only warns: `judged_by` alone decides."""

    code: str
    medium: str
    in_force_since: date | None = None
    in_force_until: date | None = None
    kq_river: Bands = ()
    kq_lake: Bands = ()
    kq_unknown: Mapping[str, Decimal] = field(default_factory=dict)
    kf: Bands = ()
    kp: Bands = ()
    kv: Mapping[int, Decimal] = field(default_factory=dict)
    reference_oxygen: Decimal | None = None
    min_capture: Decimal = DEFAULT_MIN_CAPTURE
    grace_minutes: int = DEFAULT_GRACE_MINUTES
    limits: tuple[EditionLimit, ...] = ()

    def is_in_force(self, on: date) -> bool:
        """Whether the regulation itself holds on that day, for a warning on the screen."""
        return holds(self.in_force_since, self.in_force_until, on)

    def limits_for(
        self, parameter: str, *, column: str, source_type: str | None, on: date
    ) -> tuple[EditionLimit, ...]:
        """The cells that fit. One for a kind of source fits no station whose kind is unknown."""
        return tuple(
            limit
            for limit in self.limits
            if limit.parameter == parameter
            and limit.column == column
            and (not limit.source_type or limit.source_type == source_type)
            and holds(limit.since, limit.until, on)
        )

    def named(self, column: str) -> str:
        """The source as it is cited: `QCVN 40:2011/BTNMT cột A`."""
        return self.code if column == ONLY_COLUMN else f"{self.code} cột {column}"


def factors_of(
    edition: Edition,
    *,
    water: ReceivingWater | None,
    design_flow: Decimal | None,
    gas_flow: Decimal | None,
    kv_zone: int | None,
) -> tuple[Factor, ...]:
    """The factors of an edition for one station, in the order of its formula.

    design_flow in m³/day, gas_flow in m³/h. What is unknown takes the smallest factor of its
    table, with the reason `unknown`.
    """
    factors = []
    if edition.kq_river or edition.kq_lake:
        factors.append(_kq(edition, water))
    if edition.kf:
        factors.append(_banded("Kf", edition.kf, "design_flow_m3_per_day", design_flow))
    if edition.kp:
        factors.append(_banded("Kp", edition.kp, "gas_flow_m3_per_hour", gas_flow))
    if edition.kv:
        factors.append(_kv(edition.kv, kv_zone))
    return tuple(factors)


def _kq(edition: Edition, water: ReceivingWater | None) -> Factor:
    if water is not None and water.kind == "river" and edition.kq_river:
        return _kq_of(edition, edition.kq_river, "river", "flow_m3_per_s", water.flow_m3_per_s)
    if water is not None and water.kind == "lake" and edition.kq_lake:
        return _kq_of(edition, edition.kq_lake, "lake", "volume_m3", water.volume_m3)
    named = ((None, factor) for factor in edition.kq_unknown.values())
    smallest = smallest_factor(edition.kq_river, edition.kq_lake, tuple(named))
    return Factor("Kq", smallest, {"kind": None, "reason": UNKNOWN})


def _kq_of(
    edition: Edition, bands: Bands, kind: str, amount_name: str, amount: Decimal | None
) -> Factor:
    unknown = edition.kq_unknown.get(kind)
    factor = _banded("Kq", bands, amount_name, amount, unknown=unknown)
    return Factor("Kq", factor.value, {"kind": kind, **factor.reason})


def _banded(
    name: str,
    bands: Bands,
    amount_name: str,
    amount: Decimal | None,
    *,
    unknown: Decimal | None = None,
) -> Factor:
    found = None if amount is None else band_of(bands, amount)
    told = None if amount is None else json_number(amount)
    if found is None:
        value = smallest_factor(bands) if unknown is None else unknown
        return Factor(name, value, {amount_name: told, "reason": UNKNOWN})
    factor, band = found
    return Factor(name, factor, {amount_name: told, "band": band})


def _kv(zones: Mapping[int, Decimal], zone: int | None) -> Factor:
    reason: Reason = {"zone": zone}
    if zone is None or zone not in zones:
        return Factor("Kv", min(zones.values()), {**reason, "reason": UNKNOWN})
    return Factor("Kv", zones[zone], reason)
