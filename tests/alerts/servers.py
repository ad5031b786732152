"""A real SMTP server on loopback that can be told to misbehave."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from ssl import SSLContext
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class Postman:
    """Keeps what it takes. `answers` are given at RCPT or DATA instead of yes, one a mail."""

    taken: list[EmailMessage] = field(default_factory=list)
    answers_to_rcpt: list[str] = field(default_factory=list)
    answers_to_data: list[str] = field(default_factory=list)
    drops_after_data: int = 0
    sleeps: float = 0

    async def handle_RCPT(  # noqa: N802  named by aiosmtpd
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.answers_to_rcpt:
            return self.answers_to_rcpt.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.sleeps:
            await asyncio.sleep(self.sleeps)
        if self.answers_to_data:
            return self.answers_to_data.pop(0)
        content: Any = envelope.content
        self.taken.append(message_from_bytes(content, policy=policy.default))  # type: ignore[arg-type]
        if self.drops_after_data:
            self.drops_after_data -= 1
            server.transport.close()
        return "250 taken as number 7"


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def smtp_server(
    settings: Any, *, tls: SSLContext | None = None, starttls: SSLContext | None = None
) -> Iterator[Postman]:
    """The server, running, with the settings pointing at it. `tls`: encrypted from the first byte;
    `starttls`: on demand, and without it nobody is served."""
    postman = Postman()
    controller = Controller(
        postman,
        hostname="127.0.0.1",
        port=free_port(),
        ready_timeout=10,
        ssl_context=tls,
        tls_context=starttls,
        require_starttls=starttls is not None,
    )
    controller.start()
    try:
        settings.EMAIL_FOLDER = None
        settings.EMAIL_HOST = "127.0.0.1"
        settings.EMAIL_PORT = controller.port
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        settings.EMAIL_TIMEOUT = 2
        yield postman
    finally:
        controller.stop()
