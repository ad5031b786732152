"""`manage.py ftp_server`: the door for loggers, alone in its process. Needs no database."""

from __future__ import annotations

import importlib
import logging
import resource
import signal
from argparse import ArgumentParser
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from monitoring.ftp.server import Door, DoorMisconfigured, Settings
from monitoring.services.accounts import Accounts
from monitoring.services.doors import beat
from monitoring.services.spool import Spool, SpoolUnavailable
from stations.services.accounts import digest_key

DESCRIPTORS_BESIDE_CONNECTIONS = 100
RECEIVE = "monitoring.tasks.receive_spooled"  # by name: the task itself needs the database


class Command(BaseCommand):
    help = "Runs the FTP and FTPS server for loggers."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=getattr(settings, "FTP_HOST", "127.0.0.1"))
        parser.add_argument("--port", type=int, default=2121)

    def handle(self, *, host: str, port: int, **options: Any) -> None:
        logging.getLogger("pyftpdlib").setLevel(logging.WARNING)
        data = Path(settings.DATA_DIR)
        try:
            door = Door(
                spool=Spool(data / "spool"),
                accounts=Accounts(data / "receivers" / "accounts.json", key=digest_key()),
                folder=data / "ftp",
                settings=_door_settings(host, port),
                spooled=_bell(),
                alive=partial(beat, timezone.now()),
            )
        except (DoorMisconfigured, SpoolUnavailable, OSError) as error:
            raise CommandError(f"The FTP server cannot start: {error}") from error
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: door.stop())
        self.stdout.write("ftp: {}:{}".format(*door.address))
        self.stdout.flush()
        door.serve()


def _door_settings(host: str, port: int) -> Settings:
    limit = _raised_descriptor_limit() - DESCRIPTORS_BESIDE_CONNECTIONS
    return Settings(
        host=host,
        port=port,
        passive_ports=getattr(settings, "FTP_PASSIVE_PORTS", None),
        public_address=getattr(settings, "FTP_PUBLIC_ADDRESS", None),
        tls_cert=getattr(settings, "FTP_TLS_CERT", None),
        tls_key=getattr(settings, "FTP_TLS_KEY", None),
        require_tls=getattr(settings, "FTP_REQUIRE_TLS", False),
        connections=min(Settings().connections, limit),
    )


def _raised_descriptor_limit() -> int:
    """Each session needs two descriptors or three: takes all that the system allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 8192 if hard == resource.RLIM_INFINITY else min(hard, 8192)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return max(soft, wanted)


def _bell() -> Callable[[], None] | None:
    """Rings for the worker that empties the spool; without it the beat finds the spool."""
    try:
        bell = importlib.import_module("monitoring.bell")
    except ImportError:
        return None
    return partial(bell.ring, RECEIVE)
