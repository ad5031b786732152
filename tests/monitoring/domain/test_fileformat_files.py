from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitoring.domain.fileformat import InnerRevision
from tests.monitoring.domain.station_files import (
    MEASURED,
    RECEIVED,
    STAMP,
    cod,
    codes,
    problem_of,
    read,
    tab_line,
    values,
)

TWO_ROWS = f"Temp\t30.0\t°C\t{STAMP}\t00\nCOD\t48\tµg/L\t{STAMP}\t02\n"


class TestText:
    @pytest.mark.parametrize(
        "raw",
        [
            TWO_ROWS.encode(),
            b"\xef\xbb\xbf" + TWO_ROWS.encode(),
            b"\xff\xfe" + TWO_ROWS.encode("utf-16-le"),
            b"\xfe\xff" + TWO_ROWS.encode("utf-16-be"),
        ],
    )
    def test_utf8_with_or_without_bom_and_utf16_with_bom(self, raw):
        parsed = read(raw)
        assert values(parsed) == {"Temp": (30.0, "00"), "COD": (0.048, "02")}
        assert not parsed.problems

    def test_utf16_without_bom_is_no_text(self):
        assert codes(read(TWO_ROWS.encode("utf-16-le"))) == [(None, "not_text")]

    @pytest.mark.parametrize("byte", [b"\xb0C", "°C".encode("cp1252")])
    def test_a_degree_sign_in_cp1252_is_taken(self, byte):
        line = b"Temp\t30\t" + byte + f"\t{STAMP}\t00\n".encode()
        assert values(read(line)) == {"Temp": (30.0, "00")}

    def test_so_are_the_cube_and_the_micro_sign(self):
        lines = f"FlowOut\t1\tm\xb3/h\t{STAMP}\t00\nCOD\t48\t\xb5g/L\t{STAMP}\t00\n".encode(
            "cp1252"
        )
        assert values(read(lines)) == {"FlowOut": (1.0, "00"), "COD": (0.048, "00")}

    @pytest.mark.parametrize(
        "byte", [b"\xb2", b"\x80", b"\xff", b"\xe1\xb0", b"\xc0\xb0", b"\xed\xb0\x80"]
    )
    def test_another_byte_costs_its_line(self, byte):
        line = b"Temp\t30\t" + byte + f"C\t{STAMP}\t00\n".encode()
        parsed = read(line + cod().encode())
        assert values(parsed) == {"COD": (48.2, "00")}
        assert codes(parsed) == [(1, "bad_line")]
        parsed.problems[0].text.encode()

    @pytest.mark.parametrize("half", [0xD800, 0xDC00, 0xDCB0])
    def test_half_a_pair_in_utf16_costs_its_line(self, half):
        text = f"Temp\t30\t{chr(half)}\t{STAMP}\t00\n{cod()}"
        parsed = read(b"\xff\xfe" + text.encode("utf-16-le", "surrogatepass"))
        assert values(parsed) == {"COD": (48.2, "00")}
        assert codes(parsed) == [(1, "bad_line")]

    def test_half_a_character_at_the_end_of_utf16_costs_its_line(self):
        raw = b"\xff\xfe" + (cod() + f"pH\t7\t-\t{STAMP}\t00").encode("utf-16-le")
        assert codes(read(raw)) == []
        assert codes(read(raw[:-1])) == [(2, "bad_line")]

    @pytest.mark.parametrize(
        "raw",
        [
            b"\0",
            cod().encode() + b"\0",
            b"\xff\xfe" + (cod() + "\0").encode("utf-16-le"),
            bytes(range(256)),
        ],
    )
    def test_a_nul_makes_it_no_text(self, raw):
        parsed = read(raw)
        assert codes(parsed) == [(None, "not_text")]
        assert parsed.outcome == "rejected"

    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_lines_end_with_lf_crlf_or_cr(self, end):
        parsed = read(TWO_ROWS.replace("\n", end))
        assert [row.line for row in parsed.rows] == [1, 2]

    @pytest.mark.parametrize("other", ["\v", "\f", "\x1c", "\x1e", "\x85", "\u2028", "\u2029"])
    def test_and_with_nothing_else(self, other):
        assert codes(read(f"COD\t48{other}\tmg/L\t{STAMP}\t00{other}\n")) != [(2, "bad_line")]
        assert {row.line for row in read(f"x{other}\n{cod()}").rows} == {2}

    def test_blank_lines_are_counted(self):
        parsed = read(f"\n \t \n{cod()}\n\v\f\npH 7\n")
        assert [row.line for row in parsed.rows] == [6, 3]
        assert parsed.blank_lines == 4
        assert parsed.outcome == "accepted"

    @pytest.mark.parametrize(
        "raw", [b"", b"\n", b" \t\r\n\r\n  ", b"\xef\xbb\xbf", b"\xff\xfe", b"\xef\xbb\xbf \n"]
    )
    def test_only_blanks_is_an_empty_file(self, raw):
        parsed = read(raw)
        assert codes(parsed) == [(None, "empty_file")]
        assert parsed.outcome == "rejected"

    def test_a_no_break_space_is_no_blank(self):
        assert codes(read("\u00a0\n")) == [(1, "bad_line")]

    def test_only_the_beginning_of_a_long_piece_is_told(self):
        (problem,) = read("x" * 500 + "\n").problems
        assert problem.text == "x" * 39 + "…"


class TestCutLastLine:
    @pytest.mark.parametrize(
        "last",
        [
            "COD\t4",
            "COD\t47",
            "COD\t47.5",
            "COD\t47.5\t",
            "COD\t47.5\tmg/L",
            "COD\t47.5\tmg/L\t20",
            "COD\t47.5\tmg/L\t2024",
            "COD\t47.5\tmg/L\t2024052109",
            f"COD\t47.5\tmg/L\t{STAMP}",
            f"COD\t47.5\tmg/L\t{STAMP}\t",
            f"COD\t47.5\tmg/L\t{STAMP}\t0",
            f"COD\t47.5\tmg/L\t{STAMP}\t001",
            f"{STAMP} COD 47.5 mg/L",
            "COD 47.5 00",
        ],
    )
    def test_a_last_line_without_end_and_status_is_a_bad_line(self, last):
        parsed = read(f"pH\t7.0\t-\t{STAMP}\t00\r\n{last}")
        assert values(parsed) == {"pH": (7.0, "00")}
        assert codes(parsed) == [(2, "bad_line")]

    @pytest.mark.parametrize("status", ["00", "01", "02"])
    @pytest.mark.parametrize("blanks", ["", " ", "\t"])
    def test_one_with_a_two_digit_status_is_whole(self, status, blanks):
        parsed = read(f"pH\t7.0\t-\t{STAMP}\t00\r\nCOD\t47.5\tmg/L\t{STAMP}\t{status}{blanks}")
        assert values(parsed) == {"pH": (7.0, "00"), "COD": (47.5, status)}
        assert not parsed.problems

    def test_one_with_a_status_and_without_a_time_is_whole(self):
        assert values(read("pH 7 - 00\nCOD 47.5 mg/L 01")) == {"pH": (7, "00"), "COD": (47.5, "01")}

    def test_a_two_digit_status_need_not_be_known(self):
        assert codes(read(cod(status="07")[:-1])) == [(1, "unknown_status")]

    @pytest.mark.parametrize("line", ["COD 47.5 mg/L {}", "COD 47.5 {}"])
    def test_a_full_time_will_do_where_the_other_rows_have_no_status(self, line):
        text = f"pH 7 - {STAMP}\n{line.format(STAMP)}"
        assert values(read(text)) == {"pH": (7, "00"), "COD": (47.5, "00")}
        assert codes(read(text[:-1])) == [(2, "bad_line")]

    def test_not_where_one_of_them_has_a_status(self):
        text = f"pH 7 - {STAMP} 00\nTSS 3 - {STAMP}\nCOD 47.5 mg/L {STAMP}"
        assert codes(read(text)) == [(3, "bad_line")]

    def test_a_time_before_the_value_will_not_do(self):
        assert codes(read(f"{STAMP} pH 7\n{STAMP} COD 4")) == [(2, "bad_line")]

    def test_a_row_that_is_alone_shows_no_habit(self):
        """Its `01` may have been cut."""
        assert codes(read(f"COD 47.5 mg/L {STAMP}")) == [(1, "bad_line")]

    def test_on_a_line_of_fives_the_last_row_is_cut(self):
        line = f"pH 7 - {STAMP} 00 COD 47.5 mg/L {STAMP} 01"
        assert values(read(line)) == {"pH": (7, "00"), "COD": (47.5, "01")}
        for cut in range(1, len(" 01") + 1):
            parsed = read(line[:-cut])
            assert values(parsed) == {"pH": (7, "00")}
            assert codes(parsed) == [(1, "bad_line")]

    def test_blanks_after_the_last_line_end_are_no_row(self):
        assert read(cod() + "  ").outcome == "accepted"

    def test_a_cut_row_is_no_repeat(self):
        assert codes(read(cod() + "COD\t9")) == [(2, "bad_line")]


class TestTime:
    @staticmethod
    def at(time: datetime) -> str:
        return (time + timedelta(hours=7)).strftime("%Y%m%d%H%M%S")

    @pytest.mark.parametrize(
        ("late", "code"),
        [(timedelta(minutes=10), None), (timedelta(minutes=10, seconds=1), "future_time")],
    )
    @pytest.mark.parametrize("by_command", [True, False])
    def test_ten_minutes_after_reception_is_believed(self, late, code, by_command):
        assert problem_of(cod(stamp=self.at(RECEIVED + late)), by_command=by_command) == code

    @pytest.mark.parametrize(
        ("old", "code"), [(timedelta(days=400), None), (timedelta(days=400, seconds=1), "too_old")]
    )
    def test_four_hundred_days_before_is_believed(self, old, code):
        assert problem_of(cod(stamp=self.at(RECEIVED - old))) == code

    @pytest.mark.parametrize(
        ("stamp", "code"),
        [("20000101000000", None), ("19991231235959", "too_old"), ("00010101000000", "too_old")],
    )
    def test_by_command_everything_since_2000(self, stamp, code):
        assert problem_of(cod(stamp=stamp), by_command=True) == code

    @pytest.mark.parametrize(
        ("stamp", "code"),
        [
            ("20240229000000", None),
            ("20230229000000", "bad_time"),
            ("20240521240000", "bad_time"),
            ("20240521083560", "bad_time"),
            ("20240021083500", "bad_time"),
            ("00000101000000", "bad_time"),
            ("00010101000000", "too_old"),
            ("99991231235959", "future_time"),
        ],
    )
    def test_only_dates_are_times(self, stamp, code):
        assert problem_of(cod(stamp=stamp)) == code

    def test_the_time_of_the_name_is_looked_at_too(self):
        future = RECEIVED + timedelta(minutes=11)
        assert codes(read("COD 5\n", name_time=future)) == [(1, "future_time")]
        assert codes(read("COD 5\n", name_time=RECEIVED - timedelta(days=401))) == [(1, "too_old")]

    def test_the_time_of_the_name_does_not_matter_where_the_line_has_one(self):
        assert read(cod(), name_time=datetime(1999, 1, 1, tzinfo=UTC)).rows[0].time == MEASURED

    def test_a_fraction_of_a_second_of_reception_counts(self):
        stamp = self.at(RECEIVED + timedelta(minutes=10))
        before = RECEIVED - timedelta(microseconds=1)
        assert problem_of(cod(stamp=stamp), received_at=before) == "future_time"


class TestRepeats:
    def test_the_same_again_is_nothing(self):
        parsed = read(cod("48.20") + cod("48,2") + cod("4.82e1", status="0"))
        assert values(parsed) == {"COD": (48.2, "00")}
        assert not parsed.problems
        assert not parsed.revisions

    def test_of_different_ones_the_last_counts(self):
        parsed = read(cod("1") + cod("2"))
        assert values(parsed) == {"COD": (2.0, "00")}
        assert parsed.revisions == (InnerRevision(MEASURED, 4, 1.0, "00", 2.0, "00"),)
        assert [(p.line, p.code, p.text) for p in parsed.problems] == [
            (2, "repeated_in_file", "COD")
        ]
        assert parsed.outcome == "partial"

    def test_a_status_or_a_lost_value_differs_too(self):
        parsed = read(cod("1") + cod("1", status="01") + cod("---", status="01"))
        assert [revision[2:] for revision in parsed.revisions] == [
            (1.0, "00", 1.0, "01"),
            (1.0, "01", None, "01"),
        ]

    def test_back_and_forth_is_two_revisions(self):
        parsed = read(cod("1") + cod("2") + cod("1"))
        assert values(parsed) == {"COD": (1.0, "00")}
        assert len(parsed.revisions) == 2

    def test_an_alias_repeats_its_channel(self):
        assert codes(read(cod("1") + tab_line("COD_OUT", "2", "", STAMP))) == [
            (2, "repeated_in_file")
        ]

    def test_an_absent_value_repeats_nothing(self):
        assert values(read(cod("1") + cod("---"))) == {"COD": (1.0, "00")}

    def test_another_time_is_another_reading(self):
        assert len(read(cod("1") + cod("2", stamp="20240521083501")).rows) == 2

    def test_an_unknown_status_comes_beside(self):
        parsed = read(cod("1") + cod("2", status="07"))
        assert sorted(codes(parsed)) == [(2, "repeated_in_file"), (2, "unknown_status")]


class TestOrderOfProblems:
    wrong = {
        "bad_time": {"stamp": "20241399000000"},
        "future_time": {"stamp": "20250101000000"},
        "unknown_symbol": {"symbol": "XYZ"},
        "bad_value": {"value": "abc"},
        "unknown_unit": {"unit": "furlong"},
    }

    def test_one_problem_a_row_the_first_in_this_order(self):
        ordered = list(self.wrong)
        for place, code in enumerate(ordered):
            row = {"symbol": "COD", "value": "1", "unit": "-", "stamp": STAMP}
            for later in reversed(ordered[place:]):
                row |= self.wrong[later]
            fields = [row["symbol"], row["value"], row["unit"], row["stamp"], "00"]
            assert problem_of(tab_line(*fields)) == code

    def test_a_line_that_is_none_goes_first(self):
        assert problem_of("XYZ abc furlong 00 00\n") == "bad_line"

    def test_an_unknown_symbol_is_told_also_without_a_value(self):
        assert problem_of(tab_line("XYZ", "---", "-", STAMP, "00")) == "unknown_symbol"


class TestOutcome:
    def test_accepted_without_a_problem_even_with_nothing_to_keep(self):
        assert read(cod("---")).outcome == "accepted"

    def test_partial_with_a_reading_and_a_problem(self):
        assert read(cod() + "XYZ 1\n").outcome == "partial"

    def test_rejected_with_a_problem_and_nothing_kept(self):
        assert read(cod("---") + "XYZ 1\n").outcome == "rejected"
