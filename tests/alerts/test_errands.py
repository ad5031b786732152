"""What waits for machines of others holds no mail: own process, and a hard end for each."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.utils import timezone

from alerts.mail import inbox, webhooks
from alerts.mail.inbox import InboxUnavailable, read_inbox
from alerts.mail.limits import HardEnd, TimeIsUp
from alerts.mail.webhooks import call_due
from alerts.models import NotificationPolicy, Webhook, WebhookCall
from alerts.services import report
from alerts.services.webhooks import lay_test
from config.celery import BEATS, RARER
from config.env import inbox as inbox_of
from config.runtime.processes import PARTS, program
from tests.alerts.factories import exceedance, person, station
from tests.alerts.one_queue import queue_of
from tests.alerts.servers import Postman, smtp_server
from tests.alerts.tarpit import TarPit, tar_pit
from tests.alerts.test_killed_senders import database
from tests.alerts.test_webhooks import hook

PROJECT = Path(__file__).parents[2]
ANSWER_BEGINS = b"HTTP/1.1 200 OK\r\nX-Slow: "


def consumers(queue: str) -> list[str]:
    """The processes of `up` that work on a queue."""
    commands = program(8000, 2121, "receive")
    return [
        name
        for name, command in commands.items()
        if "--queues" in command and command[command.index("--queues") + 1] == queue
    ]


def test_every_queue_has_one_worker_that_up_starts() -> None:
    started = {part for parts in PARTS.values() for part in parts}
    for task in (*BEATS, *RARER):
        queue = queue_of(task)
        if task.endswith("receive_spooled"):
            continue  # its queue is named by its host
        (worker,) = consumers(queue)
        assert worker in started


@pytest.mark.parametrize("task", ["read_mail", "call_webhooks", "write_digests"])
def test_what_waits_for_others_is_in_another_queue_than_mails_and_deadlines(task: str) -> None:
    mine = queue_of(f"alerts.tasks.{task}")
    for urgent in ("send_mail", "keep_the_desk"):
        assert queue_of(f"alerts.tasks.{urgent}") != mine


def test_the_server_has_a_unit_for_each_queue() -> None:
    units = "\n".join(
        file.read_text(encoding="utf-8")
        for file in (PROJECT / "deploy" / "systemd").glob("*.service")
    )
    target = (PROJECT / "deploy" / "systemd" / "qttd.target").read_text(encoding="utf-8")
    for queue in {queue_of(task) for task in (*BEATS, *RARER)} - {"receive"}:
        if not queue.startswith("receive"):
            assert f"--queues {queue} " in units
            assert f"qttd-{consumers(queue)[0]}.service" in target


def test_a_hard_end_ends_what_waits_and_leaves_no_alarm_behind() -> None:
    end = HardEnd(0.2)
    with pytest.raises(TimeIsUp), end.watching():
        time.sleep(30)
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    with pytest.raises(TimeIsUp), end.watching():  # its time is used up for the rest, too
        raise AssertionError("not begun")


def test_what_ends_in_time_is_not_disturbed() -> None:
    with HardEnd(30).watching():
        done = True
    assert done
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


@pytest.mark.servers
@pytest.mark.django_db
def test_an_inbox_that_drips_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "LONGEST_ROUND", 1)
    with tar_pit() as pit:
        monkeypatch.setenv("INBOX_URL", f"imap://a%40so.example:secret@127.0.0.1:{pit.port}")
        with pytest.raises(InboxUnavailable, match="no end after 1 s"):
            read_inbox(now=timezone.now(), inbox=inbox_of("INBOX_URL"))
        assert pit.left.wait(10), "the connection was closed"


@pytest.mark.servers
@pytest.mark.django_db
def test_a_receiver_that_drips_is_given_up_and_called_again_later(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.WEBHOOK_NETWORKS = ["127.0.0.1"]
    monkeypatch.setattr(webhooks, "LONGEST_CALL", 1)
    with tar_pit(ANSWER_BEGINS) as pit:
        call = lay_test(
            by=person(), webhook=hook(f"http://127.0.0.1:{pit.port}/x"), now=timezone.now()
        )
        assert call_due(now=timezone.now()) == 0
    kept = WebhookCall.objects.get(pk=call.pk)
    assert kept.state == "waiting"
    assert "no end after 1 s" in kept.reply


@contextmanager
def worker(queue: str, **given: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A process that does what lies in one queue."""
    environment = os.environ | {
        "DATABASE_URL": database(),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "QTTD_DATA_DIR": str(django_settings.DATA_DIR),
    }
    command = [sys.executable, "-m", "tests.alerts.one_queue", queue, json.dumps(given)]
    process = subprocess.Popen(command, env=environment, cwd=PROJECT)
    try:
        yield process
    finally:
        process.kill()
        process.wait(30)


@pytest.fixture
def postman(settings: Any) -> Iterator[Postman]:
    with smtp_server(settings) as running:
        yield running


@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("held_by", ["inbox", "webhook"])
def test_a_mail_leaves_while_a_tar_pit_holds_the_errands(
    postman: Postman, settings: Any, monkeypatch: pytest.MonkeyPatch, held_by: str
) -> None:
    NotificationPolicy.objects.get_or_create(kind="exceedance", audience="operator")
    with tar_pit(ANSWER_BEGINS if held_by == "webhook" else b"") as pit:
        given = hold(held_by, pit, monkeypatch)
        report(exceedance(station()), now=timezone.now() - timedelta(hours=1))
        smtp = {
            "EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": settings.EMAIL_PORT,
            "EMAIL_HOST_USER": "", "EMAIL_USE_TLS": False, "EMAIL_USE_SSL": False,
        }  # fmt: skip
        with worker("errands", **given, **smtp) as errands:
            assert pit.came.wait(60), "it was called"
            with worker("celery", **given, **smtp) as desk:
                assert desk.wait(60) == 0
            assert len(postman.taken) == 1
            assert errands.poll() is None, "the errands are still held"
            assert not pit.left.is_set()


def hold(by: str, pit: TarPit, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Let an inbox, or a receiver, be the tar pit; the settings that this needs."""
    if by == "inbox":
        monkeypatch.setenv("INBOX_URL", f"imap://a%40so.example:secret@127.0.0.1:{pit.port}")
        return {}
    monkeypatch.delenv("INBOX_URL", raising=False)
    Webhook.objects.create(
        name="SMS", url=f"http://127.0.0.1:{pit.port}/x", secret="whsec_" + "A" * 43 + "=",
        least_severity=1,
    )  # fmt: skip
    return {"WEBHOOK_NETWORKS": ["127.0.0.1"]}
