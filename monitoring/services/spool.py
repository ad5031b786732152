"""The spool: one folder a receiver host, where a file lies safe before anyone is told "226".

A spool file is one record or many (a command's batch): a header line in JSON, then the bytes.
It is written under a temporary name, fsynced, renamed, and the folder is fsynced; only then may
a door acknowledge. Its name begins with the moment of reception and the id, so that sorted names
are the order of reception. It is removed only after the database has committed.
"""

from __future__ import annotations

import errno
import hashlib
import heapq
import json
import logging
import os
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

logger = logging.getLogger(__name__)

MAX_FILE_BYTES = 1024 * 1024
"""A station file above this is refused at every door (contract, "Reading a station file")."""

ENTRIES_A_PACK = 1000
BYTES_A_PACK = 16 * 1024 * 1024
LEFTOVER_SECONDS = 3600

_SUFFIX = ".spool"
_UNFINISHED_WRITE = ".new"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class SpoolUnavailable(Exception):
    """Nothing was kept, so nothing may be acknowledged: the disk is full, read-only or broken."""

    def __init__(self, error: OSError) -> None:
        self.reason = error.strerror or str(error)
        self.full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        super().__init__(f"The spool cannot keep a file: {self.reason}")


class UnreadableSpoolFile(Exception):
    """A file in the spool that is torn or not ours; `reason` says what was found."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"{path.name}: {reason}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One file as it came through a door. `id` becomes the delivery's public id."""

    id: UUID
    received_at: datetime
    door: str
    account: str | None
    peer: str
    name: str
    raw: bytes
    unfinished: bool = False
    too_large: bool = False
    mail: bool = True

    @property
    def sha256(self) -> str:
        """The hex digest of the bytes, by which a repeated file is known."""
        return hashlib.sha256(self.raw).hexdigest()


class Spool:
    """The spool in `folder`. Safe for threads and for several processes at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)
        self.quarantine = self.folder / "quarantine"
        try:
            if not self.folder.is_dir():
                self.folder.mkdir(parents=True, exist_ok=True)
                fsync_folder(self.folder.parent)
        except OSError as error:
            raise SpoolUnavailable(error) from error

    def put(
        self,
        raw: bytes,
        *,
        door: str,
        account: str | None,
        peer: str,
        name: str,
        received_at: datetime | None = None,
        unfinished: bool = False,
        too_large: bool = False,
        mail: bool = True,
    ) -> Entry:
        """Keeps one file, durably when this returns; raises SpoolUnavailable, then nothing is kept.

        `door` is "ftp", "ftps", "http" or "command"; `received_at` is now unless given.
        """
        moment, number = _now_and_id()
        entry = Entry(
            number, _utc(received_at or moment), door, account, peer, name, raw,
            unfinished, too_large, mail,
        )  # fmt: skip
        self._store([[entry]])
        return entry

    def put_many(self, records: Iterable[Mapping[str, Any]]) -> list[Entry]:
        """Keeps a batch in as few files as its size allows; all of it is durable, or none.

        Each record holds the arguments of `put`, `raw` among them.
        """
        entries = []
        for record in records:
            moment, number = _now_and_id()
            received_at = _utc(record.get("received_at") or moment)
            entries.append(Entry(**{**record, "id": number, "received_at": received_at}))
        if entries:
            self._store(list(_packs(entries)))
        return entries

    def files(self, limit: int | None = None) -> list[Path]:
        """Spool files waiting, in the order of reception; the first `limit` of them."""
        names = self._names()
        first = sorted(names) if limit is None else heapq.nsmallest(limit, names)
        return [self.folder / name for name in first]

    def read(self, path: Path) -> list[Entry]:
        """The entries of one spool file; none when another worker has already removed it.

        Raises UnreadableSpoolFile for a torn or foreign file: `set_aside` it.
        """
        try:
            return list(_records(path.read_bytes()))
        except FileNotFoundError:
            return []
        except ValueError as error:
            raise UnreadableSpoolFile(path, str(error)) from error

    def pending(self, limit: int | None = None) -> Iterator[tuple[Path, list[Entry]]]:
        """Waiting files with their entries, in order; what cannot be read blocks no other.

        A torn file is set aside; one that the system refuses to open now stays for later.
        """
        for path in self.files(limit):
            try:
                entries = self._read_or_set_aside(path)
            except OSError:
                logger.exception("A spool file cannot be opened now: %s", path.name)
                continue
            if entries:
                yield path, entries

    def remove(self, paths: Iterable[Path]) -> None:
        """Forgets files whose entries are committed. One that is gone already is no error."""
        for path in paths:
            path.unlink(missing_ok=True)

    def set_aside(self, what: Path | Entry, reason: str) -> Path | None:
        """Moves a file, or copies one entry, into quarantine with its reason beside it.

        Returns where it lies now; None when the file was gone. An entry's own spool file is
        left to the caller, who removes it with the rest of its batch.
        """
        self.quarantine.mkdir(exist_ok=True)
        name = what.name if isinstance(what, Path) else _file_name([what])
        target = self.quarantine / name
        target.with_name(f"{name}.reason").write_text(reason + "\n", encoding="utf-8")
        try:
            if isinstance(what, Path):
                what.rename(target)
            else:
                _write_durably(target, _framed(what))
        except FileNotFoundError:
            target.with_name(f"{name}.reason").unlink(missing_ok=True)
            return None
        fsync_folder(self.quarantine)
        return target

    def holds(self, entry: Entry) -> bool:
        """Whether an entry that was put by itself still lies here; once it is stored it is gone."""
        return (self.folder / _file_name([entry])).exists()

    def oldest_received_at(self) -> datetime | None:
        """When the oldest waiting entry was received; reads names only."""
        name = min(self._names(), default=None)
        return None if name is None else _EPOCH + int(name.partition("-")[0]) * _MICROSECOND

    def count(self) -> int:
        """How many entries wait; reads names only."""
        return sum(int(name.removesuffix(_SUFFIX).rpartition("-")[2]) for name in self._names())

    def clean_leftovers(self, now: float | None = None) -> int:
        """Removes what a killed process was still writing; it was never acknowledged.

        `now` in seconds since the epoch; leftovers younger than an hour may still be at work.
        """
        removed = 0
        for file in self.folder.glob(f".*{_UNFINISHED_WRITE}"):
            try:
                if file.stat().st_mtime < (now or time.time()) - LEFTOVER_SECONDS:
                    file.unlink()
                    removed += 1
            except FileNotFoundError:
                continue  # its writer has just renamed it
        return removed

    def _read_or_set_aside(self, path: Path) -> list[Entry]:
        try:
            return self.read(path)
        except UnreadableSpoolFile as error:
            logger.error("Set aside in quarantine: %s", error)
            self.set_aside(path, error.reason)
            return []

    def _names(self) -> Iterator[str]:
        with os.scandir(self.folder) as files:
            for file in files:
                if _is_spool_name(file.name):
                    yield file.name

    def _store(self, packs: list[list[Entry]]) -> None:
        written: list[tuple[Path, Path]] = []
        try:
            for pack in packs:
                target = self.folder / _file_name(pack)
                written.append((self.folder / f".{target.name}{_UNFINISHED_WRITE}", target))
                _write_durably(written[-1][0], b"".join(map(_framed, pack)))
            for temporary, target in written:
                temporary.rename(target)
            fsync_folder(self.folder)
        except OSError as error:
            _remove_quietly(file for pair in written for file in pair)
            raise SpoolUnavailable(error) from error


def fsync_folder(folder: Path) -> None:
    """Makes the names in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_durably(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _remove_quietly(files: Iterable[Path]) -> None:
    """Best effort after a failure: what cannot be removed was never acknowledged either."""
    for file in files:
        try:
            file.unlink(missing_ok=True)
        except OSError:
            continue


_order = threading.Lock()
_last_id = 0


def _now_and_id() -> tuple[datetime, UUID]:
    """The real clock's moment and a UUIDv7 above every one given before in this process."""
    global _last_id  # noqa: PLW0603 - the order is the process's, whatever spools it has open
    with _order:
        _last_id = max(uuid7().int, _last_id + 1)
        return datetime.now(UTC), UUID(int=_last_id)


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("A moment of reception needs its time zone.")
    return moment.astimezone(UTC)


def _packs(entries: list[Entry]) -> Iterator[list[Entry]]:
    pack: list[Entry] = []
    size = 0
    for entry in entries:
        if pack and (len(pack) == ENTRIES_A_PACK or size + len(entry.raw) > BYTES_A_PACK):
            yield pack
            pack, size = [], 0
        pack.append(entry)
        size += len(entry.raw)
    yield pack


def _file_name(pack: list[Entry]) -> str:
    first = min(pack, key=lambda entry: (entry.received_at, entry.id))
    microseconds = (first.received_at - _EPOCH) // _MICROSECOND
    return f"{microseconds:017d}-{first.id}-{len(pack)}{_SUFFIX}"


def _is_spool_name(name: str) -> bool:
    moment, _, rest = name.partition("-")
    return (
        name.endswith(_SUFFIX)
        and moment.isdecimal()
        and rest.removesuffix(_SUFFIX).rpartition("-")[2].isdecimal()
    )


def _framed(entry: Entry) -> bytes:
    header = {
        "id": str(entry.id),
        "received_at": entry.received_at.isoformat(),
        "door": entry.door,
        "account": entry.account,
        "peer": entry.peer,
        "name": entry.name,
        "raw": len(entry.raw),
        "sha256": entry.sha256,
        "unfinished": entry.unfinished,
        "too_large": entry.too_large,
        "mail": entry.mail,
    }
    return json.dumps(header).encode("ascii") + b"\n" + entry.raw + b"\n"


def _records(content: bytes) -> Iterator[Entry]:
    """Every record of a spool file; ValueError says where it is torn."""
    if not content:
        raise ValueError("the file is empty")
    at = 0
    while at < len(content):
        end = content.find(b"\n", at)
        if end < 0:
            raise ValueError(f"the header at byte {at} has no end")
        entry, size = _record(content[at:end], content, end + 1)
        yield entry
        at = end + 1 + size + 1


def _record(header_line: bytes, content: bytes, start: int) -> tuple[Entry, int]:
    try:
        header = json.loads(header_line)
        size, sha256 = header.pop("raw"), header.pop("sha256")
        identity = {
            "id": UUID(header["id"]),
            "received_at": datetime.fromisoformat(header["received_at"]),
        }
        entry = Entry(**{**header, **identity, "raw": content[start : start + size]})
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"no spool header before byte {start}: {error}") from error
    if entry.sha256 != sha256 or content[start + size : start + size + 1] != b"\n":
        raise ValueError(f"the record at byte {start} is torn: its bytes do not fit its digest")
    return entry, size
