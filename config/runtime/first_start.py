"""What `up` does before its processes: tables, browser files, the demonstration province."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import yaml
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from config.runtime.children import PROJECT
from config.runtime.places import Places
from config.staticfiles import collect

REGISTER = PROJECT / "monitoring" / "demo" / "register.yaml"

Say = Callable[[str], None]


def prepare_tables(say: Say) -> None:
    """Migrates when there is something to migrate."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        say("Tạo bảng dữ liệu · preparing the tables")
        call_command("migrate", interactive=False, verbosity=1)
    connection.close()


def prepare_browser_files(say: Say) -> None:
    """Collects and compresses them once a version."""
    if not (settings.STATIC_ROOT / "stamp").exists():
        say("Chuẩn bị tệp cho trình duyệt · collecting files for the browser")
    collect(settings.STATIC_ROOT)


def load_demonstration(places: Places, say: Say) -> None:
    """Loads the demonstration province into an empty register, and asks for its history."""
    if apps.get_model("stations", "Station").objects.filter(synthetic=False).exists():
        return
    say("Nạp tỉnh minh họa · loading the demonstration province")
    done = subprocess.run(
        [sys.executable, "manage.py", "load_register", str(REGISTER)], cwd=PROJECT, check=False
    )
    if done.returncode:
        say("Chưa nạp được tỉnh minh họa · the demonstration could not be loaded, see above")
        return
    places.history_wanted.touch()


def tell_the_doors(say: Say) -> None:
    """Writes the doors' copy of accounts before they open, or the first files are refused."""
    from monitoring.services.snapshot import renew_snapshot

    try:
        renew_snapshot()
    except OSError as error:
        say(f"receivers: {error}")


def demo_logins() -> list[tuple[str, str, str]]:
    """Username, password and whose eyes: the people of the demonstration who exist here."""
    with REGISTER.open(encoding="utf-8") as file:
        people: list[dict[str, Any]] = yaml.safe_load(file).get("people", [])
    named = {person["username"]: person for person in people if person.get("password")}
    model = apps.get_model(settings.AUTH_USER_MODEL)
    here = set(model.objects.filter(username__in=named).values_list("username", flat=True))
    return [
        (username, str(person["password"]), _whose(person))
        for username, person in named.items()
        if username in here
    ]


def _whose(person: dict[str, Any]) -> str:
    of = person.get("agency") or ", ".join(map(str, person.get("operator_of", [])))
    return " · ".join(str(part) for part in (person.get("name"), of, person.get("role")) if part)


def table(rows: Iterable[tuple[str, ...]]) -> list[str]:
    """Lines with their columns under each other."""
    kept = list(rows)
    widths = [max(map(len, column)) for column in zip(*kept, strict=True)]
    return [
        "  "
        + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in kept
    ]


def has_demonstration() -> bool:
    """Whether this installation brings one."""
    return Path(REGISTER).exists()
