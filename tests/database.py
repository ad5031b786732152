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
from functools import cache
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from config.runtime.databases import embedded
from config.runtime.postgres import Postgres

KEPT = Path("/tmp")
READ_BY_MIGRATIONS = ("migrations/*.py", "models/*.py", "**/*.yaml", "**/*.sql")
ROOMS = ("stations", "alerts", "monitoring")
KEEP_LATEST = 12
ASIDE = "as_migrated"
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
        let_values_stand_still()
        remember_rows()
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


def let_values_stand_still() -> None:
    """Nobody says how long a value may stay the same: calm hours are written with one value, and a
    test that is about it says so."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM stations_rulesetting WHERE key = 'stuck_slots'")


def remember_rows() -> None:
    """Sets aside the rows that migrations left, for `as_migrated`."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {ASIDE}")
        for table in tables():
            cursor.execute(f"SELECT EXISTS (SELECT FROM public.{table})")
            if cursor.fetchone() == (True,):
                cursor.execute(f"CREATE TABLE {ASIDE}.{table} AS TABLE public.{table}")


def as_migrated() -> None:
    """Empties every table and puts back what migrations left, so that no test, in whatever order
    they run, finds what another one committed, or misses a fact that another one removed."""
    from django.contrib.contenttypes.models import ContentType

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # no triggers, any order
        cursor.execute("; ".join(_putting_back()))
    ContentType.objects.clear_cache()


@cache
def _putting_back() -> tuple[str, ...]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT quote_ident(table_name), string_agg(quote_ident(column_name), ', ')"
            " FROM information_schema.columns WHERE table_schema = %s GROUP BY table_name",
            [ASIDE],
        )
        filled = cursor.fetchall()
    return (
        "TRUNCATE " + ", ".join(f"public.{table}" for table in tables()),
        *(
            f"INSERT INTO public.{table} ({columns}) SELECT {columns} FROM {ASIDE}.{table}"
            for table, columns in filled
        ),
    )


def tables() -> list[str]:
    """Every table of the program but the list of migrations; partitions go with their whole."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT quote_ident(relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relkind IN ('r', 'p') AND NOT relispartition AND relname <> 'django_migrations'"
        )
        return [name for (name,) in cursor]


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
