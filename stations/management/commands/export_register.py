"""`export_register [--format yaml|xlsx] [--output FILE]`"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from stations.services.register_export import as_workbook, as_yaml, register_tree


class Command(BaseCommand):
    help = "Writes the register as a file that load_register takes again; without passwords."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--format", choices=("yaml", "xlsx"), default="yaml")
        parser.add_argument("--output", type=Path, metavar="FILE", help="default: standard output")

    def handle(self, *args: Any, output: Path | None, **options: Any) -> None:
        tree = register_tree()
        if options["format"] == "xlsx":
            self._write(as_workbook(tree), output)
        elif output:
            self._write(as_yaml(tree).encode(), output)
        else:
            self.stdout.write(as_yaml(tree), ending="")

    def _write(self, content: bytes, output: Path | None) -> None:
        if output:
            output.write_bytes(content)
        elif sys.stdout.isatty():
            raise CommandError(_("A workbook cannot be shown here: name a file with --output."))
        else:
            sys.stdout.buffer.write(content)
