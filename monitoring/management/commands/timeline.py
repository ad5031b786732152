"""`timeline FILE…`: plays timelines through the real pipeline and compares what comes of them."""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
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
from monitoring.services.timeline.policy import lay_policy
from monitoring.services.timeline.stage import stage

PR_SET_PDEATHSIG = 1
MOST_MEMORY = 1536 * 1024 * 1024
"""Bytes of address space of a play that a page asked for."""
MOST_WRITTEN = 64 * 1024 * 1024
"""Bytes of one file that it may write."""


class Command(BaseCommand):
    help = "Plays timelines (YAML) in a database of their own and compares: exit 1 if one differs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument(
            "--json", action="store_true", help="one object as the last line, with what happened"
        )
        parser.add_argument("--policy", type=Path, help="a province's settings, as JSON")
        parser.add_argument("--stage", default="", help="the name of the database to play in")
        parser.add_argument(
            "--below", type=int, help="the process that started this one; it ends with it"
        )

    def handle(
        self,
        *,
        files: list[Path],
        json: bool,
        policy: Path | None,
        below: int | None,
        **options: Any,
    ) -> None:
        if below is not None:
            _stay_below(below)
        read = [(file, _read(file)) for file in files]
        found: list[Rehearsed] = []
        with (
            stage(options["stage"]),
            tempfile.TemporaryDirectory(prefix="qttd-spool-") as folder,
        ):
            if policy is not None:
                lay_policy(policy.read_text(encoding="utf-8"))
            for number, (file, timelines) in enumerate(read):
                try:
                    found += rehearse(timelines, folder=Path(folder) / str(number), with_story=json)
                except TimelineRefused as refusal:
                    if json:
                        self._say({"refused": str(refusal)})
                        return
                    raise CommandError(f"{file.name}: {refusal}") from refusal
                if not json:
                    for each in found[-len(timelines) :]:
                        self._told(file, each)
        if json:
            self._say({"timelines": [as_json(each) for each in found]})
        failed = sum(bool(each.differences) for each in found)
        if failed and not json:
            raise CommandError(_("%(failed)s of %(all)s timelines differ") % {
                "failed": failed, "all": len(found),
            })  # fmt: skip

    def _say(self, said: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(said, ensure_ascii=False))

    def _told(self, file: Path, each: Rehearsed) -> None:
        """Print how a timeline went."""
        word = _("differs") if each.differences else _("as expected")
        self.stdout.write(f"{file.name}: {each.timeline.name}: {word} ({each.seconds:.1f} s)")
        for difference in each.differences:
            self.stdout.write(f"  {difference}")


def as_json(each: Rehearsed) -> dict[str, Any]:
    """How a timeline went, for a page."""
    return {
        "name": each.timeline.name,
        "seconds": round(each.seconds, 2),
        "story": each.story,
        "differences": [
            {"words": one.words, "about": one.about, "number": one.number}
            for one in each.differences
        ],
    }


def _stay_below(parent: int) -> None:
    """End with the process that asked for this, however it ends; take little of the machine."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    if os.getppid() != parent:
        raise CommandError("the process that asked for this is gone")
    os.nice(10)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_WRITTEN, MOST_WRITTEN))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _read(file: Path) -> list[Timeline]:
    try:
        return read_timelines(file.read_text(encoding="utf-8"), name=file.stem)
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror}") from error
    except TimelineRefused as refusal:
        raise CommandError(str(refusal)) from refusal
