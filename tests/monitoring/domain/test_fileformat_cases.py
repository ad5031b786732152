"""The cases handed over with the contract, where they stand beside the repository."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from monitoring.domain.fileformat import ChannelMap, ChannelSpec, DatedMaps, UnitTable, parse
from monitoring.domain.sender import PrefixIndex, PrefixPeriod, whose_by_account, whose_by_command

SHARED = Path(__file__).parents[4] / "shared"
CASES = SHARED / "cases"
RECEIVED = datetime.fromisoformat("2024-05-21T10:00:00+07:00")

pytestmark = pytest.mark.skipif(
    not CASES.is_dir(), reason="the cases are not beside the repository"
)


def _load(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def _cases() -> list[dict[str, Any]]:
    return _load(CASES / "expected.yaml") if CASES.is_dir() else []


def _units() -> UnitTable:
    table = _load(SHARED / "domain/units.yaml")
    return UnitTable(table["spellings"], [(a, b, Decimal(str(f))) for a, b, f in table["convert"]])


def _stations() -> list[dict[str, Any]]:
    register = _load(CASES / "register.yaml")
    return [station for facility in register["facilities"] for station in facility["stations"]]


def _maps(station: dict[str, Any]) -> DatedMaps:
    known = {row["symbol"]: row for row in _load(SHARED / "domain/parameters.yaml")}
    specs = [
        ChannelSpec(
            slot,
            channel["parameter"],
            known[channel["parameter"]]["unit"],
            parameter_aliases=tuple(known[channel["parameter"]].get("aliases", ())),
        )
        for slot, channel in enumerate(station["channels"], start=1)
    ]
    return DatedMaps([(None, None, ChannelMap(specs, _units()))])


def _prefixes() -> PrefixIndex:
    return PrefixIndex(PrefixPeriod(n, s["file_prefix"]) for n, s in enumerate(_stations()))


@pytest.mark.parametrize("case", _cases(), ids=lambda case: case["file"])
def test_each_file_gives_what_is_expected_of_it(case):
    sender = whose_by_command(case["file"], prefixes=_prefixes())
    if sender.station_id is None:
        assert case["problems"] == [{"code": sender.code}]
        return
    station = _stations()[sender.station_id]
    parsed = parse(
        (CASES / "files" / case["file"]).read_bytes(),
        name_time=sender.name_time,
        received_at=RECEIVED,
        maps=_maps(station),
        by_command=True,
    )
    symbols = [channel["parameter"] for channel in station["channels"]]
    found = {symbols[row.slot - 1]: [row.value, row.status] for row in parsed.rows}
    told = [
        {"code": p.code} if p.line is None else {"line": p.line, "code": p.code}
        for p in parsed.problems
    ]
    assert told == case.get("problems", [])
    if case["outcome"] != "duplicate":
        assert found == case.get("readings", {})
        assert parsed.outcome == case["outcome"]
    assert {row.time for row in parsed.rows} <= {sender.name_time}


def test_through_an_account_a_file_with_an_unknown_prefix_is_its_only_stations():
    name = "BG_KHONGCO_NT09_20240521083500.txt"
    sender = whose_by_account(name, account_station_ids=[0], prefixes=_prefixes())
    parsed = parse(
        (CASES / "files" / name).read_bytes(),
        name_time=sender.name_time,
        received_at=RECEIVED,
        maps=_maps(_stations()[0]),
        by_command=False,
    )
    assert sender.station_id == 0
    assert [row.value for row in parsed.rows] == [50.0]
