"""`settle [--now ISO]`: every due step to its end, as if the clock stood there."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.translation import gettext as _

from monitoring.management.moments import moment
from monitoring.services.drain import host_spool
from monitoring.services.everything import settle_all


class Command(BaseCommand):
    help = "Receives, averages, judges, watches and notifies until nothing is left to do."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--now", type=moment, help="as if the clock stood there (ISO 8601)")
        parser.add_argument("--json", action="store_true", help="one object as the last line")

    def handle(self, *, now: datetime | None, **options: Any) -> None:
        done = settle_all(now or timezone.now(), spool=host_spool())
        if options["json"]:
            self.stdout.write(json.dumps(done))
            return
        self.stdout.write(
            _(
                "%(received)s files received, %(settled)s stations brought up to date,"
                " %(corrected)s corrected, %(silent)s found silent, %(mailed)s mails sent"
            )
            % done
        )
