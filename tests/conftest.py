"""What every test may rely on: real embedded servers, started once; no other machine."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from _pytest.terminal import TerminalReporter
from django.conf import settings
from django.test import TransactionTestCase
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from config.runtime.databases import embedded
from tests import database, skips
from tests.browser import chromium, launch_arguments
from tests.network import only_loopback

hypothesis_settings.register_profile(
    "quick", max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.register_profile(
    "long", parent=hypothesis_settings.get_profile("quick"), max_examples=2000
)
hypothesis_settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


LONG = ("servers", "browser")


def pytest_sessionstart() -> None:
    """Guards the network before anything else runs, and the facts from tests that commit."""
    socket.socket.connect = only_loopback(socket.socket.connect)  # type: ignore[method-assign]
    socket.socket.connect_ex = only_loopback(socket.socket.connect_ex)  # type: ignore[method-assign]
    TransactionTestCase._fixture_teardown = lambda _test: database.as_migrated()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever asks for a page needs a browser; without one these are skipped, and said so.

    Files that start servers come first, then those of the browser: what takes long must not be
    left to one core while the others have nothing to do.
    """
    for item in items:
        if {"page", "context", "browser"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("browser")
        if item.get_closest_marker("browser") and not chromium():
            item.add_marker(pytest.mark.skip(reason=skips.NO_BROWSER))
    long = {mark: {item.path for item in items if item.get_closest_marker(mark)} for mark in LONG}
    items.sort(key=lambda item: [item.path not in long[mark] for mark in LONG])


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Shows what tests have to tell in numbers; on CI nothing may be skipped that
    tests/allowed_skips.txt does not allow."""
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for name, said in report.user_properties:
            if name == "told":
                terminalreporter.write_sep("-", report.nodeid)
                terminalreporter.write_line(str(said))
    for line in skips.forbidden(terminalreporter.stats.get("skipped", [])):
        terminalreporter.write_line(f"skipped on CI without leave: {line}", red=True)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """The same as an exit code."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter and skips.forbidden(reporter.stats.get("skipped", [])):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """How pytest-playwright starts the browser: the system's own."""
    return launch_arguments()


@pytest.fixture(scope="session")
def servers(django_db_blocker: Any) -> Iterator[None]:
    """PostgreSQL and Valkey of this run, from the packages."""
    database.lay_out(django_db_blocker.unblock())
    with embedded(settings.PLACES, ("postgres", "valkey")):
        yield


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """The database is there already, migrated; its folder goes when the run ends."""
    return True


@pytest.fixture(scope="session")
def django_db_modify_db_settings(servers: None) -> None:
    """pytest-django asks for this before it makes the test database."""


@pytest.fixture(scope="session")
def thorough() -> bool:
    """True in `make torture`: repeat as often as it takes to find the rare."""
    return os.environ.get("TORTURE") == "1"


@pytest.fixture(scope="session")
def project() -> Path:
    """The folder of the project."""
    return Path(settings.BASE_DIR)
