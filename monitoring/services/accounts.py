"""Who may send: a local, fsynced snapshot of the register, so that a door needs no database.

The register's side writes it with `write_accounts` after each change; each door reads it through
`Accounts`, which looks at the file's identity before each answer and reads it again when changed.
"""

from __future__ import annotations

import hmac
import json
import logging
import os
import threading
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from monitoring.services.spool import fsync_folder
from stations.domain.secrets import keyed_digest

logger = logging.getLogger(__name__)

VERSION = 1


@dataclass(frozen=True, slots=True)
class Account:
    """A logger's login; `digest` is `keyed_digest` of its secret, empty where none is set."""

    username: str
    digest: str
    stations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Token:
    """A station's token for the HTTP door; `digest` is `keyed_digest` of it."""

    digest: str
    station: int


@dataclass(frozen=True, slots=True)
class Prefix:
    """What stands before `_yyyyMMddHHmmss.txt` in a station's names; both days inclusive."""

    prefix: str
    station: int
    valid_from: date | None = None
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that a door must know of the register."""

    accounts: tuple[Account, ...] = ()
    tokens: tuple[Token, ...] = ()
    prefixes: tuple[Prefix, ...] = ()


def write_accounts(path: Path, snapshot: Snapshot) -> bool:
    """Replaces the snapshot at `path`, whole and durable; False when it already says the same."""
    content = json.dumps(
        {"version": VERSION} | asdict(snapshot), default=date.isoformat, indent=1
    ).encode()
    if path.is_file() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    draft.replace(path)
    fsync_folder(path.parent)
    return True


def read_accounts(path: Path) -> Snapshot:
    """The snapshot at `path`; ValueError when it is not one, OSError when it cannot be read."""
    content = json.loads(path.read_bytes())
    try:
        if content["version"] != VERSION:
            raise ValueError(f"version {content['version']} is not {VERSION}")
        return Snapshot(
            accounts=tuple(
                Account(each["username"], each["digest"], tuple(each["stations"]))
                for each in content["accounts"]
            ),
            tokens=tuple(Token(**each) for each in content["tokens"]),
            prefixes=tuple(_prefix(each) for each in content["prefixes"]),
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a snapshot of accounts: {error!r}") from error


def _prefix(stored: dict[str, Any]) -> Prefix:
    days = {
        name: date.fromisoformat(stored[name]) if stored[name] else None
        for name in ("valid_from", "valid_until")
    }
    return Prefix(stored["prefix"], stored["station"], **days)


@dataclass(frozen=True, slots=True)
class _Known:
    identity: tuple[int, ...] | None = None
    snapshot: Snapshot = field(default_factory=Snapshot)
    by_username: dict[str, Account] = field(default_factory=dict)
    by_token: dict[str, int] = field(default_factory=dict)


class Accounts:
    """The snapshot at `path`, always the newest one; a damaged one leaves the last good one."""

    def __init__(self, path: Path, *, key: bytes) -> None:
        self.path = path
        self._key = key
        self._known = _Known()
        # Someone unknown is compared with this: the same work as for an account that exists.
        self._nobody = keyed_digest("", key=os.urandom(32))

    def snapshot(self) -> Snapshot:
        """What the register says now."""
        return self._current().snapshot

    def get(self, username: str) -> Account | None:
        """The account of that name, without looking at a secret."""
        return self._current().by_username.get(username)

    def check(self, username: str, secret: str) -> Account | None:
        """The account when the secret is its own, else None; no name takes longer than another."""
        account = self.get(username)
        digest = account.digest if account is not None and account.digest else self._nobody
        fits = hmac.compare_digest(self._digest(secret), digest)
        return account if fits else None

    def station_of_token(self, token: str) -> int | None:
        """The station that a token of the HTTP door speaks for."""
        return self._current().by_token.get(self._digest(token))

    def _digest(self, secret: str) -> str:
        return keyed_digest(secret, key=self._key)

    def _current(self) -> _Known:
        try:
            stat = self.path.stat()
        except FileNotFoundError:
            return self._known  # none was written yet, or the folder is being mended
        identity = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
        if identity != self._known.identity:
            self._known = self._read(identity)
        return self._known

    def _read(self, identity: tuple[int, ...]) -> _Known:
        try:
            snapshot = read_accounts(self.path)
        except (OSError, ValueError):
            logger.exception("The accounts cannot be read; the door goes on with those it knew")
            known = self._known
            return _Known(identity, known.snapshot, known.by_username, known.by_token)
        return _Known(
            identity,
            snapshot,
            {account.username: account for account in snapshot.accounts},
            {token.digest: token.station for token in snapshot.tokens},
        )
