"""`demo_history`: fourteen days of the demonstration province, through `receive`, newest first."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from monitoring.demo.fleet import demonstration_fleet
from monitoring.demo.history import DAYS, Part, parts_of, write_part
from monitoring.demo.progress import Progress


class Command(BaseCommand):
    """Feeds part after part; one that went in is noted and never goes in again."""

    help = "Receives the days before the first start of the demonstration, the newest first."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, default=DAYS)

    def handle(self, **options: Any) -> None:
        progress = Progress(settings.DATA_DIR / "demo")
        beginning = progress.beginning(datetime.now(UTC))
        done = set(progress.parts_done())
        for part in parts_of(demonstration_fleet(), beginning, options["days"]):
            if part.name not in done:
                self._receive(part, progress)
        self.stdout.write(_("The history of the demonstration is complete."))

    def _receive(self, part: Part, progress: Progress) -> None:
        """One archive: written, received, noted, removed."""
        started = time.monotonic()
        path = write_part(progress.folder, part)
        options = ["--no-mail"]
        if part.received_at:
            options.append(f"--at={part.received_at.isoformat()}")
        call_command("receive", str(path), *options, stdout=self.stdout, stderr=self.stderr)
        progress.note_part(part.name)
        path.unlink()
        self.stdout.write(
            _("%(part)s: %(files)d files in %(seconds).1f s")
            % {
                "part": part.name,
                "files": len(part.slots),
                "seconds": time.monotonic() - started,
            }
        )
