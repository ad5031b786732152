"""What one session has sent, so that it can go on with it: APPE, REST, and renames."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

from monitoring.services.spool import MAX_FILE_BYTES

MOST_FILES = 64


class SentHere:
    """The newest files of a session: at most 64 of them, or 1 MiB beside the very newest."""

    def __init__(self) -> None:
        self._files: OrderedDict[Path, bytes] = OrderedDict()

    def get(self, path: Path) -> bytes | None:
        """The bytes that this session sent under this name."""
        return self._files.get(path)

    def note(self, path: Path, raw: bytes) -> None:
        """The session has sent this file whole."""
        self._files[path] = raw
        self._files.move_to_end(path)
        while len(self._files) > MOST_FILES or self._older_bytes() > MAX_FILE_BYTES:
            self._files.popitem(last=False)

    def rename(self, source: Path, target: Path) -> None:
        """The file has another name now."""
        raw = self._files.pop(source, None)
        if raw is not None:
            self._files[target] = raw

    def beginning(self, path: Path, *, appending: bool, offset: int) -> bytes | None:
        """The bytes before those to come: none for a new file, None when it cannot be continued.

        Only a file that this session sent, and that is still listed, can be.
        """
        if not appending and not offset:
            return b""
        listed = path.exists()
        raw = self._files.get(path) if listed else None
        if appending:
            return raw if listed else b""
        return raw[:offset] if raw is not None and offset <= len(raw) else None

    def _older_bytes(self) -> int:
        *older, _ = self._files.values()
        return sum(map(len, older))
