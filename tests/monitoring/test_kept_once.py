"""Whatever its name and whatever happens between, a file becomes one delivery."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from django.db import ProgrammingError

from monitoring.models import Delivery
from monitoring.services import receive
from monitoring.services.receive import receive_batch, store_entries
from monitoring.services.spool import Entry, Spool
from stations.models import FilePrefix, FtpAccount, Station
from tests.flow.register import NOON, file_of, station_with

pytestmark = pytest.mark.django_db

ODD_NAMES = ["kh\udcf4ng_doc.txt", "hai\0ten.txt", "n" * 300 + ".txt"]


def by_command(station: Station) -> Entry:
    return replace(file_of(station, NOON, ("COD", "10", "00")), door="command", account=None)


def too_large(station: Station) -> Entry:
    return replace(file_of(station, NOON), raw=b"", too_large=True)


@pytest.mark.parametrize("name", ODD_NAMES, ids=["not UTF-8", "NUL", "long"])
def test_a_name_that_no_database_takes_keeps_no_file_out(name: str) -> None:
    store_entries([file_of(station_with(), NOON, ("COD", "10", "00"), name=name)], now=NOON)
    assert Delivery.objects.get().outcome == "accepted"


@pytest.mark.parametrize("name", ODD_NAMES, ids=["not UTF-8", "NUL", "long"])
def test_a_repeated_file_of_such_a_name_is_a_duplicate(name: str) -> None:
    station = station_with()
    for _ in range(2):
        store_entries([file_of(station, NOON, ("COD", "10", "00"), name=name)], now=NOON)
    outcomes = Delivery.objects.order_by("id").values_list("outcome", flat=True)
    assert list(outcomes) == ["accepted", "duplicate"]


def test_two_files_too_large_to_keep_are_no_duplicates() -> None:
    station = station_with()
    store_entries([too_large(station), too_large(station)], now=NOON)
    assert list(Delivery.objects.values_list("outcome", flat=True)) == ["rejected"] * 2


def test_an_empty_file_is_no_duplicate_of_one_too_large_to_keep() -> None:
    station = station_with()
    store_entries([too_large(station)], now=NOON)
    store_entries([file_of(station, NOON)], now=NOON)
    assert Delivery.objects.get(codes=["empty_file"]).outcome == "rejected"


def test_an_entry_whose_station_changed_after_it_was_stored_is_not_stored_again() -> None:
    """As when a worker is killed between commit and unlink, and a prefix is given away."""
    entry = by_command(station_with())
    store_entries([entry], now=NOON)
    FilePrefix.objects.all().delete()
    store_entries([entry], now=NOON)
    assert Delivery.objects.get().outcome == "accepted"


def test_a_database_not_yet_migrated_puts_no_file_into_quarantine(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    spool = Spool(tmp_path / "spool")
    spool.put(b"x", door="ftp", account="", peer="", name="x.txt")

    def no_table(entries: object, *, now: object) -> None:
        raise ProgrammingError("relation does not exist")

    monkeypatch.setattr(receive, "store_entries", no_table)
    with pytest.raises(ProgrammingError):
        receive_batch(spool, now=NOON)
    assert (spool.count(), spool.quarantine.exists()) == (1, False)


@pytest.mark.parametrize("name", ["x.tmp", "BG_KHAC_20240521120000.txt.part"])
@pytest.mark.parametrize("stations", [1, 2])
def test_a_file_never_renamed_is_unfinished_whosever_it_is(name: str, stations: int) -> None:
    station = station_with()
    account = FtpAccount.objects.get()
    account.stations.add(*[station_with() for _ in range(stations - 1)])
    entry = file_of(station, NOON, ("COD", "10", "00"), name=name)
    store_entries([replace(entry, unfinished=True)], now=NOON)
    delivery = Delivery.objects.get()
    assert (delivery.codes, bytes(delivery.raw)) == (["unfinished"], entry.raw)
