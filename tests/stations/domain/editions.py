"""Editions as `domain/limits/*.yaml` prints them, by hand, and the shared cases where they lie."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from stations.domain.dated import Dated
from stations.domain.limits import Edition, EditionLimit, JudgedBy, ReceivingWater, StationInputs

CASES = Path(__file__).resolve().parents[4] / "shared" / "cases"
ON = date(2024, 5, 21)
RIVER = ReceivingWater("river", Decimal(120))
QCVN_40 = "QCVN 40:2011/BTNMT"
QCVN_19 = "QCVN 19:2009/BTNMT"


def cases(name: str) -> Any:
    """One file of the shared cases; skips where the cases were not handed out."""
    if not (CASES / name).exists():
        pytest.skip(f"{CASES / name} is not there", allow_module_level=True)
    return yaml.safe_load((CASES / name).read_text("utf-8"))


def bands(*rows: tuple[str | None, str]):
    return tuple((None if bound is None else Decimal(bound), Decimal(f)) for bound, f in rows)


def wastewater_cells() -> tuple[EditionLimit, ...]:
    maxima = {"COD": (75, 150), "TSS": (50, 100), "NH4": (5, 10)}
    cells = [
        EditionLimit(symbol, column, maximum=Decimal(c), provenance="2")
        for symbol, both in maxima.items()
        for column, c in zip("AB", both, strict=True)
    ]
    cells += [
        EditionLimit("Temp", column, maximum=Decimal(40), takes_factors=False) for column in "AB"
    ]
    cells += [
        EditionLimit("pH", column, maximum=Decimal(9), minimum=Decimal(least), takes_factors=False)
        for column, least in (("A", "6"), ("B", "5.5"))
    ]
    return tuple(cells)


WASTEWATER = Edition(
    code=QCVN_40,
    medium="W",
    in_force_since=date(2012, 2, 15),
    kq_river=bands(("50", "0.9"), ("200", "1.0"), ("500", "1.1"), (None, "1.2")),
    kq_lake=bands(("10000000", "0.6"), ("100000000", "0.8"), (None, "1.0")),
    kq_unknown={"river": Decimal("0.9"), "lake": Decimal("0.6")},
    kf=bands(("50", "1.2"), ("500", "1.1"), ("5000", "1.0"), (None, "0.9")),
    limits=wastewater_cells(),
)
EMISSION = Edition(
    code=QCVN_19,
    medium="E",
    kp=bands(("20000", "1.0"), ("100000", "0.9"), (None, "0.8")),
    kv={
        1: Decimal("0.6"),
        2: Decimal("0.8"),
        3: Decimal("1.0"),
        4: Decimal("1.2"),
        5: Decimal("1.4"),
    },
    limits=(EditionLimit("PM", "B", period="hour", maximum=Decimal(200)),),
)
EDITIONS = {edition.code: edition for edition in (WASTEWATER, EMISSION)}


def station(
    *,
    column: str = "A",
    edition: str = QCVN_40,
    confirmed: str | None = "GPMT số 12",
    design_flow: str | None = "7000",
    water: ReceivingWater | None = RIVER,
    gas_flow: str | None = None,
    kv_zone: int | None = None,
    source_type: str | None = None,
) -> StationInputs:
    """KCNQC-NT01 of the shared register, unless said."""
    return StationInputs(
        judged_by=(Dated(JudgedBy(edition, column, confirmed), date(2024, 1, 1)),),
        design_flow=() if design_flow is None else (Dated(Decimal(design_flow)),),
        receiving_water=() if water is None else (Dated(water),),
        gas_flow=() if gas_flow is None else (Dated(Decimal(gas_flow)),),
        kv_zone=() if kv_zone is None else (Dated(kv_zone),),
        source_type=() if source_type is None else (Dated(source_type),),
    )
