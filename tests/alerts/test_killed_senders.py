"""A sender that is really killed (kill -9) between any two steps: sent once, or again and seen."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings as django_settings
from django.db import connection

from alerts import mail
from alerts.domain.retrying import LEASE
from alerts.models import Attempt, Message, NotificationPolicy
from alerts.services import report
from tests.alerts.factories import JUDGED, MINUTE, exceedance, station
from tests.alerts.servers import Postman, smtp_server

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.servers]

SENDING, POSTING, SMTP = "alerts.mail.sending", "alerts.services.posting", "smtplib.SMTP"
STEPS = [
    (f"{SENDING}.gather", "before"),
    (f"{POSTING}.lay_out", "after"),  # inside the transaction that gathers
    (f"{SENDING}.gather", "after"),
    (f"{SENDING}.take_next", "before"),
    (f"{SENDING}.take_next", "after"),
    (f"{SENDING}.as_mail", "after"),
    (f"{SMTP}.ehlo", "before"),
    (f"{SMTP}.mail", "before"),
    (f"{SMTP}.rcpt", "before"),
    (f"{SMTP}.data", "before"),
    (f"{SMTP}.data", "after"),
    (f"{SENDING}.finish", "before"),
    (f"{POSTING}._tell_alerts", "after"),  # inside the transaction that finishes
    (f"{SENDING}.finish", "after"),
]
TWICE = {
    (f"{SMTP}.data", "after"),
    (f"{SENDING}.finish", "before"),
    (f"{POSTING}._tell_alerts", "after"),
}
"""The server took it, and nobody could write that down: it goes again, and says so."""


@pytest.fixture(autouse=True)
def rule(transactional_db: None) -> None:
    """The tables are empty here, also of what comes with the program."""
    NotificationPolicy.objects.get_or_create(kind="exceedance", audience="operator")


@pytest.fixture
def postman(settings: Any) -> Iterator[Postman]:
    with smtp_server(settings) as running:
        yield running


def database() -> str:
    there = connection.settings_dict
    name, host = quote(str(there["NAME"])), quote(str(there["HOST"]), safe="")
    port = f"&port={there['PORT']}" if there["PORT"] else ""
    return f"postgres://{quote(str(there['USER']))}@/{name}?host={host}{port}"


@pytest.mark.parametrize(
    ("where", "when"), STEPS, ids=[f"{when} {w.rpartition('.')[2]}" for w, when in STEPS]
)
def test_a_killed_sender_loses_no_mail_and_the_log_shows_it(
    postman: Postman, settings: Any, where: str, when: str
) -> None:
    report(exceedance(station()), now=JUDGED)
    environment = os.environ | {
        "DATABASE_URL": database(),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "QTTD_DATA_DIR": str(django_settings.DATA_DIR),
    }
    port = str(settings.EMAIL_PORT)
    command = [sys.executable, "-m", "tests.alerts.killed", where, when, port, JUDGED.isoformat()]
    died = subprocess.run(command, env=environment, capture_output=True, timeout=60, check=False)
    assert died.returncode == -signal.SIGKILL, died.stderr.decode()[-2000:]
    mail.send_due(now=JUDGED + LEASE + MINUTE)
    message = Message.objects.get()
    assert {taken["Message-ID"] for taken in postman.taken} == {message.message_id}
    assert len(postman.taken) == (2 if (where, when) in TWICE else 1)
    numbers = [taken["X-QTTD-Attempt"] for taken in postman.taken]
    assert numbers == sorted(set(numbers)), "a repeat says that it is one"
    assert message.state == "sent"
    log = list(Attempt.objects.order_by("number").values_list("number", "outcome"))
    assert log[-1] == (int(numbers[-1]), "sent")
    assert all(outcome == "unknown" for _number, outcome in log[:-1])
    assert message.attempts_made == len(log)


def test_no_more_are_sent_in_a_minute_than_the_server_takes(
    postman: Postman, settings: Any
) -> None:
    settings.EMAIL_PER_MINUTE = 2
    for number in range(5):
        report(exceedance(station(operator_email=f"ca{number}@mau.example")), now=JUDGED)
    assert mail.send_due(now=JUDGED) == 2
    assert mail.send_due(now=JUDGED + MINUTE / 2) == 0
    assert mail.send_due(now=JUDGED + MINUTE + MINUTE / 2) == 2
    assert mail.send_due(now=JUDGED + 3 * MINUTE) == 1
    assert len({taken["To"] for taken in postman.taken}) == 5
