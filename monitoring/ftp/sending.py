"""Hands one file to a door, as a logger does; for our own probes."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from ftplib import FTP, FTP_TLS, all_errors
from io import BytesIO

TIMEOUT = 10.0
"""Seconds for each step; a door that needs longer is of no use to a logger either."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a door is reached. With `tls` by FTPS; its certificate is not judged."""

    host: str
    port: int
    tls: bool = False

    def __str__(self) -> str:
        return f"{'ftps' if self.tls else 'ftp'}://{self.host}:{self.port}"


class NotTaken(Exception):
    """The door did not acknowledge the file: at which step, and what it or the network said."""

    def __init__(self, step: str, said: str) -> None:
        super().__init__(f"{step}: {said}")
        self.step, self.said = step, said


def send_file(
    address: Address,
    username: str,
    secret: str,
    *,
    name: str,
    body: bytes,
    timeout: float = TIMEOUT,
) -> None:
    """Return once the door has acknowledged the file. Raises NotTaken with the step that failed."""
    step = "connect"
    try:
        with _client(address, timeout) as ftp:
            ftp.connect(address.host, address.port)
            step = "login"
            ftp.login(username, secret)
            if isinstance(ftp, FTP_TLS):
                ftp.prot_p()
            step = "store"
            ftp.storbinary(f"STOR {name}", BytesIO(body))
    except all_errors as error:
        raise NotTaken(step, str(error) or type(error).__name__) from error


def _client(address: Address, timeout: float) -> FTP:
    if not address.tls:
        return FTP(timeout=timeout)  # noqa: S321 - what most loggers speak
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return FTP_TLS(timeout=timeout, context=context)  # noqa: S321 - with TLS
