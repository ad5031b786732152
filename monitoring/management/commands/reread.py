"""`reread STATION --from --to`: files read again as the register stands now."""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from monitoring.management.moments import moment
from monitoring.models import Correction
from monitoring.services import reread, reread_orders
from monitoring.services.corrections import correct_one
from monitoring.services.months import NeedsLeave
from monitoring.tasks import MAIL, ring
from stations.models import Person, Station


class Command(BaseCommand):
    help = "Reads a station's files again with the aliases, units, factors and prefixes of today."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("station", metavar="STATION", help="its code")
        parser.add_argument("--from", dest="start", type=moment, required=True)
        parser.add_argument("--to", dest="end", type=moment, help="up to here; now unless given")
        parser.add_argument("--dry-run", action="store_true", help="only say what would change")
        parser.add_argument("--reason", default="", help="why; needed unless it is a dry run")
        parser.add_argument("--by", default="", metavar="USERNAME", help="who orders it")
        parser.add_argument("--head-reason", default="", help="the head's, for closed months")
        parser.add_argument("--mail", action="store_true", help="mail about what it finds")
        parser.add_argument("--now", type=moment, help="as if the clock stood there (ISO 8601)")
        parser.add_argument("--json", action="store_true", help="one object as the last line")

    def handle(self, *, station: str, now: datetime | None, **options: Any) -> None:
        known = Station.objects.filter(code=station).first()
        if known is None:
            raise CommandError(_("There is no station %s.") % station)
        moment_now = now or timezone.now()
        start, end = options["start"], options["end"] or moment_now
        if end <= start:
            raise CommandError(_("The end lies before the beginning."))
        if options["dry_run"]:
            told = _foretold(reread.preview(known, start=start, end=end, now=moment_now))
        else:
            told = self._done(known, start, end, moment_now, options)
        self._tell(told, as_json=options["json"], dry=options["dry_run"])

    def _done(
        self, station: Station, start: datetime, end: datetime, now: datetime, options: Any
    ) -> dict[str, Any]:
        by = Person.objects.filter(username=options["by"]).first()
        if by is None or not options["reason"].strip():
            raise CommandError(_("Say who orders it (--by) and why (--reason)."))
        try:
            batch = reread_orders.order_reread(
                station=station,
                start=start,
                end=end,
                reason=options["reason"],
                by=by,
                head_reason=options["head_reason"],
                mail=options["mail"],
                now=now,
            )
        except NeedsLeave as refusal:
            raise CommandError(str(refusal)) from refusal
        waiting = Correction.objects.filter(batch=batch, done_at=None, failure="")
        while waiting.exists():
            if not correct_one(now=now):
                time.sleep(0.2)  # a worker is doing it
        ring(MAIL)
        orders = list(Correction.objects.filter(batch=batch))
        failures = [order.failure for order in orders if order.failure]
        if failures:
            raise CommandError("; ".join(failures))
        return {
            "readings": sum(order.readings_changed or 0 for order in orders),
            "verdicts": sum(order.verdicts_changed or 0 for order in orders),
        }

    def _tell(self, told: dict[str, Any], *, as_json: bool, dry: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(told, ensure_ascii=False))
            return
        words = (
            _("Would change: %(readings)s readings, %(verdicts)s verdicts.")
            if dry
            else _("Changed: %(readings)s readings, %(verdicts)s verdicts.")
        )
        self.stdout.write(words % told)


def _foretold(seen: reread.Preview) -> dict[str, Any]:
    return {
        "files": seen.looked_at,
        "strays": len(seen.strays),
        "readings": seen.readings,
        "verdicts": len(seen.verdicts),
        "parameters": {
            each.symbol: {"gained": each.gained, "lost": each.lost, "changed": each.changed}
            for each in seen.parameters
        },
        "closed_months": sorted(f"{month:%Y-%m}" for month in seen.closed),
        "more": seen.cut,
    }
