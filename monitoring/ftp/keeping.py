"""What becomes of bytes that came whole: the spool first, the listed copy after, then the reply.

These run in threads beside the loop of the server, for they wait for the disk. Each returns the
reply for the logger; a reply that begins with 2 is a promise.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from pathlib import Path

from monitoring.ftp.shelf import Sender, Shelf, waits_for_rename
from monitoring.services.spool import Spool, SpoolUnavailable

logger = logging.getLogger(__name__)

DISK_FULL = "452 The disk is full or cannot be written; nothing was kept, send again later."


@dataclass(frozen=True, slots=True)
class Reply:
    """What the logger is told, and whether the spool got an entry."""

    text: str
    spooled: bool = False


class Keeper:
    """Puts finished uploads and renames where they belong."""

    def __init__(self, spool: Spool, shelf: Shelf) -> None:
        self.spool = spool
        self.shelf = shelf
        self._sweeping = threading.Lock()

    def upload(self, path: Path, raw: bytes, sender: Sender) -> Reply:
        """A file came whole: it is delivered, or waits for its rename; durable either way."""
        if waits_for_rename(path.name):
            return self._lay_waiting(path, raw, sender)
        return self._deliver(path, raw, sender, "226 Transfer complete, the file is kept.")

    def rename(self, source: Path, target: Path, own: bytes | None, sender: Sender) -> Reply:
        """A rename delivers under the new name, unless that is temporary or the name is the same.

        `own` are the bytes that this session sent as `source`: they count even when another
        logger of the account has used the same temporary name since.
        """
        try:
            if source.is_dir() or source.name == target.name or waits_for_rename(target.name):
                self.shelf.move(source, target)
                return Reply("250 Renamed.")
            raw = source.read_bytes() if own is None else own
        except OSError as error:
            return Reply(f"550 {error.strerror}.")
        reply = self._deliver(target, raw, sender, "250 Renamed, the file is kept.")
        if reply.spooled:
            self.shelf.discard(source, raw)
        return reply

    def sweep(self, now: float, *, whole: bool = False) -> int:
        """Delivers as unfinished what was never renamed within an hour; returns how many.

        With `whole` all folders are walked too: old copies go, and files found that wait since
        before a restart.
        """
        if not self._sweeping.acquire(blocking=False):
            return 0
        try:
            if whole:
                self.shelf.tidy(now)
                self.spool.clean_leftovers(now)
            return sum(self._give_up(path, sender) for path, sender in self.shelf.overdue(now))
        finally:
            self._sweeping.release()

    def _lay_waiting(self, path: Path, raw: bytes, sender: Sender) -> Reply:
        try:
            self.shelf.lay(path, raw, sender)
        except OSError:
            logger.exception("A file that waits for its rename cannot be kept: %s", path)
            return Reply(DISK_FULL)
        return Reply("226 Transfer complete, the file waits for its rename.")

    def _deliver(self, path: Path, raw: bytes, sender: Sender, promise: str) -> Reply:
        try:
            self._spool(path, raw, sender)
        except SpoolUnavailable as error:
            logger.error("%s", error)
            return Reply(DISK_FULL)
        try:
            self.shelf.lay(path, raw, sender)
        except OSError:  # the delivery is safe; only the copy for looking is missing
            logger.exception("The copy of %s cannot be listed", path)
        return Reply(promise, spooled=True)

    def _give_up(self, path: Path, sender: Sender) -> bool:
        try:
            self._spool(path, path.read_bytes(), sender, unfinished=True)
        except (OSError, SpoolUnavailable):
            logger.exception("An unfinished file stays where it is for now: %s", path)
            return False
        self.shelf.mark_delivered(path)
        return True

    def _spool(self, path: Path, raw: bytes, sender: Sender, *, unfinished: bool = False) -> None:
        self.spool.put(
            raw,
            door=sender.door,
            account=sender.account,
            peer=sender.peer,
            name=path.name,
            unfinished=unfinished,
        )
