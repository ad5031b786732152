"""`timeline FILE…`: plays timelines through the real pipeline and compares what comes of them."""

from __future__ import annotations

import tempfile
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from monitoring.services.timeline import (
    Difference,
    TimelineRefused,
    compare,
    play,
    read_timeline,
)
from monitoring.services.timeline.stage import stage


class Command(BaseCommand):
    help = "Plays timelines (YAML) in a database of their own and compares: exit 1 if one differs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")

    def handle(self, *, files: list[Path], **options: Any) -> None:
        failed = 0
        for file in files:
            began = time.monotonic()
            try:
                differences = played(file)
            except TimelineRefused as refusal:
                raise CommandError(str(refusal)) from refusal
            failed += bool(differences)
            word = _("differs") if differences else _("as expected")
            self.stdout.write(f"{file.name}: {word} ({time.monotonic() - began:.1f} s)")
            for difference in differences:
                self.stdout.write(f"  {difference}")
        if failed:
            raise CommandError(_("%(failed)s of %(all)s timelines differ") % {
                "failed": failed, "all": len(files),
            })  # fmt: skip


def played(file: Path) -> list[Difference]:
    """Play one file on a stage of its own; the differences. Raises TimelineRefused."""
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise TimelineRefused(f"{file}: {error.strerror}") from error
    timeline = read_timeline(text, name=file.stem)
    with stage(), tempfile.TemporaryDirectory(prefix="qttd-spool-") as folder:
        return compare(timeline, play(timeline, folder=Path(folder)))
