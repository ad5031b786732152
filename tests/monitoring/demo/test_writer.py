"""Station files of the demonstration, read back by the reader of the product."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from monitoring.demo.fleet import FOLDERS, LAYOUTS, Logger, demonstration_fleet
from monitoring.demo.local_time import DAY, moment_of
from monitoring.demo.patterns import reading
from monitoring.demo.writer import body_of, folder_of, name_of
from monitoring.domain.fileformat import ChannelMap, ChannelSpec, DatedMaps, UnitTable, parse
from tests.monitoring.demo.cmax import register

FACTS = Path(__file__).parents[3] / "stations" / "facts"
NOON = 20_780 * DAY + 12 * 60
FLEET = demonstration_fleet()


def unit_table() -> UnitTable:
    facts = yaml.safe_load((FACTS / "units.yaml").read_text(encoding="utf-8"))
    convert = [(a, b, Decimal(str(factor))) for a, b, factor in facts["conversions"]]
    return UnitTable(facts["units"], convert)


@cache
def parameters() -> dict[str, dict[str, Any]]:
    rows = yaml.safe_load((FACTS / "parameters.yaml").read_text(encoding="utf-8"))
    return {row["symbol"]: row for row in rows}


def map_of(logger: Logger) -> DatedMaps:
    station = next(
        station
        for facility in register()["facilities"]
        for station in facility.get("stations") or ()
        if station["code"] == logger.code
    )
    specs = []
    for slot, channel in enumerate(station["channels"], start=1):
        parameter = parameters()[channel["parameter"]]
        specs.append(
            ChannelSpec(
                slot=slot,
                symbol=channel["parameter"],
                unit=parameter["units"][logger.medium],
                aliases=tuple(channel.get("aliases", ())),
                parameter_aliases=tuple(parameter.get("aliases", ())),
                factor=Decimal(str(channel.get("factor", 1))),
                file_unit=channel.get("file_unit"),
            )
        )
    return DatedMaps([(None, None, ChannelMap(specs, unit_table()))])


@pytest.mark.parametrize("logger", FLEET, ids=lambda logger: logger.code)
def test_every_file_is_read_back_whole(logger: Logger) -> None:
    moment = moment_of(NOON * 60)
    maps = map_of(logger)
    for minute in (NOON, NOON + 60, NOON + 300):
        parsed = parse(
            body_of(logger, minute),
            name_time=None,
            received_at=moment + timedelta(hours=6),
            maps=maps,
            by_command=False,
        )
        assert parsed.problems == ()
        assert {row.time for row in parsed.rows} == {moment_of(minute * 60)}
        read = {row.slot: (row.value, row.status) for row in parsed.rows}
        for slot, sensor in enumerate(logger.sensors, start=1):
            value, status = reading(logger, sensor, minute)
            half = 0.51 * 10**-sensor.nature.decimals * sensor.factor
            assert read[slot] == (
                value if value is None else pytest.approx(value, abs=half),
                status,
            )


def test_every_layout_and_folder_habit_occurs() -> None:
    assert {logger.layout for logger in FLEET} == set(LAYOUTS)
    assert {logger.folder for logger in FLEET} == set(FOLDERS)
    assert {logger.renames for logger in FLEET} == {True, False}


def in_layout(layout: str) -> bytes:
    return body_of(next(logger for logger in FLEET if logger.layout == layout), NOON)


def test_tabs_have_five_fields_and_crlf() -> None:
    lines = in_layout("tab").split(b"\r\n")
    assert lines.pop() == b""
    assert all(line.count(b"\t") == 4 for line in lines)


def test_spaces_come_with_a_decimal_comma() -> None:
    body = in_layout("spaces")
    assert b"\t" not in body
    assert b"," in body
    assert b"." not in body


def test_one_line_repeats_five_fields() -> None:
    body = in_layout("one_line")
    assert body.count(b"\n") == 1
    assert (body.count(b"\t") + 1) % 5 == 0


def test_time_first_and_bom_are_as_named() -> None:
    assert in_layout("time_first").startswith(b"20261123120000\t")
    assert in_layout("bom").startswith(b"\xef\xbb\xbf")


def test_names_and_folders_follow_the_habit() -> None:
    logger = next(logger for logger in FLEET if logger.folder == "station")
    assert name_of(logger, NOON) == f"{logger.prefix}_20261123120000.txt"
    assert folder_of(logger, NOON) == f"{logger.station_name}/2026/11/23"
    months = next(logger for logger in FLEET if logger.folder == "months")
    assert folder_of(months, NOON) == "2026/Thang11/20261123"
    assert folder_of(next(each for each in FLEET if each.folder == "root"), NOON) == ""


def test_a_fault_has_no_value_and_a_slow_channel_no_row_between_its_results() -> None:
    slow = next(logger for logger in FLEET if logger.code == "KCNQC-NT01")
    assert b"COD_OUT" in body_of(slow, NOON)
    assert b"COD_OUT" not in body_of(slow, NOON + 5)
