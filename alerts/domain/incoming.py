"""What a mail that came in is: an answer, a bounce, a test of ours, or something else.

Reads RFC 5322 mails and RFC 3464 delivery status notifications with the standard library alone.
Never raises for what somebody sent: what cannot be read is "other", with what could be.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from email.utils import parseaddr

from alerts.domain.refusals import status_in

REPLY, BOUNCE, OTHER = "reply", "bounce", "other"
AN_ID = re.compile(r"<[^<>\s]{3,250}>")
MOST_TEXT = 20_000
QUOTED = re.compile(
    r"^\s*(>|-{2,}\s*(original message|thư gốc|tin nhắn gốc)|on .{5,200} wrote:\s*$"
    r"|vào .{5,200} đã viết:\s*$|từ:\s|from:\s|_{8,})",
    re.IGNORECASE,
)
DAEMONS = ("mailer-daemon", "postmaster")


@dataclass(frozen=True, slots=True)
class Paper:
    """A file that came with a mail."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Incoming:
    """A mail as far as it can be read.

    `about`: Message-IDs that it answers or returns, the nearest first. `status`: of a bounce, as
    5.1.1, or "". `final`: whether a bounce says that it is for good. `automatic`: nobody wrote it.
    """

    message_id: str
    sort: str
    sender: str
    subject: str
    text: str
    about: tuple[str, ...]
    status: str = ""
    reply: str = ""
    final: bool = False
    automatic: bool = False
    papers: tuple[Paper, ...] = ()


def read_incoming(raw: bytes) -> Incoming:
    """The mail in these bytes."""
    mail = message_from_bytes(raw, policy=policy.default)
    sender = parseaddr(_header(mail, "From"))[1] or _header(mail, "From")
    message_id = next(iter(AN_ID.findall(_header(mail, "Message-ID"))), "")
    made_up = f"<{hashlib.sha256(raw).hexdigest()}@no-message-id>"
    parts = _status_parts(mail)
    automatic = _is_automatic(mail, sender)
    about = _answered(mail)
    text = _text_of(mail)
    status = reply = ""
    sort, final = OTHER, False
    if parts or _from_daemon(mail, sender):
        sort = BOUNCE
        about = tuple(dict.fromkeys([*_returned(mail, text), *about]))
        status, reply, final = _verdict(parts, text)
    elif about and not automatic:
        sort = REPLY
    return Incoming(
        message_id=message_id or made_up,
        sort=sort,
        sender=sender[:300],
        subject=" ".join(_header(mail, "Subject").split())[:500],
        text=(text if sort == BOUNCE else unquoted(text))[:MOST_TEXT],
        about=about,
        status=status,
        reply=reply[:2000],
        final=final,
        automatic=automatic,
        papers=tuple(_papers(mail)) if sort == REPLY else (),
    )


def unquoted(text: str) -> str:
    """What was written anew: without the mail that is answered, where a program marked it."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if QUOTED.match(line):
            kept = "\n".join(lines[:number]).strip()
            return kept or text.strip()
    return text.strip()


def _header(mail: Message, name: str) -> str:
    try:
        return str(mail.get(name, "") or "")
    except (ValueError, IndexError, AttributeError):  # the parser of a header stumbled over it
        return ""


def _answered(mail: Message) -> tuple[str, ...]:
    nearest = AN_ID.findall(_header(mail, "In-Reply-To"))
    thread = AN_ID.findall(_header(mail, "References"))
    return tuple(dict.fromkeys([*nearest, *reversed(thread)]))


def _is_automatic(mail: Message, sender: str) -> bool:
    said = _header(mail, "Auto-Submitted").strip().lower()
    precedence = _header(mail, "Precedence").strip().lower()
    return (bool(said) and not said.startswith("no")) or precedence in ("bulk", "junk", "list")


def _from_daemon(mail: Message, sender: str) -> bool:
    empty_path = _header(mail, "Return-Path").strip() == "<>"
    return sender.partition("@")[0].lower() in DAEMONS or (
        empty_path and _header(mail, "Auto-Submitted").strip().lower() == "auto-replied"
        and "report" in mail.get_content_type()
    )  # fmt: skip


def _status_parts(mail: Message) -> list[Message]:
    """The blocks of the delivery status, the one of the whole first."""
    found: list[Message] = []
    for part in mail.walk():
        if part.get_content_type() == "message/delivery-status":
            blocks = part.get_payload()
            if isinstance(blocks, list):
                found += [block for block in blocks if isinstance(block, Message)]
    return found


def _verdict(parts: list[Message], text: str) -> tuple[str, str, bool]:
    """Status, the server's words, and whether it is for good."""
    for block in parts:
        action = _header(block, "Action").strip().lower()
        if not action:
            continue
        status = status_in(_header(block, "Status"))
        words = _header(block, "Diagnostic-Code").partition(";")[2].strip()
        reply = " ".join(words.split()) or f"{action} {status}".strip()
        return status, reply, action == "failed" and status.startswith("5")
    status = status_in(text)
    line = next((line for line in text.splitlines() if status and status in line), "")
    return status, " ".join(line.split()), status.startswith("5")


def _returned(mail: Message, text: str) -> Iterator[str]:
    """The Message-ID of the mail that came back: from its copy, else from the words."""
    for part in mail.walk():
        sort = part.get_content_type()
        if sort == "message/rfc822":
            inner = part.get_payload()
            if isinstance(inner, list) and inner and isinstance(inner[0], Message):
                yield from AN_ID.findall(_header(inner[0], "Message-ID"))
        elif sort == "text/rfc822-headers":
            yield from _ids_of_headers(_decoded(part))
    yield from _ids_of_headers(text)


def _ids_of_headers(text: str) -> list[str]:
    return re.findall(r"(?im)^\s*Message-ID:\s*(<[^<>\s]{3,250}>)", text)


def _text_of(mail: Message) -> str:
    if not isinstance(mail, EmailMessage):
        return ""
    try:
        body = mail.get_body(("plain", "html"))
    except (AttributeError, KeyError, ValueError):
        body = None
    if body is None:
        return ""
    text = _decoded(body)
    return _without_tags(text) if body.get_content_type() == "text/html" else text


def _decoded(part: Message) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return str(part.get_payload() or "")
    charset = part.get_content_charset() or "utf-8"
    try:
        return payload.decode(charset, "replace")
    except LookupError:
        return payload.decode("utf-8", "replace")


def _without_tags(html: str) -> str:
    text = re.sub(r"(?is)<(script|style|head)\b.*?</\1>", " ", html)
    text = re.sub(r"(?i)<(br|/p|/div|/tr|/li)\b[^>]*>", "\n", text)
    text = re.sub(r"(?s)<[^>]*>", "", text)
    for name, sign in (("&nbsp;", " "), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        text = text.replace(name, sign)
    return re.sub(r"\n\s*\n+", "\n\n", text).strip()


def _papers(mail: Message) -> Iterator[Paper]:
    """Files that were sent along; pictures of a signature are none."""
    for number, part in enumerate(mail.walk(), 1):
        if part.is_multipart() or part.get_content_disposition() != "attachment":
            continue
        content = part.get_payload(decode=True)
        if isinstance(content, bytes) and content:
            yield Paper((part.get_filename() or f"{number}.bin")[:255], content)
