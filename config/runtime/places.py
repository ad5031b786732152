"""Where things lie that run or are kept, derived from the data folder alone.

Sockets lie in a short folder of their own: a Unix socket's path must stay under 100 bytes,
and the unprivileged user that the database runs as must be able to reach it.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

FIRST_ADDRESS = "http://127.0.0.1:8000"


@dataclass(frozen=True)
class Places:
    """Every path below one data folder, and the folder of its sockets."""

    data: Path

    @property
    def key(self) -> str:
        """Twelve characters that stand for this data folder and nothing else on this machine."""
        return hashlib.sha256(f"{os.geteuid()}:{self.data.resolve()}".encode()).hexdigest()[:12]

    @property
    def sockets(self) -> Path:
        """The folder of the databases' sockets."""
        return Path(f"/tmp/qttd-{self.key}")  # noqa: S108 - owner and mode are checked before use

    @property
    def valkey_socket(self) -> Path:
        """Where the embedded Valkey listens."""
        return self.sockets / "valkey.sock"

    @property
    def postgres_lock(self) -> Path:
        """What PostgreSQL lays beside its socket."""
        return self.sockets / ".s.PGSQL.5432.lock"

    def users_lock(self, server: str) -> Path:
        """Shared by all who use this server; its keeper waits to have it alone."""
        return self.data / "run" / f"{server}.users"

    def keeper_lock(self, server: str) -> Path:
        """Held by the one keeper of this server."""
        return self.data / "run" / f"{server}.keeper"

    def start_lock(self, server: str) -> Path:
        """Held while a keeper is being started."""
        return self.data / "run" / f"{server}.start"

    @property
    def up_lock(self) -> Path:
        """Held by the one `up` of this data folder."""
        return self.data / "run" / "up"

    @property
    def history_wanted(self) -> Path:
        """There from the first load of the demonstration until its history has been loaded."""
        return self.data / "run" / "history_wanted"

    @property
    def logs(self) -> Path:
        """One file a process."""
        return self.data / "logs"

    @property
    def static(self) -> Path:
        """The collected files for the browser."""
        return self.data / "static"

    @property
    def address_file(self) -> Path:
        """Where `up` notes the address that it serves."""
        return self.data / "address"

    def remembered_address(self) -> str:
        """The address `up` last served, for links in what commands write."""
        try:
            return self.address_file.read_text(encoding="ascii").strip() or FIRST_ADDRESS
        except OSError:
            return FIRST_ADDRESS

    def embedded_database(self) -> dict[str, str]:
        """The embedded PostgreSQL as a part of Django's DATABASES."""
        return {"NAME": "qttd", "USER": "qttd", "HOST": str(self.sockets), "PORT": "5432"}


def package_folder(package: str) -> Path:
    """The folder of an installed Python package, without importing it."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise FileNotFoundError(f"The package {package} is not installed: run `make setup`.")
    return Path(spec.origin).parent
