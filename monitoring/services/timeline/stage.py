"""An empty, migrated database of its own for a play, beside the real one on the same server."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from psycopg import sql

ROOMS = ("stations", "alerts", "monitoring")
READ_BY_MIGRATIONS = ("migrations/*.py", "facts/**/*.yaml")


@contextmanager
def stage() -> Iterator[None]:
    """Inside it the connection is to an empty database that is dropped afterwards.

    The first play after a change of the tables migrates a template, which takes half a minute.
    Needs the right to create databases.
    """
    usual = connection.settings_dict["NAME"]
    name = f"qttd_stage_{os.getpid()}"
    template = _template(usual)
    _sql("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
    _sql("CREATE DATABASE {} TEMPLATE {}", name, template)
    try:
        _go_to(name)
        yield
    finally:
        _go_to(usual)
        _sql("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def _template(usual: str) -> str:
    """The migrated template for the present state of the migrations; made where it is missing."""
    name = f"qttd_template_{_state()}"
    if _exists(name):
        return name
    draft = f"{name}_{os.getpid()}"
    _sql("CREATE DATABASE {} TEMPLATE template0", draft)
    try:
        _go_to(draft)
        call_command("migrate", verbosity=0)
    finally:
        _go_to(usual)
    if not _exists(name):
        _sql("ALTER DATABASE {} RENAME TO {}", draft, name)
    return name


def _state() -> str:
    digest = hashlib.sha256()
    for room in ROOMS:
        for pattern in READ_BY_MIGRATIONS:
            for file in sorted((Path(settings.BASE_DIR) / room).glob(pattern)):
                digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def _exists(name: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        return cursor.fetchone() is not None


def _go_to(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name


def _sql(statement: str, *names: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
