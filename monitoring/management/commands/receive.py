"""`receive PATH…`: station files, folders and archives through the same door as FTP."""

from __future__ import annotations

import json
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _
from tqdm import tqdm

from monitoring.management.moments import moment
from monitoring.models import Delivery
from monitoring.problems import message_of
from monitoring.services.drain import drain, host_spool
from monitoring.services.intake import Given, UnreadablePath, given_files
from monitoring.services.receive import ENTRIES_A_BATCH, Received
from monitoring.services.spool import Entry, Spool
from monitoring.tasks import AVERAGE, ring

OUTCOMES = [str(outcome) for outcome in Delivery.Outcome.values]


class Command(BaseCommand):
    help = "Receives station files, folders and archives (.zip, .tar.*)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
        parser.add_argument("--at", type=moment, help="received at that moment (ISO 8601)")
        parser.add_argument("--json", action="store_true", help="one object as the last line")
        parser.add_argument(
            "--mail",
            action="store_true",
            default=None,
            help="mail about periods that were over when the files came (without --at: nobody)",
        )
        parser.add_argument("--no-mail", dest="mail", action="store_false")

    def handle(
        self, *, paths: list[Path], at: datetime | None, mail: bool | None, **options: Any
    ) -> None:
        began = time.monotonic()
        mail = at is not None if mail is None else mail
        summary = Summary()
        spool = host_spool()
        try:
            for batch in _batches(_with_progress(given_files(paths), silent=options["json"])):
                summary.add(batch, _receive(spool, batch, at=at, mail=mail))
        except UnreadablePath as error:
            raise CommandError(_("%s is no file, folder or archive.") % error) from error
        self._tell(summary.told(time.monotonic() - began), as_json=options["json"])
        if summary.set_aside:
            raise CommandError(
                _("Could not be stored, kept in the quarantine of the spool: %s")
                % ", ".join(summary.set_aside)
            )

    def _tell(self, told: dict[str, Any], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(told, ensure_ascii=False))
            return
        for problem in told["problems"]:
            line = f":{problem['line']}" if problem["line"] else ""
            self.stdout.write(f"{problem['file']}{line}: {problem['message']}")
        self.stdout.write(
            _(
                "%(files)s files: %(accepted)s accepted, %(partial)s in part,"
                " %(rejected)s rejected, %(duplicate)s repeated; %(readings)s readings,"
                " %(revisions)s revisions; %(seconds).1f s"
            )
            % told
        )


def _with_progress(files: Iterable[Given], *, silent: bool) -> Iterable[Given]:
    return tqdm(files, unit=" tệp", disable=silent or not sys.stderr.isatty(), file=sys.stderr)


def _batches(files: Iterable[Given]) -> Iterator[list[Given]]:
    waiting = iter(files)
    while batch := list(islice(waiting, ENTRIES_A_BATCH)):
        yield batch


def _receive(spool: Spool, batch: list[Given], *, at: datetime | None, mail: bool) -> list[Entry]:
    """Put a batch into the spool, durably, and see it into the database."""
    entries = spool.put_many(
        {
            "raw": file.raw,
            "door": "command",
            "account": None,
            "peer": "",
            "name": file.name,
            "received_at": at,
            "too_large": file.too_large,
            "mail": mail,
        }
        for file in batch
    )
    drain(spool, clock=lambda: at or timezone.now(), stored=_stored, wait=True)
    return entries


def _stored(received: Received) -> None:
    ring(AVERAGE)


class Summary:
    """What the command has to say at its end."""

    def __init__(self) -> None:
        self.counts = dict.fromkeys(OUTCOMES, 0)
        self.readings = self.revisions = self.files = 0
        self.problems: list[dict[str, Any]] = []
        self.set_aside: list[str] = []

    def add(self, batch: list[Given], entries: list[Entry]) -> None:
        stored = _deliveries([entry.id for entry in entries])
        for file, entry in zip(batch, entries, strict=True):
            self.files += 1
            if entry.id not in stored:
                self.set_aside.append(file.path)
                continue
            outcome, readings, revisions, problems = stored[entry.id]
            self.counts[outcome] += 1
            self.readings += readings
            self.revisions += revisions
            self.problems += [
                {
                    "file": file.path,
                    "line": problem["line"],
                    "code": problem["code"],
                    "message": message_of(problem["code"], problem["text"]),
                }
                for problem in problems
            ]

    def told(self, seconds: float) -> dict[str, Any]:
        return {
            "files": self.files,
            **self.counts,
            "readings": self.readings,
            "revisions": self.revisions,
            "seconds": round(seconds, 3),
            "problems": self.problems,
        }


def _deliveries(ids: list[UUID]) -> dict[UUID, tuple[str, int, int, list[dict[str, Any]]]]:
    rows = Delivery.objects.filter(id__in=ids)
    return {
        row[0]: row[1:]
        for row in rows.values_list("id", "outcome", "readings", "revisions", "problems")
    }
