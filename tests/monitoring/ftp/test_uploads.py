from __future__ import annotations

import errno
import ftplib
import os
import socket
import struct
import threading
import time

import pytest

from monitoring.services.spool import MAX_FILE_BYTES
from tests.monitoring.ftp.conftest import OpenDoor, RawFTP, Receiver

NAME = "BG_KCNQC_NT01_20240521083500.txt"
RAW = b"COD\t48.2\tmg/L\t20240521083500\t00\r\n"


def reset_on_close(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def wait_until(true: object, seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.01)


def test_a_file_is_in_the_spool_when_226_is_told(receiver: Receiver) -> None:
    client = receiver.login()
    assert client.send(NAME, RAW).startswith("226")
    [entry] = receiver.entries()
    assert (entry.name, entry.raw) == (NAME, RAW)
    assert (entry.door, entry.account, entry.peer) == ("ftp", "logger", "127.0.0.1")
    assert not entry.unfinished
    assert entry.mail


def test_the_bell_rings_once_a_delivery_is_spooled(receiver: Receiver) -> None:
    receiver.login().send(NAME, RAW)
    wait_until(lambda: receiver.rung == [1])


def test_the_same_name_sent_twice_is_two_entries(receiver: Receiver) -> None:
    client = receiver.login()
    client.send(NAME, b"first")
    client.send(NAME, b"second")
    assert receiver.sent() == [(NAME, b"first"), (NAME, b"second")]


def test_an_empty_file_is_delivered(receiver: Receiver) -> None:
    assert receiver.login().send(NAME, b"").startswith("226")
    assert receiver.sent() == [(NAME, b"")]


def test_type_a_changes_no_byte(receiver: Receiver) -> None:
    client = receiver.login()
    client.voidcmd("TYPE A")
    raw = b"one\r\ntwo\nthree\r"
    with client.transfercmd(f"STOR {NAME}") as connection:
        connection.sendall(raw)
    client.voidresp()
    assert receiver.sent() == [(NAME, raw)]
    client.voidcmd("TYPE A")
    assert client.sendcmd(f"SIZE {NAME}") == f"213 {len(raw)}"


def test_names_are_utf8(receiver: Receiver) -> None:
    client = receiver.login()
    client.send("/trạm Quang Châu/số liệu.txt", RAW)
    assert receiver.sent() == [("số liệu.txt", RAW)]
    assert client.names("/trạm Quang Châu") == ["số liệu.txt"]


def test_exactly_one_mebibyte_is_taken(receiver: Receiver) -> None:
    raw = b"x" * MAX_FILE_BYTES
    assert receiver.login().send(NAME, raw).startswith("226")
    assert receiver.sent() == [(NAME, raw)]


def test_one_byte_above_is_refused_and_leaves_nothing(receiver: Receiver) -> None:
    client = receiver.login()
    with pytest.raises(ftplib.error_perm, match=r"^552"):
        client.send(NAME, b"x" * (MAX_FILE_BYTES + 1))
    assert receiver.entries() == []
    assert client.names() == []
    assert client.send(NAME, RAW).startswith("226")


def test_an_aborted_upload_leaves_nothing(receiver: Receiver) -> None:
    client = receiver.login()
    connection = client.transfercmd(f"STOR {NAME}")
    connection.sendall(RAW)
    time.sleep(0.1)
    answer = client.abort()
    assert answer[:3] in ("225", "226", "426")
    connection.close()
    client.close()
    other = receiver.login()
    assert other.names() == []
    assert receiver.entries() == []


def test_a_reset_data_connection_leaves_nothing(receiver: Receiver) -> None:
    client = receiver.login()
    connection = client.transfercmd(f"STOR {NAME}")
    connection.sendall(RAW)
    time.sleep(0.1)
    reset_on_close(connection)
    connection.close()
    with pytest.raises(ftplib.error_temp, match=r"^426"):
        client.voidresp()
    assert receiver.entries() == []
    assert client.names() == []


def test_a_lost_control_connection_leaves_nothing(receiver: Receiver) -> None:
    client = receiver.login()
    connection = client.transfercmd(f"STOR {NAME}")
    connection.sendall(RAW)
    time.sleep(0.1)
    client.close()
    time.sleep(0.1)
    connection.close()
    assert receiver.login().names() == []
    assert receiver.entries() == []


def test_a_stalled_upload_is_cut_and_leaves_nothing(open_door: OpenDoor) -> None:
    receiver = open_door(stalled_seconds=0.2)
    client = receiver.login()
    connection = client.transfercmd(f"STOR {NAME}")
    connection.sendall(RAW)
    with pytest.raises(ftplib.error_temp, match=r"^421"):
        client.voidresp()
    connection.close()
    assert receiver.entries() == []


def test_an_idle_session_is_closed(open_door: OpenDoor) -> None:
    client = open_door(idle_seconds=0.2).login()
    with pytest.raises(ftplib.error_temp, match=r"^421"):
        client.getresp()


def test_who_does_not_log_in_may_not_stay(open_door: OpenDoor) -> None:
    client = open_door(login_seconds=0.2).connect()
    with pytest.raises(ftplib.error_temp, match=r"^421"):
        client.getresp()


def test_a_client_that_leaves_before_226_is_no_trouble(receiver: Receiver) -> None:
    client = receiver.login()
    connection = client.transfercmd(f"STOR {NAME}")
    connection.sendall(RAW)
    connection.close()
    wait_until(lambda: receiver.sent() == [(NAME, RAW)])
    client.close()
    assert receiver.login().send(NAME, RAW).startswith("226")


def test_quit_at_once_after_the_data_still_gets_the_226(receiver: Receiver) -> None:
    client = receiver.login()
    connection = client.transfercmd(f"STOR {NAME}")
    connection.sendall(RAW)
    connection.close()
    client.putcmd("QUIT")
    answers = {client.getresp()[:3], client.getresp()[:3]}
    assert answers == {"226", "221"}
    assert receiver.sent() == [(NAME, RAW)]


class SlowDisk:
    """An fsync that waits until it is let go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.go = threading.Event()
        self.asked = threading.Event()
        real = os.fsync

        def fsync(descriptor: int) -> None:
            self.asked.set()
            assert self.go.wait(10)
            real(descriptor)

        monkeypatch.setattr("monitoring.services.spool.os.fsync", fsync)


def test_226_waits_for_the_disk_and_others_do_not(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, other = receiver.login(), receiver.login("neighbour")
    disk = SlowDisk(monkeypatch)
    connection = slow.transfercmd(f"STOR {NAME}")
    connection.sendall(RAW)
    connection.close()
    assert disk.asked.wait(5)
    assert other.pwd() == "/"
    assert other.names() == []
    slow.sock.settimeout(0.2)
    with pytest.raises(TimeoutError):
        slow.sock.recv(1, socket.MSG_PEEK)
    disk.go.set()
    slow.sock.settimeout(10)
    assert slow.getresp().startswith("226")
    assert receiver.sent() == [(NAME, RAW)]


def test_commands_sent_before_the_226_are_answered_after_it(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = receiver.login()
    disk = SlowDisk(monkeypatch)
    connection = client.transfercmd(f"STOR {NAME}")
    connection.sendall(RAW)
    connection.close()
    assert disk.asked.wait(5)
    client.putcmd("PWD")
    client.putcmd("NOOP")
    time.sleep(0.1)
    disk.go.set()
    assert [client.getresp()[:3] for _ in range(3)] == ["226", "257", "200"]


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EROFS, errno.EDQUOT])
def test_a_full_disk_is_told_and_nothing_is_acknowledged(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, error: int
) -> None:
    client = receiver.login()

    def fsync(descriptor: int) -> None:
        raise OSError(error, os.strerror(error))

    with monkeypatch.context() as full:
        full.setattr("monitoring.services.spool.os.fsync", fsync)
        with pytest.raises(ftplib.error_temp, match=r"^452"):
            client.send(NAME, RAW)
        with pytest.raises(ftplib.error_temp, match=r"^452"):
            client.send(NAME + ".tmp", RAW)
    assert receiver.entries() == []
    assert list(receiver.spool.folder.iterdir()) == []
    assert client.names() == []
    assert client.send(NAME, RAW).startswith("226")


def test_append_continues_a_file_of_this_session(receiver: Receiver) -> None:
    client = receiver.login()
    client.send(NAME, b"one\n")
    assert client.send(NAME, b"two\n", "APPE").startswith("226")
    assert receiver.sent()[-1] == (NAME, b"one\ntwo\n")
    assert client.size(NAME) == 8


def test_append_to_a_new_name_begins_a_file(receiver: Receiver) -> None:
    assert receiver.login().send(NAME, RAW, "APPE").startswith("226")
    assert receiver.sent() == [(NAME, RAW)]


def test_restart_continues_a_file_of_this_session(receiver: Receiver) -> None:
    client = receiver.login()
    client.send(NAME, b"0123456789")
    client.send(NAME, b"abc", rest=4)
    assert receiver.sent()[-1] == (NAME, b"0123abc")


@pytest.mark.parametrize(("command", "rest"), [("APPE", None), ("STOR", 4)])
def test_a_file_of_another_session_is_not_continued(
    receiver: Receiver, command: str, rest: int | None
) -> None:
    receiver.login().send(NAME, b"0123456789")
    client = receiver.login()
    with pytest.raises(ftplib.error_perm, match=r"^550 .*whole"):
        client.send(NAME, b"abc", command, rest)
    assert receiver.sent() == [(NAME, b"0123456789")]


def test_a_restart_beyond_the_end_is_refused(receiver: Receiver) -> None:
    client = receiver.login()
    client.send(NAME, b"0123")
    with pytest.raises(ftplib.error_perm, match=r"^550"):
        client.send(NAME, b"abc", rest=5)


def test_what_grows_above_the_limit_by_appending_is_refused(receiver: Receiver) -> None:
    client = receiver.login()
    client.send(NAME, b"x" * MAX_FILE_BYTES)
    with pytest.raises(ftplib.error_perm, match=r"^552"):
        client.send(NAME, b"y", "APPE")
    assert len(receiver.entries()) == 1
    assert client.size(NAME) == MAX_FILE_BYTES


def test_a_zero_byte_in_a_name_is_refused_and_the_session_lives(receiver: Receiver) -> None:
    client: RawFTP = receiver.login()
    client.sock.sendall(b"SIZE a\0b\r\n")
    with pytest.raises(ftplib.error_perm, match=r"^501"):
        client.getresp()
    assert client.pwd() == "/"


def test_a_name_too_long_for_a_disk_is_refused(receiver: Receiver) -> None:
    with pytest.raises(ftplib.error_perm, match=r"^553"):
        receiver.login().send("x" * 256, RAW)
    assert receiver.entries() == []
