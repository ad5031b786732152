"""`station_token CODE`"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from stations.models import Station
from stations.services.accounts import new_station_token


class Command(BaseCommand):
    help = "Makes a token with which a station sends files over HTTP; the last word printed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("code", metavar="CODE")

    def handle(self, *args: Any, code: str, **options: Any) -> None:
        station = Station.objects.filter(code=code).first()
        if station is None:
            raise CommandError(_("There is no station %s.") % code)
        token = new_station_token(station=station)
        self.stdout.write(_("Token of %s, shown this once:") % code + f" {token}")
