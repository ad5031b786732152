"""`redo_totals [--station] [--from] [--to]`: day totals anew, for days that never had any."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _
from tqdm import tqdm

from monitoring.domain.window import BEGINNING
from monitoring.management.moments import moment
from monitoring.services.totals import redo_totals
from stations.models import Station


class Command(BaseCommand):
    help = "Works out the volumes, loads and balances of days again from their readings."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--station", help="only this one (its code)")
        parser.add_argument(
            "--from", dest="start", type=moment, help="days that begin from then on"
        )
        parser.add_argument("--to", dest="end", type=moment, help="and before that moment")

    def handle(
        self, *, station: str | None, start: datetime | None, end: datetime | None, **options: Any
    ) -> None:
        stations = Station.objects.filter(code=station) if station else Station.objects.all()
        ids = list(stations.order_by("pk").values_list("pk", flat=True))
        if not ids:
            raise CommandError(_("There is no such station."))
        span = {"start": start or BEGINNING, "end": end or timezone.now()}
        shown = tqdm(ids, unit="st", disable=None, file=self.stderr)
        days = sum(redo_totals(station_id=pk, **span) for pk in shown)
        done = {"days": days, "stations": len(ids)}
        self.stdout.write(_("%(days)s days of %(stations)s stations worked out") % done)
