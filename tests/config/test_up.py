"""`manage.py up`, as a user starts, stops and kills it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from config.runtime.places import Places
from tests.config.running import Installation
from tests.config.test_guard import until

pytestmark = pytest.mark.servers

PROCESSES = "web,worker,beat,ftp"
COMMANDS = ("gunicorn", "config.celery worker", "config.celery beat", "ftp_server", "postgres -D")
STOP_WITHIN = 15.0  # seconds, by the contract


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder that other users may go through."""
    made = Path(tempfile.mkdtemp(prefix="qttd-up-", dir="/tmp"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@dataclass
class FirstStart:
    """What was seen of the first start of an installation that has been stopped since."""

    installation: Installation
    pages: list[int]
    names: set[str]
    stopped_in: float


@pytest.fixture(scope="module")
def first(project: Path, folder: Path) -> FirstStart:
    """A first start, which makes all tables, and a clean stop."""
    installation = Installation(project, folder / "first")
    pages, names = [], set()
    try:
        installation.up("--no-demo", "--only", PROCESSES)
        pages = [installation.page(path) for path in ("/healthz", "/readyz", "/metrics")]
        names = {name for name in COMMANDS if installation.running(name)}
    finally:
        seconds = installation.stop()
    assert installation.is_gone(1), installation.processes()
    return FirstStart(installation, pages, names, seconds)


@pytest.fixture
def installed(
    project: Path, folder: Path, first: Installation
) -> Iterator[Callable[[str], Installation]]:
    """Makes further installations out of copies of the first one's data."""
    made: list[Installation] = []

    def make(name: str) -> Installation:
        subprocess.run(["cp", "-a", str(first.installation.data), str(folder / name)], check=True)
        made.append(Installation(project, folder / name))
        return made[-1]

    yield make
    for installation in made:
        if installation.process and installation.process.poll() is None:
            installation.stop()
        assert installation.is_gone(), installation.processes()
        shutil.rmtree(installation.data, ignore_errors=True)
        shutil.rmtree(Places(installation.data).sockets, ignore_errors=True)


def test_the_first_start_brings_up_every_process(first: FirstStart):
    assert first.pages == [200, 200, 200]
    assert first.names == set(COMMANDS)
    assert f"ready: http://127.0.0.1:{first.installation.port}" in first.installation.said()


def test_it_stops_in_time_and_leaves_nothing(first: FirstStart):
    assert first.stopped_in < STOP_WITHIN
    assert first.installation.process is not None
    assert first.installation.process.returncode == 0


def test_the_secret_key_survives_a_restart(installed):
    up = installed("secret")
    before = (up.data / "secret_key").read_text()
    up.up("--no-demo", "--only", "web")
    assert (up.data / "secret_key").read_text() == before
    assert (up.data / "secret_key").stat().st_mode & 0o777 == 0o600


def test_only_what_was_asked_for_runs(installed):
    up = installed("only")
    up.up("--no-demo", "--only", "web")
    assert up.running("gunicorn")
    assert not up.running("celery")
    assert not up.running("ftp_server")


def test_a_killed_supervisor_leaves_nothing_and_the_next_start_recovers(installed):
    up = installed("killed")
    up.up("--no-demo", "--only", PROCESSES)
    running = up.processes()
    assert len(running) > 15  # grandchildren counted: gunicorn's, celery's and PostgreSQL's
    up.kill()
    assert up.is_gone(5), up.processes()
    up.up("--no-demo", "--only", PROCESSES)
    assert up.page() == 200


@pytest.mark.parametrize("words", ["gunicorn", "keeper postgres", "postgres -D", "guard.py"])
def test_what_is_killed_comes_back(installed, words: str):
    up = installed("back")
    up.up("--no-demo", "--only", "web")
    before = {process.pid for process in up.running(words)}
    oldest = min(up.running(words), key=lambda process: process.create_time())
    oldest.kill()
    assert until(lambda: bool({p.pid for p in up.running(words)} - before), 20), up.said()
    assert up.answers_within(20), up.said()
    assert len(up.running("postgres -D")) == 1


def test_the_console_says_why_a_child_died(installed):
    up = installed("why")
    up.up("--no-demo", "--only", "web")
    arbiter = next(
        p for p in up.running("-m gunicorn") if "guard.py" in " ".join(p.parent().cmdline())
    )
    arbiter.kill()
    assert until(lambda: "web | ended: killed by SIGKILL" in up.said()), up.said()
    assert up.answers_within(20)


def test_two_copies_run_at_once(installed):
    one, other = installed("one"), installed("other")
    one.up("--no-demo", "--only", "web")
    other.up("--no-demo", "--only", "web")
    assert (one.page(), other.page()) == (200, 200)
    one.stop()
    assert one.is_gone()
    assert other.page() == 200


def test_a_second_up_on_the_same_data_is_refused(installed):
    up = installed("same")
    up.up("--no-demo", "--only", "web")
    second = up.manage("up", "--data-dir", str(up.data), "--port", "1")
    assert second.returncode != 0
    assert "another `up` runs there" in second.stderr
    assert up.page() == 200


def test_a_taken_port_is_named_before_anything_starts(installed):
    up = installed("port")
    up.up("--no-demo", "--only", "web")
    other = installed("taken")
    refused = other.manage("up", "--data-dir", str(other.data), "--port", str(up.port))
    assert refused.returncode != 0
    assert "--port" in refused.stderr
    assert other.is_gone(0)


def test_another_database_may_be_named(installed):
    """A second installation uses the servers of the first, and starts none of its own."""
    lender, guest = installed("lender"), installed("guest")
    lender.up("--no-demo", "--only", "web")
    sockets = Places(lender.data).sockets
    guest.environment |= {
        "DATABASE_URL": f"postgres://qttd@/qttd?host={sockets}",
        "REDIS_URL": f"unix://{sockets}/valkey.sock",
    }
    guest.up("--no-demo", "--only", "web")
    assert guest.page() == 200
    assert not [p for p in guest.running("keeper") if str(guest.data) in " ".join(p.cmdline())]


@pytest.mark.skipif(os.geteuid() != 0, reason="only as root")
def test_root_may_keep_its_data_where_nobody_else_can_go(project: Path, folder: Path):
    hidden = folder / "home"
    hidden.mkdir(mode=0o700)
    up = Installation(project, hidden / "data")
    outside = Path("/var/lib") / f"qttd-{Places(up.data).key}"
    try:
        found = up.manage(
            "shell", "-c", "from django.db import connection as c; c.ensure_connection()"
        )
        assert found.returncode == 0, found.stderr
        assert (outside / "postgres" / "PG_VERSION").exists()
        assert (outside / "postgres").stat().st_uid != 0
        assert up.is_gone(0)
    finally:
        shutil.rmtree(outside, ignore_errors=True)
        shutil.rmtree(Places(up.data).sockets, ignore_errors=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only as root")
def test_as_root_the_database_has_an_unprivileged_user_and_says_so(installed):
    up = installed("root")
    up.up("--no-demo", "--only", "web")
    (postgres,) = up.running("postgres -D")
    assert 0 not in postgres.uids()
    assert f"it runs as the user {postgres.username()}" in up.said()


@pytest.mark.skipif(os.geteuid() != 0, reason="only as root")
def test_a_normal_user_may_run_it_too(project: Path, folder: Path):
    up = Installation(
        project, folder / "user", ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
    )
    python = python_for_others(project, up.prefix)
    if python is None:
        pytest.skip("no Python that a normal user can run")
    up.data.mkdir()
    os.chown(up.data, 65534, 65534)
    up.python = python
    up.environment["PYTHONPATH"] = next(path for path in sys.path if "site-packages" in path)
    try:
        up.up("--no-demo", "--only", PROCESSES)
        assert up.page() == 200
        assert {process.uids().real for process in up.processes()} == {65534}
        assert up.stop() < STOP_WITHIN
    finally:
        if up.process and up.process.poll() is None:
            up.kill()
        assert up.is_gone(), up.processes()
        shutil.rmtree(Path("/tmp") / f"qttd-{_key_of_user(up.data)}", ignore_errors=True)


def python_for_others(project: Path, prefix: list[str]) -> str | None:
    """A Python of this version that a normal user can run on this project."""
    same = f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}"
    for python in (sys.executable, same):
        ask = f'test -r "{project}/manage.py" && exec "{python}" -c ""'
        asked = subprocess.run([*prefix, "/bin/sh", "-c", ask], capture_output=True, check=False)
        if asked.returncode == 0:
            return python
    return None


def _key_of_user(data: Path) -> str:
    import hashlib

    return hashlib.sha256(f"65534:{data.resolve()}".encode()).hexdigest()[:12]


def test_a_closed_terminal_stops_it(installed):
    up = installed("terminal")
    up.up("--no-demo", "--only", "web")
    up.signal(signal.SIGHUP)
    assert up.process is not None
    assert up.process.wait(STOP_WITHIN) == 0
