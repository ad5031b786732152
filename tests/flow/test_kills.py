"""Every process killed in turn while stations send: nothing lost, nothing doubled, nothing other.

The undisturbed run is the same files through the commands, in the database of the tests.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import pytest
from django.core.management import call_command
from django.db import connection

from tests.flow.conftest import LONG, SHORT, Running
from tests.flow.plant import (
    COMPARED,
    STORED,
    Plant,
    Sent,
    asked,
    codes_of,
    files_until,
    register,
    wait_drained,
    write_files,
)

pytestmark = [pytest.mark.servers, pytest.mark.django_db]

VICTIMS = ("celery -A config.celery worker", "gunicorn", "ftp_server", "postgres", "valkey-server")


def test_what_was_acknowledged_is_stored_once_whatever_is_killed(
    running: Running, data_dir: Path, tmp_path: Path
) -> None:
    sent = send_while_killing(running, SHORT, slots=38, pause=0.25, kills=len(VICTIMS))
    check(running, SHORT, sent, tmp_path)


@pytest.mark.long
def test_two_thousand_files_and_many_kills(
    running: Running, data_dir: Path, tmp_path: Path, thorough: bool
) -> None:
    kills = 1000 if thorough else 4 * len(VICTIMS)
    slots = max(250, kills * 5)
    sent = send_while_killing(running, LONG, slots=slots, pause=0.25, kills=kills)
    check(running, LONG, sent, tmp_path)


def send_while_killing(
    running: Running, plants: list[Plant], *, slots: int, pause: float, kills: int
) -> list[Sent]:
    """All stations send at once, each its files in order; what they were acknowledged."""
    now = datetime.now(UTC)
    acknowledged: list[Sent] = []
    still = threading.Event()
    with ThreadPoolExecutor(len(plants) + 1) as pool:
        killer = pool.submit(kill_in_turn, running, kills, still)
        loggers = [
            pool.submit(send_all, running, files_until(now, slots, plant), pause, acknowledged)
            for plant in plants
        ]
        for logger in loggers:
            logger.result()
        still.set()
        assert killer.result() >= min(kills, len(VICTIMS)), "the run was over before the kills"
    assert running.client.failures, "no kill was felt by any logger"
    return acknowledged


def send_all(running: Running, files: list[Sent], pause: float, acknowledged: list[Sent]) -> None:
    for file in files:
        running.client.send(file)
        acknowledged.append(file)
        time.sleep(pause)


def kill_in_turn(running: Running, kills: int, over: threading.Event) -> int:
    """kill -9 of one process of each kind after the other; how many were killed."""
    chance = random.Random(7)
    killed = 0
    while killed < kills and not over.wait(1.2):
        words = VICTIMS[killed % len(VICTIMS)]
        found = [p for p in running.up.running(words) if is_itself(p)]
        if found:
            chance.choice(found).kill()
            killed += 1
    return killed


def is_itself(process: psutil.Process) -> bool:
    """Neither the guard before it nor the keeper that starts it again."""
    try:
        words = " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return False
    return "guard.py" not in words and "keeper" not in words


def check(running: Running, plants: list[Plant], sent: list[Sent], folder: Path) -> None:
    """Against the clients' own list, and against a run that nobody disturbed."""
    wait_drained(running.up)
    wait_for_a_quiet_minute()
    wait_drained(running.up)
    end = datetime.now(UTC)
    found = {name: asked(running.up, query, plants) for name, query in COMPARED.items()}
    each_is_stored_once(asked(running.up, STORED, plants), sent)
    wanted = undisturbed(plants, sent, end, folder)
    assert {"within", "exceeded"} <= {row[5] for row in found["verdicts"]}
    assert {row[0] for row in found["alerts"]} == {"exceedance", "device_fault"}
    for name in COMPARED:
        assert found[name] == wanted[name], name


def wait_for_a_quiet_minute() -> None:
    """Verdicts come due at half past: not while two runs are being compared."""
    while datetime.now(UTC).minute % 30 == 29:
        time.sleep(1)


def each_is_stored_once(stored: list[tuple[Any, ...]], sent: list[Sent]) -> None:
    assert all(told == real for _, _, told, real, _ in stored), "bytes differ from their digest"
    kept = Counter(tuple(row[:3]) for row in stored if row[4] != "duplicate")
    assert kept == Counter(file.key for file in sent)
    assert {row[4] for row in stored} <= {"accepted", "duplicate"}


def undisturbed(
    plants: list[Plant], sent: list[Sent], end: datetime, folder: Path
) -> dict[str, list[tuple[Any, ...]]]:
    """The same files through `receive` and `settle`, as if at that moment."""
    (folder / "register.yaml").write_text(register(plants), encoding="utf-8")
    call_command("load_register", str(folder / "register.yaml"), verbosity=0)
    write_files(folder / "files", sent)
    call_command("receive", str(folder / "files"), at=end, json=True)
    call_command("settle", now=end, json=True)
    found = {}
    for name, query in COMPARED.items():
        with connection.cursor() as cursor:
            cursor.execute(query, {"codes": codes_of(plants)})
            found[name] = cursor.fetchall()
    return found
