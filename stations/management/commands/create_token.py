"""`create_token USERNAME [--days N]`"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from stations.models import Person
from stations.services.accounts import new_person_token


class Command(BaseCommand):
    help = "Makes a token with which a person reads the API; the last word printed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", metavar="USERNAME")
        parser.add_argument("--days", type=int, metavar="N", help="it ends after so many days")

    def handle(self, *args: Any, username: str, days: int | None, **options: Any) -> None:
        person = Person.objects.filter(username=username, is_active=True).first()
        if person is None:
            raise CommandError(_("There is no active person %s.") % username)
        if days is not None and days < 1:
            raise CommandError(_("A token lasts at least one day."))
        token = new_person_token(person=person, days=days)
        self.stdout.write(_("Token of %s, shown this once:") % username + f" {token}")
