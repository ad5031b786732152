"""A file becomes an alert and a mail by the bell, without waiting for any beat."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import psutil
import pytest

from tests.flow.conftest import SPARE, Running
from tests.flow.plant import INTERVAL, WARNINGS, Plant, Sent, asked, stamp

pytestmark = pytest.mark.servers

WITHIN = 60.0
"""Seconds, by which no clock would have come round either: how soon it is, the bench measures."""


@pytest.fixture
def without_beat(running: Running) -> Iterator[None]:
    """The clock of the workers stands still: only bells are heard."""
    assert running.up.answers_within(30)
    assert until(lambda: bool(running.up.running("celery -A config.celery worker")), 30)
    clocks = [p for p in running.up.running("config.celery beat") if is_clock(p)]
    assert clocks
    for clock in clocks:
        clock.suspend()
    yield
    for clock in clocks:
        clock.resume()


def is_clock(process: psutil.Process) -> bool:
    return "guard.py" not in " ".join(process.cmdline())


@pytest.mark.parametrize("by_http", [False, True], ids=["ftp", "http"])
def test_a_file_becomes_an_alert_and_a_mail_by_the_bell_alone(
    running: Running, without_beat: None, by_http: bool
) -> None:
    plant = next(plant for plant in SPARE if plant.hourly and plant.by_http == by_http)
    running.client.send(hour_above(plant))
    assert until(lambda: bool(asked(running.up, WARNINGS, [plant])), WITHIN)
    assert until(lambda: bool(mails_to(running, plant)), WITHIN)


def hour_above(plant: Plant) -> Sent:
    """One file that brings the hour that ended last above its limit, while it is not judged yet."""
    end = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    rows = [f"COD\t90.25\tmg/L\t{stamp(end - INTERVAL * back)}\t00\n" for back in range(1, 13)]
    return Sent(plant, f"{plant.prefix}_{stamp(end)}.txt", "".join(rows).encode())


def mails_to(running: Running, plant: Plant) -> list[float]:
    """When the plant's operator was written to."""
    address = f"{plant.account}@mau.example"
    return [at for at, mail in running.postman.taken if mail["To"] == address]


def until(happened: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if happened():
            return True
        time.sleep(0.02)
    return False
