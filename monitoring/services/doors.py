"""Whether the FTP door is open, and since when: nobody is silent while we could not listen."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

BEATS_WITHIN = timedelta(seconds=60)


def heartbeat_file() -> Path:
    """Where the FTP server writes down that it is alive."""
    return Path(settings.DATA_DIR) / "receivers" / "ftp.alive"


def beat(since: datetime) -> None:
    """The FTP server is alive, and has been since then."""
    path = heartbeat_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps({"since": since.isoformat(), "at": timezone.now().isoformat()}))
    draft.replace(path)


def door_back_at(now: datetime | None = None) -> datetime | None:
    """Since when the door has been open; None while it is not known to be."""
    try:
        told = json.loads(heartbeat_file().read_text())
        since, at = (datetime.fromisoformat(told[key]) for key in ("since", "at"))
    except (FileNotFoundError, ValueError, KeyError):
        return None
    return since if at >= (now or timezone.now()) - BEATS_WITHIN else None
