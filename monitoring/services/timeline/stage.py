"""An empty, migrated database of its own for a play, beside the real one on the same server."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError, connection
from psycopg import sql

ROOMS = ("stations", "alerts", "monitoring")
READ_BY_MIGRATIONS = ("migrations/*.py", "facts/**/*.yaml")


STAGE = "qttd_stage_"
TEMPLATE = "qttd_template_"
LEFT_BEHIND = 120
"""Seconds after which a stage that nobody is connected to belongs to nobody."""


def stage_name(own: str = "") -> str:
    """A name for a stage: when it was made, and by whom."""
    return f"{STAGE}{int(time.time())}_{own or os.getpid()}"


@contextmanager
def stage(name: str = "") -> Iterator[None]:
    """Inside it the connection is to an empty database that is dropped afterwards.

    The first play after a change of the tables migrates a template, which takes half a minute.
    Needs the right to create databases.
    """
    usual = connection.settings_dict["NAME"]
    name = name or stage_name()
    template = _template(usual)
    drop_stage(name)
    _sql("CREATE DATABASE {} TEMPLATE {}", name, template)
    try:
        _go_to(name)
        yield
    finally:
        _go_to(usual)
        drop_stage(name)


def drop_stage(name: str) -> None:
    """Take a stage away, whoever is still on it. The connection is to another database."""
    if not name.startswith(STAGE):
        raise ValueError(f"{name} is no stage")
    _sql("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def sweep_stages() -> list[str]:
    """Take away the stages of plays that were killed; their names. One that somebody is connected
    to stays, and so does one that was made just now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT datname FROM pg_database WHERE starts_with(datname, %s) AND datname NOT IN"
            " (SELECT datname FROM pg_stat_activity WHERE datname IS NOT NULL)",
            [STAGE],
        )
        names = [name for (name,) in cursor]
    left = [name for name in names if time.time() - _made_at(name) > LEFT_BEHIND]
    for name in left:
        drop_stage(name)
    return left


def _made_at(name: str) -> float:
    made = name.removeprefix(STAGE).partition("_")[0]
    return float(made) if made.isdecimal() and len(made) > 8 else 0.0


def template_is_there() -> bool:
    """Whether a play can begin at once."""
    return _exists(f"{TEMPLATE}{_state()}")


def _template(usual: str) -> str:
    """The migrated template for the present state of the migrations; made where it is missing."""
    name = f"{TEMPLATE}{_state()}"
    if _exists(name):
        return name
    draft = stage_name(f"{os.getpid()}_draft")
    _sql("CREATE DATABASE {} TEMPLATE template0", draft)
    try:
        _go_to(draft)
        call_command("migrate", verbosity=0)
    finally:
        _go_to(usual)
    if _exists(name):  # another play was first
        drop_stage(draft)
    else:
        _sql("ALTER DATABASE {} RENAME TO {}", draft, name)
        _drop_old_templates(name)
    return name


def _drop_old_templates(present: str) -> None:
    """Those of earlier states of the tables; one that is being copied stays until the next time."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT datname FROM pg_database WHERE starts_with(datname, %s) AND datname <> %s",
            [TEMPLATE, present],
        )
        old = [name for (name,) in cursor]
    for name in old:
        try:
            _sql("DROP DATABASE IF EXISTS {}", name)
        except OperationalError:
            continue


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
