from __future__ import annotations

import math
from datetime import date
from decimal import Decimal

import pytest

from monitoring.domain.fileformat import ChannelMap, ChannelSpec, DatedMaps, UnitTable
from monitoring.domain.numbers import converted, number_of
from tests.monitoring.domain.station_files import (
    CHANNELS,
    MAPS,
    STAMP,
    UNITS,
    always,
    cod,
    codes,
    problem_of,
    read,
    tab_line,
    values,
)


class TestNumber:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("0", 0.0),
            ("7", 7.0),
            ("007", 7.0),
            ("48.20", 48.2),
            ("47,9", 47.9),
            ("+5", 5.0),
            ("-5", -5.0),
            ("1e3", 1000.0),
            ("1.5E-3", 0.0015),
            ("1,5e+3", 1500.0),
            ("0.1", 0.1),
            ("123456789.012345", 123456789.012345),
            ("1.7976931348623157e308", 1.7976931348623157e308),
            ("5e-324", 5e-324),
            ("0e99999999999999999999", 0.0),
            ("0.000e-99999999999999999999", 0.0),
        ],
    )
    def test_as_it_is_written(self, text, value):
        assert values(read(cod(text))) == {"COD": (value, "00")}

    @pytest.mark.parametrize(
        "text",
        [
            "1_000", "７.１", "٣", "nan", "inf", "-inf", "Infinity", "NaN", "1.", ".5", ",5", "5,",
            "1.234,5", "1,234.5", "1.2.3", "--5", "+-5", "+", "-", "--", "----", "5e", "e5", "5e+",
            "5e1.5", "0x10", "1 0", "5%", "<5", "5-", "５", "1e3e3", "\u22125", "ERR",
        ],
    )  # fmt: skip
    def test_anything_else_is_a_bad_value(self, text):
        assert problem_of(cod(text)) == "bad_value"

    @pytest.mark.parametrize("text", ["1e309", "-1e309", "9" * 400, "1e-400", "-1e-400", "1e-325"])
    def test_what_a_float8_cannot_hold_is_a_bad_value(self, text):
        assert problem_of(cod(text)) == "bad_value"

    def test_minus_zero_is_zero(self):
        (row,) = read(cod("-0.0")).rows
        assert math.copysign(1, row.value) == 1

    def test_very_long_numbers_are_read(self):
        zeros = "0" * 500_000
        assert number_of("0." + zeros + "1e500001") == 1.0
        assert converted("0." + zeros + "1e500001", Decimal(10)) == 10.0
        assert number_of("1" * 1_000_000) is None


class TestNoValue:
    @pytest.mark.parametrize("text", ["---", ""])
    @pytest.mark.parametrize("status", ["00", "0", ""])
    def test_with_status_00_the_row_is_simply_absent(self, text, status):
        parsed = read(cod(text, status=status))
        assert not parsed.rows
        assert parsed.outcome == "accepted"

    @pytest.mark.parametrize("text", ["---", ""])
    @pytest.mark.parametrize("status", ["01", "02", "1", "2"])
    def test_with_another_status_it_is_a_reading_without_value(self, text, status):
        parsed = read(cod(text, status=status))
        assert values(parsed) == {"COD": (None, status.zfill(2))}
        assert not parsed.problems

    def test_also_with_a_status_nobody_knows(self):
        parsed = read(cod("---", status="07"))
        assert values(parsed) == {"COD": (None, "07")}
        assert codes(parsed) == [(1, "unknown_status")]

    @pytest.mark.parametrize("status", ["01", "02"])
    @pytest.mark.parametrize("text", ["ERR", "1_000", "1e999", "-", "*** fault ***"])
    def test_so_is_any_text_beside_calibration_and_fault(self, text, status):
        parsed = read(cod(text, status=status))
        assert values(parsed) == {"COD": (None, status)}
        assert not parsed.problems

    @pytest.mark.parametrize("status", ["00", "03", ""])
    def test_but_not_beside_another_status(self, status):
        assert codes(read(cod("ERR", status=status)))[0] == (1, "bad_value")

    @pytest.mark.parametrize(("text", "status"), [("---", "00"), ("---", "02"), ("ERR", "01")])
    def test_its_unit_is_not_looked_at(self, text, status):
        assert problem_of(cod(text, unit="furlong", status=status)) is None

    def test_a_number_beside_a_fault_keeps_its_value_and_its_unit_is_looked_at(self):
        assert values(read(cod("48", status="02"))) == {"COD": (48.0, "02")}
        assert problem_of(cod("48", unit="furlong", status="02")) == "unknown_unit"

    def test_a_number_beside_a_fault_that_is_too_large_once_converted_has_no_value(self):
        line = tab_line("FlowOut", "1e308", "m3/s", STAMP, "02")
        assert values(read(line)) == {"FlowOut": (None, "02")}


class TestSymbol:
    @pytest.mark.parametrize(
        ("written", "symbol"),
        [("COD", "COD"), ("COD_OUT", "COD"), ("Flow", "FlowOut"), ("NH4-N", "NH4"), ("PH", "pH")],
    )
    def test_exact_or_by_an_alias_of_channel_or_parameter(self, written, symbol):
        assert values(read(f"{written}\t5\t-\t{STAMP}\t00\n")) == {symbol: (5.0, "00")}

    @pytest.mark.parametrize(
        ("written", "symbol"),
        [("cod", "COD"), ("Cod_Out", "COD"), ("FLOW", "FlowOut"), ("t", "Temp")],
    )
    def test_then_without_regard_to_case(self, written, symbol):
        assert values(read(f"{written}\t5\t-\t{STAMP}\t00\n")) == {symbol: (5.0, "00")}

    @pytest.mark.parametrize("written", ["XYZ", "CO", "COD1", "", "ＣＯＤ"])
    def test_another_is_unknown(self, written):
        parsed = read(f"{written}\t5\tmg/L\t{STAMP}\t00\n")
        assert [(p.line, p.code, p.text) for p in parsed.problems] == [
            (1, "unknown_symbol", written)
        ]

    def test_an_exact_symbol_goes_before_the_alias_of_another_channel(self):
        maps = always(
            ChannelSpec(1, "A", "-", aliases=("B",)),
            ChannelSpec(2, "B", "-", parameter_aliases=("A",)),
        )
        assert [row.slot for row in read(f"A 1 - {STAMP}\nB 2 - {STAMP}\n", maps=maps).rows] == [
            1,
            2,
        ]

    def test_an_alias_of_the_channel_goes_before_one_of_a_parameter(self):
        maps = always(
            ChannelSpec(1, "A", "-", parameter_aliases=("X",)),
            ChannelSpec(2, "B", "-", aliases=("X",)),
        )
        assert [row.slot for row in read(f"X 1 - {STAMP}\n", maps=maps).rows] == [2]

    def test_an_alias_of_two_channels_means_none(self):
        maps = always(
            ChannelSpec(1, "COD1", "-", parameter_aliases=("BOD",)),
            ChannelSpec(2, "COD2", "-", parameter_aliases=("BOD",)),
        )
        assert problem_of(f"BOD 1 - {STAMP}\n", maps=maps) == "unknown_symbol"

    def test_without_regard_to_case_only_where_that_gives_one_channel(self):
        maps = always(ChannelSpec(1, "No", "-"), ChannelSpec(2, "NO", "-"))
        assert [row.slot for row in read(f"No 1 - {STAMP}\n", maps=maps).rows] == [1]
        assert problem_of(f"no 1 - {STAMP}\n", maps=maps) == "unknown_symbol"

    def test_two_names_of_one_channel_are_one_channel(self):
        maps = always(ChannelSpec(1, "PM2.5", "-", aliases=("pm25",), parameter_aliases=("PM25",)))
        assert [row.slot for row in read(f"Pm25 1 - {STAMP}\n", maps=maps).rows] == [1]


class TestUnit:
    @pytest.mark.parametrize("unit", ["mg/L", "mg/l", "MG/L", "", "-"])
    def test_the_channels_own_in_any_spelling(self, unit):
        assert values(read(cod(unit=unit))) == {"COD": (48.2, "00")}

    @pytest.mark.parametrize("unit", ["°C", "oC", "℃", "độ C", "đo\u0323\u0302 C", "C"])
    def test_spellings_are_compared_in_composed_letters(self, unit):
        assert values(read(f"Temp\t30.5\t{unit}\t{STAMP}\t00\n")) == {"Temp": (30.5, "00")}

    @pytest.mark.parametrize("unit", ["\u00b5S/cm", "\u03bcS/cm", "uS/cm"])
    def test_the_greek_mu_is_the_micro_sign(self, unit):
        for own in ("\u00b5S/cm", "\u03bcS/cm"):
            (row,) = read(
                f"EC\t5\t{unit}\t{STAMP}\t00\n", maps=always(ChannelSpec(1, "EC", own))
            ).rows
            assert row.value == 5.0

    @pytest.mark.parametrize(
        ("unit", "value"),
        [("µg/L", 0.048), ("\u03bcg/L", 0.048), ("ug/L", 0.048), ("mg/L", 48.0)],
    )
    def test_a_conversion_that_gives_it(self, unit, value):
        assert values(read(cod("48", unit=unit))) == {"COD": (value, "00")}

    def test_never_backwards(self):
        maps = always(ChannelSpec(1, "As", "µg/L"))
        assert problem_of(f"As\t1\tmg/L\t{STAMP}\t00\n", maps=maps) == "unknown_unit"

    def test_never_over_two_conversions(self):
        units = UnitTable({}, [("a", "b", Decimal(2)), ("b", "c", Decimal(3))])
        maps = always(ChannelSpec(1, "X", "c"), units=units)
        assert problem_of(f"X\t1\ta\t{STAMP}\t00\n", maps=maps) == "unknown_unit"

    @pytest.mark.parametrize("unit", ["furlong", "Mg/L", "ppm", "mg/L.", "--", "mg", "0"])
    def test_another_is_unknown_and_the_row_is_not_kept(self, unit):
        parsed = read(cod(unit=unit))
        assert not parsed.rows
        assert [(p.code, p.text) for p in parsed.problems] == [("unknown_unit", unit)]

    def test_the_channels_own_goes_before_every_list(self):
        units = UnitTable({"%V": ["%"]}, [("%", "%V", Decimal(5)), ("%V", "%", Decimal(7))])
        maps = always(ChannelSpec(1, "RH", "%"), ChannelSpec(2, "O2", "%V"), units=units)
        parsed = read(f"RH\t60\t%\t{STAMP}\t00\nO2\t8\t%\t{STAMP}\t00\n", maps=maps)
        assert [row.value for row in parsed.rows] == [60.0, 8.0]


class TestFactor:
    def test_it_multiplies_what_the_unit_gave(self):
        maps = always(ChannelSpec(1, "COD", "mg/L", factor=Decimal("1.1")))
        parsed = read(f"COD\t1000\tµg/L\t{STAMP}\t00\nCOD\t1\t-\t20240521083000\t00\n", maps=maps)
        assert [row.value for row in parsed.rows] == [1.1, 1.1]

    def test_a_unit_that_this_channel_alone_takes_as_its_own(self):
        maps = always(
            ChannelSpec(1, "SO2", "mg/Nm³", factor=Decimal("2.62"), file_unit="ppm"),
            ChannelSpec(2, "NO", "mg/Nm³"),
        )
        parsed = read(f"SO2\t10\tppm\t{STAMP}\t00\nNO\t10\tppm\t{STAMP}\t00\n", maps=maps)
        assert [(row.slot, row.value) for row in parsed.rows] == [(1, 26.2)]
        assert codes(parsed) == [(2, "unknown_unit")]

    def test_such_a_unit_is_not_converted_as_well(self):
        maps = always(ChannelSpec(1, "COD", "mg/L", factor=Decimal("0.001"), file_unit="µg/L"))
        for unit in ("µg/L", "ug/L"):
            (row,) = read(f"COD\t5000\t{unit}\t{STAMP}\t00\n", maps=maps).rows
            assert row.value == 5.0

    def test_values_are_converted_in_decimals(self):
        assert converted("0.1", Decimal(3)) == 0.3
        assert converted("1,1", Decimal("1.1")) == 1.21
        assert converted("67.5", Decimal("0.001")) == 0.0675

    def test_and_kept_to_fifteen_digits_half_to_even(self):
        assert converted("1.00000000000000500", Decimal(1)) == 1.0
        assert converted("1.00000000000001500", Decimal(1)) == 1.00000000000002
        assert converted("1", Decimal(1) / Decimal(3)) == 0.333333333333333

    def test_they_are_rounded_once(self):
        maps = always(ChannelSpec(1, "Q", "m³/h", factor=Decimal("0.333333333333333333")))
        (row,) = read(f"Q\t1\tm³/s\t{STAMP}\t00\n", maps=maps).rows
        assert row.value == 1200.0

    @pytest.mark.parametrize("value", ["1e308", "-1e308"])
    def test_what_is_too_large_once_converted_is_a_bad_value(self, value):
        assert problem_of(tab_line("FlowOut", value, "m3/s", STAMP, "00")) == "bad_value"

    def test_what_is_too_small_once_converted_is_a_bad_value(self):
        assert problem_of(cod("5e-324", unit="µg/L")) == "bad_value"
        assert problem_of(cod("0", unit="µg/L")) is None

    def test_without_conversion_the_value_stays_as_written(self):
        assert values(read(cod("0.12345678901234567"))) == {"COD": (0.12345678901234567, "00")}


class TestDatedMaps:
    old = ChannelMap([ChannelSpec(4, "COD", "mg/L", aliases=("X",))], UNITS)
    new = ChannelMap([ChannelSpec(4, "COD", "mg/L", aliases=("Y",), factor=Decimal(2))], UNITS)
    maps = DatedMaps([(None, date(2024, 5, 20), old), (date(2024, 5, 21), None, new)])

    def test_the_measured_day_decides_by_vietnams_clock(self):
        parsed = read("X\t1\t-\t20240520235959\t00\nY\t1\t-\t20240521000000\t00\n", maps=self.maps)
        assert [row.value for row in parsed.rows] == [1.0, 2.0]

    def test_on_the_other_side_the_alias_is_unknown(self):
        parsed = read("Y\t1\t-\t20240520235959\t00\nX\t1\t-\t20240521000000\t00\n", maps=self.maps)
        assert codes(parsed) == [(1, "unknown_symbol"), (2, "unknown_symbol")]

    def test_the_time_of_the_name_decides_as_well(self):
        assert [row.value for row in read("Y 1\n", maps=self.maps).rows] == [2.0]

    def test_before_the_first_channel_every_symbol_is_unknown(self):
        maps = DatedMaps([(date(2024, 5, 22), None, self.old)])
        assert problem_of(cod(), maps=maps) == "unknown_symbol"


class TestFingerprint:
    def test_it_is_the_same_for_the_same_channels_in_any_order(self):
        assert (
            ChannelMap(CHANNELS, UNITS).fingerprint == ChannelMap(CHANNELS[::-1], UNITS).fingerprint
        )

    def test_equal_factors_are_equal(self):
        one, same = (ChannelSpec(1, "A", "-", factor=Decimal(text)) for text in ("1", "1.000"))
        assert ChannelMap([one], UNITS).fingerprint == ChannelMap([same], UNITS).fingerprint

    @pytest.mark.parametrize(
        "changed",
        [
            ChannelSpec(2, "COD", "mg/L"),
            ChannelSpec(1, "cod", "mg/L"),
            ChannelSpec(1, "COD", "µg/L"),
            ChannelSpec(1, "COD", "mg/L", aliases=("X",)),
            ChannelSpec(1, "COD", "mg/L", parameter_aliases=("X",)),
            ChannelSpec(1, "COD", "mg/L", factor=Decimal(2)),
            ChannelSpec(1, "COD", "mg/L", file_unit="ppm"),
        ],
    )
    def test_whatever_changes_the_reading_changes_it(self, changed):
        plain = ChannelMap([ChannelSpec(1, "COD", "mg/L")], UNITS).fingerprint
        assert ChannelMap([changed], UNITS).fingerprint != plain

    def test_so_do_units(self):
        other = UnitTable({"mg/L": ["mg/l"]}, [])
        assert ChannelMap(CHANNELS, other).fingerprint != ChannelMap(CHANNELS, UNITS).fingerprint

    def test_it_stays_the_same_from_one_release_to_the_next(self):
        fingerprint = ChannelMap([ChannelSpec(1, "COD", "mg/L")], UnitTable({}, [])).fingerprint
        assert fingerprint == "7b774ddea36f4c1cd1d4c59c6c1887d7ed686af7e1b1ec70ab1e29915a7bcdb1"


def test_the_same_maps_are_used_again_and_again():
    assert [read(cod()).rows for _ in range(3)] == [read(cod(), maps=MAPS).rows] * 3
