"""`load_register FILE…`"""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from stations.services.register_load import Loaded, RegisterRefused, load_file


class Command(BaseCommand):
    help = "Loads register files , each whole or not at all."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")

    def handle(self, *args: Any, files: list[Path], **options: Any) -> None:
        refused = 0
        for path in files:
            try:
                self._tell(path, load_file(path))
            except RegisterRefused as error:
                refused += 1
                self.stderr.write(str(error))
        if refused:
            raise CommandError(
                _("Nothing was loaded from %(refused)s of %(files)s files.")
                % {"refused": refused, "files": len(files)}
            )

    def _tell(self, path: Path, loaded: Loaded) -> None:
        if loaded.nothing:
            self.stdout.write(_("%s: nothing new.") % path)
            return
        for message, counts in ((_("new"), loaded.inserted), (_("changed"), loaded.changed)):
            if counts:
                told = ", ".join(f"{count} {name}" for name, count in counts.items())
                self.stdout.write(f"{path}: {message}: {told}")
