"""A wastewater station and its files, for the tests of reading."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

from monitoring.domain.fileformat import (
    ChannelMap,
    ChannelSpec,
    DatedMaps,
    Parsed,
    UnitTable,
    parse,
)

STAMP = "20240521083500"
MEASURED = datetime(2024, 5, 21, 1, 35, tzinfo=UTC)
RECEIVED = datetime(2024, 5, 21, 3, 0, tzinfo=UTC)

UNITS = UnitTable(
    {
        "m³/h": ["m3/h", "m3/giờ"],
        "m³/s": ["m3/s"],
        "°C": ["oC", "C", "độ C", "℃"],
        "mg/L": ["mg/l", "MG/L"],
        "µg/L": ["ug/L"],
        "µS/cm": ["uS/cm"],
        "mg/Nm³": ["mg/m3"],
    },
    [
        ("µg/L", "mg/L", Decimal("0.001")),
        ("m³/s", "m³/h", Decimal(3600)),
        ("L/s", "m³/h", Decimal("3.6")),
    ],
)
CHANNELS = (
    ChannelSpec(1, "FlowOut", "m³/h", parameter_aliases=("Flow",)),
    ChannelSpec(2, "pH", "-", parameter_aliases=("PH",)),
    ChannelSpec(3, "Temp", "°C", parameter_aliases=("TEMP", "T")),
    ChannelSpec(4, "COD", "mg/L", aliases=("COD_OUT",)),
    ChannelSpec(5, "TSS", "mg/L"),
    ChannelSpec(6, "NH4", "mg/L", parameter_aliases=("NH4-N",)),
)
SYMBOLS = {spec.slot: spec.symbol for spec in CHANNELS}


def always(*specs: ChannelSpec, units: UnitTable = UNITS) -> DatedMaps:
    return DatedMaps([(None, None, ChannelMap(specs, units))])


MAPS = always(*CHANNELS)


def read(
    content: str | bytes,
    *,
    name_time: datetime | None = MEASURED,
    received_at: datetime = RECEIVED,
    maps: DatedMaps = MAPS,
    by_command: bool = False,
) -> Parsed:
    raw = content.encode() if isinstance(content, str) else content
    return parse(
        raw, name_time=name_time, received_at=received_at, maps=maps, by_command=by_command
    )


def values(parsed: Parsed) -> dict[str, tuple[float | None, str]]:
    """Symbol → value and status, where all is of one time."""
    assert len({row.time for row in parsed.rows}) <= 1
    return {SYMBOLS[row.slot]: (row.value, row.status) for row in parsed.rows}


def codes(parsed: Parsed) -> list[tuple[int | None, str]]:
    return [(problem.line, problem.code) for problem in parsed.problems]


def tab_line(*fields: str) -> str:
    return "\t".join(fields) + "\n"


def cod(value: str = "48.2", unit: str = "mg/L", stamp: str = STAMP, status: str = "00") -> str:
    return tab_line("COD", value, unit, stamp, status)


def problem_of(line: str, **given: object) -> str | None:
    """The code of a line that stands alone in its file; None when there is no problem."""
    problems: Sequence[str] = [problem.code for problem in read(line, **given).problems]  # type: ignore[arg-type]
    assert len(problems) <= 1
    return problems[0] if problems else None
