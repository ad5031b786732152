"""How a file was read: all that its reading depended on, beside its bytes and its reception.

A file that is read again later must say again what it said, though the register has changed
meanwhile. So each delivery keeps the fingerprint of this.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from monitoring.domain.channelmap import DatedMaps, fingerprint_of
from monitoring.domain.sender import stamps_of


@dataclass(frozen=True, slots=True)
class ReadWith:
    """The dated maps of the file's station, and which time of its name stood in for the rows."""

    maps: DatedMaps
    stamp: int = 0
    """Of the times in the name, counted from the last: 0, unless another's prefix was known."""

    @property
    def fingerprint(self) -> str:
        """64 hexadecimal digits; the same fingerprint reads the same bytes alike."""
        if not self.stamp:
            return self.maps.fingerprint
        return fingerprint_of([self.maps.fingerprint, self.stamp])

    @property
    def content(self) -> dict[str, Any]:
        """All of it as JSON takes it."""
        return {**self.maps.content, "stamp": self.stamp}

    @classmethod
    def restored(cls, content: Mapping[str, Any]) -> ReadWith:
        """What gave this content."""
        return cls(DatedMaps.restored(content), content["stamp"])

    def name_time(self, name: str) -> datetime | None:
        """The moment in a name, for rows without a time of their own."""
        stamps = stamps_of(name)
        return stamps[self.stamp].moment if self.stamp < len(stamps) else None
