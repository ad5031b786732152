"""How soon a file becomes an alert and a mail: by the bell, without waiting for any beat."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import psutil
import pytest

from tests.flow.conftest import SPARE, Running
from tests.flow.plant import ALERTS, INTERVAL, Plant, Sent, asked, one_file

pytestmark = pytest.mark.servers

ALERT_WITHIN, MAIL_WITHIN = 5.0, 15.0  # seconds; the targets at 200 stations
HOUR = timedelta(hours=1)


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
    running.client.send(exceeding_hour(plant))
    began = time.monotonic()
    assert until(lambda: bool(asked(running.up, ALERTS, [plant])), ALERT_WITHIN)
    assert until(lambda: bool(mails_to(running, plant)), MAIL_WITHIN)
    assert mails_to(running, plant)[0] - began < MAIL_WITHIN


def exceeding_hour(plant: Plant) -> Sent:
    """One file that brings a whole hour of the past above its limit."""
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - 3 * HOUR
    while b"\t90.25\t" not in one_file(plant, hour).raw:
        hour -= HOUR
    return one_file(plant, *(hour + INTERVAL * i for i in range(12)))


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
