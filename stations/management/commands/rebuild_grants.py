"""`rebuild_grants`"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from stations.services.grants import rebuild_grants


class Command(BaseCommand):
    help = "Makes everybody's rights what memberships and jurisdictions say today."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(_("%s grants changed.") % rebuild_grants())
