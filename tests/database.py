"""The tests' database: migrated once for each state of the migrations, then only copied.

Migrating takes much longer than most runs of tests. The migrated data folder of PostgreSQL is
kept under /tmp by a hash of what migrations read; CI always migrates from nothing.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from django.conf import settings
from django.db import connection

from config.runtime.databases import embedded
from config.runtime.postgres import Postgres

KEPT = Path("/tmp")
READ_BY_MIGRATIONS = ("migrations/*.py", "models/*.py", "**/*.yaml", "**/*.sql")
ROOMS = ("stations", "alerts", "monitoring")
KEEP_LATEST = 12
FIRST_NUMBER = 1_234_567
"""Rows that tests make are numbered from here: a page that writes "1.234.567" into an address or a
form's value is found at once, not when a province has its thousandth row."""


def lay_out(unblocked: AbstractContextManager[None]) -> None:
    """Puts a migrated PostgreSQL into the data folder of this run, not started."""
    postgres = Postgres(settings.PLACES)
    kept = KEPT / f"qttd-testdb-{os.geteuid()}-{state()}"
    if os.environ.get("CI") == "true" or not (kept / "PG_VERSION").exists():
        make(postgres, unblocked)
        keep(postgres, kept)
    else:
        copy(kept, postgres.data)
        kept.touch()


def state() -> str:
    """A hash of everything that migrations read."""
    digest = hashlib.sha256()
    for file in [settings.BASE_DIR / "requirements.txt", Path(__file__), *files()]:
        digest.update(f"{file}\n".encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def files() -> Iterator[Path]:
    """The files that migrations read, in order."""
    for room in ROOMS:
        for pattern in READ_BY_MIGRATIONS:
            yield from sorted((settings.BASE_DIR / room).glob(pattern))


def make(postgres: Postgres, unblocked: AbstractContextManager[None]) -> None:
    """From nothing, with settings that care for speed and not for a power cut."""
    postgres.prepare()
    with (postgres.data / "postgresql.conf").open("a", encoding="utf-8") as conf:
        conf.write("\nfsync = off\nfull_page_writes = off\n")
    name = connection.settings_dict["NAME"]
    with embedded(settings.PLACES, ("postgres",)), unblocked:
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        number_from(FIRST_NUMBER)
        connection.close()
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name


def number_from(first: int) -> None:
    """Lets every table number its next row from `first`, where its numbers can be as large."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setval((quote_ident(schemaname) || '.' || quote_ident(sequencename))::regclass,"
            " %s) FROM pg_sequences WHERE max_value > %s",
            [first, first],
        )


def keep(postgres: Postgres, kept: Path) -> None:
    """Copies it away for the next run, and forgets the oldest."""
    draft = kept.with_name(f"{kept.name}.{os.getpid()}")
    copy(postgres.data, draft)
    try:
        draft.rename(kept)
    except OSError:  # another run was first
        shutil.rmtree(draft)
    alike = KEPT.glob(f"qttd-testdb-{os.geteuid()}-*")
    for old in sorted(alike, key=lambda folder: folder.stat().st_mtime)[:-KEEP_LATEST]:
        shutil.rmtree(old, ignore_errors=True)


def copy(source: Path, target: Path) -> None:
    """With owners and modes, as PostgreSQL insists."""
    subprocess.run(["cp", "-a", "--reflink=auto", str(source), str(target)], check=True)
