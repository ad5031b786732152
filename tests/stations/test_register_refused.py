"""A register file with a mistake is refused whole, and every mistake is named with its place."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.utils import translation

from stations.models import Facility, Unit
from stations.services.register_load import RegisterRefused, load_file

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def station(more: str) -> str:
    return (
        "facilities:\n"
        "  - code: F\n"
        "    name: F\n"
        "    kind: plant\n"
        f"    stations: [{{code: S, medium: wastewater, {more}}}]\n"
    )


def channel(more: str) -> str:
    return station(f"channels: [{more}]")


IN_STATION = "line 5, facilities[0].stations[0]"
MISTAKES = {
    "an unknown key": (
        "units: [{code: U, kind: district, name: U, colour: red}]",
        "line 1, units[0].colour: “colour” is unknown here",
    ),
    "an unknown kind of thing": ("cars: []", "line 1, cars: “cars” is unknown here"),
    "a missing key": ("units: [{code: U, kind: district}]", "line 1, units[0]: “name” is missing"),
    "a word that is no choice": (
        "units: [{code: U, kind: sea, name: U}]",
        "line 1, units[0].kind: “sea” is none of: province, district, commune",
    ),
    "a list that is none": ("units: {code: U}", "line 1, units: must be a list"),
    "a mapping that is none": ("units: [U]", "line 1, units[0]: must be a mapping"),
    "a limit of a permit that is not there": (
        channel("{parameter: COD, limit: {max: 60, permit: GP 1}}"),
        f"{IN_STATION}.channels[0].limit.permit: “GP 1” is no permit of this facility",
    ),
    "a permit by an edition that is not there": (
        "facilities: [{code: F, name: F, kind: plant, permits: [{number: G, regulation: X}]}]",
        "line 1, facilities[0].permits[0].regulation: “X” is none of the editions",
    ),
    "a permit by a column that is not there": (
        "facilities: [{code: F, name: F, kind: plant, permits:"
        " [{number: G, regulation: 'QCVN 40:2011/BTNMT', column: Z}]}]",
        "line 1, facilities[0].permits[0].column: the columns of QCVN 40:2011/BTNMT are: A, B",
    ),
    "two permits of one number at a time": (
        "facilities: [{code: F, name: F, kind: plant, permits: [{number: G}, {number: G}]}]",
        "line 1, facilities[0].permits[1]: these days overlap",
    ),
    "a bare NO": (
        channel("{parameter: NO}"),
        f"{IN_STATION}.channels[0].parameter: must be text, and YAML reads this word as true",
    ),
    "a number for a text": (
        "units: [{code: 12, kind: district, name: U}]",
        "line 1, units[0].code: must be text, and 12 is not: put it in quotes",
    ),
    "a text for a number": (
        station("gas_flow_m3_per_hour: much"),
        f"{IN_STATION}.gas_flow_m3_per_hour: must be a number",
    ),
    "not a number": (
        station("gas_flow_m3_per_hour: .nan"),
        f"{IN_STATION}.gas_flow_m3_per_hour: must be a number",
    ),
    "more digits than are kept": (
        station("gas_flow_m3_per_hour: 0.0000001"),
        f"{IN_STATION}.gas_flow_m3_per_hour: Ensure that there are no more than 6 decimal places",
    ),
    "a word for a flag": (
        station("stamp_closes_window: maybe"),
        f"{IN_STATION}.stamp_closes_window: must be true or false",
    ),
    "a day that is none": (
        "units: [{code: U, kind: district, name: U, from: 2024-02-30}]",
        "line 1, units[0].from: must be a date",
    ),
    "an interval that does not fit": (
        station("interval_minutes: 7"),
        f"{IN_STATION}.interval_minutes: must divide 1440",
    ),
    "an interval that fits the day but not the hour": (
        station("interval_minutes: 40"),
        f"{IN_STATION}.interval_minutes: must divide 1440",
    ),
    "an e-mail address that is none": (
        "agencies: [{code: A, kind: ministry, name: A, emails: [a@b.example, nobody]}]",
        "line 1, agencies[0].emails[1]: Enter a valid email address.",
    ),
    "a parameter nobody knows": (
        channel("{parameter: COX}"),
        f"{IN_STATION}.channels[0].parameter: “COX” is none of the parameters",
    ),
    "a parameter of another medium": (
        channel("{parameter: O3}"),
        f"{IN_STATION}.channels[0].parameter: O3 is not measured in: ",
    ),
    "a channel twice": (
        channel("{parameter: COD}, {parameter: COD}"),
        f"{IN_STATION}.channels[1]: “COD” stands already at: {IN_STATION}.channels[0]",
    ),
    "an edition nobody knows": (
        station("judged_by: [{regulation: QCVN 41, column: A}]"),
        f"{IN_STATION}.judged_by[0].regulation: “QCVN 41” is none of the editions",
    ),
    "an edition of another medium": (
        station('judged_by: [{regulation: "QCVN 19:2009/BTNMT", column: A}]'),
        f"{IN_STATION}.judged_by[0].regulation: QCVN 19:2009/BTNMT is about: ",
    ),
    "a column that the edition has not": (
        station('judged_by: [{regulation: "QCVN 40:2011/BTNMT", column: C}]'),
        f"{IN_STATION}.judged_by[0].column: the columns of QCVN 40:2011/BTNMT are: A, B",
    ),
    "a limit of two kinds": (
        channel("{parameter: COD, limit: {max: 1, between: [1, 2]}}"),
        f"{IN_STATION}.channels[0].limit: a limit has one of: max, min, between",
    ),
    "a limit without a number": (
        channel("{parameter: COD, limit: {period: day}}"),
        f"{IN_STATION}.channels[0].limit: a limit has one of: max, min, between",
    ),
    "a range upside down": (
        channel("{parameter: COD, range: [5, 1]}"),
        f"{IN_STATION}.channels[0].range: the lower number must stand first",
    ),
    "a factor of zero": (
        channel("{parameter: COD, factor: 0}"),
        f"{IN_STATION}.channels[0].factor: must be above zero",
    ),
    "a water with the other's amount": (
        "facilities:\n  - {code: F, name: F, kind: plant,"
        " receiving_water: {kind: lake, flow_m3_per_s: 4}}",
        "line 2, facilities[0].receiving_water.flow_m3_per_s: “flow_m3_per_s” does not belong",
    ),
    "a unit nobody knows": (
        "facilities:\n  - {code: F, name: F, kind: plant, unit: NOWHERE}",
        "line 2, facilities[0].unit: “NOWHERE” is no administrative unit of the register",
    ),
    "a unit that is a part of itself": (
        "units:\n  - {code: A, kind: district, name: A, parent: B}\n"
        "  - {code: B, kind: district, name: B, parent: A}",
        "line 2, units[0].parent: a unit cannot be a part of itself",
    ),
    "a code twice": (
        "units:\n  - {code: A, kind: district, name: A}\n  - {code: A, kind: district, name: B}",
        "line 3, units[1].code: “A” stands already at: line 2, units[0]",
    ),
    "a key twice": (
        "units:\n  - {code: A, code: B, kind: district, name: A}",
        "line 2, units[0].code: “code” stands here twice",
    ),
    "two values from the same day": (
        station("interval_minutes: [{value: 5, from: 2024-01-01}, {value: 1, from: 2024-01-01}]"),
        f"{IN_STATION}.interval_minutes[1]: these days overlap with those of: ",
    ),
    "a value that lasts into the next": (
        station(
            "interval_minutes: [{value: 5, from: 2024-01-01, until: 2024-12-31},"
            " {value: 1, from: 2024-12-31}]"
        ),
        f"{IN_STATION}.interval_minutes[1]: these days overlap with those of: "
        f"{IN_STATION}.interval_minutes[0]",
    ),
    "a last day before the first": (
        station("interval_minutes: [{value: 5, from: 2024-02-01, until: 2024-01-31}]"),
        f"{IN_STATION}.interval_minutes[0]: the last day lies before the first",
    ),
    "a prefix of two stations": (
        "facilities:\n  - code: F\n    name: F\n    kind: plant\n    stations:\n"
        "      - {code: S1, medium: wastewater, file_prefix: BG_S}\n"
        "      - {code: S2, medium: wastewater, file_prefix: BG_S}\n",
        "line 7, facilities[0].stations[1].file_prefix: the prefix “BG_S” is that of S1 and of S2",
    ),
    "two passwords of one account": (
        "facilities:\n  - code: F\n    name: F\n    kind: plant\n    stations:\n"
        "      - {code: S1, medium: wastewater, ftp: {username: s, password: one}}\n"
        "      - {code: S2, medium: wastewater, ftp: {username: s, password: two}}\n",
        "line 7, facilities[0].stations[1].ftp.password: this account has two passwords",
    ),
    "a district without its unit": (
        "agencies: [{code: A, kind: district_committee, name: A}]",
        "line 1, agencies[0]: “unit” is missing",
    ),
    "an operator among the agencies": (
        "agencies: [{code: A, kind: operator, name: A}]",
        "line 1, agencies[0].kind: “operator” is none of: ",
    ),
    "a jurisdiction without its code": (
        "agencies: [{code: A, kind: ministry, name: A, jurisdictions: [{what: zone}]}]",
        "line 1, agencies[0].jurisdictions[0]: “code” is missing",
    ),
    "a jurisdiction with a code too many": (
        "agencies: [{code: A, kind: ministry, name: A,"
        " jurisdictions: [{what: province, code: X}]}]",
        "line 1, agencies[0].jurisdictions[0].code: “province” covers all of them",
    ),
    "a role without an agency": (
        "people: [{username: ai, role: head}]",
        "line 1, people[0].role: “role” needs an “agency”",
    ),
    "people of a facility without an operator": (
        "people: [{username: ai, operator_of: [F]}]\nfacilities: [{code: F, name: F, kind: plant}]",
        "line 1, people[0].operator_of[0]: “F” is no facility with an operator",
    ),
    "a contact that nobody can reach": (
        "facilities:\n  - {code: F, name: F, kind: plant,"
        " operator: {name: O, contacts: [{name: Ca}]}}",
        "line 2, facilities[0].operator.contacts[0]: a contact needs an e-mail address",
    ),
    "an anchor that holds itself": ("units: &a [*a]", "line 1, units[0]: an anchor holds itself"),
    "what is no YAML": ("units: [", "line 2: this is not YAML"),
    "a place that is none": (
        "units: [{code: U, kind: district, name: U, location: {lat: 21}}]",
        "line 1, units[0].location: “lon” is missing",
    ),
}


@pytest.mark.parametrize(("text", "said"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_named_with_its_place(refusals, text: str, said: str):
    told = refusals(text)
    assert [line for line in told if line.startswith(said)], told


def test_every_mistake_of_a_file_is_told_in_the_order_of_the_file(refusals):
    told = refusals(
        """
        people: [{username: a b}]
        units:
          - {code: A, kind: sea, name: A}
          - {code: B, kind: district, name: B, parent: C}
        """
    )
    assert [line.split(":")[0] for line in told] == [
        "line 2, people[0].username",
        "line 4, units[0].kind",
        "line 5, units[1].parent",
    ]


def test_one_mistake_does_not_make_others_of_what_names_it(refusals):
    told = refusals(
        """
        units: [{code: U, kind: sea, name: U}]
        facilities: [{code: F, name: F, kind: plant, unit: U, owned_by_unit: U}]
        """
    )
    assert len(told) == 1


def test_nothing_of_a_refused_file_is_loaded(refusals):
    refusals(
        """
        units: [{code: U, kind: district, name: U}]
        facilities: [{code: F, name: F, kind: plant}, {code: G, name: G, kind: nothing}]
        """
    )
    assert not Unit.objects.exists()
    assert not Facility.objects.exists()


def test_a_channel_never_becomes_another_parameter(load, refusals):
    load(channel("{parameter: COD, symbol: X}"))
    (told,) = refusals(channel("{parameter: TSS, symbol: X}"))
    assert "a channel never changes its parameter" in told


def test_a_prefix_of_a_registered_station_is_refused_too(load, refusals):
    load(station("file_prefix: BG_S"))
    (told,) = refusals(station("file_prefix: BG_S").replace("code: S,", "code: S2,"))
    assert told.startswith(f"{IN_STATION}.file_prefix: the prefix “BG_S” is that of S and of S2")


def test_the_reader_is_spoken_to_in_vietnamese(refusals):
    with translation.override("vi"):
        (told,) = refusals("agencies: [{code: A, kind: ministry, name: A, emails: [nobody]}]")
    assert "Nhập một địa chỉ email hợp lệ" in told


def test_the_file_is_named(tmp_path: Path):
    path = tmp_path / "tỉnh.yaml"
    path.write_text("cars: []")
    with pytest.raises(RegisterRefused, match=r"tỉnh\.yaml: line 1"):
        load_file(path)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path):
    with pytest.raises(RegisterRefused, match="No such file"):
        load_file(tmp_path / "none.yaml")


def test_a_file_in_another_encoding_is_refused(tmp_path: Path):
    path = tmp_path / "register.yaml"
    path.write_bytes("units: [{code: A, kind: district, name: Lục}]".encode("utf-16-le"))
    with pytest.raises(RegisterRefused):
        load_file(path)
