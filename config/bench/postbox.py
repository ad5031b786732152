"""A mail server on loopback that takes everything and notes when: for measuring alone."""

from __future__ import annotations

import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Postbox(socketserver.ThreadingTCPServer):
    """Which address was written to first, and when (monotonic seconds)."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.first: dict[str, float] = {}
        self.mails = 0

    @property
    def url(self) -> str:
        """Its EMAIL_URL."""
        return f"smtp://127.0.0.1:{self.server_address[1]}"

    def take(self, address: str) -> None:
        """A mail to this address lies here now."""
        self.first.setdefault(address, time.monotonic())
        self.mails += 1


class _Talk(socketserver.StreamRequestHandler):
    """As much SMTP as a client needs that has nothing special to ask."""

    server: Postbox

    def handle(self) -> None:
        """Until QUIT, or until the client goes."""
        self._say("220 bench")
        address = ""
        for line in self.rfile:
            word = line[:4].upper()
            if word == b"RCPT":
                address = line.decode().partition("<")[2].partition(">")[0]
            if word == b"DATA":
                self._take_mail(address)
            elif word == b"QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _take_mail(self, address: str) -> None:
        self._say("354 go on")
        for line in self.rfile:
            if line.rstrip(b"\r\n") == b".":
                break
        self.server.take(address)
        self._say("250 taken")

    def _say(self, answer: str) -> None:
        self.wfile.write(f"{answer}\r\n".encode())


@contextmanager
def postbox() -> Iterator[Postbox]:
    """One that is open for a block."""
    with Postbox() as box:
        serving = threading.Thread(target=box.serve_forever, daemon=True)
        serving.start()
        yield box
        box.shutdown()
