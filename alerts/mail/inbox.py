"""Reads the configured inbox by IMAP: what is unseen is taken in, then marked as seen.

A mail is marked only after it is kept, so a kill between the two reads it again, and the second
time it is known by its Message-ID. Nothing is deleted from the inbox.
"""

from __future__ import annotations

import hashlib
import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Protocol

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError

from alerts.mail.limits import HardEnd
from alerts.services.incoming import take_in

log = structlog.get_logger(__name__)

AT_A_TIME = 50
TIMEOUT = 10  # seconds for one answer
LONGEST_ROUND = 20  # seconds for all of it, however slowly the server speaks
LARGEST = 25 * 1024 * 1024
"""Of a larger mail only the head is read."""


class InboxUnavailable(Exception):
    """The inbox could not be read now; the text says why."""


class Inbox(Protocol):
    """The parts of INBOX_URL."""

    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...
    @property
    def user(self) -> str: ...
    @property
    def password(self) -> str: ...
    @property
    def folder(self) -> str: ...
    @property
    def tls(self) -> bool: ...
    @property
    def starttls(self) -> bool: ...


def read_inbox(*, now: datetime, inbox: Inbox | None = None) -> int:
    """Take in what nobody saw yet, at most fifty; how many were new to us.

    0 without an inbox. Raises InboxUnavailable.
    """
    asked = inbox or settings.INBOX
    if asked is None:
        return 0
    taken, end = 0, HardEnd(LONGEST_ROUND)
    try:
        with _session(asked, end) as session:
            with end.watching():
                unseen = _unseen(session)[:AT_A_TIME]
            for uid in unseen:
                with end.watching():
                    raw = _fetched(session, uid)
                kept = _kept(raw, now)
                if kept is not None:
                    taken += kept
                    with end.watching():
                        _answered(session.uid("STORE", uid, "+FLAGS.SILENT", r"(\Seen)"))
    except (imaplib.IMAP4.error, OSError, ValueError) as error:
        raise InboxUnavailable(f"{type(error).__name__}: {error}") from error
    return taken


def _kept(raw: bytes, now: datetime) -> bool | None:
    """Whether a mail was new to us; None where it cannot be taken in. Such a one stays unseen, and
    must not keep those after it from being read."""
    try:
        return take_in(raw, now=now) is not None
    except (OperationalError, InterfaceError):
        raise  # the database is away: all wait
    except Exception:
        log.exception("mail_not_taken_in", sha256=hashlib.sha256(raw).hexdigest())
        return None


@contextmanager
def _session(inbox: Inbox, end: HardEnd) -> Iterator[imaplib.IMAP4]:
    with end.watching():
        session = _opened(inbox)
    try:
        with end.watching():
            if inbox.starttls:
                session.starttls(ssl.create_default_context())
            session.login(inbox.user, inbox.password)
            _answered(session.select(_quoted(inbox.folder)))
        yield session
    finally:
        try:
            with end.watching():
                session.logout()
        except (imaplib.IMAP4.error, OSError):
            session.shutdown()  # what was read is kept; a goodbye changes nothing


def _opened(inbox: Inbox) -> imaplib.IMAP4:
    if inbox.tls:
        return imaplib.IMAP4_SSL(
            inbox.host, inbox.port, ssl_context=ssl.create_default_context(), timeout=TIMEOUT
        )
    return imaplib.IMAP4(inbox.host, inbox.port, timeout=TIMEOUT)


def _quoted(folder: str) -> str:
    return '"' + folder.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _unseen(session: imaplib.IMAP4) -> list[str]:
    found = _answered(session.uid("SEARCH", "UNSEEN"))
    return [] if not found or found[0] is None else found[0].decode("ascii").split()


def _fetched(session: imaplib.IMAP4, uid: str) -> bytes:
    """The bytes of a mail, without marking it as seen; of a very large one its head."""
    said = _answered(session.uid("FETCH", uid, "(RFC822.SIZE)"))
    size = re.search(rb"RFC822\.SIZE (\d+)", b" ".join(_lines(said)))
    whole = size is None or int(size[1]) <= LARGEST
    what = "(BODY.PEEK[])" if whole else "(BODY.PEEK[HEADER])"
    for part in _answered(session.uid("FETCH", uid, what)):
        if isinstance(part, tuple):
            return bytes(part[1])
    raise ValueError(f"the server gave no mail {uid}")


def _lines(said: list[Any]) -> Iterator[bytes]:
    for part in said:
        yield from part if isinstance(part, tuple) else [part or b""]


def _answered(answer: tuple[str, list[Any]]) -> list[Any]:
    status, data = answer
    if status != "OK":
        raise imaplib.IMAP4.error(f"{status} {data!r}")
    return data
