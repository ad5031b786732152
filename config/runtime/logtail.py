"""Passes on from the logs what a person at the console should know, and keeps logs small."""

from __future__ import annotations

import re
import shutil
import time
from pathlib import Path

WORTH_SAYING = re.compile(
    r"level=(warning|error|critical)\b|\[(WARNING|ERROR|CRITICAL)\]|^\S*(Error|Exception): "
)
LINES_A_MINUTE = 10  # of one log; the rest stands in the file
LONGEST_LINE = 300
LARGEST = 20 * 1024 * 1024  # bytes, then the older half goes into a second file


class LogTail:
    """Follows one log from its present end."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.position = file.stat().st_size if file.exists() else 0
        self.minute = 0
        self.said = 0

    def new_warnings(self) -> list[str]:
        """Lines that came since the last call and are worth saying."""
        if not self.file.exists():
            return []
        size = self.file.stat().st_size
        if size > LARGEST:
            shutil.copyfile(self.file, self.file.with_suffix(".1.log"))
            with self.file.open("r+b") as log:
                log.truncate(0)
            size = 0
        if size <= self.position:
            self.position = min(size, self.position)
            return []
        with self.file.open("rb") as log:
            log.seek(self.position)
            fresh = log.read(256 * 1024)
        whole = fresh.rfind(b"\n") + 1
        self.position += whole or (len(fresh) if len(fresh) == 256 * 1024 else 0)
        lines = fresh[:whole].decode("utf-8", errors="replace").splitlines()
        return self._few([line[:LONGEST_LINE] for line in lines if WORTH_SAYING.search(line)])

    def _few(self, lines: list[str]) -> list[str]:
        minute = int(time.monotonic() // 60)
        if minute != self.minute:
            self.minute, self.said = minute, 0
        room = max(0, LINES_A_MINUTE - self.said)
        self.said += len(lines)
        if len(lines) > room > 0:
            return [*lines[:room], f"… more in {self.file}"]
        return lines[:room]
