"""Who measures: the loggers of the demonstration, read from its register file alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from zlib import crc32

import yaml

from monitoring.demo.nature import NATURES, USUAL, Nature

REGISTER = Path(__file__).with_name("register.yaml")
LAYOUTS = ("tab", "tab", "tab", "spaces", "one_line", "tab", "time_first", "bom", "tab", "spaces")
FOLDERS = ("station", "months", "root")
GOLDEN = 0.618034
"""Steps of this size spread evenly over a round, however many there are."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Sensor:
    """One channel as its logger knows it. `usual` is in the channel's unit, `factor` of the files.

    A value in a file is the value divided by `factor`, in `unit`, under the symbol `written_as`.
    """

    symbol: str
    written_as: str
    unit: str
    factor: float
    interval: int
    usual: float
    nature: Nature
    seed: int


@dataclass(frozen=True, slots=True, eq=False)
class Logger:
    """One station's logger with its habits. `delay`: seconds from a slot's stamp to its sending."""

    code: str
    prefix: str
    medium: str
    interval: int
    username: str
    password: str
    sensors: tuple[Sensor, ...]
    layout: str
    folder: str
    renames: bool
    delay: int

    @property
    def station_name(self) -> str:
        """The last part of the prefix, such as NT01."""
        return self.prefix.rpartition("_")[2]


@cache
def demonstration_fleet() -> tuple[Logger, ...]:
    """The loggers of the province that the product brings along."""
    return tuple(read_fleet(REGISTER))


def read_fleet(register: Path) -> Iterator[Logger]:
    """Every logger of a register file that has an FTP account, in the file's order."""
    with register.open("rb") as file:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same, ten times as fast
        content = yaml.load(file, Loader=loader)  # noqa: S506 - either is a safe loader
    senders = [
        (facility, station)
        for facility in content["facilities"]
        for station in facility.get("stations") or ()
        if "ftp" in station
    ]
    for place, (facility, station) in enumerate(senders):
        yield _logger(facility, station, place)


def _logger(facility: Row, station: Row, place: int) -> Logger:
    habit = crc32(station["code"].encode())
    return Logger(
        code=station["code"],
        prefix=station["file_prefix"],
        medium=station["medium"],
        interval=_latest(station["interval_minutes"]),
        username=station["ftp"]["username"],
        password=station["ftp"]["password"],
        sensors=tuple(_sensor(facility, station, channel) for channel in station["channels"]),
        layout=LAYOUTS[habit % len(LAYOUTS)],
        folder=FOLDERS[habit // 16 % len(FOLDERS)],
        renames=habit // 4096 % 4 == 0,
        delay=5 + int(place * GOLDEN % 1 * 275),
    )


def _sensor(facility: Row, station: Row, channel: Row) -> Sensor:
    symbol = channel["parameter"]
    nature = NATURES[station["medium"]][symbol]
    seed = crc32(f"{station['code']}/{symbol}".encode())
    own = 1 + nature.spread * (seed % 1000 / 1000 - 0.75)
    return Sensor(
        symbol=symbol,
        written_as=(channel.get("aliases") or [_written(symbol, seed)])[0],
        unit=channel.get("file_unit", nature.unit),
        factor=float(channel.get("factor", 1)),
        interval=_latest(channel.get("interval_minutes", station["interval_minutes"])),
        usual=own * _usual(facility, station, symbol),
        nature=nature,
        seed=seed,
    )


def _usual(facility: Row, station: Row, symbol: str) -> float:
    """The usual value: of a flow two thirds of what the works are designed for, in m³/h."""
    if symbol in ("FlowIn", "FlowOut"):
        outlets = sum(other["medium"] == "wastewater" for other in facility["stations"])
        share = _latest(facility["design_flow_m3_per_day"]) / 24 / outlets * 0.65
        return float(share * (1.05 if symbol == "FlowIn" else 1.0))
    if symbol == "Flow":
        return float(_latest(station["gas_flow_m3_per_hour"]) * 0.8)
    judged_by = station["judged_by"][-1]
    emission = station["medium"] == "emission"
    grade = judged_by["regulation"] if emission else judged_by["column"]
    return USUAL[station["medium"], grade][symbol]


def _written(symbol: str, seed: int) -> str:
    """The symbol in files: some loggers write PM2.5 with the circular's comma."""
    return "PM2,5" if symbol == "PM2.5" and seed % 2 else symbol


def _latest(dated: Any) -> Any:
    """The last of a dated list, or the one value."""
    return dated[-1]["value"] if isinstance(dated, list) else dated
