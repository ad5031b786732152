"""One sender at a time, so that a slow mail server never holds all workers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

SENDER = 0x71_74_74_64_02
INBOX = 0x71_74_74_64_03
WEBHOOKS = 0x71_74_74_64_04
TRIALS = 0x71_74_74_64_05


@contextmanager
def alone(at: int = SENDER) -> Iterator[bool]:
    """Whether this process is the one that sends, or reads. The database frees the place of a
    killed one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [at])
        (first,) = cursor.fetchone()
    try:
        yield first
    finally:
        if first:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [at])
