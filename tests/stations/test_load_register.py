"""A register file comes in whole, says the same twice without a trace, and follows time."""

from __future__ import annotations

import time
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from stations.models import (
    Agency,
    Channel,
    ChannelInterval,
    Contact,
    DesignFlow,
    Facility,
    FacilityUnit,
    FtpAccount,
    Instrument,
    JudgedBy,
    Jurisdiction,
    Membership,
    PermitLimit,
    Person,
    ReceivingWater,
    SamplingInterval,
    Station,
    Unit,
    Zone,
)
from stations.services.accounts import digest_of
from stations.services.register_load import RegisterRefused, load_file

pytestmark = pytest.mark.django_db

PLANT = """
units: [{code: VY, kind: district, name: Việt Yên}, {code: LN, kind: district, name: Lục Nam}]
facilities:
  - code: F
    name: Nhà máy Minh họa
    kind: plant
    unit: VY
    operator: {name: Công ty Minh họa, emails: [a@mau.example]}
    design_flow_m3_per_day: 7000
    stations:
      - code: F-NT01
        medium: wastewater
        file_prefix: BG_F_NT01
        interval_minutes: 5
        ftp: {username: f-nt01, password: kiem-thu}
        judged_by: [{regulation: "QCVN 40:2011/BTNMT", column: A, from: 2024-01-01}]
        channels: [{parameter: pH}, {parameter: COD}]
"""
STATION = """
facilities:
  [{{code: F, name: F, kind: plant, stations: [{{code: F-NT01, medium: wastewater, {}}}]}}]
"""
YEAR = date(2025, 1, 1)
EVE = date(2024, 12, 31)


def with_station(more: str) -> str:
    return STATION.format(more)


def with_channel(channel: str) -> str:
    return STATION.format(f"channels: [{channel}]")


def history(rows, column: str) -> list[tuple]:
    return sorted(
        rows.values_list(column, "valid_from", "valid_until"),
        key=lambda row: row[1] or date.min,
    )


class TestTheSharedRegister:
    def test_it_comes_in_whole(self, shared_cases: Path):
        load_file(shared_cases / "register.yaml")
        station = Station.objects.get(code="KCNQC-NT01")
        assert station.facility.operator.name == "Công ty hạ tầng Minh họa"
        assert [channel.symbol for channel in station.channels.order_by("slot")] == [
            "FlowOut", "pH", "Temp", "COD", "TSS", "NH4",
        ]  # fmt: skip
        assert [channel.slot for channel in station.channels.order_by("slot")] == [1, 2, 3, 4, 5, 6]
        assert ReceivingWater.objects.get(facility__code="CCNDN").flow_m3_per_s == 40
        assert Facility.objects.get(code="CCNDN").owned_by_unit.code == "LN"
        judged = JudgedBy.objects.get(station=station)
        assert (judged.edition.code, judged.column) == ("QCVN 40:2011/BTNMT", "A")
        assert judged.confirmed == "GPMT số 12"
        assert judged.confirmed_at is not None

    def test_loading_it_again_says_nothing_new(self, shared_cases: Path):
        load_file(shared_cases / "register.yaml")
        assert load_file(shared_cases / "register.yaml").nothing

    def test_the_demonstration_province_comes_in_twice(self, project: Path):
        register = project / "monitoring" / "demo" / "register.yaml"
        assert not load_file(register).nothing
        assert load_file(register).nothing


class TestJurisdictions:
    @pytest.mark.parametrize(
        ("kind", "what"),
        [
            ("environment_department", "province"),
            ("sub_department", "province"),
            ("province_leadership", "province"),
            ("ministry", "province"),
            ("zones_board", "all_zones"),
            ("industry_trade_department", "all_clusters"),
            ("information_department", "links"),
        ],
    )
    def test_an_agency_has_the_usual_one_of_its_kind(self, load, kind: str, what: str):
        load(f"agencies: [{{code: A, kind: {kind}, name: A}}]")
        assert Jurisdiction.objects.get(agency__code="A").what == what

    def test_a_district_answers_for_its_unit(self, load):
        load(
            """
            agencies: [{code: UBVY, kind: district_committee, name: UBND, unit: VY}]
            units: [{code: VY, kind: district, name: Việt Yên}]
            """
        )
        assert Jurisdiction.objects.get(agency__code="UBVY").unit.code == "VY"

    def test_told_ones_take_the_place_of_the_usual_one(self, load):
        load(
            """
            zones: [{code: K1, kind: zone, name: K1}]
            agencies:
              - code: A
                kind: zones_board
                name: A
                jurisdictions: [{what: zone, code: K1, from: 2024-01-01}, {what: all_clusters}]
            """
        )
        told = Jurisdiction.objects.filter(agency__code="A").order_by("what")
        assert [(row.what, row.valid_from) for row in told] == [
            ("all_clusters", None),
            ("zone", date(2024, 1, 1)),
        ]

    def test_a_usual_one_never_comes_beside_what_was_told_before(self, load):
        load("agencies: [{code: A, kind: ministry, name: A, jurisdictions: [{what: all_zones}]}]")
        assert load("agencies: [{code: A, kind: ministry, name: A}]").nothing

    def test_a_district_that_moves_to_another_unit_answers_for_that(self, load):
        units = (
            "units: [{code: VY, kind: district, name: V}, {code: LN, kind: district, name: L}]\n"
        )
        agency = "agencies: [{{code: A, kind: district_committee, name: A, unit: {}}}]"
        load(units + agency.format("VY"))
        load(units + agency.format("LN"))
        assert Jurisdiction.objects.get().unit.code == "LN"


class TestPeople:
    def test_operators_people_belong_to_the_operators_own_agency(self, load):
        load(PLANT + "people: [{username: ca.truc, operator_of: [F]}]")
        membership = Membership.objects.get(person__username="ca.truc")
        assert membership.role == "officer"
        assert membership.agency.kind == "operator"
        assert membership.agency.jurisdictions.get().operator.name == "Công ty Minh họa"

    def test_two_facilities_of_one_operator_make_one_membership(self, load):
        more = "  - {code: G, name: G, kind: plant, operator: {name: Công ty Minh họa}}\n"
        load(PLANT + more + "people: [{username: ca.truc, operator_of: [F, G]}]")
        assert Membership.objects.count() == Agency.objects.count() == 1

    def test_a_password_is_set_and_a_missing_one_leaves_it(self, load):
        load("people: [{username: ai, password: mot-hai-ba}]")
        assert load("people: [{username: ai}]").nothing
        assert Person.objects.get().check_password("mot-hai-ba")

    def test_the_same_password_is_not_hashed_again(self, load):
        load("people: [{username: ai, password: mot-hai-ba}]")
        before = Person.objects.get().password
        assert load("people: [{username: ai, password: mot-hai-ba}]").nothing
        assert Person.objects.get().password == before

    def test_a_person_belongs_to_one_agency_at_a_time(self, load):
        agencies = (
            "agencies: [{code: A, kind: ministry, name: A}, {code: B, kind: ministry, name: B}]\n"
        )
        load(agencies + "people: [{username: ai, agency: A, role: head}]")
        load(agencies + "people: [{username: ai, agency: B, role: officer}]")
        assert [(m.agency.code, m.role) for m in Membership.objects.all()] == [("B", "officer")]

    def test_a_person_who_moves_on_a_day_keeps_the_past(self, load):
        agencies = (
            "agencies: [{code: A, kind: ministry, name: A}, {code: B, kind: ministry, name: B}]\n"
        )
        load(agencies + "people: [{username: ai, agency: A}]")
        load(agencies + "people: [{username: ai, agency: [{value: B, from: 2025-01-01}]}]")
        assert history(Membership.objects, "agency__code") == [("A", None, EVE), ("B", YEAR, None)]

    def test_memberships_may_be_told_one_by_one(self, load):
        load(
            """
            agencies: [{code: A, kind: ministry, name: A}, {code: B, kind: ministry, name: B}]
            people:
              - username: ai
                memberships: [{agency: A, role: head}, {agency: B, from: 2025-01-01}]
            """
        )
        assert history(Membership.objects, "agency__code") == [("A", None, None), ("B", YEAR, None)]


class TestTime:
    def test_a_later_value_ends_the_earlier_the_day_before(self, load):
        load(PLANT)
        load(PLANT.replace("day: 7000", "day: [{value: 7000}, {value: 8500, from: 2025-01-01}]"))
        assert history(DesignFlow.objects, "m3_per_day") == [(7000, None, EVE), (8500, YEAR, None)]

    def test_a_file_with_only_the_later_value_does_the_same(self, load):
        load(PLANT)
        load(PLANT.replace("day: 7000", "day: [{value: 8500, from: 2025-01-01}]"))
        assert history(DesignFlow.objects, "m3_per_day") == [(7000, None, EVE), (8500, YEAR, None)]

    def test_the_older_file_again_leaves_what_came_later(self, load):
        load(PLANT)
        load(PLANT.replace("day: 7000", "day: [{value: 8500, from: 2025-01-01}]"))
        assert load(PLANT).nothing

    def test_a_correction_of_the_past_follows_the_file(self, load):
        load(PLANT)
        load(PLANT.replace("day: 7000", "day: 7100"))
        assert history(DesignFlow.objects, "m3_per_day") == [(7100, None, None)]

    def test_a_value_between_two_stands_between_them(self, load):
        flows = "day: [{value: 1, from: 2023-01-01}, {value: 3, from: 2025-01-01}]"
        load(PLANT.replace("day: 7000", flows))
        load(PLANT.replace("day: 7000", "day: [{value: 2, from: 2024-01-01}]"))
        assert history(DesignFlow.objects, "m3_per_day") == [
            (1, date(2023, 1, 1), date(2023, 12, 31)),
            (2, date(2024, 1, 1), EVE),
            (3, YEAR, None),
        ]

    def test_a_facility_changes_its_unit(self, load):
        load(PLANT)
        load(PLANT.replace("unit: VY", "unit: [{value: LN, from: 2025-01-01}]"))
        assert history(FacilityUnit.objects, "unit__code") == [
            ("VY", None, EVE),
            ("LN", YEAR, None),
        ]

    def test_a_water_is_dated_as_a_whole(self, load):
        water = (
            "receiving_water: [{value: {kind: river, flow_m3_per_s: 40}},"
            " {value: {kind: lake, volume_m3: 10000000}, from: 2025-01-01}]"
        )
        load(f"facilities: [{{code: F, name: F, kind: plant, {water}}}]")
        rows = ReceivingWater.objects.order_by("valid_from")
        assert {(row.kind, row.flow_m3_per_s, row.volume_m3) for row in rows} == {
            ("river", 40, None),
            ("lake", None, 10_000_000),
        }

    def test_an_interval_changes(self, load):
        load(PLANT)
        load(
            PLANT.replace("interval_minutes: 5", "interval_minutes: [{value: 1, from: 2025-01-01}]")
        )
        assert history(SamplingInterval.objects, "minutes") == [(5, None, EVE), (1, YEAR, None)]

    def test_a_unit_that_is_gone_stays_with_its_last_day(self, load):
        load(
            """
            units:
              - code: XA
                kind: commune
                name: Xã
                parent: VY
                until: 2024-12-31
                location: {lat: 21.2, lon: 106}
              - {code: VY, kind: district, name: Việt Yên}
            """
        )
        commune = Unit.objects.get(code="XA")
        assert (commune.parent.code, commune.valid_until) == ("VY", EVE)
        assert (commune.latitude, commune.longitude) == (21.2, 106.0)

    def test_the_units_of_a_zone_are_those_of_the_file(self, load):
        units = (
            "units: [{code: VY, kind: district, name: V}, {code: LN, kind: district, name: L}]\n"
        )
        zone = "zones: [{{code: K, kind: zone, name: K, units: [{}]}}]"
        load(units + zone.format("VY"))
        load(units + zone.format("LN"))
        assert [unit.code for unit in Zone.objects.get().units.all()] == ["LN"]


class TestStations:
    def test_a_name_is_the_code_where_none_is_told(self, load):
        load(PLANT)
        assert Station.objects.get().name == "F-NT01"

    def test_a_new_channel_takes_the_next_slot_and_a_missing_one_stays(self, load):
        load(PLANT)
        load(
            PLANT.replace(
                "[{parameter: pH}, {parameter: COD}]", "[{parameter: TSS}, {parameter: COD}]"
            )
        )
        slots = dict(Channel.objects.values_list("symbol", "slot"))
        assert slots == {"pH": 1, "COD": 2, "TSS": 3}

    def test_two_analysers_of_one_parameter_have_two_symbols(self, load):
        load(with_station("channels: [{parameter: COD}, {parameter: COD, symbol: COD2}]"))
        assert set(Channel.objects.values_list("symbol", "parameter__symbol")) == {
            ("COD", "COD"),
            ("COD2", "COD"),
        }

    def test_the_unit_is_that_of_the_medium(self, load):
        load(
            """
            facilities:
              - code: F
                name: F
                kind: plant
                stations:
                  - {code: K1, medium: emission, channels: [{parameter: "NO"}]}
                  - {code: K2, medium: ambient_air, channels: [{parameter: "NO"}]}
            """
        )
        assert dict(Channel.objects.values_list("station__code", "unit")) == {
            "K1": "mg/Nm³",
            "K2": "µg/Nm³",
        }

    def test_an_account_may_serve_several_stations(self, load):
        second = "\n      - {code: F-NT02, medium: wastewater, ftp: {username: f-nt01}}\n"
        load(PLANT.rstrip() + second)
        account = FtpAccount.objects.get()
        assert {station.code for station in account.stations.all()} == {"F-NT01", "F-NT02"}
        assert account.digest == digest_of("kiem-thu")

    def test_a_missing_ftp_password_leaves_the_stored_one(self, load):
        load(PLANT)
        assert load(PLANT.replace(", password: kiem-thu", "")).nothing
        assert FtpAccount.objects.get().digest == digest_of("kiem-thu")

    def test_a_prefix_moves_to_another_station_on_a_day(self, load):
        load(with_station("file_prefix: [{value: BG_A, until: 2024-12-31}]"))
        load(
            with_station("file_prefix: [{value: BG_A, from: 2025-01-01}]").replace(
                "F-NT01", "F-NT02"
            )
        )
        assert Station.objects.count() == 2

    def test_ends_are_kept(self, load):
        load(with_station("until: 2025-01-01, channels: [{parameter: COD, until: 2024-12-31}]"))
        assert Station.objects.get().ended_on == YEAR
        assert Channel.objects.get().ended_on == EVE


class TestInstruments:
    def test_single_properties_make_one_instrument(self, load):
        load(with_channel("{parameter: COD, range: [0, 500], aliases: [COD_OUT], factor: 1.05}"))
        found = Instrument.objects.get()
        assert (found.range_low, found.range_high, found.aliases) == (0, 500, ["COD_OUT"])
        assert found.factor == Decimal("1.05")

    def test_properties_that_change_on_days_of_their_own_make_stretches(self, load):
        load(
            with_channel(
                "{parameter: COD, range: [0, 500],"
                " factor: [{value: 1}, {value: 2, from: 2025-01-01}]}"
            )
        )
        rows = Instrument.objects.order_by("valid_from")
        assert {(row.factor, row.range_high, row.valid_from, row.valid_until) for row in rows} == {
            (1, 500, None, EVE),
            (2, 500, YEAR, None),
        }

    def test_an_analyser_is_replaced(self, load):
        load(
            with_channel(
                "{parameter: COD, instrument: [{serial: A1, until: 2024-12-31},"
                " {serial: B2, from: 2025-01-01, file_unit: ppm}]}"
            )
        )
        assert history(Instrument.objects, "serial") == [("A1", None, EVE), ("B2", YEAR, None)]

    def test_how_long_a_value_may_stand_goes_with_who_says_so(self, load):
        load(with_channel("{parameter: COD, may_stand: {minutes: 90, source: GCN 12}}"))
        found = Instrument.objects.get()
        assert (found.still_minutes, found.still_source) == (90, "GCN 12")

    def test_how_long_a_value_may_stand_changes_on_a_day(self, load):
        load(
            with_channel(
                "{parameter: COD, may_stand: [{value: {minutes: 90, source: A}},"
                " {value: {minutes: 120, source: B}, from: 2025-01-01}]}"
            )
        )
        assert history(Instrument.objects, "still_minutes") == [(90, None, EVE), (120, YEAR, None)]

    @pytest.mark.parametrize(
        "told",
        [
            "{minutes: 90}",
            "{source: GCN 12}",
            "{minutes: 0, source: GCN 12}",
            "{minutes: 1441, source: GCN 12}",
            '{minutes: 90, source: ""}',
            "90",
        ],
    )
    def test_a_value_may_not_stand_without_a_source_or_above_a_day(self, load, told: str):
        with pytest.raises(RegisterRefused):
            load(with_channel(f"{{parameter: COD, may_stand: {told}}}"))
        assert not Instrument.objects.exists()

    def test_a_channel_has_its_own_interval(self, load):
        load(with_channel("{parameter: COD, interval_minutes: 15}"))
        assert ChannelInterval.objects.get().minutes == 15


class TestPermits:
    LIMIT = "{{parameter: COD, limit: {}}}"

    def of(self, limit: str) -> str:
        return with_channel(self.LIMIT.format(limit))

    @pytest.mark.parametrize(
        ("side", "expected"),
        [
            ("max: 60", (None, 60)),
            ("min: 4", (4, None)),
            ("between: [6, 9]", (6, 9)),
            ("max: 0", (None, 0)),
        ],
    )
    def test_each_side_is_kept(self, load, side: str, expected: tuple):
        load(self.of(f"{{{side}}}"))
        found = PermitLimit.objects.get()
        assert (found.minimum, found.maximum) == expected

    def test_a_period_is_the_day_where_nothing_judges(self, load):
        load(self.of("{max: 60}"))
        assert PermitLimit.objects.get().period == "day"

    def test_a_period_is_that_of_the_regulation_when_the_limit_begins(self, load):
        load(
            """
            facilities:
              - code: F
                name: F
                kind: plant
                stations:
                  - code: F-KT01
                    medium: emission
                    judged_by: [{regulation: "QCVN 19:2009/BTNMT", column: B, from: 2024-01-01}]
                    channels: [{parameter: PM, limit: {max: 60, from: 2024-06-01}}]
            """
        )
        assert PermitLimit.objects.get().period == "hour"

    def test_of_one_source_a_later_limit_ends_the_earlier(self, load):
        load(self.of("[{max: 60, source: GP1}, {max: 50, source: GP1, from: 2025-01-01}]"))
        assert history(PermitLimit.objects, "maximum") == [(60, None, EVE), (50, YEAR, None)]

    def test_of_two_sources_both_hold(self, load):
        load(self.of("[{max: 60, source: GP1}, {max: 50, source: GP2, from: 2025-01-01}]"))
        assert history(PermitLimit.objects, "maximum") == [(60, None, None), (50, YEAR, None)]

    def test_a_limit_of_the_same_source_and_day_is_corrected(self, load):
        load(self.of("{max: 60, source: GP1, from: 2024-01-01, replaces: true}"))
        load(self.of("{between: [5, 70], source: GP1, from: 2024-01-01}"))
        found = PermitLimit.objects.get()
        assert (found.minimum, found.maximum, found.replaces) == (5, 70, True)

    def test_a_confirmation_is_dated_once(self, load):
        load(self.of("{max: 60, confirmed: GP1}"))
        first = PermitLimit.objects.get().confirmed_at
        assert first is not None
        load(self.of("{max: 50, confirmed: GP1}"))
        assert PermitLimit.objects.get().confirmed_at == first

    def test_silence_leaves_a_confirmation(self, load):
        load(self.of("{max: 60, confirmed: GP1}"))
        assert load(self.of("{max: 60}")).nothing


class TestContacts:
    OPERATOR = "facilities: [{{code: F, name: F, kind: plant, operator: {{name: O, {}}}}}]"

    def test_mailboxes_and_people(self, load):
        load(
            self.OPERATOR.format(
                "emails: [a@mau.example], contacts: [{name: Ca, role: shift, email: a@mau.example,"
                ' phone: "0200000000"}]'
            )
        )
        assert set(Contact.objects.values_list("role", "name", "email", "phone")) == {
            ("mailbox", "", "a@mau.example", ""),
            ("shift", "Ca", "a@mau.example", "0200000000"),
        }

    def test_a_contact_of_the_same_name_and_role_is_updated(self, load):
        load(self.OPERATOR.format("contacts: [{name: Ca, role: shift, email: a@mau.example}]"))
        load(self.OPERATOR.format("contacts: [{name: Ca, role: shift, email: b@mau.example}]"))
        assert [row.email for row in Contact.objects.all()] == ["b@mau.example"]

    def test_one_who_is_no_longer_told_stays(self, load):
        load(self.OPERATOR.format("emails: [a@mau.example]"))
        load(self.OPERATOR.format("emails: [b@mau.example]"))
        assert Contact.objects.count() == 2


def test_the_command_loads_each_file_or_nothing_of_it(tmp_path: Path, capsys):
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text("units: [{code: A, kind: district, name: A}]")
    bad.write_text("units: [{code: B, kind: district, name: B}, {code: C, kind: sea, name: C}]")
    with pytest.raises(CommandError):
        call_command("load_register", str(bad), str(good))
    assert [unit.code for unit in Unit.objects.all()] == ["A"]
    assert "bad.yaml" in capsys.readouterr().err


def test_two_hundred_stations_take_a_few_seconds(load):
    stations = "".join(
        f"""
  - code: F{i}
    name: Nhà máy Minh họa {i}
    kind: plant
    operator: {{name: Công ty {i}, emails: [a{i}@mau.example]}}
    design_flow_m3_per_day: {i + 1}
    stations:
      - code: F{i}-NT01
        medium: wastewater
        file_prefix: BG_F{i}_NT01
        interval_minutes: 5
        ftp: {{username: f{i}, password: kiem-thu}}
        judged_by: [{{regulation: "QCVN 40:2011/BTNMT", column: A, from: 2024-01-01}}]
        channels: [{{parameter: pH}}, {{parameter: COD, range: [0, 500]}}, {{parameter: TSS}}]
"""
        for i in range(200)
    )
    begun = time.process_time()
    load("facilities:" + stations)
    assert Channel.objects.count() == 600
    assert time.process_time() - begun < timedelta(seconds=10).total_seconds()
