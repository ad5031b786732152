"""What the demonstration has done already, kept in the data folder so that a killed run goes on.

History and loggers share one moment, the *beginning*: what a logger had the line to send until
then is history, what it sends after that comes live. Whoever is first fixes it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

JUST_BEFORE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Progress:
    """The notes of the demonstration in one folder."""

    folder: Path

    def beginning(self, now: datetime) -> datetime:
        """When history ends and the loggers begin: a minute before the first call."""
        file = self.folder / "beginning"
        if not file.exists():
            self._write_once(file, (now - JUST_BEFORE).isoformat())
        return datetime.fromisoformat(file.read_text(encoding="ascii"))

    def parts_done(self) -> list[str]:
        """The names of the parts of the history that went in."""
        return list(self._read("history.json").get("done", []))

    def note_part(self, name: str) -> None:
        """A part went in; it never goes in again."""
        self._write("history.json", {"done": [*self.parts_done(), name]})

    def next_slots(self) -> dict[str, int]:
        """By station code the first minute that its logger has not yet sent."""
        return self._read("loggers.json")

    def note_slots(self, slots: Mapping[str, int]) -> None:
        """How far each logger has come."""
        self._write("loggers.json", slots)

    def _read(self, name: str) -> dict[str, Any]:
        try:
            return dict(json.loads((self.folder / name).read_text(encoding="utf-8")))
        except FileNotFoundError:
            return {}

    def _write(self, name: str, content: Mapping[str, Any]) -> None:
        self._temporary(json.dumps(content)).replace(self.folder / name)

    def _write_once(self, file: Path, text: str) -> None:
        """Two processes may come at the same time: the first one's words stay."""
        temporary = self._temporary(text)
        try:
            os.link(temporary, file)
        except FileExistsError:
            return
        finally:
            temporary.unlink()

    def _temporary(self, text: str) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile("w", dir=self.folder, delete=False, encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        return Path(file.name)
