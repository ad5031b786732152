from __future__ import annotations

import ftplib
import threading
import time
from pathlib import Path

import pytest

from monitoring.ftp.throttle import FORGOTTEN_AFTER, LONGEST_DELAY, MOST_PAIRS, Throttle
from monitoring.services.accounts import (
    Account,
    Accounts,
    Prefix,
    Snapshot,
    Token,
    read_accounts,
    write_accounts,
)
from stations.domain.secrets import keyed_digest
from tests.monitoring.ftp.conftest import KEY, SECRET, OpenDoor, Receiver, snapshot_of


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(receiver: Receiver) -> None:
    answers, seconds = [], []
    for username, secret in (("logger", "wrong"), ("nobody", SECRET), ("nobody", "")):
        client = receiver.connect()
        began = time.monotonic()
        with pytest.raises(ftplib.error_perm) as refused:
            client.login(username, secret)
        answers.append(str(refused.value))
        seconds.append(time.monotonic() - began)
    assert set(answers) == {"530 Authentication failed."}
    assert seconds[0] == pytest.approx(1.0, abs=0.4)
    assert seconds[1] == pytest.approx(1.0, abs=0.4)


def test_a_penalty_delays_neither_the_loop_nor_another_account(receiver: Receiver) -> None:
    guesser = receiver.connect()
    guesser.putcmd("USER logger")
    guesser.getresp()
    guesser.putcmd("PASS wrong")
    began = time.monotonic()
    neighbour = receiver.login("neighbour")
    assert neighbour.send("a.txt", b"x").startswith("226")
    assert time.monotonic() - began < 0.8


def test_a_penalty_of_one_address_leaves_the_account_open_to_others(receiver: Receiver) -> None:
    throttle = receiver.door.throttle
    for _ in range(10):
        throttle.failed("203.0.113.9", "logger")
    began = time.monotonic()
    receiver.login("logger")
    assert time.monotonic() - began < 0.8


def test_the_right_password_waits_too_after_wrong_ones(receiver: Receiver) -> None:
    receiver.door.throttle.failed("127.0.0.1", "logger")
    began = time.monotonic()
    receiver.login("logger")
    assert time.monotonic() - began > 0.8


def test_many_loggers_log_in_while_one_is_penalised(receiver: Receiver) -> None:
    def guess() -> None:
        with pytest.raises(ftplib.error_perm):
            receiver.connect().login("neighbour", "wrong")

    guessers = [threading.Thread(target=guess) for _ in range(3)]
    for each in guessers:
        each.start()
    began = time.monotonic()
    for _ in range(20):
        receiver.login("logger").quit()
    assert time.monotonic() - began < 1.5
    for each in guessers:
        each.join()


def test_three_wrong_passwords_end_the_session(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitoring.ftp.throttle.FIRST_DELAY", 0.01)
    client = receiver.connect()
    for _ in range(3):
        with pytest.raises(ftplib.error_perm):
            client.login("logger", "wrong")
    with pytest.raises((EOFError, ConnectionError)):
        client.voidcmd("NOOP")


def test_nothing_works_without_a_login(receiver: Receiver) -> None:
    client = receiver.connect()
    for command in ("PASV", "STOR a.txt", "LIST", "MKD a", "CWD /", "RNFR a", "DELE a", "PWD"):
        with pytest.raises(ftplib.error_perm, match=r"^530"):
            client.voidcmd(command)


def test_an_account_without_a_secret_is_closed(receiver: Receiver) -> None:
    write_accounts(receiver.door.accounts.path, Snapshot(accounts=(Account("new", "", (1,)),)))
    assert receiver.door.accounts.check("new", "") is None


def test_a_changed_register_is_known_at_once(receiver: Receiver) -> None:
    client = receiver.login("logger")
    write_accounts(receiver.door.accounts.path, snapshot_of("newcomer"))
    assert receiver.login("newcomer").pwd() == "/"
    with pytest.raises(ftplib.error_perm, match=r"^530"):
        client.send("a.txt", b"x")
    assert receiver.entries() == []


def test_too_many_connections_are_told_so(open_door: OpenDoor) -> None:
    receiver = open_door(connections_per_address=2)
    receiver.login()
    receiver.login()
    with pytest.raises(ftplib.error_temp, match=r"^421"):
        receiver.connect()


def test_too_many_connections_in_all_are_told_so(open_door: OpenDoor) -> None:
    receiver = open_door(connections=4)  # the door itself and its wake-up are two of them
    receiver.login()
    receiver.login()
    with pytest.raises(ftplib.error_temp, match=r"^421"):
        receiver.connect()
    receiver.clients[0].quit()
    assert receiver.login().pwd() == "/"


def test_a_snapshot_is_read_as_it_was_written(tmp_path: Path) -> None:
    snapshot = Snapshot(
        accounts=(Account("trạm", "d1", (1, 2)), Account("other", "", ())),
        tokens=(Token("d2", 1),),
        prefixes=(Prefix("BG_A", 1), Prefix("BG_B", 2)),
    )
    path = tmp_path / "receivers" / "accounts.json"
    assert write_accounts(path, snapshot)
    assert read_accounts(path) == snapshot
    assert not write_accounts(path, snapshot)
    assert path.stat().st_mode & 0o077 == 0
    assert [each.name for each in path.parent.iterdir()] == ["accounts.json"]


def test_a_token_names_its_station(tmp_path: Path) -> None:
    path = tmp_path / "accounts.json"
    write_accounts(path, Snapshot(tokens=(Token(keyed_digest("bearer", key=KEY), 7),)))
    accounts = Accounts(path, key=KEY)
    assert accounts.station_of_token("bearer") == 7
    assert accounts.station_of_token("another") is None
    assert accounts.station_of_token("") is None


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"version": 99}', b'{"version": 1}'])
def test_a_damaged_snapshot_leaves_the_last_good_one(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "accounts.json"
    accounts = Accounts(path, key=KEY)
    assert accounts.check("logger", SECRET) is None
    write_accounts(path, snapshot_of("logger"))
    assert accounts.check("logger", SECRET) is not None
    path.write_bytes(content)
    assert accounts.check("logger", SECRET) is not None
    write_accounts(path, snapshot_of("neighbour"))
    assert accounts.check("logger", SECRET) is None


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_each_wrong_password_doubles_the_wait_up_to_half_a_minute() -> None:
    clock = Clock()
    throttle = Throttle(clock)
    waits = []
    for _ in range(8):
        waits.append(throttle.failed("a", "x"))
        clock.now += waits[-1]
    assert waits == [1, 2, 4, 8, 16, 30, 30, 30]
    assert throttle.succeeded("a", "x") == 0


def test_guesses_at_the_same_time_wait_one_after_the_other() -> None:
    throttle = Throttle(Clock())
    assert [throttle.failed("a", "x") for _ in range(3)] == [1, 3, 7]
    assert throttle.succeeded("a", "x") == 7
    for _ in range(2000):
        assert throttle.failed("a", "x") <= LONGEST_DELAY


def test_another_address_or_account_never_waits() -> None:
    throttle = Throttle(Clock())
    throttle.failed("a", "x")
    assert throttle.succeeded("b", "x") == 0
    assert throttle.succeeded("a", "y") == 0


def test_quiet_minutes_end_the_penalty() -> None:
    clock = Clock()
    throttle = Throttle(clock)
    for _ in range(6):
        throttle.failed("a", "x")
    clock.now += FORGOTTEN_AFTER + 1
    assert throttle.failed("a", "x") == 1


def test_guessing_many_names_fills_no_memory() -> None:
    throttle = Throttle(Clock())
    for number in range(MOST_PAIRS + 10):
        throttle.failed("a", str(number))
    assert len(throttle._pairs) == MOST_PAIRS
