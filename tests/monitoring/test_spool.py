from __future__ import annotations

import errno
import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from uuid import uuid4

import pytest

from monitoring.services.spool import (
    ENTRIES_A_PACK,
    Entry,
    Spool,
    SpoolUnavailable,
    UnreadableSpoolFile,
)

AT = datetime(2024, 5, 21, 1, 35, 0, 123456, tzinfo=UTC)
BY_COMMAND = {"door": "command", "account": None, "peer": "", "received_at": AT, "mail": False}


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool")


def put(spool: Spool, raw: bytes = b"x", name: str = "a.txt", **more: object) -> Entry:
    return spool.put(raw, **{"door": "ftp", "account": "x", "peer": "::1", "name": name, **more})


def entries(spool: Spool) -> list[Entry]:
    return [entry for _, some in spool.pending() for entry in some]


@pytest.mark.parametrize("raw", [b"", b"\n", b"\n\n{}\n", b"{}", bytes(range(256)) * 40])
def test_an_entry_is_read_as_it_was_put(spool: Spool, raw: bytes) -> None:
    put_in = spool.put(
        raw,
        door="http",
        account=None,
        peer="203.0.113.9",
        name="trạm \udce9 1.txt",
        received_at=AT,
        unfinished=True,
        too_large=True,
        mail=False,
    )
    [path] = spool.files()
    assert spool.read(path) == [put_in]
    assert put_in.received_at == AT
    assert put_in.sha256 == hashlib.sha256(raw).hexdigest()


def test_a_moment_of_another_zone_is_kept_as_utc(spool: Spool) -> None:
    vietnam = timezone(timedelta(hours=7))
    put(spool, received_at=AT.astimezone(vietnam))
    [entry] = entries(spool)
    assert entry.received_at == AT
    assert entry.received_at.tzinfo is UTC


def test_a_moment_without_a_zone_is_refused(spool: Spool) -> None:
    with pytest.raises(ValueError, match="time zone"):
        put(spool, received_at=AT.replace(tzinfo=None))
    assert spool.files() == []


def test_ids_increase_strictly_whoever_asks(spool: Spool, tmp_path: Path) -> None:
    other = Spool(tmp_path / "other")
    made = [put(each).id for _ in range(50) for each in (spool, other)]
    assert made == sorted(set(made))
    assert all(each.version == 7 for each in made)


def test_ids_increase_also_when_the_clock_steps_back(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = put(spool).id
    monkeypatch.setattr("monitoring.services.spool.uuid7", lambda: uuid4().__class__(int=7 << 76))
    assert first < put(spool).id < put(spool).id


def test_ids_come_from_the_real_clock_where_a_moved_one_is_asked_for(spool: Spool) -> None:
    entry = put(spool, received_at=AT)
    milliseconds = entry.id.int >> 80
    assert abs(milliseconds / 1000 - time.time()) < 60


def test_files_come_in_the_order_of_reception(spool: Spool) -> None:
    late = put(spool, name="late", received_at=AT + timedelta(microseconds=1))
    early = put(spool, name="early", received_at=AT)
    same = put(spool, name="same moment, later id", received_at=AT)
    assert entries(spool) == [early, same, late]
    assert [spool.read(path)[0] for path in spool.files(limit=2)] == [early, same]


def test_a_batch_is_one_file_and_one_wait_for_the_disk(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = []
    real = os.fsync
    monkeypatch.setattr(
        "monitoring.services.spool.os.fsync", lambda fd: (synced.append(fd), real(fd))
    )
    made = spool.put_many({**BY_COMMAND, "name": f"{n}.txt", "raw": b"%d" % n} for n in range(500))
    assert len(synced) == 2  # the file and its folder
    assert len(spool.files()) == 1
    assert entries(spool) == made
    assert spool.count() == 500
    assert not any(entry.mail for entry in made)


def test_a_huge_batch_is_parted(spool: Spool) -> None:
    count = 2 * ENTRIES_A_PACK + 1
    made = spool.put_many({**BY_COMMAND, "name": "n", "raw": b""} for _ in range(count))
    assert len(spool.files()) == 3
    assert spool.count() == count
    assert entries(spool) == made


def test_a_heavy_batch_is_parted(spool: Spool) -> None:
    spool.put_many({**BY_COMMAND, "name": "n", "raw": bytes(1024 * 1024)} for _ in range(17))
    assert [len(some) for _, some in spool.pending()] == [16, 1]


def test_an_empty_batch_makes_no_file(spool: Spool) -> None:
    assert spool.put_many([]) == []
    assert spool.files() == []


def test_oldest_and_count_read_names_only(spool: Spool) -> None:
    assert spool.oldest_received_at() is None
    assert spool.count() == 0
    put(spool, received_at=AT + timedelta(days=1))
    put(spool, received_at=AT)
    for path in spool.files():
        path.write_bytes(b"")
    assert spool.oldest_received_at() == AT
    assert spool.count() == 2


def test_a_file_removed_by_another_worker_is_no_error(spool: Spool) -> None:
    put(spool)
    paths = spool.files()
    spool.remove(paths)
    spool.remove(paths)
    assert spool.read(paths[0]) == []
    assert spool.set_aside(paths[0], "gone") is None
    assert list(spool.quarantine.iterdir()) == []


def torn(content: bytes) -> list[bytes]:
    header = content.index(b"\n")
    return [
        b"",
        b"\n",
        b"not ours",
        b"[]\n",
        b'{"id": 1}\n',
        content[:header],
        content[:-1],
        content[:-2],
        content + b"{",
        content[: header + 1] + b"X" + content[header + 2 :],
    ]


@pytest.mark.parametrize("damage", range(10))
def test_a_torn_file_is_named_and_blocks_nothing(spool: Spool, damage: int) -> None:
    put(spool, b"first", received_at=AT)
    whole = put(spool, b"second")
    path = spool.files()[0]
    damaged = torn(path.read_bytes())[damage]
    path.write_bytes(damaged)
    with pytest.raises(UnreadableSpoolFile, match=path.name):
        spool.read(path)
    assert entries(spool) == [whole]
    assert (spool.quarantine / path.name).read_bytes() == damaged
    assert (spool.quarantine / f"{path.name}.reason").read_text().strip()
    assert spool.count() == 1


def test_a_file_that_cannot_be_opened_now_stays_and_blocks_nothing(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(spool, b"first", received_at=AT)
    whole = put(spool, b"second")
    first = spool.files()[0]
    real = Path.read_bytes

    def read_bytes(path: Path) -> bytes:
        if path == first:
            raise OSError(errno.EMFILE, "Too many open files")
        return real(path)

    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    assert entries(spool) == [whole]
    assert first.exists()


def test_one_entry_of_a_batch_can_be_set_aside(spool: Spool) -> None:
    first, second = spool.put_many({**BY_COMMAND, "name": n, "raw": b"r"} for n in "ab")
    aside = spool.set_aside(second, "poison")
    assert aside is not None
    assert spool.read(aside) == [second]
    assert aside.with_name(f"{aside.name}.reason").read_text() == "poison\n"
    assert entries(spool) == [first, second]


def test_foreign_names_are_left_alone(spool: Spool) -> None:
    for name in ("notes.txt", "a.spool", "1-x.spool", ".hidden"):
        (spool.folder / name).write_bytes(b"")
    assert spool.files() == []
    assert spool.count() == 0


@pytest.mark.parametrize(
    ("number", "full"), [(errno.ENOSPC, True), (errno.EDQUOT, True), (errno.EROFS, False)]
)
def test_a_disk_that_fails_is_named_and_keeps_nothing(
    spool: Spool, monkeypatch: pytest.MonkeyPatch, number: int, full: bool
) -> None:
    def fsync(descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as failing:
        failing.setattr("monitoring.services.spool.os.fsync", fsync)
        with pytest.raises(SpoolUnavailable) as error:
            put(spool)
        assert error.value.full is full
        assert error.value.reason == os.strerror(number)
    assert list(spool.folder.iterdir()) == []


def test_a_folder_that_cannot_be_synced_takes_its_entry_back(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fsync_folder(folder: Path) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as failing:
        failing.setattr("monitoring.services.spool.fsync_folder", fsync_folder)
        with pytest.raises(SpoolUnavailable):
            spool.put_many({**BY_COMMAND, "name": "n", "raw": b""} for _ in range(3))
    assert list(spool.folder.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(SpoolUnavailable):
        Spool(tmp_path / "file" / "spool")


def test_the_entry_is_synced_before_it_is_seen_and_the_folder_after(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[bool, int]] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        is_folder = Path(f"/proc/self/fd/{descriptor}").readlink() == spool.folder
        seen.append((is_folder, len(spool.files())))
        real(descriptor)

    monkeypatch.setattr("monitoring.services.spool.os.fsync", fsync)
    put(spool)
    assert seen == [(False, 0), (True, 1)]


def test_leftovers_of_a_killed_process_go_after_an_hour(spool: Spool) -> None:
    leftover = spool.folder / ".00-x-1.spool.new"
    leftover.write_bytes(b"half")
    kept = put(spool)
    assert spool.files() == [path for path, _ in spool.pending()]
    assert spool.clean_leftovers(time.time() + 3500) == 0
    assert spool.clean_leftovers(time.time() + 3700) == 1
    assert not leftover.exists()
    assert entries(spool) == [kept]


def test_many_threads_put_and_one_takes(spool: Spool) -> None:
    taken: list[bytes] = []
    done = threading.Event()

    def take() -> None:
        while not (done.is_set() and not spool.files()):
            for path, some in spool.pending(limit=10):
                taken.extend(entry.raw for entry in some)
                spool.remove([path])

    def put_some(first: int) -> None:
        for number in range(first, first + 50):
            put(spool, b"%d" % number)

    taker = threading.Thread(target=take)
    putters = [threading.Thread(target=put_some, args=(50 * n,)) for n in range(4)]
    for thread in (taker, *putters):
        thread.start()
    for thread in putters:
        thread.join()
    done.set()
    taker.join(10)
    assert sorted(map(int, taken)) == list(range(200))


PUTTER = """
import sys
from pathlib import Path
from monitoring.services.spool import Spool
spool, number = Spool(Path(sys.argv[1])), 0
while True:
    entry = spool.put(b"%d" % number, door="ftp", account="a", peer="p", name="n")
    print(entry.id, entry.sha256, flush=True)
    number += 1
"""


def test_what_was_promised_before_a_kill_is_there_once(spool: Spool, project: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", PUTTER, str(spool.folder)], stdout=subprocess.PIPE, cwd=project
    )
    assert process.stdout is not None
    promised = [process.stdout.readline() for _ in range(100)]
    process.send_signal(signal.SIGKILL)
    promised += [line for line in process.stdout.read().splitlines(True) if line.endswith(b"\n")]
    process.stdout.close()
    process.wait()
    found = [f"{entry.id} {entry.sha256}\n".encode() for entry in entries(spool)]
    assert found[: len(promised)] == promised
    assert len(found) - len(promised) in (0, 1)
    assert not spool.quarantine.exists()
