from __future__ import annotations

import ftplib
import io
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from monitoring.ftp.server import Door, Settings
from monitoring.services.accounts import Account, Accounts, Snapshot, write_accounts
from monitoring.services.spool import Entry, Spool
from stations.domain.secrets import keyed_digest

KEY = b"a key for tests"
SECRET = "a secret of the logger"


def snapshot_of(*usernames: str) -> Snapshot:
    digest = keyed_digest(SECRET, key=KEY)
    return Snapshot(accounts=tuple(Account(name, digest, (1,)) for name in usernames))


class RawFTP(ftplib.FTP):
    """A real client that takes binary uploads as bytes and says what it was told."""

    def send(self, name: str, raw: bytes, command: str = "STOR", rest: int | None = None) -> str:
        return self.storbinary(f"{command} {name}", io.BytesIO(raw), rest=rest)

    def names(self, path: str = "") -> list[str]:
        return sorted(name for name, _ in self.mlsd(path))


@dataclass
class Receiver:
    """A running door with its spool, and clients that are closed after the test."""

    door: Door
    spool: Spool
    folder: Path
    rung: list[int]
    thread: threading.Thread
    clients: list[ftplib.FTP] = field(default_factory=list)

    def connect(self, host: str = "127.0.0.1") -> RawFTP:
        client = RawFTP(timeout=10, encoding="utf-8")
        self.clients.append(client)
        client.connect(host, self.door.address[1])
        return client

    def login(self, username: str = "logger", secret: str = SECRET) -> RawFTP:
        client = self.connect()
        client.login(username, secret)
        return client

    def entries(self) -> list[Entry]:
        return [entry for path in self.spool.files() for entry in self.spool.read(path)]

    def sent(self) -> list[tuple[str, bytes]]:
        return [(entry.name, entry.raw) for entry in self.entries()]

    def end(self) -> None:
        for client in self.clients:
            client.close()
        self.door.stop(grace=0)
        self.thread.join(10)
        assert not self.thread.is_alive()


OpenDoor = Callable[..., Receiver]


@pytest.fixture
def open_door(tmp_path: Path) -> Iterator[OpenDoor]:
    """Opens doors on loopback; `settings` as keywords of `Settings`."""
    opened: list[Receiver] = []
    accounts_file = tmp_path / "receivers" / "accounts.json"
    write_accounts(accounts_file, snapshot_of("logger", "neighbour"))

    def open_one(**settings: object) -> Receiver:
        rung: list[int] = []
        spool = Spool(tmp_path / "spool")
        door = Door(
            spool=spool,
            accounts=Accounts(accounts_file, key=KEY),
            folder=tmp_path / "ftp",
            settings=Settings(**{"port": 0, **settings}),
            spooled=lambda: rung.append(1),
        )
        thread = threading.Thread(target=door.serve)
        thread.start()
        opened.append(Receiver(door, spool, tmp_path, rung, thread))
        return opened[-1]

    yield open_one
    for receiver in opened:
        receiver.end()


@pytest.fixture
def receiver(open_door: OpenDoor) -> Receiver:
    return open_door()
