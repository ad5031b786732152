"""`settle [--now ISO]`: every due step to its end, as if the clock stood there."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.translation import gettext as _

from alerts.services.escalating import keep_deadlines
from alerts.tasks import send_due
from monitoring.management.moments import moment
from monitoring.services.drain import drain, host_spool
from monitoring.services.settle import settle_dirty, settle_due
from monitoring.services.watch import watch


class Command(BaseCommand):
    help = "Receives, averages, judges, watches and notifies until nothing is left to do."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--now", type=moment, help="as if the clock stood there (ISO 8601)")
        parser.add_argument("--json", action="store_true", help="one object as the last line")

    def handle(self, *, now: datetime | None, **options: Any) -> None:
        done = settle_all(now or timezone.now())
        if options["json"]:
            self.stdout.write(json.dumps(done))
            return
        self.stdout.write(
            _(
                "%(received)s files received, %(settled)s stations brought up to date,"
                " %(silent)s found silent, %(mailed)s mails sent"
            )
            % done
        )


def settle_all(now: datetime) -> dict[str, int]:
    """Run every due step to the end at `now`; how much each did."""
    spool = host_spool()
    done = {"received": 0, "settled": 0, "silent": 0, "escalated": 0, "mailed": 0}
    while True:
        round_ = {
            "received": drain(spool, clock=lambda: now, stored=lambda _batch: None, wait=True),
            "settled": settle_dirty(now=now) + settle_due(now=now),
            "silent": watch(spool, now=now),
            "escalated": keep_deadlines(now=now),
            "mailed": send_due(now=now),
        }
        for step, count in round_.items():
            done[step] += count
        if not any(round_.values()):
            return done
