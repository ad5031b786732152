"""Whether the FTP door is open, and since when: nobody is silent while we could not listen."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

BEATS_WITHIN = timedelta(seconds=60)


def heartbeat_file() -> Path:
    """Where the FTP server writes down that it is alive."""
    return Path(settings.DATA_DIR) / "receivers" / "ftp.alive"


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """What the FTP server wrote down: alive at `at`, since `since`; before that it was alive until
    `before` (None: never, as far as anybody knows)."""

    since: datetime
    at: datetime
    before: datetime | None = None

    def is_fresh(self, now: datetime) -> bool:
        """Whether it was written lately."""
        return self.at >= now - BEATS_WITHIN

    @property
    def gap(self) -> tuple[datetime, datetime] | None:
        """The time before this life in which nobody listened, if it was more than a restart."""
        if self.before is None or self.since - self.before <= BEATS_WITHIN:
            return None
        return self.before, self.since


def heartbeat() -> Heartbeat | None:
    """The last one; None where there is none that can be read."""
    try:
        told = json.loads(heartbeat_file().read_text())
        since, at = (datetime.fromisoformat(told[key]) for key in ("since", "at"))
        before = told.get("before")
        return Heartbeat(since, at, datetime.fromisoformat(before) if before else None)
    except (FileNotFoundError, ValueError, KeyError):
        return None


def beat(since: datetime, *, at: datetime | None = None) -> None:
    """The FTP server is alive, and has been since then."""
    last = heartbeat()
    before = None
    if last is not None:
        before = last.before if last.since == since else last.at
    path = heartbeat_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    told = {"since": since, "at": at or timezone.now(), "before": before}
    draft.write_text(json.dumps({key: each and each.isoformat() for key, each in told.items()}))
    draft.replace(path)


def door_back_at(now: datetime | None = None) -> datetime | None:
    """Since when the door has been open; None while it is not known to be."""
    last = heartbeat()
    if last is None or not last.is_fresh(now or timezone.now()):
        return None
    return last.since
