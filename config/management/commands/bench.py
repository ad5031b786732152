"""`bench [NAME]`: how fast the flow is, in databases of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from argparse import SUPPRESS, ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from config.bench.figures import Bench, Figure, table
from config.bench.flow import measure_flow
from config.bench.history import measure_history
from config.bench.judging import measure_judging
from config.bench.latency import measure_latency
from config.runtime.children import PROJECT
from config.runtime.databases import embedded
from config.runtime.places import Places

BENCHES: dict[str, Bench] = {
    "flow": measure_flow,
    "judging": measure_judging,
    "history": measure_history,
    "latency": measure_latency,
}
PARTS = {
    "receive": ("flow",),
    "average": ("flow",),
    "judge": ("judging", "flow"),
    "history": ("history",),
    "latency": ("latency",),
}
"""What can be asked for by name, and the benches that tell of it."""
PREFIX = "qttd-bench-"
OTHER_DATABASES = ("DATABASE_URL", "REDIS_URL", "EMAIL_URL", "SITE_URL")


class Command(BaseCommand):
    """Each bench runs in a process and a data folder of its own, which are gone afterwards."""

    help = "Measures the flow in databases of its own, never in yours."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The options of the contract; `--here` is for the process of one bench."""
        parser.add_argument("name", nargs="?", choices=[*PARTS, *BENCHES])
        parser.add_argument("--json", action="store_true", help="one object as the last line")
        parser.add_argument("--here", help=SUPPRESS)

    def handle(self, *, name: str | None, **options: Any) -> None:
        """Runs what was asked for and prints the table."""
        if options["here"]:
            self._measure_here(str(name), Path(options["here"]))
            return
        benches = list(BENCHES) if name is None else PARTS.get(name, (name,))
        figures = [figure for bench in benches for figure in self._measured(bench)]
        if name in PARTS:
            figures = [figure for figure in figures if figure.bench == name]
        if options["json"]:
            told = {"figures": [figure.as_json() for figure in figures]}
            self.stdout.write(json.dumps(told, ensure_ascii=False))
            return
        self.stdout.write("\n".join(table(figures)))

    def _measured(self, bench: str) -> list[Figure]:
        """A bench in a process of its own, whose data folder is removed."""
        self.stderr.write(f"{bench} …")
        folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        folder.chmod(0o711)
        try:
            ran = subprocess.run(
                [sys.executable, "manage.py", "bench", bench, f"--here={folder / 'data'}"],
                cwd=PROJECT,
                env=_environment(folder / "data"),
                stdout=subprocess.PIPE,
                check=False,
            )
        finally:
            for data in (folder / "data", folder / "data" / "latency"):
                shutil.rmtree(Places(data).sockets, ignore_errors=True)
            shutil.rmtree(folder, ignore_errors=True)
        if ran.returncode:
            raise CommandError(f"{bench}: {ran.returncode}")
        return [Figure(**each) for each in json.loads(ran.stdout.splitlines()[-1])]

    def _measure_here(self, name: str, data: Path) -> None:
        """The process of one bench: its figures as the last line."""
        _insist_on_its_own(data)
        with embedded(settings.PLACES, ("postgres", "valkey")):
            if name != "latency":  # which has an `up` of its own
                call_command("migrate", verbosity=0, interactive=False)
            figures = list(BENCHES[name]())
        self.stdout.write(json.dumps([_plain(figure) for figure in figures]))


def _environment(data: Path) -> dict[str, str]:
    """That of this process, with another data folder and nobody's databases."""
    kept = {name: told for name, told in os.environ.items() if name not in OTHER_DATABASES}
    return kept | {"QTTD_DATA_DIR": str(data)}


def _insist_on_its_own(data: Path) -> None:
    """Refuses to measure anywhere but in the new folder that the command made for it."""
    kept = (data / "postgres", data / "spool")
    if settings.DATA_DIR.resolve() != data.resolve() or not _made_for_a_bench(data):
        raise CommandError(f"{settings.DATA_DIR} is not the folder of this bench")
    if not settings.EMBEDDED_DATABASE or any(map(Path.exists, kept)):
        raise CommandError(f"{data} has been used: a bench begins with nothing")


def _made_for_a_bench(data: Path) -> bool:
    return data.parent.parent == Path(tempfile.gettempdir()) and data.parent.name.startswith(PREFIX)


def _plain(figure: Figure) -> dict[str, Any]:
    told = figure.as_json()
    del told["met"]
    return told
