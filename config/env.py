"""Reads settings from the environment: typed, and failing with what to do.

Each helper takes the name of one variable. An empty value counts as not set.
"""

from __future__ import annotations

import ipaddress
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off"})


def text(name: str, default: str = "") -> str:
    """The variable as it stands, without blanks around it."""
    return os.environ.get(name, "").strip() or default


def flag(name: str, *, default: bool = False) -> bool:
    """1, true, yes, on / 0, false, no, off."""
    value = text(name).lower()
    if value in TRUE:
        return True
    if value in FALSE:
        return False
    if value:
        raise _wrong(name, value, "write 1 or 0")
    return default


def words(name: str, default: list[str]) -> list[str]:
    """A list parted by commas."""
    return [word.strip() for word in text(name).split(",") if word.strip()] or default


def path(name: str, default: Path | None = None) -> Path | None:
    """An absolute path; a relative one starts at the current folder."""
    value = text(name)
    return Path(value).expanduser().resolve() if value else default


def port_range(name: str) -> range | None:
    """`60000-60100` as the ports from the first to the last, both included."""
    value = text(name)
    if not value:
        return None
    first, _, last = value.partition("-")
    try:
        ports = range(int(first), int(last or first) + 1)
    except ValueError as error:
        raise _wrong(name, value, "write a range such as 60000-60100") from error
    if not ports or ports[0] < 1 or ports[-1] > 65535:
        raise _wrong(name, value, "ports lie between 1 and 65535, the lower one first")
    return ports


def networks(name: str) -> list[str]:
    """Networks parted by commas, as 10.1.0.0/16 or 10.1.2.3."""
    given = words(name, [])
    for each in given:
        try:
            ipaddress.ip_network(each, strict=False)
        except ValueError as error:
            raise _wrong(
                name, each, "write networks such as 10.1.0.0/16, parted by commas"
            ) from error
    return given


def url(name: str, schemes: tuple[str, ...]) -> SplitResult | None:
    """A URL of one of the schemes, or None when the variable is not set."""
    value = text(name)
    if not value:
        return None
    parts = urlsplit(value)
    if parts.scheme not in schemes:
        known = ", ".join(f"{scheme}://" for scheme in schemes)
        raise _wrong(name, _without_password(value), f"start it with one of {known}")
    return parts


USUAL_PER_MINUTE = 100
"""How many mails a minute a server is asked to take, where its URL does not say."""


@dataclass(frozen=True)
class Mailbox:
    """Where mails are handed over: the parts of an EMAIL_URL."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    starttls: bool
    tls: bool
    sender: str = ""
    per_minute: int = USUAL_PER_MINUTE


def mailbox(name: str) -> Mailbox | None:
    """`smtp://`, `smtp+tls://` (STARTTLS) or `smtps://`, or None when not set.

    `?from=address` names the sender, `?per_minute=60` how many mails a minute the server takes
    (0: as many as there are).
    """
    parts = url(name, ("smtp", "smtp+tls", "smtps"))
    if parts is None:
        return None
    if not parts.hostname:
        raise _wrong(name, parts.scheme + "://", "name the mail server: smtp://host:25")
    asked = dict(parse_qsl(parts.query))
    per_minute = asked.get("per_minute", str(USUAL_PER_MINUTE))
    if not per_minute.isdecimal():
        raise _wrong(name, per_minute, "write per_minute as a whole number of mails")
    usual_port = {"smtp": 25, "smtp+tls": 587, "smtps": 465}[parts.scheme]
    return Mailbox(
        host=parts.hostname,
        port=parts.port or usual_port,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        starttls=parts.scheme == "smtp+tls",
        tls=parts.scheme == "smtps",
        sender=asked.get("from", ""),
        per_minute=int(per_minute),
    )


@dataclass(frozen=True)
class Inbox:
    """Where bounces and answers are read: the parts of an INBOX_URL.

    `control`: the address of that mailbox, to which the daily test of the mail route goes.
    """

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    folder: str
    tls: bool
    starttls: bool
    control: str = ""


def inbox(name: str) -> Inbox | None:
    """`imaps://user:password@host/FOLDER?control=address`, or None when not set.

    `imap://` begins in the open and asks for STARTTLS before the password, but on this machine.
    """
    parts = url(name, ("imaps", "imap"))
    if parts is None:
        return None
    if not parts.hostname or not parts.username:
        raise _wrong(name, parts.scheme + "://", "name it whole: imaps://user:password@host")
    user, asked = unquote(parts.username), dict(parse_qsl(parts.query))
    here = parts.hostname in ("localhost", "127.0.0.1", "::1")
    return Inbox(
        host=parts.hostname,
        port=parts.port or (993 if parts.scheme == "imaps" else 143),
        user=user,
        password=unquote(parts.password or ""),
        folder=unquote(parts.path.strip("/")) or "INBOX",
        tls=parts.scheme == "imaps",
        starttls=parts.scheme == "imap" and not here,
        control=asked.get("control") or (user if "@" in user else ""),
    )


def database(parts: SplitResult) -> dict[str, object]:
    """The parts of a `postgres://` URL as one entry of Django's DATABASES."""
    options: dict[str, str] = dict(parse_qsl(parts.query))
    name = unquote(parts.path.lstrip("/"))
    if not name:
        raise _wrong("DATABASE_URL", "no name", "end it with the database: …/qttd")
    return {
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", "") or unquote(parts.hostname or ""),
        "PORT": str(parts.port or options.pop("port", "")),
        "OPTIONS": options,
    }


def kept_secret(file: Path) -> str:
    """The secret in this file; made once, for its owner alone, whoever comes first."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(f"{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
        draft.touch(mode=0o600, exist_ok=False)
        draft.write_text(secrets.token_urlsafe(48), encoding="ascii")
        try:
            os.link(draft, file)
        except FileExistsError:
            pass  # another process was first: its secret counts
        finally:
            draft.unlink()
    return file.read_text(encoding="ascii").strip()


def _without_password(value: str) -> str:
    scheme, separator, rest = value.partition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2]}"


def _wrong(name: str, value: str, advice: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"{name} is {value!r}: {advice}, or leave it out.")
