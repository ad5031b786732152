"""What every test may rely on: real embedded servers, started once; no other machine."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import HealthCheck, settings as hypothesis_settings

from config.runtime.databases import embedded
from config.runtime.postgres import Postgres
from tests.network import only_loopback

hypothesis_settings.register_profile(
    "quick", max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.register_profile("long", parent=hypothesis_settings.get_profile("quick"), max_examples=2000)
hypothesis_settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


def pytest_sessionstart() -> None:
    """Guards the network before anything else runs."""
    socket.socket.connect = only_loopback(socket.socket.connect)  # type: ignore[method-assign]
    socket.socket.connect_ex = only_loopback(socket.socket.connect_ex)  # type: ignore[method-assign]


@pytest.fixture(scope="session")
def servers() -> Iterator[None]:
    """PostgreSQL and Valkey of this run, from the packages."""
    postgres = Postgres(settings.PLACES)
    postgres.prepare()
    with (postgres.data / "postgresql.conf").open("a", encoding="utf-8") as conf:
        conf.write("\nfsync = off\nfull_page_writes = off\n")
    with embedded(settings.PLACES, ("postgres", "valkey")):
        yield


@pytest.fixture(scope="session")
def django_db_modify_db_settings(servers: None) -> None:
    """pytest-django asks for this before it makes the test database."""


@pytest.fixture(scope="session")
def project() -> Path:
    """The folder of the project."""
    return Path(settings.BASE_DIR)
