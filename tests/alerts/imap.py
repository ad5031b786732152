"""An IMAP server on loopback, true to the protocol as far as a reader of one folder goes.

RFC 3501: greeting, CAPABILITY, LOGIN, SELECT, UID SEARCH/FETCH/STORE, LOGOUT; literals by length.
"""

from __future__ import annotations

import re
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from ssl import SSLContext
from typing import Any

from config.env import Inbox


@dataclass
class Mailbox:
    """What lies in the folder; `seen` are the numbers that were marked."""

    mails: list[bytes] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)
    said: list[str] = field(default_factory=list)
    drops_before_store: int = 0
    inbox: Inbox | None = None


class Speaker(socketserver.StreamRequestHandler):
    """One session."""

    mailbox: Mailbox

    def handle(self) -> None:
        self.line("* OK IMAP4rev1 ready")
        while raw := self.rfile.readline():
            tag, _, rest = raw.decode("utf-8").rstrip("\r\n").partition(" ")
            self.mailbox.said.append(re.sub(r"(?i)^(LOGIN \S+) .*", r"\1 …", rest))
            if not self.answer(tag, rest):
                return

    def line(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")

    def answer(self, tag: str, asked: str) -> bool:
        """Whether the session goes on."""
        act = next((act for begin, act in self.ACTS if asked.upper().startswith(begin)), None)
        said = act(self, asked) if act else "BAD what"
        if said:
            self.line(f"{tag} {said}")
        return bool(said) and said != "OK goodbye"

    def capability(self, asked: str) -> str:
        self.line("* CAPABILITY IMAP4rev1")
        return "OK done"

    def login(self, asked: str) -> str:
        return "OK done" if "secret" in asked else "NO [AUTHENTICATIONFAILED] no"

    def select(self, asked: str) -> str:
        if '"INBOX"' not in asked:
            return "NO no such folder"
        self.line(f"* {len(self.mailbox.mails)} EXISTS")
        self.line("* OK [UIDVALIDITY 1] ok")
        return "OK done"

    def search(self, asked: str) -> str:
        every = range(1, len(self.mailbox.mails) + 1)
        unseen = [str(uid) for uid in every if uid not in self.mailbox.seen]
        self.line(" ".join(["* SEARCH", *unseen]))
        return "OK done"

    def store(self, asked: str) -> str:
        if self.mailbox.drops_before_store:
            self.mailbox.drops_before_store -= 1
            return ""
        self.mailbox.seen.add(int(asked.split()[2]))
        return "OK done"

    def logout(self, asked: str) -> str:
        self.line("* BYE")
        return "OK goodbye"

    def fetch(self, asked: str) -> str:
        uid, verb = int(asked.split()[2]), asked.upper()
        mail = self.mailbox.mails[uid - 1]
        if "RFC822.SIZE" in verb:
            self.line(f"* {uid} FETCH (UID {uid} RFC822.SIZE {len(mail)})")
            return "OK done"
        content = mail if "PEEK[]" in verb else mail.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        self.wfile.write(f"* {uid} FETCH (UID {uid} BODY[] {{{len(content)}}}\r\n".encode())
        self.wfile.write(content + b")\r\n")
        return "OK done"

    ACTS = (
        ("CAPABILITY", capability),
        ("LOGIN", login),
        ("SELECT", select),
        ("UID SEARCH UNSEEN", search),
        ("UID FETCH", fetch),
        ("UID STORE", store),
        ("LOGOUT", logout),
    )


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    tls: SSLContext | None = None

    def get_request(self) -> tuple[Any, Any]:
        line, address = super().get_request()
        if self.tls is not None:
            line = self.tls.wrap_socket(line, server_side=True, do_handshake_on_connect=False)
        return line, address


@contextmanager
def imap_server(*, tls: SSLContext | None = None) -> Iterator[Mailbox]:
    """The server, running; `inbox` says how it is reached."""
    mailbox = Mailbox()
    speaker = type("Speaking", (Speaker,), {"mailbox": mailbox})
    with Server(("127.0.0.1", 0), speaker) as server:
        server.tls = tls
        host, port = server.server_address[:2]
        mailbox.inbox = Inbox(
            str(host),
            int(port),
            "qttd@so.example",
            "secret",
            "INBOX",
            tls=tls is not None,
            starttls=False,
            control="qttd@so.example",
        )
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield mailbox
        finally:
            server.shutdown()
            thread.join(10)
