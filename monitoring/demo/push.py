"""How a logger hands over a file: a login, its folder, the bytes, perhaps a rename."""

from __future__ import annotations

from dataclasses import dataclass
from ftplib import FTP, error_perm
from io import BytesIO

from monitoring.demo.fleet import Logger
from monitoring.demo.writer import body_of, folder_of, name_of


@dataclass(frozen=True, slots=True)
class Server:
    """Where the files go. `timeout` is in seconds, for each step."""

    host: str
    port: int
    timeout: float = 15.0


def push(server: Server, logger: Logger, minute: int) -> None:
    """Send one file. Raises one of ftplib.all_errors when it was not acknowledged to the end."""
    name, body = name_of(logger, minute), BytesIO(body_of(logger, minute))
    with FTP(timeout=server.timeout) as ftp:  # noqa: S321 - most loggers speak nothing safer
        ftp.connect(server.host, server.port)
        ftp.login(logger.username, logger.password)
        _enter(ftp, folder_of(logger, minute))
        if logger.renames:
            ftp.storbinary(f"STOR {name}.tmp", body)
            ftp.rename(f"{name}.tmp", name)
        else:
            ftp.storbinary(f"STOR {name}", body)


def _enter(ftp: FTP, folder: str) -> None:
    """Go into a folder, making what is missing of it."""
    if not folder:
        return
    try:
        ftp.cwd(folder)
    except error_perm:
        for step in folder.split("/"):
            try:
                ftp.cwd(step)
            except error_perm:
                ftp.mkd(step)
                ftp.cwd(step)
