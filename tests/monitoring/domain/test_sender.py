from __future__ import annotations

import time
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.domain.sender import (
    PrefixIndex,
    PrefixPeriod,
    Sender,
    Stamp,
    stamp_of,
    stamps_of,
    whose_by_account,
    whose_by_command,
)

STAMP = "20240521083500"
MEASURED = datetime(2024, 5, 21, 1, 35, tzinfo=UTC)
OURS, OURS_TOO, THEIRS, LONGER = 1, 2, 3, 4

PREFIXES = PrefixIndex(
    [
        PrefixPeriod(OURS, "BG_KCNQC_NT01"),
        PrefixPeriod(OURS_TOO, "BG_KCNQC_NT02"),
        PrefixPeriod(THEIRS, "BG_CCNDN_NT01"),
        PrefixPeriod(LONGER, f"BG_CCNDN_NT01_{STAMP}"),
    ]
)


def by_account(name: str, *own: int, prefixes: PrefixIndex = PREFIXES) -> Sender:
    return whose_by_account(name, account_station_ids=own, prefixes=prefixes)


def by_command(name: str, prefixes: PrefixIndex = PREFIXES) -> Sender:
    return whose_by_command(name, prefixes=prefixes)


class TestName:
    @pytest.mark.parametrize(
        "name",
        [
            f"BG_KCNQC_NT01_{STAMP}.txt",
            f"BG_KCNQC_NT01_{STAMP}.TXT",
            f"BG_KCNQC_NT01_{STAMP}",
            f"BG_KCNQC_NT01_{STAMP} (1).txt",
            f"BG_KCNQC_NT01_{STAMP}_lai.txt",
            f"/NT01/2024/Thang05/20240521/BG_KCNQC_NT01_{STAMP}.txt",
            f"D:\\du lieu\\BG_KCNQC_NT01_{STAMP}.txt",
        ],
    )
    def test_what_stands_before_the_stamp_is_the_prefix(self, name):
        assert stamp_of(name) == Stamp("BG_KCNQC_NT01", STAMP)
        assert stamp_of(name).moment == MEASURED

    @pytest.mark.parametrize(
        "name",
        [
            "",
            "data.txt",
            "BG_KCNQC_NT01.txt",
            "BG_KCNQC_NT01_2024052108350.txt",
            "BG_KCNQC_NT01_202405210835001.txt",
            f"BG_KCNQC_NT01-{STAMP}.txt",
            f"{STAMP}.txt",
            f"BG_KCNQC_NT01_{STAMP}/data.txt",
            "BG_KCNQC_NT01_２０２４０５２１０８３５００.txt",
        ],
    )
    def test_without_underscore_and_fourteen_digits_it_is_unreadable(self, name):
        assert stamp_of(name) is None
        assert by_command(name) == Sender(code="unreadable_name")

    def test_digits_that_are_no_date_are_a_stamp_without_a_moment(self):
        stamp = stamp_of("BG_KCNQC_NT01_20241399083500.txt")
        assert stamp == Stamp("BG_KCNQC_NT01", "20241399083500")
        assert stamp.moment is None

    def test_a_name_with_two_stamps_can_be_read_twice(self):
        assert stamps_of(f"A_{STAMP}_20240521090000.txt") == [
            Stamp(f"A_{STAMP}", "20240521090000"),
            Stamp("A", STAMP),
        ]

    @given(st.text())
    def test_every_name_has_an_answer(self, name):
        assert by_command(name).code in {"unreadable_name", "unknown_station"}
        assert by_account(name, OURS).station_id == OURS


class TestByCommand:
    def test_the_prefix_decides(self):
        name = f"2024/05/BG_CCNDN_NT01_{STAMP}.txt"
        assert by_command(name) == Sender(THEIRS, None, MEASURED)

    def test_the_longest_known_prefix_decides(self):
        name = f"BG_CCNDN_NT01_{STAMP}_20240521090000.txt"
        assert by_command(name).station_id == LONGER
        name = f"BG_KCNQC_NT01_{STAMP}_20240521090000.txt"
        assert by_command(name) == Sender(OURS, None, MEASURED)

    @pytest.mark.parametrize(
        "prefix", ["x_BG_KCNQC_NT01", "BG_KCNQC", "BG_KCNQC_NT011", "", "bg_kcnqc_nt01"]
    )
    def test_digits_but_no_known_prefix_is_an_unknown_station(self, prefix):
        assert by_command(f"{prefix}_{STAMP}.txt") == Sender(None, "unknown_station", MEASURED)

    def test_digits_that_are_no_date_still_find_the_station(self):
        assert by_command("BG_KCNQC_NT01_20241399083500.txt") == Sender(OURS)

    def test_a_prefix_counts_on_its_days_both_included(self):
        prefixes = PrefixIndex(
            [
                PrefixPeriod(OURS, "A", since=date(2024, 5, 20), until=date(2024, 5, 21)),
                PrefixPeriod(THEIRS, "A", since=date(2024, 5, 22)),
            ]
        )
        found = {
            day: by_command(f"A_{day}.txt", prefixes).station_id
            for day in ("20240519235959", "20240520000000", "20240521235959", "20240522000000")
        }
        assert list(found.values()) == [None, OURS, OURS, THEIRS]
        assert by_command("A_20240519235959.txt", prefixes).code == "unknown_station"

    def test_without_a_date_the_newest_holder_is_meant(self):
        prefixes = PrefixIndex(
            [
                PrefixPeriod(OURS, "A", until=date(2024, 5, 21)),
                PrefixPeriod(THEIRS, "A", since=date(2024, 5, 22)),
            ]
        )
        assert by_command("A_20241399000000.txt", prefixes).station_id == THEIRS


class TestByAccountOfOneStation:
    @pytest.mark.parametrize("prefix", ["BG_KCNQC_NT01", "BG_KHONGCO_NT09", "x", ""])
    def test_its_own_prefix_and_unknown_ones_are_its_station(self, prefix):
        assert by_account(f"{prefix}_{STAMP}.txt", OURS) == Sender(OURS, None, MEASURED)

    @pytest.mark.parametrize("name", ["data.txt", "", "BG_CCNDN_NT01.txt"])
    def test_an_unreadable_name_is_its_station_without_a_time(self, name):
        assert by_account(name, OURS) == Sender(OURS)

    def test_digits_that_are_no_date_are_its_station_without_a_time(self):
        assert by_account("BG_KCNQC_NT01_20241399083500.txt", OURS) == Sender(OURS)

    def test_the_prefix_of_another_account_is_a_wrong_station(self):
        sender = by_account(f"BG_CCNDN_NT01_{STAMP}.txt", OURS)
        assert sender == Sender(None, "wrong_station", MEASURED, claimed_station_id=THEIRS)

    def test_also_where_the_digits_are_no_date(self):
        sender = by_account("BG_CCNDN_NT01_20241399083500.txt", OURS)
        assert (sender.code, sender.claimed_station_id) == ("wrong_station", THEIRS)

    def test_a_prefix_that_only_another_ever_had_stays_theirs(self):
        prefixes = PrefixIndex([PrefixPeriod(THEIRS, "A", until=date(2024, 1, 31))])
        assert by_account(f"A_{STAMP}.txt", OURS, prefixes=prefixes).code == "wrong_station"

    def test_a_prefix_handed_over_is_each_ones_on_its_days(self):
        prefixes = PrefixIndex(
            [
                PrefixPeriod(THEIRS, "A", until=date(2024, 5, 20)),
                PrefixPeriod(OURS, "A", since=date(2024, 5, 21)),
            ]
        )
        assert (
            by_account("A_20240520235959.txt", OURS, prefixes=prefixes).claimed_station_id == THEIRS
        )
        assert by_account("A_20240521000000.txt", OURS, prefixes=prefixes).station_id == OURS
        assert by_account("A_20241399000000.txt", THEIRS, prefixes=prefixes).station_id == THEIRS

    def test_its_own_old_prefix_remains_its_own(self):
        prefixes = PrefixIndex([PrefixPeriod(OURS, "A", until=date(2024, 1, 31))])
        assert by_account(f"A_{STAMP}.txt", OURS, prefixes=prefixes).station_id == OURS

    def test_a_station_numbered_zero_is_a_station(self):
        assert by_account("data.txt", 0).station_id == 0
        assert by_account(f"x_{STAMP}.txt", 0).station_id == 0


class TestByAccountOfSeveralStations:
    def test_the_one_whose_prefix_fits(self):
        assert by_account(f"BG_KCNQC_NT01_{STAMP}.txt", OURS, OURS_TOO).station_id == OURS
        assert by_account(f"BG_KCNQC_NT02_{STAMP}.txt", OURS, OURS_TOO).station_id == OURS_TOO
        assert by_account("BG_KCNQC_NT02_20241399083500.txt", OURS, OURS_TOO).station_id == OURS_TOO

    def test_an_unknown_prefix_is_an_unknown_station(self):
        sender = by_account(f"BG_KHONGCO_NT09_{STAMP}.txt", OURS, OURS_TOO)
        assert sender == Sender(None, "unknown_station", MEASURED)

    def test_an_unreadable_name_is_nobodys(self):
        assert by_account("data.txt", OURS, OURS_TOO) == Sender(code="unreadable_name")

    def test_the_prefix_of_another_account_is_a_wrong_station(self):
        assert by_account(f"BG_CCNDN_NT01_{STAMP}.txt", OURS, OURS_TOO).code == "wrong_station"

    def test_a_prefix_of_theirs_not_in_force_is_an_unknown_station(self):
        prefixes = PrefixIndex([PrefixPeriod(OURS, "A", until=date(2024, 1, 31))])
        sender = by_account(f"A_{STAMP}.txt", OURS, OURS_TOO, prefixes=prefixes)
        assert sender.code == "unknown_station"


def test_three_thousand_stations_are_no_slower_than_one():
    many = PrefixIndex(PrefixPeriod(n, f"BG_CS{n}_NT01") for n in range(3000))
    begun = time.perf_counter()
    for n in range(3000):
        assert by_command(f"BG_CS{n}_NT01_{STAMP}.txt", many).station_id == n
    assert time.perf_counter() - begun < 1
