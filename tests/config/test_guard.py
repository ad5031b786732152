"""No grandchild outlives its guard, however the guard, the child or the supervisor ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from config.runtime.children import Child, why
from config.runtime.guard import children_of

pytestmark = pytest.mark.servers

# A child with a grandchild that hides in a session of its own and ignores being asked to stop.
FAMILY = """
import os, signal, subprocess, sys, time
stubborn = "import os,signal,time; os.setsid(); signal.signal(15, 1); time.sleep(600) # {mark}"
subprocess.Popen([sys.executable, "-c", stubborn])
time.sleep({child})  # {mark}
"""


def until(holds: Callable[[], bool], seconds: float = 10.0) -> bool:
    """Waits until it holds."""
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(0.2)
    return holds()


def alive(mark: str) -> list[psutil.Process]:
    """The processes whose command bears this mark."""
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        bears = mark in " ".join(process.info["cmdline"] or ())
        if bears and process.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(process)
    return found


@pytest.fixture
def family(tmp_path: Path):
    """Starts a guarded child that has a grandchild; gives the child and the mark of both."""
    started: list[Child] = []

    def start(seconds: float) -> tuple[Child, str]:
        mark = f"family-{tmp_path.name}-{len(started)}"
        command = [sys.executable, "-c", FAMILY.format(mark=mark, child=seconds)]
        child = Child("family", command, tmp_path / "family.log")
        child.start()
        started.append(child)
        assert until(lambda: len(alive(mark)) >= 3), child.log.read_text()
        return child, mark

    yield start
    for child in started:
        child.ask_to_stop()
        child.wait_stopped(time.monotonic() + 5)


def test_a_child_that_ends_takes_its_children_along(family):
    child, mark = family(1.0)
    child.process.wait(10)
    assert alive(mark) == []


def test_being_told_to_stop_ends_all_of_them(family):
    child, mark = family(600)
    child.ask_to_stop()
    child.wait_stopped(time.monotonic() + 10)
    assert alive(mark) == []


def test_a_killed_child_takes_its_children_along(family):
    child, mark = family(600)
    below = children_of(child.process.pid)
    assert len(below) == 1
    os.kill(below[0], signal.SIGKILL)
    assert child.process.wait(10) == 128 + signal.SIGKILL
    assert alive(mark) == []


def test_nothing_is_left_when_the_supervisor_is_killed(tmp_path: Path, project: Path):
    mark = f"orphans-{tmp_path.name}"
    supervisor = f"""
import sys, time
from pathlib import Path
from config.runtime.children import Child
family = {FAMILY.format(mark=mark, child=600)!r}
child = Child("x", [sys.executable, "-c", family], Path({str(tmp_path / "log")!r}))
child.start()
time.sleep(600)
"""
    process = subprocess.Popen([sys.executable, "-c", supervisor], cwd=project)
    try:
        assert until(lambda: len(alive(mark)) >= 4)
    finally:
        process.kill()
        process.wait()
    assert until(lambda: alive(mark) == [], 5)


def test_a_dead_child_is_started_again_with_a_growing_pause(tmp_path: Path):
    child = Child("short", [sys.executable, "-c", "raise SystemExit(3)"], tmp_path / "log")
    child.start()
    words, now = [], time.monotonic()
    while len(words) < 3:
        if child.process:
            child.process.wait(10)
        now = max(now + 0.01, child.start_again_at)
        words += [word] if (word := child.look(now)) else []
    assert words == [f"ended: it failed with 3; starts again in {pause} s" for pause in (0.5, 1, 2)]


def test_a_task_that_is_done_is_not_started_again(tmp_path: Path):
    done: list[str] = []
    child = Child("task", [sys.executable, "-c", ""], tmp_path / "log", once=True)
    child.when_done = lambda: done.append("done")
    child.start()
    child.process.wait(10)  # type: ignore[union-attr]
    assert child.look(time.monotonic()) == "done"
    assert child.look(time.monotonic() + 100) == ""
    assert (child.process, done) == (None, ["done"])


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (0, "it ended by itself"),
        (1, "it failed with 1"),
        (127, "its program could not be started"),
        (137, "killed by SIGKILL (out of memory?)"),
        (-15, "killed by SIGTERM"),
    ],
)
def test_an_exit_code_in_plain_words(code: int, words: str):
    assert why(code) == words


def test_a_program_that_is_not_there_says_so(tmp_path: Path):
    child = Child("none", ["/nowhere/at/all"], tmp_path / "log")
    child.start()
    assert child.process.wait(10) == 127  # type: ignore[union-attr]
    assert "No such file" in child.log.read_text()
