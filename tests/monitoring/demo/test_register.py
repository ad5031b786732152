"""The demonstration register against the facts that the product brings along."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import yaml

from tests.monitoring.demo.cmax import editions, register

FACTS = Path(__file__).parents[3] / "stations" / "facts"


def facilities() -> list[dict[str, Any]]:
    return list(register()["facilities"])


def stations() -> list[dict[str, Any]]:
    return [station for facility in facilities() for station in facility.get("stations") or ()]


def test_sixty_stations_of_all_four_media() -> None:
    media = Counter(station["medium"] for station in stations())
    assert media == {"wastewater": 36, "emission": 14, "ambient_air": 5, "surface_water": 7}


def test_the_arrangement_of_2024() -> None:
    zones = Counter(zone["kind"] for zone in register()["zones"])
    assert len(register()["units"]) == 10
    assert zones == {"zone": 8, "cluster": 9}


def test_every_channel_measures_a_parameter_of_its_medium() -> None:
    parameters = yaml.safe_load((FACTS / "parameters.yaml").read_text(encoding="utf-8"))
    known = {(row["symbol"], medium) for row in parameters for medium in row["units"]}
    for station in stations():
        symbols = [channel["parameter"] for channel in station["channels"]]
        assert len(symbols) == len(set(symbols)), station["code"]
        assert {(symbol, station["medium"]) for symbol in symbols} <= known, station["code"]


def test_every_station_is_judged_by_a_known_edition_and_column() -> None:
    for station in stations():
        for judged in station["judged_by"]:
            law = editions()[judged["regulation"]]
            assert law["medium"] == station["medium"], station["code"]
            assert judged["column"] in law["columns"], station["code"]


def test_most_limits_are_confirmed_and_a_few_are_not() -> None:
    unconfirmed = [each for each in stations() if "confirmed" not in each["judged_by"][-1]]
    assert 3 <= len(unconfirmed) <= 10


def test_codes_prefixes_usernames_are_told_once() -> None:
    codes = [facility["code"] for facility in facilities()] + [each["code"] for each in stations()]
    prefixes = [station["file_prefix"] for station in stations()]
    usernames = [person["username"] for person in register()["people"]]
    for names in (codes, prefixes, usernames):
        assert len(names) == len(set(names))


def test_an_account_has_one_password_and_three_accounts_have_several_stations() -> None:
    passwords: dict[str, set[str]] = {}
    for station in stations():
        passwords.setdefault(station["ftp"]["username"], set()).add(station["ftp"]["password"])
    users = Counter(station["ftp"]["username"] for station in stations())
    assert all(len(each) == 1 for each in passwords.values())
    assert sum(count > 1 for count in users.values()) == 3


def test_every_agency_and_three_operators_have_people() -> None:
    people = register()["people"]
    assert {person.get("agency") for person in people} - {None} == {
        agency["code"] for agency in register()["agencies"]
    }
    assert len({tuple(each["operator_of"]) for each in people if "operator_of" in each}) == 3


def test_whatever_is_named_elsewhere_is_there() -> None:
    units = {unit["code"] for unit in register()["units"]}
    zones = {zone["code"] for zone in register()["zones"]}
    codes = {facility["code"] for facility in facilities()}
    for facility in facilities():
        assert facility["unit"] in units
        assert facility.get("owned_by_unit", facility["unit"]) in units
        assert facility.get("zone") in zones | {None}
    for person in register()["people"]:
        assert set(person.get("operator_of", ())) <= codes


def test_one_operator_is_told_the_same_everywhere() -> None:
    told: dict[str, dict[str, Any]] = {}
    for facility in facilities():
        operator = facility["operator"]
        assert told.setdefault(operator["name"], operator) == operator


def test_invented_things_say_so() -> None:
    for facility in facilities():
        assert re.search(r"minh họa", facility["name"], re.IGNORECASE), facility["code"]
        assert "Minh họa" in facility["operator"]["name"]
        for contact in facility["operator"]["contacts"]:
            assert contact["email"].endswith(".example")
            assert re.fullmatch(r"02\d\d0000\d\d", contact["phone"])


def test_some_facilities_have_not_installed() -> None:
    waiting = [facility for facility in facilities() if not facility.get("stations")]
    assert len(waiting) == 16
    assert any(facility.get("owned_by_unit") for facility in waiting)
    assert any("design_flow_m3_per_day" not in facility for facility in waiting)
