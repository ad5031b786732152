"""`timeline FILE…`: plays timelines through the real pipeline and compares what comes of them."""

from __future__ import annotations

import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from monitoring.services.timeline import (
    Rehearsed,
    Timeline,
    TimelineRefused,
    read_timelines,
    rehearse,
)
from monitoring.services.timeline.stage import stage


class Command(BaseCommand):
    help = "Plays timelines (YAML) in a database of their own and compares: exit 1 if one differs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")

    def handle(self, *, files: list[Path], **options: Any) -> None:
        read = [(file, _read(file)) for file in files]
        failed = 0
        with stage(), tempfile.TemporaryDirectory(prefix="qttd-spool-") as folder:
            for number, (file, timelines) in enumerate(read):
                try:
                    found = rehearse(timelines, folder=Path(folder) / str(number))
                except TimelineRefused as refusal:
                    raise CommandError(f"{file.name}: {refusal}") from refusal
                failed += sum(self._told(file, each) for each in found)
        if failed:
            count = sum(len(timelines) for _file, timelines in read)
            raise CommandError(_("%(failed)s of %(all)s timelines differ") % {
                "failed": failed, "all": count,
            })  # fmt: skip

    def _told(self, file: Path, each: Rehearsed) -> bool:
        """Print how a timeline went; whether it differs."""
        word = _("differs") if each.differences else _("as expected")
        self.stdout.write(f"{file.name}: {each.timeline.name}: {word} ({each.seconds:.1f} s)")
        for difference in each.differences:
            self.stdout.write(f"  {difference}")
        return bool(each.differences)


def _read(file: Path) -> list[Timeline]:
    try:
        return read_timelines(file.read_text(encoding="utf-8"), name=file.stem)
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror}") from error
    except TimelineRefused as refusal:
        raise CommandError(str(refusal)) from refusal
