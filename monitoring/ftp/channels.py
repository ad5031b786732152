"""The data connections: where the bytes of a file come in, and the ports they come in through."""

from __future__ import annotations

import errno
import logging
from pathlib import Path
from typing import Any

from OpenSSL import SSL
from pyftpdlib.exceptions import _RetryError
from pyftpdlib.handlers import DTPHandler, TLS_DTPHandler
from pyftpdlib.handlers.ftp.dispatchers import PassiveDTP

from monitoring.services.spool import MAX_FILE_BYTES

logger = logging.getLogger(__name__)

TOO_LARGE = "552 A station file has at most 1 MiB; nothing was kept."
MOST_DRAINED_BYTES = 64 * MAX_FILE_BYTES


class Upload:
    """The bytes of one STOR or APPE as they come; nothing of them is on disk yet."""

    def __init__(self, path: Path, beginning: bytes = b"") -> None:
        self.path = path
        self.name = str(path)
        self.closed = False
        self.too_large = False
        self._bytes = bytearray(beginning)

    @property
    def raw(self) -> bytes:
        """What has come so far."""
        return bytes(self._bytes)

    def take(self, chunk: bytes) -> None:
        """Adds what came; above the limit it lets all go and remembers only that."""
        if self.too_large or len(self._bytes) + len(chunk) > MAX_FILE_BYTES:
            self.too_large = True
            self._bytes.clear()
        else:
            self._bytes += chunk

    def close(self) -> None:
        """No more bytes will come."""
        self.closed = True


class DataChannel(DTPHandler):
    """One data connection. An upload that came whole is handed to the session, which answers."""

    broken = False
    _resp: tuple[Any, ...]

    @property
    def upload(self) -> Upload | None:
        """What is being received, if this connection receives."""
        return self.file_obj if isinstance(self.file_obj, Upload) else None

    def recv(self, buffer_size: int) -> bytes:
        """As in the base, but a connection that was reset is remembered as broken."""
        try:
            data: bytes = self.socket.recv(buffer_size)
        except BlockingIOError as error:
            raise _RetryError from error
        except SSL.SysCallError as error:
            self.broken = error.args[0] > 0  # -1 is a plain end without TLS's farewell
            raise
        except OSError:
            self.broken = True
            data = b""
        if not data:
            self.handle_close()
        return data

    def handle_read(self) -> None:
        """Takes what came, byte for byte, in whatever TYPE: no line end is rewritten."""
        try:
            chunk = self.recv(self.ac_in_buffer_size)
        except _RetryError:
            return
        if not chunk:
            return
        self.tot_bytes_received += len(chunk)
        self.file_obj.take(chunk)
        if self.tot_bytes_received > MOST_DRAINED_BYTES:
            self._refuse(TOO_LARGE)

    handle_read_event = handle_read

    def handle_close(self) -> None:
        """The logger closed: the file is whole, unless it is too large or the line broke."""
        if self._closed or self.upload is None:
            super().handle_close()
        elif self.broken:
            self._refuse("426 The connection was reset; nothing was kept.")
        elif self.upload.too_large:
            self._refuse(TOO_LARGE)
        else:
            super().handle_close()

    def close(self) -> None:
        """Ends the connection; a whole upload is answered later, once it is durable."""
        upload = self.upload
        if upload is not None and not upload.closed and self.transfer_finished:
            self._resp = ()
            self.cmd_channel.keep(upload)
        super().close()

    def _refuse(self, reply: str) -> None:
        self._resp = (reply, logger.info)
        self.close()


class TlsDataChannel(TLS_DTPHandler, DataChannel):
    """The same through TLS, where the session asked for it (PROT P)."""


class PassivePort(PassiveDTP):
    """A listening port for PASV or EPSV, of the range that the firewall lets through."""

    def bind(self, address: tuple[Any, ...]) -> None:
        """Refuses the base's last resort, a port outside the range: nobody could reach it."""
        if self.cmd_channel.passive_ports and len(address) == 2 and address[1] == 0:
            self.close()
            raise OSError(errno.EADDRINUSE, "no data port of the range is free")
        super().bind(address)
