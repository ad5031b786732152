"""`settle [--now ISO]`: every due step to its end, as if the clock stood there."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import datetime
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.translation import gettext as _

from alerts.services.escalating import keep_deadlines
from alerts.tasks import send_due
from monitoring.management.moments import moment
from monitoring.services.corrections import correct_one
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
                " %(corrected)s corrected, %(silent)s found silent, %(mailed)s mails sent"
            )
            % done
        )


def settle_all(now: datetime) -> dict[str, int]:
    """Run every due step to the end at `now`; how much each did."""
    spool = host_spool()
    steps = ("received", "settled", "corrected", "silent", "escalated", "mailed")
    done = dict.fromkeys(steps, 0)
    while True:
        round_ = {
            "received": drain(spool, clock=lambda: now, stored=lambda _batch: None, wait=True),
            "settled": settle_dirty(now=now) + settle_due(now=now),
            "corrected": sum(1 for _ in iter(partial(correct_one, now=now), False)),
            "silent": watch(spool, now=now),
            "escalated": keep_deadlines(now=now),
            "mailed": send_due(now=now),
        }
        for step, count in round_.items():
            done[step] += count
        if not any(round_.values()):
            return done
