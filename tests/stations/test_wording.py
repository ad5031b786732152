"""Numbers, times and durations as an officer reads them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from stations.domain import wording

NOW = datetime(2024, 11, 20, 1, 40, tzinfo=UTC)  # 08:40 in Vietnam


def vietnam(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=wording.VIETNAM)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("value", "vietnamese", "english"),
    [
        (3402.4, "3.402", "3,402"),
        (1234567, "1.234.567", "1,234,567"),
        (142.46, "142,5", "142.5"),
        (22, "22,0", "22.0"),
        (7.123, "7,12", "7.12"),
        (0.03149, "0,0315", "0.0315"),
        (0, "0", "0"),
        (-5.5, "−5,50", "−5.50"),
        (None, "—", "—"),
        (float("nan"), "—", "—"),
    ],
)
def test_a_measured_number_has_the_decimals_of_its_size(value, vietnamese, english):
    assert wording.number(value) == vietnamese
    assert wording.number(value, language="en") == english


def test_a_number_takes_the_decimals_it_is_told():
    assert wording.number(Decimal("1234.5"), decimals=1) == "1.234,5"


def test_nothing_is_written_as_minus_zero():
    assert wording.number(-0.04, decimals=1) == "0,0"


@pytest.mark.parametrize(
    ("value", "limit", "shown"),
    [
        (67.504, Decimal("67.5"), "67,504"),
        (67.46, Decimal("67.5"), "67,46"),
        (67.5, Decimal("67.5"), "67,5"),
        (92.4, Decimal("67.5"), "92,4"),
        (1000.2, 1000, "1.000,2"),
        (67.504, None, "67,5"),
    ],
)
def test_rounding_never_makes_a_mean_look_equal_to_its_limit(value, limit, shown):
    assert wording.measured(value, against=[limit]) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [("67.50", "67,5"), ("45.0", "45"), ("0.050", "0,05"), ("7000", "7.000"), ("1E+3", "1.000")],
)
def test_a_number_of_the_law_is_neither_rounded_nor_padded(value, shown):
    assert wording.exact(Decimal(value)) == shown


@pytest.mark.parametrize(
    ("fraction", "shown"),
    [(1, "100 %"), (0.9996, "99,9 %"), (0.75, "75 %"), (0.7499, "74,9 %"), (None, "—")],
)
def test_a_share_is_rounded_down(fraction, shown):
    assert wording.percent(fraction).replace("\u00a0", " ") == shown


@pytest.mark.parametrize(
    ("low", "high", "shown"),
    [
        (None, "67.5", "≤ 67,5"),
        ("4", None, "≥ 4"),
        ("6", "9", "6–9"),
        (None, "0", "≤ 0"),
        (None, None, "—"),
    ],
)
def test_limits_say_which_side_they_hold(low, high, shown):
    sides = [None if side is None else Decimal(side) for side in (low, high)]
    assert wording.limits(*sides).replace("\u00a0", " ") == shown


@pytest.mark.parametrize(
    ("at", "vietnamese", "english"),
    [
        (vietnam(2024, 11, 20, 8, 35), "08:35", "08:35"),
        (vietnam(2024, 11, 19, 23, 59), "19/11 23:59", "19 Nov 23:59"),
        (vietnam(2023, 11, 20, 8, 35), "20/11/2023 08:35", "20 Nov 2023 08:35"),
        (datetime(2024, 11, 19, 17, 0, tzinfo=UTC), "00:00", "00:00"),
        (datetime(2023, 12, 31, 17, 0, tzinfo=UTC), "01/01 00:00", "1 Jan 00:00"),
    ],
)
def test_a_moment_tells_only_what_is_not_today(at, vietnamese, english):
    assert wording.moment(at, now=NOW) == vietnamese
    assert wording.moment(at, now=NOW, language="en") == english


def test_a_moment_gives_its_seconds_when_asked():
    assert wording.moment(vietnam(2024, 11, 20, 8, 35, 12), now=NOW, seconds=True) == "08:35:12"


def test_a_moment_without_a_time_zone_is_refused():
    with pytest.raises(ValueError, match="has no time zone"):
        wording.moment(datetime(2024, 11, 20), now=NOW)


@pytest.mark.parametrize(
    ("start", "end", "shown"),
    [
        (vietnam(2024, 11, 20, 7), vietnam(2024, 11, 20, 8), "07:00–08:00"),
        (vietnam(2024, 11, 19, 7), vietnam(2024, 11, 19, 8), "19/11 07:00–08:00"),
        (vietnam(2024, 11, 19, 23), vietnam(2024, 11, 20, 0), "19/11 23:00–24:00"),
        (vietnam(2024, 11, 19), vietnam(2024, 11, 20), "19/11"),
        (vietnam(2024, 11, 18), vietnam(2024, 11, 20), "18/11–19/11"),
        (vietnam(2024, 11, 19, 23), vietnam(2024, 11, 20, 2), "19/11 23:00 – 20/11 02:00"),
        (vietnam(2024, 11, 20, 23), vietnam(2024, 11, 21, 2), "20/11 23:00 – 21/11 02:00"),
    ],
)
def test_a_period_is_written_as_short_as_it_can_be(start, end, shown):
    assert wording.period(start, end, now=NOW) == shown


@pytest.mark.parametrize(
    ("span", "vietnamese", "english"),
    [
        (timedelta(hours=3, minutes=10, seconds=59), "3 giờ 10 phút", "3 hours 10 minutes"),
        (timedelta(hours=14), "14 giờ", "14 hours"),
        (timedelta(days=2, hours=3, minutes=5), "2 ngày 3 giờ", "2 days 3 hours"),
        (timedelta(days=1, minutes=5), "1 ngày", "1 day"),
        (timedelta(minutes=40, seconds=12), "40 phút", "40 minutes"),
        (timedelta(minutes=1), "1 phút", "1 minute"),
        (timedelta(seconds=35), "35 giây", "35 seconds"),
        (timedelta(0), "0 giây", "0 seconds"),
        (timedelta(hours=-2), "2 giờ", "2 hours"),
    ],
)
def test_a_duration_names_its_two_largest_units(span, vietnamese, english):
    assert wording.duration(span).replace("\u00a0", " ") == vietnamese
    assert wording.duration(span, language="en").replace("\u00a0", " ") == english


@pytest.mark.parametrize(
    ("octets", "shown"), [(412, "412 B"), (1_234, "1,2 kB"), (3_400_000, "3,4 MB")]
)
def test_a_file_has_a_size(octets, shown):
    assert wording.size(octets).replace("\u00a0", " ") == shown


def test_a_day_of_another_year_names_it():
    assert wording.day(date(2023, 5, 9), today=date(2024, 1, 1)) == "09/05/2023"
