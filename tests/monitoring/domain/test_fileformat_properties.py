from __future__ import annotations

from dataclasses import replace

from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitoring.domain.fileformat import Parsed, parse_at_length
from monitoring.domain.window import window_of
from tests.monitoring.domain.station_files import CHANNELS, MAPS, MEASURED, RECEIVED, STAMP, read

LAYOUTS = (
    "{symbol}\t{value}\t{unit}\t{stamp}\t{status}",
    "{symbol} {value} {unit} {stamp} {status}",
    "{symbol}\t{value}\t{stamp}\t{status}",
    "{stamp}\t{symbol}\t{value}\t{unit}\t{status}",
    "{symbol} {value} {unit} {status}",
)
LAYOUTS_WITHOUT_STATUS = (
    "{symbol}\t{value}\t{unit}\t{stamp}",
    "{symbol} {value} {stamp}",
    "{stamp} {symbol} {value} {unit}",
    "{symbol} {value} {unit}",
)
WORDS = (
    "COD", "cod", "pH", "XYZ", "Temp", "48.2", "47,9", "---", "ERR", "1e400", "1_0", "0", "-",
    "mg/L", "ug/L", "độ", "C", "°C", "furlong", STAMP, "20240521080000", "20241399000000",
    "20250101000000", "202405210835", "00", "01", "02", "07", "1", "20", "", " ",
)  # fmt: skip
BITS = (*WORDS, "\t", "\t", "\t", " ", "\ufeff", "\u00a0", "\v", "\x1c", "\u2028", "\0")
ENDS = ("\n", "\n", "\r\n", "\r", "")

written_numbers = st.one_of(
    st.decimals(-10_000, 10_000, places=2).map(str),
    st.sampled_from(["7", "47.5", "47,55", "1e3", "0.10", "-0"]),
)


@st.composite
def written_rows(draw, *, statuses=("00", "01", "02")):
    """The fields of distinct channels' rows at up to three times."""
    keys = st.tuples(st.integers(0, len(CHANNELS) - 1), st.sampled_from((0, 1, 2)))
    rows = []
    for place, minutes in draw(st.lists(keys, min_size=1, max_size=12, unique=True)):
        fields = {"symbol": CHANNELS[place].symbol, "unit": CHANNELS[place].unit}
        fields |= {
            "stamp": f"202405210{8 - minutes}3500",
            "status": draw(st.sampled_from(statuses)),
        }
        rows.append(fields | {"value": draw(written_numbers)})
    return rows


def a_row_a_line(rows: list[dict[str, str]], layout: str, end: str = "\n") -> str:
    return "".join(layout.format(**fields) + end for fields in rows)


def kept(parsed: Parsed) -> set[tuple[object, ...]]:
    return {(row.time, row.slot, row.value, row.status) for row in parsed.rows}


def without_order(parsed: Parsed) -> object:
    return kept(parsed), sorted(problem.code for problem in parsed.problems)


likely_lines = st.one_of(
    st.lists(st.sampled_from(BITS), max_size=20).map("".join),
    st.lists(st.sampled_from(WORDS), max_size=12).map("\t".join),
    st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join),
)
likely_text = st.lists(st.tuples(likely_lines, st.sampled_from(ENDS)), max_size=5).map(
    lambda lines: "".join(line + end for line, end in lines)
)
likely_bytes = st.one_of(
    likely_text.map(str.encode),
    likely_text.map(lambda text: b"\xff\xfe" + text.encode("utf-16-le")),
    likely_text.map(lambda text: text.encode("cp1252", "replace")),
    st.tuples(likely_text, st.binary(max_size=4), likely_text).map(
        lambda parts: parts[0].encode() + parts[1] + parts[2].encode()
    ),
)


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.binary(max_size=300), likely_bytes))
def test_no_bytes_make_it_fail_and_what_it_tells_can_be_stored(raw):
    parsed = read(raw)
    lines = raw.count(b"\n") + raw.count(b"\r") + 1
    for problem in parsed.problems:
        assert "\0" not in problem.text
        assert len(problem.text.encode()) <= 160
        assert problem.line is None or 1 <= problem.line <= lines
    assert all(len(row.status) <= 8 for row in parsed.rows)
    assert len({(row.time, row.slot) for row in parsed.rows}) == len(parsed.rows)
    assert parsed.outcome != "accepted" or not parsed.problems


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        likely_bytes, written_rows().map(lambda rows: a_row_a_line(rows, LAYOUTS[0]).encode())
    )
)
@example(f"COD\t48.2\tmg/L\t\t{STAMP}\n".encode())
@example(b"\n\n")
def test_the_short_way_gives_what_the_long_way_gives(raw):
    window = window_of(RECEIVED, by_command=False)
    assert read(raw) == parse_at_length(raw, name_time=MEASURED, window=window, maps=MAPS)


@settings(max_examples=150, deadline=None)
@given(written_rows(), st.sampled_from(LAYOUTS[:4]), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(rows, layout, random):
    shuffled = random.sample(rows, len(rows))
    parsed = read(a_row_a_line(rows, layout))
    assert parsed.outcome == "accepted"
    assert len(parsed.rows) == len(rows)
    assert kept(read(a_row_a_line(shuffled, layout))) == kept(parsed)


@settings(max_examples=150, deadline=None)
@given(
    likely_text.filter(lambda text: "\0" not in text and "\ufeff" not in text and "\r" not in text)
)
def test_encodings_and_line_ends_make_no_difference(text):
    expected = read(text)
    for end in ("\n", "\r\n", "\r"):
        same = text.replace("\n", end)
        assert read(same) == expected
        assert read(b"\xef\xbb\xbf" + same.encode()) == expected
        assert read(b"\xff\xfe" + same.encode("utf-16-le")) == expected
        assert read(b"\xfe\xff" + same.encode("utf-16-be")) == expected


@settings(max_examples=60, deadline=None)
@given(
    st.one_of(
        st.tuples(written_rows(), st.sampled_from(LAYOUTS)),
        st.tuples(written_rows(statuses=("00",)), st.sampled_from(LAYOUTS_WITHOUT_STATUS)),
    ),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(["utf-8", "utf-16"]),
)
def test_a_cut_file_never_gives_what_the_whole_one_does_not(written, end, encoding):
    rows, layout = written
    if "{stamp}" not in layout:
        rows = [fields for fields in rows if fields["stamp"] == rows[0]["stamp"]]
    raw = a_row_a_line(rows, layout, end).encode(encoding)
    whole = kept(read(raw))
    for length in range(len(raw)):
        assert kept(read(raw[:length])) <= whole


@settings(max_examples=60, deadline=None)
@given(written_rows(), st.sampled_from(["\t", " "]))
def test_nor_does_a_cut_line_of_fives(rows, separator):
    raw = separator.join(LAYOUTS[1].format(**f).replace(" ", separator) for f in rows).encode()
    whole = kept(read(raw))
    assert len(whole) == len(rows)
    for length in range(len(raw)):
        assert kept(read(raw[:length])) <= whole


@settings(max_examples=150, deadline=None)
@given(written_rows(), st.integers(0, 12), st.sampled_from(LAYOUTS[:4]))
def test_a_file_sent_in_two_parts_gives_the_same(rows, place, layout):
    parts = [rows[:place], rows[place:]]
    split = [kept(read(a_row_a_line(part, layout))) for part in parts if part]
    assert set().union(*split) == kept(read(a_row_a_line(rows, layout)))


@settings(max_examples=150, deadline=None)
@given(st.lists(likely_lines.filter(lambda line: not {"\0", "\ufeff"} & set(line)), max_size=6))
def test_a_bad_row_costs_nothing_but_itself(lines):
    """Each line alone gives what it gives among others, where none says of a reading otherwise."""
    together = read("".join(line + "\n" for line in lines))
    alone = [read(line + "\n") for line in lines]
    if not any(
        problem.code == "repeated_in_file" for p in (together, *alone) for problem in p.problems
    ):
        assert kept(together) == set().union(*map(kept, alone))
    told = [
        replace(problem, line=number)
        for number, parsed in enumerate(alone, start=1)
        for problem in parsed.problems
        if problem.code not in {"empty_file", "repeated_in_file"}
    ]
    found = [p for p in together.problems if p.code not in {"empty_file", "repeated_in_file"}]
    assert found == told
