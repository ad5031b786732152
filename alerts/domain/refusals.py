"""What a server's refusal is about: the mailbox, or something that the reader cannot help.

RFC 5321 §4.2 (reply codes) and RFC 3463 (enhanced status codes, class.subject.detail).
"""

from __future__ import annotations

import re

ENHANCED = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
MAILBOX_SUBJECTS = frozenset({"1", "2"})
"""Addressing, and the mailbox itself. Others: the server (3), the way there (4), protocol (5),
content (6), policy (7): these would refuse whatever the address was."""
UNKNOWN_THERE = "5.4.1"
"""What large hosts answer for "no such recipient here"."""
MAILBOX_CODES = frozenset({"550", "551", "553"})


def is_about_the_mailbox(reply: str) -> bool:
    """Whether a permanent refusal says that this address takes no mail.

    "550 5.1.1 no such user" · "550 no such mailbox", but not "550 5.7.1 relay denied" nor "554 too
    large": a mistake of ours must not mark every address of the province.
    """
    found = ENHANCED.search(reply)
    if found is not None:
        klass, subject, _detail = found.groups()
        return klass == "5" and (subject in MAILBOX_SUBJECTS or found[0] == UNKNOWN_THERE)
    return reply.strip()[:3] in MAILBOX_CODES


def status_in(text: str) -> str:
    """The first enhanced status code in a text; "" where there is none."""
    found = ENHANCED.search(text)
    return found[0] if found else ""
