"""Some rows of the regulations, copied by hand from `domain/limits` for what the tests need."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from tests.model.register import Bands, Cell, Edition


def _bands(*rows: tuple[int | None, str]) -> Bands:
    return tuple((None if upto is None else Fraction(upto), Fraction(f)) for upto, f in rows)


def _each(columns: str, parameter: str, period: str, *c: int, source_type: str = "") -> list[Cell]:
    return [
        Cell(parameter, column, period, Fraction(maximum), source_type=source_type)
        for column, maximum in zip(columns, c, strict=True)
    ]


QCVN_40_2011 = Edition(
    "QCVN 40:2011/BTNMT",
    (
        *_each("AB", "COD", "day", 75, 150),
        *_each("AB", "TSS", "day", 50, 100),
        *_each("AB", "NH4", "day", 5, 10),
        Cell("pH", "A", "day", Fraction(9), Fraction(6), takes_factors=False),
        Cell("pH", "B", "day", Fraction(9), Fraction("5.5"), takes_factors=False),
    ),
    kq_river=_bands((50, "0.9"), (200, "1.0"), (500, "1.1"), (None, "1.2")),
    kq_lake=_bands((10**7, "0.6"), (10**8, "0.8"), (None, "1.0")),
    kf=_bands((50, "1.2"), (500, "1.1"), (5000, "1.0"), (None, "0.9")),
)

QCVN_19_2009 = Edition(
    "QCVN 19:2009/BTNMT",
    (
        *_each("AB", "CO", "hour", 1000, 1000),
        *_each("AB", "SO2", "hour", 1500, 500),
    ),
    kp=_bands((20_000, "1.0"), (100_000, "0.9"), (None, "0.8")),
    kv=tuple((zone, Fraction(f, 10)) for zone, f in enumerate((6, 8, 10, 12, 14), 1)),
)

BOILER = "boiler_under_20_t_per_h"

QCVN_19_2024 = Edition(
    "QCVN 19:2024/BTNMT",
    (
        *_each("ABC", "CO", "hour", 200, 300, 350, source_type=BOILER),
        *_each("ABC", "SO2", "hour", 130, 200, 250, source_type=BOILER),
    ),
    oxygen=Fraction(7),
)


def _air(parameter: str, **limits: int) -> list[Cell]:
    return [Cell(parameter, "only", period, Fraction(top)) for period, top in limits.items()]


QCVN_05_2023 = Edition(
    "QCVN 05:2023/BTNMT",
    (
        *_air("SO2", hour=350, day=125, year=50),
        *_air("CO", hour=30_000, hours8=10_000),
        *_air("NO2", hour=200, day=100, year=40),
        *_air("O3", hour=200, hours8=120),
        *_air("TSP", hour=300, day=200, year=100),
        *_air("PM10", day=100, year=50),
        *_air("PM2.5", year=25),
        Cell("PM2.5", "only", "day", Fraction(50), until=date(2025, 12, 31)),
        Cell("PM2.5", "only", "day", Fraction(45), since=date(2026, 1, 1)),
    ),
    has_columns=False,
)
