"""One sender at a time, so that a slow mail server never holds all workers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

_SENDER = 0x71_74_74_64_02


@contextmanager
def alone() -> Iterator[bool]:
    """Whether this process is the one that sends. The database frees the place of a killed one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_SENDER])
        (first,) = cursor.fetchone()
    try:
        yield first
    finally:
        if first:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_SENDER])
