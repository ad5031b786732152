"""`manage.py door_probe`: sends a small file each minute through the door that loggers use.

It follows each file until the pages show it, and writes down when it had come how far. While the
database is away it goes on sending, and writes down later.
"""

from __future__ import annotations

import json
import logging
import signal
import socket
import threading
from argparse import ArgumentParser
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import Error as DatabaseTrouble
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from monitoring.ftp.sending import Address, NotTaken, send_file
from monitoring.services.probing import FOLLOWED, Probe, file_of, new_probe
from monitoring.services.snapshot import renew_snapshot
from stations.services.synthetic import ProbeLogger, probe_logger

logger = logging.getLogger(__name__)

EVERY = timedelta(minutes=1)
QUICK, SLOW = 0.1, 2.0
"""Seconds between two looks at a probe that was sent just now, and at an older one."""
QUICK_FOR = timedelta(seconds=10)
PAGES_ANSWER_WITHIN = 5.0
DEFAULT_PORT = 21


class Command(BaseCommand):
    help = "Sends a small file through the FTP door each minute, and keeps how far it came."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=2121, help="of the door on this machine")
        parser.add_argument("--once", action="store_true", help="one probe at once, then the end")

    def handle(self, *, port: int, once: bool, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        prober = Prober(address_of(port), stop)
        self.stdout.write(f"probe: {prober.address}")
        self.stdout.flush()
        prober.run(once=once)


def address_of(port: int) -> Address:
    """Where loggers find the door: as the settings say, else its public address, else here."""
    told: str = settings.FTP_PROBE_ADDRESS or settings.FTP_PUBLIC_ADDRESS or "127.0.0.1"
    host, _, own_port = told.rpartition(":") if told.count(":") == 1 else (told, "", "")
    return Address(host, int(own_port or port), tls=settings.FTP_REQUIRE_TLS)


class Prober:
    """Sends each minute, and looks after what is under way between."""

    def __init__(self, address: Address, stop: threading.Event) -> None:
        self.address = address
        self.stop = stop
        self.logger: ProbeLogger | None = None
        self.under_way: list[Probe] = []
        self.looked_at = datetime.min.replace(tzinfo=UTC)
        """When those were looked at last that were not sent just now."""

    def run(self, *, once: bool = False) -> None:
        """Until it is told to stop; with `once` until one probe is seen, or lost."""
        at = timezone.now() if once else _next_minute(timezone.now())
        while not self.stop.is_set():
            now = timezone.now()
            if now >= at or at - now > FOLLOWED:  # it is time, or the clock was set back
                self.send(now)
                at = now + FOLLOWED if once else _next_minute(now)
            self.look(timezone.now())
            if once and not self.under_way:
                return
            self.stop.wait(self._pause(at))

    def send(self, now: datetime) -> None:
        """Send one probe; what comes of it is kept."""
        if not self._has_login():
            return
        assert self.logger is not None  # noqa: S101 - it has
        probe = new_probe(self.logger, address=str(self.address), at=now)
        try:
            self._hand_over(self.logger, now)
            probe.note(acknowledged=timezone.now())
        except NotTaken as trouble:
            logger.warning("The door did not take the probe: %s", trouble)
            probe.fail(trouble.step, trouble.said)
        self.under_way.append(probe)

    def _hand_over(self, logger: ProbeLogger, now: datetime) -> None:
        """The file of this minute; once more where somebody else made the login void."""
        try:
            _send(self.address, logger, now)
        except NotTaken as trouble:
            if trouble.step != "login":
                raise
            self.logger = None
            if not self._has_login() or self.logger is None:
                raise
            _send(self.address, self.logger, now)

    def look(self, now: datetime) -> None:
        """How far all under way have come; those that came to their end are let go."""
        slowly = now - self.looked_at >= timedelta(seconds=SLOW)
        self.looked_at = now if slowly else self.looked_at
        try:
            for probe in self.under_way:
                if probe.is_under_way and (slowly or now - probe.row.sent_at < QUICK_FOR):
                    probe.look(now)
            self._look_at_pages()
            for probe in self.under_way:
                probe.keep()
        except DatabaseTrouble as trouble:
            logger.warning("What became of the probes cannot be kept now: %s", trouble)
            connection.close()
            return
        self.under_way = [
            probe
            for probe in self.under_way
            if probe.is_under_way and now - probe.row.sent_at < FOLLOWED
        ]

    def _look_at_pages(self) -> None:
        waiting = [
            probe
            for probe in self.under_way
            if probe.row.judged_at is not None and probe.row.visible_at is None
        ]
        if not waiting or self.logger is None:
            return
        shown = _shown(self.logger.station_id)
        for probe in waiting:
            if shown is not None and shown >= probe.measured_at:
                probe.note(visible=timezone.now())

    def _has_login(self) -> bool:
        """Whether there is a login to send with; a new one where it was refused."""
        if self.logger is not None:
            return True
        try:
            self.logger = probe_logger(socket.gethostname())
            renew_snapshot()
        except (DatabaseTrouble, OSError) as trouble:
            logger.warning("There is no login for the probe yet: %s", trouble)
            self.logger = None
            connection.close()
            return False
        return True

    def _pause(self, at: datetime) -> float:
        now = timezone.now()
        left = max(0.0, (at - now).total_seconds())
        if not self.under_way:
            return left
        newest = max(probe.row.sent_at for probe in self.under_way)
        return min(left, QUICK if now - newest < QUICK_FOR else SLOW)


def _send(address: Address, logger: ProbeLogger, now: datetime) -> None:
    name, body = file_of(logger, now)
    send_file(address, logger.username, logger.secret, name=name, body=body)


def _next_minute(now: datetime) -> datetime:
    """The next full minute that is not upon us: what was started just now comes up first."""
    soon = now + timedelta(seconds=10)
    return soon.replace(second=0, microsecond=0) + EVERY


def _shown(station_id: int) -> datetime | None:
    """The newest reading of the probe that the pages show; None where they do not tell."""
    address = f"{settings.SITE_URL}{reverse('probez')}"
    try:
        with urlopen(Request(address), timeout=PAGES_ANSWER_WITHIN) as answer:  # noqa: S310 - ours
            told = json.load(answer).get("stations", {}).get(str(station_id))
    except (URLError, OSError, ValueError) as trouble:
        logger.warning("The pages do not tell of the probe: %s", trouble)
        return None
    return datetime.fromisoformat(told) if told else None
