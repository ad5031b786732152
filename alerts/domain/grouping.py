"""How mails about one station to one address are gathered.

The first leaves at once. What follows within five minutes of a mail waits for the end of these
five minutes and goes out together in one more.

What late data tell is gathered for longer, for a back-fill of weeks comes in many files: it waits
until no more late data have been judged for five minutes, an hour at most. Nobody can hurry about
a period that was over long ago, and one mail is read where forty are not.
"""

from __future__ import annotations

from datetime import datetime, timedelta

GATHERING = timedelta(minutes=5)


LATE_REST = timedelta(minutes=5)
LATE_AT_MOST = timedelta(hours=1)


def late_leaves_at(now: datetime, *, since: datetime | None) -> datetime:
    """When notes about late data of a station leave, some of which were judged just now.

    `since`: when the first of those that still wait was written; None where none waits.
    """
    return min(now + LATE_REST, (since or now) + LATE_AT_MOST)


def leaves_at(due_at: datetime, *, last_mail_at: datetime | None) -> datetime:
    """When a note that is due leaves, given the last mail to its address about its station."""
    if last_mail_at is None or due_at >= last_mail_at + GATHERING:
        return due_at
    return last_mail_at + GATHERING
