"""Makes the tree of a register file of the rows of a workbook."""

from __future__ import annotations

from pathlib import Path

from django.utils.translation import gettext as _

from stations.services.register_load import sheets
from stations.services.register_load.sheets import Sheet
from stations.services.register_load.tree import Node, Problem
from stations.services.register_load.values import Problems
from stations.services.register_load.workbook import Row, Rows, read_rows

Entries = dict[tuple[str, ...], dict[str, Node]]
"""The mappings of one sheet by their codes, so that other sheets can add to them."""

INSTRUMENT = ("serial", "model", "aliases", "factor", "file_unit")
FACTS = ("interval_minutes", *INSTRUMENT)


def read_workbook(path: Path, problems: Problems) -> Node:
    """The tree of an XLSX file, the same as that of a YAML file that says the same."""
    return _Workbook(read_rows(path, problems), problems).tree()


class _Workbook:
    def __init__(self, rows: Rows, problems: Problems) -> None:
        self.rows = rows
        self.problems = problems
        self.root: dict[str, Node] = {}

    def tree(self) -> Node:
        self.list("units", sheets.UNITS, ("code", "kind", "name", "parent", "from", "until"))
        self.list("zones", sheets.ZONES, ("code", "kind", "name", "units"))
        agencies = self.list(
            "agencies", sheets.AGENCIES, ("code", "kind", "name", "emails", "language", "unit")
        )
        self._jurisdictions(agencies)
        self._people()
        facilities = self._facilities()
        stations = self._stations(facilities)
        channels = self._channels(stations)
        self._over_time(facilities, stations, channels)
        return Node({name: node for name, node in self.root.items() if node.value})

    def list(self, name: str, sheet: Sheet, keys: tuple[str, ...]) -> Entries:
        """A list at the top of the tree: one mapping a row."""
        entries: Entries = {}
        items: list[Node] = []
        for row in self.rows[sheet.title]:
            entry = row.take(*keys)
            if "lat" in row.cells or "lon" in row.cells:
                entry["location"] = Node(row.take("lat", "lon"), row.place)
            entries.setdefault((row.text(keys[0]),), entry)
            items.append(Node(entry, row.place))
        self.root[name] = Node(items)
        return entries

    def find(self, entries: Entries, row: Row, *names: str) -> dict[str, Node] | None:
        """The mapping to which a row of another sheet belongs."""
        found = entries.get(tuple(row.text(name) for name in names))
        if found is None:
            code = " ".join(row.text(name) for name in names).strip()
            message = _("“%s” stands in no sheet of this workbook")
            self.problems.append(Problem(row.at(names[-1]), message % code))
        return found

    def _jurisdictions(self, agencies: Entries) -> None:
        """A row that names an agency and nothing else says that it answers for nothing."""
        for row in self.rows[sheets.JURISDICTIONS.title]:
            agency = self.find(agencies, row, "agency")
            if agency is not None:
                told = row.take("what", "code", "from", "until")
                _append(agency, "jurisdictions", row, told, empty=not told)

    def _people(self) -> None:
        plain = ("name", "email", "phone", "language", "agency", "role", "operator_of")
        people = self.list("people", sheets.PEOPLE, ("username", *plain, "active", "password"))
        for row in self.rows[sheets.MEMBERSHIPS.title]:
            person = self.find(people, row, "username")
            if person is None:
                continue
            if "operator_of" in row.cells:
                told = {"value": row.cells["operator_of"], **row.take("from", "until")}
                _append(person, "operator_of", row, told)
            else:
                _append(person, "memberships", row, row.take("agency", "role", "from", "until"))

    def _facilities(self) -> Entries:
        keys = ("code", "name", "kind", "zone", "unit", "owned_by_unit")
        facts = ("design_flow_m3_per_day", "polluting_type")
        facilities = self.list("facilities", sheets.FACILITIES, (*keys, *facts))
        for row in self.rows[sheets.FACILITIES.title]:
            entry = facilities[(row.text("code"),)]
            if water := _water(row, "water_kind"):
                entry["receiving_water"] = Node(water, row.place)
            if "operator" in row.cells:
                operator = {"name": row.cells["operator"], **row.take("emails")}
                entry["operator"] = Node(operator, row.at("operator"))
        permit = [column.name for column in sheets.PERMITS.columns if column.name != "facility"]
        for row in self.rows[sheets.PERMITS.title]:
            facility = self.find(facilities, row, "facility")
            if facility is not None:
                _append(facility, "permits", row, row.take(*permit))
        for row in self.rows[sheets.CONTACTS.title]:
            facility = self.find(facilities, row, "facility")
            if facility is None:
                continue
            told = row.take("name", "role", "email", "phone", "language", "from", "until")
            operator_node = facility.setdefault("operator", Node({}, row.place))
            if isinstance(operator_node.value, dict):
                _append(operator_node.value, "contacts", row, told)
        return facilities

    def _stations(self, facilities: Entries) -> Entries:
        keys = [column.name for column in sheets.STATIONS.columns if column.name != "facility"]
        stations: Entries = {}
        for row in self.rows[sheets.STATIONS.title]:
            told = row.take(*(key for key in keys if key not in ("lat", "lon")))
            if place := row.take("lat", "lon"):
                told["location"] = Node(place, row.place)
            stations.setdefault((row.text("code"),), told)
            facility = self.find(facilities, row, "facility")
            if facility is not None:
                _append(facility, "stations", row, told)
        for sheet, name, columns in (
            (sheets.ACCOUNTS, "ftp", ("username", "active", "password")),
            (sheets.JUDGED_BY, "judged_by", ("regulation", "column", "from", "until", "confirmed")),
        ):
            for row in self.rows[sheet.title]:
                station = self.find(stations, row, "station")
                if station is not None:
                    _append(station, name, row, row.take(*columns))
        return stations

    def _channels(self, stations: Entries) -> Entries:
        channels: Entries = {}
        for row in self.rows[sheets.CHANNELS.title]:
            told = row.take("parameter", "symbol", "until", *FACTS) | _pairs(row)
            symbol = row.text("symbol") or row.text("parameter")
            channels.setdefault((row.text("station"), symbol), told)
            station = self.find(stations, row, "station")
            if station is not None:
                _append(station, "channels", row, told)
        for row in self.rows[sheets.INSTRUMENTS.title]:
            channel = self.find(channels, row, "station", "channel")
            if channel is not None:
                told = row.take(*INSTRUMENT, "from", "until") | _pairs(row)
                _append(channel, "instrument", row, told)
        for row in self.rows[sheets.LIMITS.title]:
            channel = self.find(channels, row, "station", "channel")
            if channel is not None:
                _append(channel, "limit", row, _limit(row))
        return channels

    def _over_time(self, facilities: Entries, stations: Entries, channels: Entries) -> None:
        """Rows of the one sheet for whatever changed: of a facility, a station or a channel."""
        for row in self.rows[sheets.OVER_TIME.title]:
            if "channel" in row.cells:
                owner = self.find(channels, row, "station", "channel")
            elif "station" in row.cells:
                owner = self.find(stations, row, "station")
            else:
                owner = self.find(facilities, row, "facility")
            if owner is None:
                continue
            what = row.text("what")
            told = row.take("value", "from", "until")
            if what == "receiving_water":
                told["value"] = Node(_water(row, "value"), row.place)
            _append(owner, what, row, told)


def _append(
    entry: dict[str, Node], name: str, row: Row, told: dict[str, Node], *, empty: bool = False
) -> None:
    items = entry.setdefault(name, Node([], row.place)).value
    if isinstance(items, list) and not empty:
        items.append(Node(told, row.place))


def _water(row: Row, kind: str) -> dict[str, Node]:
    told = row.take("flow_m3_per_s", "volume_m3")
    return {"kind": row.cells[kind], **told} if kind in row.cells else told


def _pairs(row: Row) -> dict[str, Node]:
    """What an instrument's two columns say together."""
    return _range(row) | _standing(row)


def _standing(row: Row) -> dict[str, Node]:
    told = row.take("still_minutes", "still_source")
    names = {"minutes": "still_minutes", "source": "still_source"}
    pair = {name: told[column] for name, column in names.items() if column in told}
    return {"may_stand": Node(pair, row.at("still_minutes"))} if pair else {}


def _range(row: Row) -> dict[str, Node]:
    if "range_low" not in row.cells and "range_high" not in row.cells:
        return {}
    bounds = [row.cells.get(name, Node(None, row.place)) for name in ("range_low", "range_high")]
    return {"range": Node(bounds, row.at("range_low"))}


def _limit(row: Row) -> dict[str, Node]:
    names = [column.name for column in sheets.LIMITS.columns]
    told = row.take(*(name for name in names if name not in ("station", "channel")))
    if "max" in told and "min" in told:
        told["between"] = Node([told.pop("min"), told.pop("max")], row.at("min"))
    return told
