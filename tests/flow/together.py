"""Two workers at once: threads with connections of their own, stopped where a test wants them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection

WITHIN = 20.0  # seconds; a test that waits longer has found a deadlock


@contextmanager
def workers(count: int = 2) -> Iterator[Callable[..., Future[Any]]]:
    """Starts work in threads, each with a connection to the database of its own."""
    with ThreadPoolExecutor(count) as pool:
        yield lambda work, *arguments, **named: pool.submit(_alone, work, arguments, named)


def _alone(work: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
    try:
        return work(*arguments, **named)
    finally:
        connection.close()


class Gate:
    """Stops the first thread that comes to a function of the program, until it is opened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> None:
        self.reached, self.opened = threading.Event(), threading.Event()
        self._function = getattr(module, name)
        monkeypatch.setattr(module, name, self._pass)

    def _pass(self, *arguments: Any, **named: Any) -> Any:
        given = self._function(*arguments, **named)
        if not self.reached.is_set():
            self.reached.set()
            assert self.opened.wait(WITHIN), "nobody opened the gate"
        return given

    def wait_reached(self) -> None:
        assert self.reached.wait(WITHIN), "nobody came to the gate"

    def open(self) -> None:
        self.opened.set()


def wait_for_a_waiting_lock() -> None:
    """Returns when somebody waits for a station's lock that another transaction holds."""
    end = time.monotonic() + WITHIN
    while time.monotonic() < end:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            )
            if cursor.fetchone()[0]:
                return
        time.sleep(0.01)
    raise AssertionError("nobody waited for a lock")


def wait_for_a_waiting_row() -> None:
    """Returns when somebody waits for a row that another transaction changed."""
    end = time.monotonic() + WITHIN
    while time.monotonic() < end:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE NOT granted"
                " AND locktype IN ('transactionid', 'tuple')"
            )
            if cursor.fetchone()[0]:
                return
        time.sleep(0.01)
    raise AssertionError("nobody waited for a row")


def end_others() -> int:
    """Ends every other connection to this database, as a crash of the workers would; how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        )
        return int(cursor.fetchone()[0])
