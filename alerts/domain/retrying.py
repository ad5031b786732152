"""When a mail that was not taken is tried again, and when it is given up."""

from __future__ import annotations

from datetime import datetime, timedelta

FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)
GIVE_UP_AFTER = timedelta(days=5)
"""As long as mail servers themselves usually try (RFC 5321 §4.5.4.1: at least 4–5 days)."""

LEASE = timedelta(minutes=10)
"""A mail taken for sending longer ago than this lost its sender. Longer than one sending can last:
ten steps with a server, 20 s each at most."""


def pause_after(attempts: int) -> timedelta:
    """The pause after so many attempts in vain: 1, 2, 4, … minutes, at most an hour."""
    doublings = min(max(attempts, 1) - 1, 10)
    return min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)


def next_attempt(*, attempts: int, now: datetime, created_at: datetime) -> datetime | None:
    """The moment of the next attempt; None when it is time to give up."""
    following = now + pause_after(attempts)
    return following if following <= created_at + GIVE_UP_AFTER else None
