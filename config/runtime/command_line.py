"""What happens around a command: its data folder, and the databases it needs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Set for the processes of `up`: it holds the databases for all of them.
HELD_BY_UP = "QTTD_DATABASES_HELD"

# These never ask the database, or bring their own (`up`).
WITHOUT_DATABASES = frozenset(
    {
        "up",
        "bench",
        "check",
        "collectstatic",
        "compilemessages",
        "demo_loggers",
        "diffsettings",
        "findstatic",
        "help",
        "makemessages",
        "startapp",
        "startproject",
        "version",
    }
)


def take_data_folder(arguments: list[str]) -> None:
    """`--data-dir X` of `up` counts before the settings are read."""
    for place, argument in enumerate(arguments):
        name, _, value = argument.partition("=")
        if name == "--data-dir":
            chosen = value or "".join(arguments[place + 1 : place + 2])
            os.environ["QTTD_DATA_DIR"] = str(Path(chosen).expanduser().resolve())


def embedded_names() -> tuple[str, ...]:
    """The servers that no URL names."""
    from django.conf import settings

    wanted = {"postgres": settings.EMBEDDED_DATABASE, "valkey": settings.EMBEDDED_REDIS}
    return tuple(name for name, is_embedded in wanted.items() if is_embedded)


@contextmanager
def databases_for(arguments: list[str]) -> Iterator[None]:
    """Holds the embedded databases running while a command that needs them runs."""
    if not _needs_databases(arguments):
        yield
        return
    from django.conf import settings

    from config.runtime.databases import embedded

    with embedded(settings.PLACES, embedded_names()):
        yield


def _needs_databases(arguments: list[str]) -> bool:
    if os.environ.get(HELD_BY_UP) or not arguments or {"-h", "--help"} & set(arguments):
        return False
    return not arguments[0].startswith("-") and arguments[0] not in WITHOUT_DATABASES
