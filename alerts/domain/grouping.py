"""How mails about one station to one address are gathered.

The first leaves at once. What follows within five minutes of a mail waits for the end of these
five minutes and goes out together in one more.
"""

from __future__ import annotations

from datetime import datetime, timedelta

GATHERING = timedelta(minutes=5)


def leaves_at(due_at: datetime, *, last_mail_at: datetime | None) -> datetime:
    """When a note that is due leaves, given the last mail to its address about its station."""
    if last_mail_at is None or due_at >= last_mail_at + GATHERING:
        return due_at
    return last_mail_at + GATHERING
