"""`demo_loggers`: the loggers of the demonstration province send to a running FTP server."""

from __future__ import annotations

import signal
import time
from datetime import UTC, datetime, timedelta
from types import FrameType
from typing import Any, NoReturn

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from monitoring.demo.clock import Clock
from monitoring.demo.fleet import demonstration_fleet
from monitoring.demo.history import first_unsent
from monitoring.demo.local_time import local_second
from monitoring.demo.loggers import Yard, first_slots
from monitoring.demo.progress import Progress
from monitoring.demo.push import Server

REPLAYED = timedelta(days=1)


class Command(BaseCommand):
    """Parses, then lets the loggers run until it is told to stop."""

    help = "Sends the files of the demonstration stations by FTP, as honest loggers would."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--ftp-port", type=int, default=2121)
        parser.add_argument(
            "--speed",
            type=float,
            default=1.0,
            help="play the past so many times as fast, until the present is reached",
        )
        parser.add_argument(
            "--since",
            type=datetime.fromisoformat,
            help="where to begin, with its offset (default with --speed: a day ago)",
        )

    def handle(self, **options: Any) -> None:
        signal.signal(signal.SIGTERM, _stop)
        yard = _yard(
            Server(options["host"], options["ftp_port"]), options["speed"], options["since"]
        )
        self.stdout.write(
            _("%(stations)d demonstration stations send to %(host)s:%(port)d")
            % {
                "stations": len(yard.next_slot),
                "host": yard.server.host,
                "port": yard.server.port,
            }
        )
        try:
            yard.run()
        except KeyboardInterrupt:
            self.stdout.write(_("%(files)d files sent") % {"files": yard.sent})


def _yard(server: Server, speed: float, since: datetime | None) -> Yard:
    """The loggers where they left off, or where they are told to begin."""
    if speed < 1:
        raise CommandError(_("--speed must be 1 or more."))
    if since is not None and since.tzinfo is None:
        raise CommandError(_("--since needs its offset, such as 2024-05-21T08:00:00+07:00."))
    now = datetime.now(UTC)
    fleet = demonstration_fleet()
    progress = Progress(settings.DATA_DIR / "demo")
    begin = since or (now - REPLAYED if speed > 1 else None)
    if begin is not None:
        second = local_second(begin)
        slots = {logger: first_unsent(logger, second) for logger in fleet}
        return Yard(server, Clock(time.time(), second, speed), slots, progress)
    beginning = local_second(progress.beginning(now))
    slots = first_slots(fleet, progress.next_slots(), beginning, local_second(now))
    return Yard(server, Clock(time.time(), beginning), slots, progress)


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
