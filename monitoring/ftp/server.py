"""The door for loggers: listens, hands finished files to threads, and stops without losing one."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from OpenSSL import SSL
from pyftpdlib.ioloop import IOLoop
from pyftpdlib.servers import FTPServer

from monitoring.ftp.keeping import Keeper, Reply
from monitoring.ftp.session import Session, TlsSession
from monitoring.ftp.shelf import HOUR, Shelf
from monitoring.ftp.throttle import Throttle
from monitoring.ftp.wakeup import Wakeup
from monitoring.services.accounts import Accounts
from monitoring.services.spool import Spool

logger = logging.getLogger(__name__)

THREADS = 8
SWEEP_SECONDS = 60.0
BEAT_SECONDS = 10.0
_LOOPBACK = {"127.0.0.1": "127.0.0.1", "::ffff:127.0.0.1": "127.0.0.1"}


class DoorMisconfigured(Exception):
    """The settings of the door contradict each other; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the door listens, and how much it bears. Times in seconds.

    Many loggers sit behind one address (NAT), so one address may hold most connections.
    """

    host: str = "127.0.0.1"
    port: int = 2121
    passive_ports: range | None = None
    public_address: str | None = None
    tls_cert: Path | None = None
    tls_key: Path | None = None
    require_tls: bool = False
    connections: int = 2000
    connections_per_address: int = 1000
    login_seconds: float = 60.0
    idle_seconds: float = 300.0
    stalled_seconds: float = 120.0
    sweep_seconds: float = SWEEP_SECONDS
    beat_seconds: float = BEAT_SECONDS


class Listener(FTPServer):
    """The listening socket; trouble with one connection never closes the door."""

    door: Door

    def handle_accept(self) -> None:
        """Rests a moment when the system has no descriptor left, instead of giving up."""
        try:
            super().handle_accept()
        except OSError:
            logger.exception("A connection could not be accepted")
            self.del_channel()
            self.ioloop.call_later(0.5, self.add_channel)

    def handle_error(self) -> None:
        """Logs and goes on; the base would close the door for good."""
        logger.exception("Trouble at the door")  # noqa: LOG004 - pyftpdlib calls it from one


class Door:
    """The FTP and FTPS server of one receiver host.

    `address` is where it listens: host and port. `spooled` is called after each delivery, in a
    thread beside the loop; it must not wait. `alive` is called likewise when serving begins and
    then again and again for as long as the loop turns.
    """

    def __init__(
        self,
        *,
        spool: Spool,
        accounts: Accounts,
        folder: Path,
        settings: Settings | None = None,
        spooled: Callable[[], None] | None = None,
        alive: Callable[[], None] | None = None,
    ) -> None:
        self.settings = settings or Settings()
        handler = _session_class(self.settings)
        self.accounts = accounts
        self.throttle = Throttle()
        self.shelf = Shelf(folder)
        self.keeper = Keeper(spool, self.shelf)
        self._spooled = spooled
        self._alive = alive
        self._ioloop = IOLoop()
        self._wakeup = Wakeup(self._ioloop)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="keep")
        address = (self.settings.host, self.settings.port)
        self._listener = Listener(address, handler, ioloop=self._ioloop, backlog=511)
        self._listener.door = self
        self._listener.max_cons = self.settings.connections
        self._listener.max_cons_per_ip = self.settings.connections_per_address
        self.address: tuple[str, int] = self._listener.address

    def serve(self) -> None:
        """Serves until `stop`; all that was promised is durable when this returns."""
        self._sweep(whole=True)
        self._ioloop.call_every(self.settings.sweep_seconds, self._sweep)
        self._ioloop.call_every(HOUR, self._sweep, whole=True)
        self._ioloop.call_every(self.settings.beat_seconds, self._beat)
        self._wakeup.call(self._beat)  # the loop looks at its clock only after a first event
        try:
            self._ioloop.loop()
        finally:
            self._ioloop.close()
            self._threads.shutdown()

    def stop(self, grace: float = 5.0) -> None:
        """Lets running uploads finish for `grace` seconds; from any thread or signal handler."""
        self._wakeup.call(self._begin_to_stop, time.monotonic() + grace)

    def run(self, work: Callable[[], Reply], answer: Callable[[str], None]) -> None:
        """Does work that waits for the disk in a thread; its reply's text goes back to the loop."""
        self._threads.submit(self._work, work, answer)

    def _work(self, work: Callable[[], Reply], answer: Callable[[str], None]) -> None:
        try:
            reply = work()
        except Exception:
            logger.exception("A file could not be kept")
            reply = Reply("451 Something failed here; nothing was kept, please send again.")
        self._wakeup.call(answer, reply.text)
        if reply.spooled:
            self._ring()

    def _ring(self) -> None:
        if self._spooled is None:
            return
        try:
            self._spooled()
        except Exception:
            logger.exception("The bell failed; the spool will be found without it")

    def _sweep(self, *, whole: bool = False) -> None:
        self._threads.submit(self._swept, whole)

    def _swept(self, whole: bool) -> None:
        try:
            if self.keeper.sweep(time.time(), whole=whole):
                self._ring()
        except Exception:
            logger.exception("The folders could not be swept")

    def _beat(self) -> None:
        if self._alive is not None:
            self._threads.submit(self._beaten, self._alive)

    def _beaten(self, alive: Callable[[], None]) -> None:
        try:
            alive()
        except Exception:
            logger.exception("Nobody was told that the door is open")

    def _begin_to_stop(self, deadline: float) -> None:
        self._listener.close()
        self._stop_when_done(deadline)

    def _stop_when_done(self, deadline: float) -> None:
        sessions = [each for each in self._ioloop.socket_map.values() if isinstance(each, Session)]
        at_work = [session for session in sessions if session.at_work]
        if not at_work or time.monotonic() > deadline:
            self._ioloop.close()
            return
        for session in sessions:
            if not session.at_work:
                session.respond("421 The server is stopping; please come again.")
                session.close_when_done()
        self._ioloop.call_later(0.05, self._stop_when_done, deadline)


def _session_class(settings: Settings) -> type[Any]:
    """A handler class with these settings; pyftpdlib keeps them on the class."""
    secured = settings.tls_cert is not None
    if settings.require_tls and not secured:
        raise DoorMisconfigured(
            "FTP_REQUIRE_TLS is on, but FTP_TLS_CERT names no certificate: set both, or neither."
        )
    base = TlsSession if secured else Session
    channel = type("Channel", (base.dtp_handler,), {"timeout": settings.stalled_seconds})
    options: dict[str, Any] = {
        "dtp_handler": channel,
        "timeout": settings.idle_seconds,
        "login_seconds": settings.login_seconds,
        "passive_ports": settings.passive_ports,
        "masquerade_address": _resolved(settings.public_address),
        # A logger on this very machine, such as the probe, is sent to the address it came to.
        "masquerade_address_map": _LOOPBACK,
    }
    if secured:
        options |= {
            "certfile": str(settings.tls_cert),
            "keyfile": str(settings.tls_key or settings.tls_cert),
            "ssl_context": None,
            "tls_control_required": settings.require_tls,
            "tls_data_required": settings.require_tls,
        }
    session = type("ConfiguredSession", (base,), options)
    if secured:
        _check_certificate(session)
    return session


def _check_certificate(session: type[Any]) -> None:
    try:
        session.get_ssl_context()
    except (OSError, SSL.Error) as error:
        raise DoorMisconfigured(
            f"FTP_TLS_CERT and FTP_TLS_KEY must name a certificate and its key in PEM: {error}"
        ) from error


def _resolved(public_address: str | None) -> str | None:
    if not public_address:
        return None
    try:
        return socket.gethostbyname(public_address)
    except OSError as error:
        raise DoorMisconfigured(
            f"FTP_PUBLIC_ADDRESS is {public_address!r}, which this machine cannot resolve: {error}"
        ) from error
