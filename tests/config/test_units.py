"""What `up` starts on one machine, units of systemd start on a server: the same processes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from config.runtime.processes import NAMES, PARTS, program

DEPLOY = Path(__file__).parents[2] / "deploy"
PROCESSES = [part for name in NAMES if name != "demo" for part in PARTS.get(name, (name,))]
COMMANDS = program(8000, 21, "receive.%H")


def unit(name: str) -> str:
    return (DEPLOY / "systemd" / f"qttd-{name}.service").read_text().replace("\\\n", " ")


def started(name: str) -> list[str]:
    found = re.search(r"^ExecStart=(.*)$", unit(name), re.MULTILINE)
    assert found is not None
    return found[1].split()


def option(words: list[str], name: str) -> str | None:
    return words[words.index(name) + 1] if name in words else None


def test_there_is_a_unit_for_each_process_and_none_else() -> None:
    units = {path.stem.removeprefix("qttd-") for path in (DEPLOY / "systemd").glob("*.service")}
    assert units == set(PROCESSES)


@pytest.mark.parametrize("name", PROCESSES)
def test_a_unit_starts_what_up_starts(name: str) -> None:
    for asked in ("--queues", "--pool"):
        assert option(started(name), asked) == option(COMMANDS[name], asked), asked
    for word in ("celery", "gunicorn", "ftp_server", "door_probe", "beat", "worker"):
        assert (word in started(name)) == (word in COMMANDS[name]), word


@pytest.mark.parametrize("name", PROCESSES)
def test_the_target_and_the_first_start_name_it(name: str) -> None:
    assert f"qttd-{name}.service" in (DEPLOY / "systemd" / "qttd.target").read_text()
    enabled = re.search(
        r"enable --now qttd.target qttd-{(.*?)}", (DEPLOY / "README.md").read_text()
    )
    assert enabled is not None
    assert name in enabled[1].split(",")
