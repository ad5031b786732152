from __future__ import annotations

import ftplib
import os
import time
from pathlib import Path

import pytest

from monitoring.ftp.keeping import Keeper
from monitoring.ftp.shelf import DAY, HOUR, Shelf, waits_for_rename
from tests.monitoring.ftp.conftest import OpenDoor, Receiver

NAME = "BG_KCNQC_NT01_20240521083500.txt"
RAW = b"COD\t48.2\tmg/L\t20240521083500\t00\r\n"


@pytest.mark.parametrize(
    "name",
    ["a.txt.tmp", "a.TMP", "a.part", "a.Part", "a.filepart", "a.txt.FilePart", ".a.txt", ".tmp"],
)
def test_temporary_names_wait(name: str) -> None:
    assert waits_for_rename(name)


@pytest.mark.parametrize("name", ["a.txt", "tmp", "part", "a.tmp.txt", "a.partial", "atmp"])
def test_other_names_do_not(name: str) -> None:
    assert not waits_for_rename(name)


@pytest.mark.parametrize("waiting", [NAME + ".tmp", NAME + ".PART", NAME + ".filepart", "." + NAME])
def test_a_temporary_name_is_delivered_by_its_rename(receiver: Receiver, waiting: str) -> None:
    client = receiver.login()
    assert client.send(waiting, RAW).startswith("226")
    assert receiver.entries() == []
    assert client.size(waiting) == len(RAW)
    assert client.rename(waiting, NAME).startswith("250")
    assert receiver.sent() == [(NAME, RAW)]
    assert client.names() == [NAME]


def test_the_rename_may_come_in_another_session(receiver: Receiver) -> None:
    receiver.login().send("upload.tmp", RAW)
    receiver.login().rename("upload.tmp", NAME)
    assert receiver.sent() == [(NAME, RAW)]


def test_a_rename_into_a_new_folder_works(receiver: Receiver) -> None:
    client = receiver.login()
    client.send("upload.tmp", RAW)
    client.rename("upload.tmp", f"/2024/05/21/{NAME}")
    assert receiver.sent() == [(NAME, RAW)]
    assert client.names("/2024/05/21") == [NAME]


def test_two_loggers_of_one_account_may_use_the_same_temporary_name(receiver: Receiver) -> None:
    one, two = receiver.login(), receiver.login()
    one.send("upload.tmp", b"of one")
    two.send("upload.tmp", b"of two")
    one.rename("upload.tmp", "one.txt")
    two.rename("upload.tmp", "two.txt")
    assert receiver.sent() == [("one.txt", b"of one"), ("two.txt", b"of two")]
    assert one.names() == ["one.txt", "two.txt"]


def test_a_rename_from_one_temporary_name_to_another_goes_on_waiting(receiver: Receiver) -> None:
    client = receiver.login()
    client.send("a.tmp", RAW)
    client.rename("a.tmp", "b.part")
    assert receiver.entries() == []
    client.rename("b.part", NAME)
    assert receiver.sent() == [(NAME, RAW)]


def test_a_delivered_copy_under_a_new_name_is_a_delivery_of_that_name(receiver: Receiver) -> None:
    client = receiver.login()
    client.send("upload.dat", RAW)
    client.rename("upload.dat", NAME)
    assert receiver.sent() == [("upload.dat", RAW), (NAME, RAW)]


def test_a_copy_moved_to_another_folder_is_no_new_delivery(receiver: Receiver) -> None:
    client = receiver.login()
    client.send(NAME, RAW)
    client.rename(NAME, f"/sent/{NAME}")
    assert receiver.sent() == [(NAME, RAW)]
    assert client.names("/sent") == [NAME]


def test_a_folder_can_be_renamed(receiver: Receiver) -> None:
    client = receiver.login()
    client.send(f"/old/{NAME}", RAW)
    client.rename("/old", "/new")
    assert client.names("/new") == [NAME]


def test_a_rename_of_nothing_is_refused(receiver: Receiver) -> None:
    client = receiver.login()
    with pytest.raises(ftplib.error_perm, match=r"^550"):
        client.rename("nothing.tmp", NAME)
    with pytest.raises(ftplib.error_perm, match=r"^503"):
        client.sendcmd(f"RNTO {NAME}")


def test_250_is_told_only_when_the_spool_has_it(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = receiver.login()
    client.send("upload.tmp", RAW)

    def fsync(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr("monitoring.services.spool.os.fsync", fsync)
        with pytest.raises(ftplib.error_temp, match=r"^452"):
            client.rename("upload.tmp", NAME)
    assert receiver.entries() == []
    assert client.names() == ["upload.tmp"]
    client.rename("upload.tmp", NAME)
    assert receiver.sent() == [(NAME, RAW)]


def test_what_is_not_renamed_within_an_hour_is_unfinished(receiver: Receiver) -> None:
    client = receiver.login()
    client.send(NAME + ".tmp", RAW)
    now = time.time()
    assert receiver.door.keeper.sweep(now + HOUR - 60) == 0
    assert receiver.door.keeper.sweep(now + HOUR + 60) == 1
    [entry] = receiver.entries()
    assert (entry.name, entry.raw, entry.unfinished) == (NAME + ".tmp", RAW, True)
    assert (entry.account, entry.peer) == ("logger", "127.0.0.1")
    assert receiver.door.keeper.sweep(now + 2 * HOUR) == 0


def test_an_unfinished_file_renamed_later_is_delivered_all_the_same(receiver: Receiver) -> None:
    client = receiver.login()
    client.send("upload.tmp", RAW)
    receiver.door.keeper.sweep(time.time() + HOUR + 60)
    client.rename("upload.tmp", NAME)
    assert [(entry.name, entry.unfinished) for entry in receiver.entries()] == [
        ("upload.tmp", True),
        (NAME, False),
    ]


def test_a_waiting_file_that_its_logger_deletes_is_forgotten(receiver: Receiver) -> None:
    client = receiver.login()
    client.send("upload.tmp", RAW)
    client.delete("upload.tmp")
    assert receiver.door.keeper.sweep(time.time() + HOUR + 60) == 0
    assert receiver.entries() == []


def test_waiting_survives_a_restart(open_door: OpenDoor) -> None:
    before = open_door()
    before.login().send(NAME + ".tmp", RAW)
    before.end()

    def after_a_restart() -> Keeper:
        return Keeper(before.spool, Shelf(before.folder / "ftp"))

    assert after_a_restart().sweep(time.time() + HOUR + 60, whole=True) == 1
    [entry] = before.entries()
    assert (entry.account, entry.unfinished) == ("logger", True)
    assert after_a_restart().sweep(time.time() + 2 * HOUR, whole=True) == 0


def test_the_running_door_sweeps_by_itself(
    open_door: OpenDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitoring.ftp.shelf.RENAMED_WITHIN_SECONDS", 0.1)
    receiver = open_door(sweep_seconds=0.1)
    receiver.login().send("upload.tmp", RAW)
    end = time.monotonic() + 5
    while not receiver.entries() and time.monotonic() < end:
        time.sleep(0.02)
    assert [entry.unfinished for entry in receiver.entries()] == [True]


def test_a_modification_time_set_by_the_logger_changes_no_age(receiver: Receiver) -> None:
    client = receiver.login()
    client.send("upload.tmp", RAW)
    client.sendcmd("MFMT 20200101000000 upload.tmp")
    client.send(NAME, RAW)
    client.sendcmd(f"MFMT 20200101000000 {NAME}")
    assert client.sendcmd(f"MDTM {NAME}") == "213 20200101000000"
    assert receiver.door.keeper.sweep(time.time() + 60, whole=True) == 0
    assert client.names() == [NAME, "upload.tmp"]


def test_a_copy_is_listed_for_a_week(receiver: Receiver) -> None:
    client = receiver.login()
    client.send(f"/2024/05/21/{NAME}", RAW)
    receiver.door.keeper.sweep(time.time() + 7 * DAY - 60, whole=True)
    assert client.size(f"/2024/05/21/{NAME}") == len(RAW)
    receiver.door.keeper.sweep(time.time() + 7 * DAY + 60, whole=True)
    assert client.names("/") == []
    assert receiver.sent() == [(NAME, RAW)]


def test_nothing_outside_the_accounts_is_swept(receiver: Receiver) -> None:
    outside = receiver.folder / "outside.tmp"
    outside.write_bytes(b"not ours")
    (receiver.folder / "ftp" / "logger").mkdir(exist_ok=True)
    Path(receiver.folder, "ftp", "logger", "link").symlink_to(receiver.folder)
    os.utime(outside, (0, 0))
    receiver.door.keeper.sweep(time.time() + 30 * DAY, whole=True)
    assert outside.read_bytes() == b"not ours"
    assert receiver.entries() == []
