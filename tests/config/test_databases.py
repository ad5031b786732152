"""The embedded databases are there for whoever needs them, and gone afterwards."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.runtime.databases import embedded
from config.runtime.locks import Lock, is_held_alone
from config.runtime.places import Places
from tests.config.running import Installation

pytestmark = pytest.mark.servers

TOUCH = (
    "from django.db import connection as c; k = c.cursor(); "
    "k.execute('SELECT 40 + 2'); print(k.fetchone()[0])"
)
HOLD = TOUCH + "; import sys, time; sys.stdout.flush(); time.sleep(3)"


@pytest.fixture
def house(project: Path) -> Iterator[Installation]:
    """A data folder without anything in it yet."""
    folder = Path(tempfile.mkdtemp(prefix="qttd-db-", dir="/tmp"))
    folder.chmod(0o711)
    installation = Installation(project, folder / "data")
    yield installation
    assert installation.is_gone(), installation.processes()
    shutil.rmtree(Places(installation.data).sockets, ignore_errors=True)
    shutil.rmtree(folder)


def test_a_command_brings_its_databases_and_takes_them_away(house: Installation):
    done = house.manage("shell", "-v0", "-c", TOUCH)
    assert done.stdout.strip() == "42", done.stderr
    assert house.is_gone(0)


def test_two_commands_share_them_and_the_last_turns_off_the_light(house: Installation):
    house.manage("shell", "-v0", "-c", TOUCH)
    first, second = (
        subprocess.Popen(
            [house.python, "manage.py", "shell", "-v0", "-c", code],
            cwd=house.project,
            env=house.environment | {"QTTD_DATA_DIR": str(house.data)},
            stdout=subprocess.PIPE,
            text=True,
        )
        for code in (TOUCH, HOLD)
    )
    assert first.communicate()[0].strip() == "42"
    assert house.running("postgres -D") or second.poll() is not None
    assert second.communicate()[0].strip() == "42"
    assert house.is_gone(1)


def test_a_killed_command_leaves_nothing(house: Installation):
    command = subprocess.Popen(
        [house.python, "manage.py", "shell", "-v0", "-c", HOLD],
        cwd=house.project,
        env=house.environment | {"QTTD_DATA_DIR": str(house.data)},
        stdout=subprocess.PIPE,
        text=True,
    )
    with command:
        assert command.stdout is not None
        assert command.stdout.readline().strip() == "42"
        command.kill()
    assert house.is_gone(5)


def test_lock_files_of_a_server_that_is_gone_do_not_matter(house: Installation):
    assert house.manage("shell", "-v0", "-c", TOUCH).returncode == 0
    places = Places(house.data)
    places.sockets.mkdir(mode=0o700)
    sleeper = subprocess.Popen(["sleep", "60"])
    try:
        for file in (house.data / "postgres" / "postmaster.pid", places.postgres_lock):
            file.write_text(f"{sleeper.pid}\n/elsewhere\n")
        assert house.manage("shell", "-v0", "-c", TOUCH).stdout.strip() == "42"
    finally:
        sleeper.kill()
        sleeper.wait()


def test_an_unreadable_valkey_starts_empty(house: Installation):
    places = Places(house.data)
    with embedded(places, ("valkey",)):
        pass
    for file in (house.data / "valkey").rglob("*.rdb"):
        file.write_bytes(b"no rdb at all" * 10)
    with embedded(places, ("valkey",)):
        assert is_held_alone(places.keeper_lock("valkey"))
    assert (house.data / "valkey.unreadable").is_dir()


def test_a_socket_folder_of_somebody_else_is_refused(house: Installation):
    sockets = Places(house.data).sockets
    house.data.mkdir()
    sockets.symlink_to(house.data)
    try:
        done = house.manage("shell", "-v0", "-c", TOUCH)
    finally:
        sockets.unlink()
    assert done.returncode != 0
    assert "belongs to somebody else" in done.stderr


def test_a_shared_lock_can_be_held_by_many_and_alone_by_one(tmp_path: Path):
    one, two = Lock(tmp_path / "a"), Lock(tmp_path / "a")
    one.share()
    assert two.try_share()
    assert not two.try_alone()
    one.release()
    assert two.try_alone()
    assert is_held_alone(tmp_path / "a")
    two.release()
    assert not is_held_alone(tmp_path / "a")
