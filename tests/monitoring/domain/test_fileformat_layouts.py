from __future__ import annotations

from datetime import UTC, datetime

import pytest

from monitoring.domain.parsed import Problem
from tests.monitoring.domain.station_files import (
    MEASURED,
    STAMP,
    cod,
    codes,
    problem_of,
    read,
    tab_line,
    values,
)

OTHER_STAMP = "20240521080000"
OTHER_TIME = datetime(2024, 5, 21, 1, 0, tzinfo=UTC)


def test_an_ordinary_file_gives_each_row_with_its_line():
    parsed = read(
        f"FlowOut\t142.5\tm3/h\t{STAMP}\t00\r\npH\t7.12\t-\t{STAMP}\t01\r\nCOD\t---\tmg/L\t{STAMP}\t02\r\n"
    )
    assert [tuple(row) for row in parsed.rows] == [
        (MEASURED, 1, 142.5, "00", 1),
        (MEASURED, 2, 7.12, "01", 2),
        (MEASURED, 4, None, "02", 3),
    ]
    assert parsed.outcome == "accepted"


def test_rows_come_in_the_order_of_time_then_slot():
    lines = [
        f"COD\t2\t-\t{STAMP}\t00\n",
        f"pH\t7\t-\t{STAMP}\t00\n",
        f"COD\t1\t-\t{OTHER_STAMP}\t00\n",
    ]
    found = [(row.time, row.slot, row.line) for row in read("".join(lines)).rows]
    assert found == [(OTHER_TIME, 4, 3), (MEASURED, 2, 2), (MEASURED, 4, 1)]


@pytest.mark.parametrize(
    "line",
    [
        f"COD 48.2 mg/L {OTHER_STAMP} 00",
        f"COD 48.2 mg/L {OTHER_STAMP}",
        f"COD 48.2 {OTHER_STAMP} 00",
        f"COD 48.2 {OTHER_STAMP}",
        f"{OTHER_STAMP} COD 48.2",
        f"{OTHER_STAMP} COD 48.2 mg/L",
        f"{OTHER_STAMP} COD 48.2 mg/L 00",
    ],
)
@pytest.mark.parametrize("separator", [" ", "\t", "  ", "\v", "\f", " \t "])
def test_each_layout_is_read_with_its_own_time(line, separator):
    parsed = read(line.replace(" ", separator) + "\n")
    assert [(row.time, row.value, row.status) for row in parsed.rows] == [(OTHER_TIME, 48.2, "00")]
    assert not parsed.problems


@pytest.mark.parametrize("line", ["COD 48.2", "COD 48.2 mg/L", "COD 48.2 mg/L 00"])
def test_a_line_without_a_time_takes_that_of_the_name(line):
    parsed = read(line + "\n")
    assert [(row.time, row.value) for row in parsed.rows] == [(MEASURED, 48.2)]


@pytest.mark.parametrize("line", ["COD 48.2", "COD 48.2 mg/L 00"])
def test_without_a_time_in_the_name_either_the_row_is_lost(line):
    assert codes(read(line + "\n", name_time=None)) == [(1, "unreadable_name")]


def test_the_time_of_the_line_needs_no_name():
    assert read(cod(), name_time=None).outcome == "accepted"


def test_the_time_in_field_four_goes_before_those_in_three_and_one():
    assert problem_of(tab_line("COD", "5", STAMP, OTHER_STAMP, "00")) == "unknown_unit"
    assert problem_of(tab_line(STAMP, "5", "mg/L", OTHER_STAMP)) == "unknown_symbol"


def test_the_time_in_field_three_goes_before_that_in_one():
    assert problem_of(tab_line(STAMP, "5", OTHER_STAMP)) == "unknown_symbol"


@pytest.mark.parametrize("place", [3, 2, 0])
def test_fourteen_digits_are_the_time_even_when_they_are_no_date(place):
    line = ["COD", "48.2", "mg/L", "00"]
    line.insert(place, "20241399091500")
    line = line if place != 2 else ["COD", "48.2", "20241399091500", "00"]
    parsed = read(" ".join(line) + "\n")
    assert codes(parsed) == [(1, "bad_time")]
    assert parsed.problems[0].text == "20241399091500"


@pytest.mark.parametrize(
    "line",
    [
        "COD 48.2 mg/L 2024052108350",
        "COD 48.2 mg/L 202405210835001 00",
        "COD 48.2 202405210835",
        "COD 48.2 20240521 00",
        "COD 48.2 mg/L 00 20240521",
    ],
)
def test_eight_or_more_digits_after_the_value_are_a_bad_time(line):
    assert problem_of(line + "\n") == "bad_time"


def test_seven_digits_after_the_value_are_no_time():
    assert problem_of("COD 48.2 2024052\n") == "unknown_unit"


def test_eight_digits_before_the_value_or_as_the_value_are_no_time():
    assert problem_of("20240521 COD 48.2\n") == "unknown_symbol"
    assert values(read("COD 20240521\n")) == {"COD": (20240521.0, "00")}


def test_a_time_never_becomes_a_value():
    assert problem_of(f"COD {STAMP}\n") == "bad_line"
    assert problem_of(f"COD {STAMP} 00\n") == "bad_line"


def test_a_value_may_have_fourteen_digits_where_the_time_is_elsewhere():
    assert values(read(cod("12345678901234"))) == {"COD": (12345678901234.0, "00")}


@pytest.mark.parametrize(
    "line",
    [
        "COD",
        "COD\t",
        STAMP,
        f"{STAMP} COD",
        f"COD 48.2 {STAMP} 00 more",
        "COD 48.2 mg/L 00 more",
        "COD\t48.2\tmg/L\t\t" + STAMP,
    ],
)
def test_what_makes_no_row_is_a_bad_line(line):
    assert problem_of(line + "\n") == "bad_line"


def test_a_tab_makes_empty_fields_count():
    assert values(read(f"pH\t7.0\t\t{STAMP}\t00\n")) == {"pH": (7.0, "00")}
    assert read(f"COD\t\tmg/L\t{STAMP}\t00\n").outcome == "accepted"
    assert problem_of(f"\t48.2\tmg/L\t{STAMP}\t00\n") == "unknown_symbol"


def test_tab_fields_are_freed_of_blanks_around_them():
    assert values(read(f" COD \t 48.2\tmg/L \t{STAMP}\t00  \r\n")) == {"COD": (48.2, "00")}


def test_blanks_inside_a_tab_field_stay():
    assert problem_of(f"COD\t48 2\tmg/L\t{STAMP}\t00\n") == "bad_value"
    assert values(read(f"Temp\t30\tđộ C\t{STAMP}\t00\n")) == {"Temp": (30.0, "00")}


def test_one_empty_field_after_the_last_is_dropped():
    assert values(read(f"COD\t48.2\tmg/L\t{STAMP}\t01\t\n")) == {"COD": (48.2, "01")}
    assert values(read(f"COD\t48.2\t{STAMP}\t01\t\n")) == {"COD": (48.2, "01")}
    assert values(read(f"COD\t48.2\tmg/L\t{STAMP}\t\n")) == {"COD": (48.2, "00")}


def test_a_second_empty_field_is_not_dropped():
    parsed = read(f"COD\t48.2\tmg/L\t{STAMP}\t01\t\t\n")
    assert values(parsed) == {"COD": (48.2, "01")}
    assert codes(parsed) == [(1, "bad_line")]


def test_white_space_and_digits_are_ascii():
    assert problem_of(f"COD\u00a048.2\u00a0mg/L\u00a0{STAMP}\n") == "bad_line"
    assert problem_of(f"COD 48.2 mg/L\u2003{STAMP}\n") == "unknown_unit"
    assert problem_of("COD 48.2 mg/L ２０２４０５２１０８３５００\n") == "unknown_status"


class TestFivesOnOneLine:
    def test_each_five_is_a_row_with_the_number_of_the_line(self):
        parsed = read(
            f"\nFlowOut\t141.0\tm3/h\t{STAMP}\t00\tpH\t---\t-\t{STAMP}\t02\tTSS\t22\t\t{STAMP}\t01\n"
        )
        assert values(parsed) == {"FlowOut": (141, "00"), "pH": (None, "02"), "TSS": (22, "01")}
        assert {row.line for row in parsed.rows} == {2}

    def test_white_space_serves_as_well(self):
        parsed = read(f"pH 7 - {STAMP} 00 COD 48 mg/L {STAMP} 01\n")
        assert values(parsed) == {"pH": (7, "00"), "COD": (48, "01")}

    def test_a_last_status_may_lack(self):
        parsed = read(f"pH 7 - {STAMP} 01 COD 48 mg/L {STAMP}\n")
        assert values(parsed) == {"pH": (7, "01"), "COD": (48, "00")}
        assert not parsed.problems

    @pytest.mark.parametrize("rest", ["COD", "COD 48", "COD 48 mg/L", f"COD 48 {STAMP} 00"])
    def test_a_rest_that_makes_no_five_is_a_bad_line(self, rest):
        parsed = read(f"pH 7 - {STAMP} 01 {rest}\n")
        assert values(parsed) == {"pH": (7, "01")}
        assert codes(parsed) == [(1, "bad_line")]

    def test_a_bad_five_costs_itself_alone(self):
        parsed = read(f"pH x - {STAMP} 00 XY 1 - {STAMP} 00 COD 48 - {STAMP} 00\n")
        assert values(parsed) == {"COD": (48, "00")}
        assert codes(parsed) == [(1, "bad_value"), (1, "unknown_symbol")]

    def test_a_five_with_a_bad_time_costs_itself_alone(self):
        parsed = read(f"pH 7 - 2024052108350 00 COD 48 - {STAMP} 00\n")
        assert values(parsed) == {"COD": (48, "00")}
        assert codes(parsed) == [(1, "bad_time")]

    def test_a_lost_field_never_gives_a_wrong_number(self):
        parsed = read(f"pH 7 {STAMP} 00 COD 48 mg/L {STAMP} 00 TSS 20 mg/L {STAMP} 00\n")
        assert not parsed.rows
        assert parsed.outcome == "rejected"

    def test_a_line_of_words_is_one_bad_line(self):
        assert problem_of("this is what the logger says of itself when it starts\n") == "bad_line"

    def test_a_unit_of_two_words_is_one_field_in_each_row(self):
        parsed = read(f"pH 7 - {STAMP} 00 Temp 30 độ C {STAMP} 01 COD 48 - {STAMP} 00\n")
        assert values(parsed) == {"pH": (7, "00"), "Temp": (30, "01"), "COD": (48, "00")}

    def test_and_so_in_a_last_row_without_a_status(self):
        parsed = read(f"pH 7 - {STAMP} 00 Temp 30 độ C {STAMP}\n")
        assert values(parsed) == {"pH": (7, "00"), "Temp": (30, "00")}


class TestUnitOfTwoWords:
    @pytest.mark.parametrize("status", ["", " 00"])
    def test_a_time_in_field_five_joins_the_two_before_it(self, status):
        assert values(read(f"Temp 30 độ C {STAMP}{status}\n")) == {"Temp": (30.0, "00")}

    def test_only_on_a_line_of_white_space(self):
        assert problem_of(f"Temp\t30\tđộ\tC\t{STAMP}\n") == "bad_line"

    def test_only_for_fourteen_digits(self):
        assert problem_of("Temp 30 độ C 2024052108350\n") == "bad_time"


class TestStatus:
    @pytest.mark.parametrize(
        ("written", "status"),
        [
            ("00", "00"),
            ("01", "01"),
            ("02", "02"),
            ("0", "00"),
            ("1", "01"),
            ("2", "02"),
            ("", "00"),
        ],
    )
    def test_known_ones_with_one_digit_or_two(self, written, status):
        parsed = read(cod(status=written))
        assert values(parsed) == {"COD": (48.2, status)}
        assert not parsed.problems

    @pytest.mark.parametrize("written", ["07", "3", "000", "OK", "-"])
    def test_another_is_kept_and_told(self, written):
        parsed = read(cod(status=written))
        assert values(parsed) == {"COD": (48.2, written)}
        assert parsed.problems == (Problem(1, "unknown_status", written),)
        assert parsed.outcome == "partial"

    def test_eight_characters_of_it_are_kept(self):
        assert values(read(cod(status="MAINTAINED"))) == {"COD": (48.2, "MAINTAIN")}

    def test_it_comes_beside_the_problem_of_the_row(self):
        assert codes(read(cod("x", status="07"))) == [(1, "bad_value"), (1, "unknown_status")]
