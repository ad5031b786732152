"""The folders that loggers see: a copy of what they sent, for a week, for those that check.

A copy is for looking only; the delivery itself is in the spool and then in the database. A file
under a temporary name waits here for its rename and is writable (0600); one that was given to
the spool is read-only (0400). That mark survives a restart.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote
from uuid import uuid4

from monitoring.services.spool import fsync_folder

HOUR = 3600.0
DAY = 24 * HOUR
LISTED_SECONDS = 7 * DAY
RENAMED_WITHIN_SECONDS = HOUR

_WAITING, _DELIVERED = 0o600, 0o400
_TEMPORARY_SUFFIXES = (".tmp", ".part", ".filepart")


def waits_for_rename(name: str) -> bool:
    """Whether a logger uploads under this name only to rename it when it is whole."""
    return name.startswith(".") or name.lower().endswith(_TEMPORARY_SUFFIXES)


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends, through which door ("ftp" or "ftps"), from which address."""

    account: str
    door: str
    peer: str


class Shelf:
    """One folder an account under `root`."""

    def __init__(self, root: Path) -> None:
        self.root = Path(root)
        self._drafts = self.root / ".writing"
        self._drafts.mkdir(parents=True, exist_ok=True)
        for draft in self._drafts.iterdir():
            draft.unlink()
        self._waiting: dict[Path, Sender] = {}

    def folder_of(self, username: str) -> Path:
        """The account's own folder, made when it is not there yet."""
        name = quote(username, safe="@ -_")
        folder = self.root / (name.replace(".", "%2E", 1) if name.startswith(".") else name)
        folder.mkdir(exist_ok=True)
        return folder

    def lay(self, path: Path, raw: bytes, sender: Sender) -> None:
        """Shows these bytes at `path`; a file that waits for its rename is durable on return."""
        waiting = waits_for_rename(path.name)
        draft = self._drafts / uuid4().hex
        try:
            self._write(draft, raw, _WAITING if waiting else _DELIVERED, durable=waiting)
            path.parent.mkdir(parents=True, exist_ok=True)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        if waiting:
            fsync_folder(path.parent)
            self._waiting[path] = sender
        else:
            self._waiting.pop(path, None)

    def move(self, source: Path, target: Path) -> None:
        """Renames a file or a folder as it is; what waited goes on waiting."""
        target.parent.mkdir(parents=True, exist_ok=True)
        source.rename(target)
        if sender := self._waiting.pop(source, None):
            self._waiting[target] = sender

    def discard(self, path: Path, raw: bytes) -> None:
        """Removes the file at `path` if it still is these bytes, and not another session's."""
        with contextlib.suppress(FileNotFoundError):
            if path.read_bytes() == raw:
                path.unlink()
                self._waiting.pop(path, None)

    def mark_delivered(self, path: Path) -> None:
        """Notes on the file itself that the spool has it."""
        self._waiting.pop(path, None)
        with contextlib.suppress(FileNotFoundError):
            path.chmod(_DELIVERED)

    def overdue(self, now: float) -> Iterator[tuple[Path, Sender]]:
        """Files that wait for their rename for more than an hour at `now` (seconds since 1970)."""
        for path, sender in list(self._waiting.items()):
            try:
                if path.stat().st_ctime < now - RENAMED_WITHIN_SECONDS:
                    yield path, sender
            except FileNotFoundError:
                self._waiting.pop(path, None)  # its logger has deleted it

    def tidy(self, now: float) -> None:
        """Removes copies older than a week and folders empty for a day; finds again what waits.

        Age is the inode's own (ctime): a logger may set the modification time to what it likes.
        """
        for account in self.root.iterdir():
            if account == self._drafts or not account.is_dir():
                continue
            sender = Sender(unquote(account.name), "ftp", "")
            for folder, _, names in os.walk(account, topdown=False):
                for name in names:
                    with contextlib.suppress(FileNotFoundError):
                        self._tidy_file(Path(folder, name), sender, now)
                if folder != str(account):
                    _remove_if_empty(Path(folder), now)

    def _tidy_file(self, path: Path, sender: Sender, now: float) -> None:
        found = path.lstat()
        delivered = stat.S_IMODE(found.st_mode) == _DELIVERED
        if not stat.S_ISREG(found.st_mode):
            return
        if delivered and found.st_ctime < now - LISTED_SECONDS:
            path.unlink()
        elif not delivered and waits_for_rename(path.name):
            self._waiting.setdefault(path, sender)

    def _write(self, draft: Path, raw: bytes, mode: int, *, durable: bool) -> None:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(raw)
            file.flush()
            if durable:
                os.fsync(descriptor)


def _remove_if_empty(folder: Path, now: float) -> None:
    with contextlib.suppress(OSError):  # it is not empty, or its logger was faster
        if folder.lstat().st_ctime < now - DAY:
            folder.rmdir()
