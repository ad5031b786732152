"""The limits of the demonstration's stations, worked out by plain arithmetic beside the product's.

Only maximum, minimum and range of the regulation, for the shortest of its periods but the year.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from monitoring.demo.fleet import REGISTER

FACTS = Path(__file__).parents[3] / "stations" / "facts" / "regulations"
TODAY = "2026-01-01"


@cache
def editions() -> dict[str, dict[str, Any]]:
    laws = (yaml.safe_load(file.read_text(encoding="utf-8")) for file in FACTS.glob("*.yaml"))
    return {law["code"]: law for law in laws}


@cache
def register() -> dict[str, Any]:
    return dict(yaml.safe_load(REGISTER.read_text(encoding="utf-8")))


def latest(dated: Any) -> Any:
    return dated[-1]["value"] if isinstance(dated, list) else dated


def band(amount: float, table: list[list[Any]]) -> float:
    return next(float(factor) for upto, factor in table if upto is None or amount <= upto)


def water_factor(facility: dict[str, Any], factors: dict[str, Any]) -> float:
    water = facility["receiving_water"]
    river = water["kind"] == "river"
    kq = band(
        water["flow_m3_per_s"] if river else water["volume_m3"],
        factors["kq_river" if river else "kq_lake"],
    )
    return kq * band(latest(facility["design_flow_m3_per_day"]), factors["kf"])


def gas_factor(station: dict[str, Any], factors: dict[str, Any]) -> float:
    kp = band(latest(station["gas_flow_m3_per_hour"]), factors["kp"])
    return kp * float(factors["kv"][station["kv_zone"]])


def factor_of(facility: dict[str, Any], station: dict[str, Any], law: dict[str, Any]) -> float:
    if "factors" not in law:
        return 1.0
    if law["medium"] == "wastewater":
        return water_factor(facility, law["factors"])
    return gas_factor(station, law["factors"])


def sides(written: Any) -> tuple[float | None, float | None]:
    if isinstance(written, list):
        return float(written[0]), float(written[1])
    if isinstance(written, dict):
        return written.get("min"), written.get("max")
    return None, float(written)


def regulation_limits() -> dict[tuple[str, str], tuple[float | None, float | None]]:
    """By station and parameter: the strictest minimum and maximum of hour, 8 h and day."""
    found: dict[tuple[str, str], tuple[float | None, float | None]] = {}
    for facility in register()["facilities"]:
        for station in facility.get("stations") or ():
            judged = station["judged_by"][-1]
            law = editions()[judged["regulation"]]
            for row in law["limits"]:
                if (
                    judged["column"] not in row
                    or row.get("period") == "year"
                    or str(row.get("until", TODAY)) < TODAY
                    or row.get("source_type") not in (None, station.get("source_type"))
                ):
                    continue
                low, high = sides(row[judged["column"]])
                if high is not None and row.get("takes_factors", True):
                    high *= factor_of(facility, station, law)
                key = (station["code"], row["parameter"])
                before = found.get(key, (None, None))[1]
                found[key] = (low, min(high, before) if high and before else high)
    return found


def permit_limits() -> dict[tuple[str, str], float]:
    """By station and parameter: the smallest maximum of its own permits, the latest of each."""
    found: dict[tuple[str, str], float] = {}
    for facility in register()["facilities"]:
        for station in facility.get("stations") or ():
            for channel in station["channels"]:
                written = channel.get("limit") or []
                for limit in written if isinstance(written, list) else [written]:
                    if "max" in limit and "until" not in limit:
                        key = (station["code"], channel["parameter"])
                        found[key] = min(limit["max"], found.get(key, limit["max"]))
    return found
