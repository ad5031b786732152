"""Each piece of work that only one may do at a time has a lock of its own in the database."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

ROOMS = ("config", "stations", "alerts", "monitoring")
LOCK = re.compile(r"^_?[A-Z]+ = (0x71_74_74_64_[0-9a-f]{2})\b", re.MULTILINE)


def test_no_two_pieces_of_work_share_a_lock(project: Path) -> None:
    """Else a mail server that is slow would hold up who looks for silence."""
    found = [
        number
        for room in ROOMS
        for file in sorted((project / room).rglob("*.py"))
        for number in LOCK.findall(file.read_text(encoding="utf-8"))
    ]
    assert len(found) >= 5
    assert [number for number, times in Counter(found).items() if times > 1] == []
