"""The tree of a register file laid out as the rows of sheets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from stations.services.register_load import sheets
from stations.services.register_load.sheets import SHEETS, Sheet

Rows = dict[str, list[dict[str, Any]]]
"""By the title of the sheet."""

FACTS_OF_A_FACILITY = ("unit", "design_flow_m3_per_day", "polluting_type", "receiving_water")
FACTS_OF_A_STATION = (
    "file_prefix",
    "interval_minutes",
    "stamp_closes_window",
    "gas_flow_m3_per_hour",
    "kv_zone",
    "source_type",
    "air_class",
)


def rows_of(tree: Mapping[str, Any]) -> Rows:
    """Each thing in its sheet; what changed with time in a sheet of its own."""
    layout = _Layout()
    for unit in tree.get("units", []):
        layout.add(sheets.UNITS, _placed(unit))
    for zone in tree.get("zones", []):
        layout.add(sheets.ZONES, _placed(zone))
    for agency in tree.get("agencies", []):
        layout.agency(agency)
    for facility in tree.get("facilities", []):
        layout.facility(facility)
    for person in tree.get("people", []):
        layout.person(person)
    return layout.rows


class _Layout:
    def __init__(self) -> None:
        self.rows: Rows = {sheet.title: [] for sheet in SHEETS}

    def add(self, sheet: Sheet, row: dict[str, Any]) -> None:
        self.rows[sheet.title].append(row)

    def agency(self, agency: Mapping[str, Any]) -> None:
        self.add(sheets.AGENCIES, dict(agency))
        told = agency.get("jurisdictions", None)
        for row in [{}] if told == [] else told or []:
            self.add(sheets.JURISDICTIONS, {"agency": agency["code"], **row})

    def person(self, person: Mapping[str, Any]) -> None:
        always = [one for one in person.get("operator_of", []) if isinstance(one, str)]
        self.add(sheets.PEOPLE, {**person, "operator_of": always or None})
        for row in person.get("memberships", []):
            self.add(sheets.MEMBERSHIPS, {"username": person["username"], **row})
        for row in person.get("operator_of", []):
            if isinstance(row, dict):
                days = {name: day for name, day in row.items() if name != "value"}
                told = {"username": person["username"], "operator_of": row["value"], **days}
                self.add(sheets.MEMBERSHIPS, told)

    def facility(self, facility: Mapping[str, Any]) -> None:
        code = facility["code"]
        operator = facility.get("operator", {})
        row = _placed(facility) | {
            "operator": operator.get("name"),
            "emails": operator.get("emails"),
        }
        self.set_apart(row, FACTS_OF_A_FACILITY, facility=code)
        if water := row.pop("receiving_water", None):
            row |= {"water_kind": water["kind"], **_without(water, "kind")}
        self.add(sheets.FACILITIES, row)
        for permit in facility.get("permits", []):
            self.add(sheets.PERMITS, {"facility": code, **permit})
        for contact in operator.get("contacts", []):
            self.add(sheets.CONTACTS, {"facility": code, **contact})
        for station in facility.get("stations", []):
            self.station(code, station)

    def station(self, facility: str, station: Mapping[str, Any]) -> None:
        code = station["code"]
        row = _placed(station) | {"facility": facility}
        self.set_apart(row, FACTS_OF_A_STATION, station=code)
        self.add(sheets.STATIONS, row)
        for account in _as_list(station.get("ftp")):
            self.add(sheets.ACCOUNTS, {"station": code, **account})
        for rule in station.get("judged_by", []):
            self.add(sheets.JUDGED_BY, {"station": code, **rule})
        for channel in station.get("channels", []):
            self.channel(code, channel)

    def channel(self, station: str, channel: Mapping[str, Any]) -> None:
        row = _in_pairs(channel) | {"station": station}
        owner = {"station": station, "channel": channel.get("symbol") or channel["parameter"]}
        self.set_apart(row, ("interval_minutes",), **owner)
        self.add(sheets.CHANNELS, row)
        for instrument in channel.get("instrument", []):
            self.add(sheets.INSTRUMENTS, {**owner, **_in_pairs(instrument)})
        for limit in _as_list(channel.get("limit")):
            low, high = limit.get("between", (limit.get("min"), limit.get("max")))
            self.add(sheets.LIMITS, {**owner, **limit, "min": low, "max": high})

    def set_apart(self, row: dict[str, Any], names: Iterable[str], **owner: str) -> None:
        """Takes histories out of a row into the sheet of what changed with time."""
        for name in names:
            if isinstance(row.get(name), list):
                for each in row.pop(name):
                    self.add(sheets.OVER_TIME, {**owner, "what": name, **_flat(each)})


def _flat(each: Mapping[str, Any]) -> dict[str, Any]:
    """A dated value as one row; a water's kind is its value, its amount stands beside."""
    if isinstance(each["value"], dict):
        return {**each, **_without(each["value"], "kind"), "value": each["value"]["kind"]}
    return dict(each)


def _placed(told: Mapping[str, Any]) -> dict[str, Any]:
    return _without(told, "location") | dict(told.get("location", {}))


def _in_pairs(told: Mapping[str, Any]) -> dict[str, Any]:
    """An instrument's range, and for how long it may stand still, in two columns each."""
    low, high = told.get("range", (None, None))
    standing = told.get("may_stand", {})
    return _without(_without(told, "range"), "may_stand") | {
        "range_low": low,
        "range_high": high,
        "still_minutes": standing.get("minutes"),
        "still_source": standing.get("source"),
    }


def _without(told: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in told.items() if key != name}


def _as_list(told: Any) -> list[Any]:
    if told is None:
        return []
    return told if isinstance(told, list) else [told]
