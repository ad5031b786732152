"""Webhooks: signed, to where they may go, at least once, and every answer on the page."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from ssl import SSLContext
from threading import Thread
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from alerts.domain.reaching import NotAllowed, allowed, networks, target_of
from alerts.domain.retrying import LEASE
from alerts.domain.signing import new_secret, signature
from alerts.mail import webhooks
from alerts.mail.webhooks import call_due
from alerts.models import Webhook, WebhookCall
from alerts.services import report, resolve
from alerts.services.webhooks import lay_test, take_call
from stations.models import Membership, Person
from stations.services.grants import rebuild_grants
from tests.alerts.factories import (
    DAY,
    HOUR,
    JUDGED,
    MIDNIGHT,
    MINUTE,
    agency,
    exceedance,
    person,
    silence,
    station,
)

pytestmark = [pytest.mark.django_db, pytest.mark.servers]
RECEIVER = Path(__file__).parents[2] / "docs" / "webhook_receiver.py"
SECRET = "whsec_" + base64.b64encode(b"0" * 32).decode()


def hook(url: str = "http://127.0.0.1:9/x", **changes: Any) -> Webhook:
    given: dict[str, Any] = {"name": "SMS", "url": url, "secret": SECRET, "least_severity": 1}
    return Webhook.objects.create(**(given | changes))


class Answers(BaseHTTPRequestHandler):
    """Keeps what comes; answers with the statuses that it was given, then 200."""

    statuses: list[int]
    came: list[tuple[dict[str, str], bytes]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.came.append(({k.lower(): v for k, v in self.headers.items()}, body))
        status = self.statuses.pop(0) if self.statuses else 200
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *said: object) -> None:
        """Silent."""


@contextmanager
def receiver(
    *statuses: int, tls: SSLContext | None = None
) -> Iterator[tuple[str, list[tuple[dict[str, str], bytes]]]]:
    came: list[tuple[dict[str, str], bytes]] = []
    handler = type("Handler", (Answers,), {"statuses": list(statuses), "came": came})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/hook", came
        finally:
            server.shutdown()
            thread.join(10)


@pytest.fixture
def opened(settings: Any) -> None:
    settings.WEBHOOK_NETWORKS = ["127.0.0.1"]


@pytest.mark.usefixtures("opened")
def test_an_event_is_told_signed_with_its_case_and_a_text() -> None:
    with receiver() as (url, came):
        hook(url)
        alert = report(exceedance(station()), now=JUDGED)
        assert call_due(now=JUDGED) == 1
    ((headers, body),) = came
    call = WebhookCall.objects.get()
    told = json.loads(body)
    assert (told["id"], told["type"]) == (str(call.pk), "alert.opened")
    assert (told["alert"]["id"], told["alert"]["value"]) == (alert.pk, 92.04)
    assert told["text"].startswith("Vượt giá trị giới hạn: COD 92,0")
    signed = f"{call.pk}.{int(JUDGED.timestamp())}.".encode() + body
    digest = hmac.new(b"0" * 32, signed, hashlib.sha256).digest()
    assert headers["webhook-signature"] == "v1," + base64.b64encode(digest).decode()
    assert (call.state, call.attempts_made, call.reply) == ("sent", 1, "200 ok")
    assert call_due(now=JUDGED + DAY) == 0


def test_only_what_is_wanted_is_told() -> None:
    wide, grave = hook(), hook(least_severity=4)
    faults, off = hook(kinds=["device_fault"]), hook(active=False)
    report(exceedance(station()), now=JUDGED)
    assert {call.webhook for call in WebhookCall.objects.all()} == {wide}
    assert {wide, grave, faults, off} == set(Webhook.objects.all())


def test_the_end_is_told_too_even_where_nobody_was_mailed() -> None:
    hook()
    of = station()
    report(silence(of, since=MIDNIGHT), now=MIDNIGHT + 20 * MINUTE)
    resolve(kind="silent_station", station_id=of.pk, at=MIDNIGHT + HOUR, now=MIDNIGHT + HOUR)
    assert [c.event.what for c in WebhookCall.objects.order_by("created_at")] == [
        "opened", "resolved",
    ]  # fmt: skip


def test_history_that_mails_nobody_calls_nobody() -> None:
    hook()
    report(exceedance(station()), now=JUDGED, mail=False)
    assert not WebhookCall.objects.exists()


@pytest.mark.usefixtures("opened")
def test_what_is_not_taken_is_tried_again_with_the_same_id_and_body() -> None:
    with receiver(500, 302) as (url, came):
        hook(url)
        report(exceedance(station()), now=JUDGED)
        assert call_due(now=JUDGED) == 0
        assert call_due(now=JUDGED + MINUTE / 2) == 0
        assert call_due(now=JUDGED + MINUTE) == 0, "a redirect is not followed"
        assert call_due(now=JUDGED + 3 * MINUTE) == 1
    assert len({body for _headers, body in came}) == 1
    assert len({headers["webhook-id"] for headers, _body in came}) == 1
    assert [headers["webhook-attempt"] for headers, _body in came] == ["1", "2", "3"]
    assert len({headers["webhook-timestamp"] for headers, _body in came}) == 3


def test_a_receiver_that_is_away_is_given_up_after_five_days(settings: Any) -> None:
    settings.WEBHOOK_NETWORKS = ["127.0.0.1"]
    hook()  # nobody listens there
    report(exceedance(station()), now=JUDGED)
    assert call_due(now=JUDGED) == 0
    call = WebhookCall.objects.get()
    assert (call.state, call.next_attempt_at) == ("waiting", JUDGED + MINUTE)
    assert "refused" in call.reply.lower()
    WebhookCall.objects.update(next_attempt_at=JUDGED + timedelta(days=5))
    call_due(now=JUDGED + timedelta(days=5))
    assert WebhookCall.objects.get().state == "failed"


@pytest.mark.usefixtures("opened")
def test_a_receiver_that_does_not_answer_is_tried_once_a_round_and_holds_nobody_up() -> None:
    hook()  # nobody listens there
    with receiver() as (url, came):
        hook(url)
        for _number in range(3):
            report(exceedance(station()), now=JUDGED)
        assert call_due(now=JUDGED) == 3
    assert len(came) == 3
    away = WebhookCall.objects.filter(webhook__url="http://127.0.0.1:9/x")
    assert sorted(away.values_list("attempts_made", flat=True)) == [0, 0, 1]


@pytest.mark.usefixtures("opened")
def test_a_receiver_that_is_gone_is_switched_off() -> None:
    with receiver(410) as (url, _came):
        row = hook(url)
        report(exceedance(station()), now=JUDGED)
        call_due(now=JUDGED)
    row.refresh_from_db()
    assert not row.active
    assert WebhookCall.objects.get().state == "failed"


class Killed(BaseException):
    """Stands for kill -9."""


@pytest.mark.usefixtures("opened")
@pytest.mark.parametrize("step", ["take_call", "fix_body", "post", "finish_call"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_kill_between_any_two_steps_loses_no_call(
    monkeypatch: pytest.MonkeyPatch, step: str, when: str
) -> None:
    real = getattr(webhooks, step)

    def killed(*given: Any, **named: Any) -> Any:
        if when == "after":
            real(*given, **named)
        raise Killed

    with receiver() as (url, came):
        hook(url)
        report(exceedance(station()), now=JUDGED)
        with monkeypatch.context() as patch:
            patch.setattr(webhooks, step, killed)
            with pytest.raises(Killed):
                call_due(now=JUDGED)
        call_due(now=JUDGED + LEASE)
    assert len({headers["webhook-id"] for headers, _body in came}) == 1
    twice = (step, when) in {("post", "after"), ("finish_call", "before")}
    assert len(came) == (2 if twice else 1)
    assert WebhookCall.objects.get().state == "sent"


def test_a_call_taken_by_one_is_not_taken_by_another() -> None:
    hook()
    report(exceedance(station()), now=JUDGED)
    assert take_call(now=JUDGED) is not None
    assert take_call(now=JUDGED + LEASE - MINUTE) is None


@pytest.mark.parametrize(
    "url",
    [
        "ftp://so.example/x",
        "https://ten:matkhau@so.example/x",
        "https:///x",
        "https://so.example:99999/",
        "https://so.example/a\r\nX: y",
        "file:///etc/passwd",
    ],
)
def test_what_is_no_address_is_not_called(url: str) -> None:
    with pytest.raises(NotAllowed):
        target_of(url)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "172.16.9.9",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "::1",
        "fe80::1%eth0",
        "fc00::1",
        "::ffff:127.0.0.1",
        "2002:7f00:1::",
    ],
)
def test_a_network_of_ours_is_not_called_unless_it_was_opened(address: str) -> None:
    target = target_of("https://so.example/hook")
    with pytest.raises(NotAllowed):
        allowed(target, [address], ())
    with pytest.raises(NotAllowed):
        allowed(target, ["8.8.8.8", address], ())
    assert allowed(target, ["8.8.8.8"], ()) == "8.8.8.8"
    here = networks(["10.0.0.0/8", "127.0.0.1"])
    assert allowed(target, ["10.0.0.1"], here) == "10.0.0.1"


def test_a_public_address_is_called_by_https_alone() -> None:
    with pytest.raises(NotAllowed):
        allowed(target_of("http://so.example/"), ["8.8.8.8"], ())


def test_a_name_that_leads_inside_is_not_called(settings: Any) -> None:
    settings.WEBHOOK_NETWORKS = []
    hook("https://localhost/x")
    report(exceedance(station()), now=JUDGED)
    assert call_due(now=JUDGED) == 0
    assert WebhookCall.objects.get().reply == "not called: private"


@contextmanager
def example() -> Iterator[tuple[str, subprocess.Popen[str]]]:
    running = subprocess.Popen(
        [sys.executable, str(RECEIVER), "0"],
        env={**os.environ, "WEBHOOK_SECRET": SECRET},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert running.stdout is not None
        port = running.stdout.readline().split()[1]
        yield f"http://127.0.0.1:{port}/", running
    finally:
        running.kill()
        running.wait(10)
        assert running.stdout is not None
        running.stdout.close()


@pytest.mark.usefixtures("opened")
def test_the_example_receiver_takes_what_is_ours_once_and_nothing_else() -> None:
    with example() as (url, running):
        row = hook(url)
        now = timezone.now()
        report(exceedance(station()), now=now)
        assert call_due(now=now) == 1
        call = WebhookCall.objects.get()
        assert running.stdout is not None
        told = json.loads(running.stdout.readline())
        assert told["type"] == "alert.opened"
        assert "COD 92,0" in told["text"]

        def send(*, body: str = call.body, at: datetime = now, **changed: str) -> int:
            stamp = int(at.timestamp())
            headers = {
                "webhook-id": str(call.pk),
                "webhook-timestamp": str(stamp),
                "webhook-signature": signature(
                    secret=row.secret, call=str(call.pk), timestamp=stamp, body=call.body
                ),
            } | {name.replace("_", "-"): value for name, value in changed.items()}
            connection = http.client.HTTPConnection("127.0.0.1", int(url.split(":")[2][:-1]))
            connection.request("POST", "/", body.encode(), headers)
            status = connection.getresponse().status
            connection.close()
            return status

        assert send() == 204, "a repeat is answered, and not passed on"
        assert send(body=call.body.replace("92.04", "12.04")) == 401
        assert send(at=now - timedelta(minutes=6)) == 401
        assert send(webhook_signature="v1,AAAA") == 401
        assert send(webhook_id="another") == 401
        other = lay_test(by=person(), webhook=row, now=now)
        assert call_due(now=now) == 1
        assert json.loads(running.stdout.readline())["type"] == "test", other.pk


def officer(role: str = "officer") -> Person:
    someone = person(email="canbo@stnmt.example")
    Membership.objects.create(person=someone, agency=agency(), role=role)
    rebuild_grants()
    return someone


def signed_in(someone: Person) -> Client:
    client = Client()
    client.force_login(someone)
    return client


ASKED = {"name": "Cổng SMS", "url": "https://sms.example/hook", "least_severity": "2",
         "active": "on"}  # fmt: skip


def test_an_officer_sets_a_webhook_and_sees_its_secret_once() -> None:
    client = signed_in(officer())
    page = client.post("/webhooks/new/", ASKED, follow=True).content.decode()
    row = Webhook.objects.get()
    assert row.secret in page
    assert row.secret not in client.get(f"/webhooks/{row.pk}/").content.decode()
    client.post(f"/webhooks/{row.pk}/test/")
    assert WebhookCall.objects.get().event is None
    old = row.secret
    page = client.post(f"/webhooks/{row.pk}/secret/", follow=True).content.decode()
    row.refresh_from_db()
    assert old != row.secret
    assert row.secret in page


@pytest.mark.parametrize("url", ["http://10.0.0.1/", "javascript:alert(1)", "https://a:b@c/"])
def test_an_address_that_may_not_be_called_is_told_at_the_form(url: str) -> None:
    answer = signed_in(officer()).post("/webhooks/new/", {**ASKED, "url": url})
    assert answer.status_code == 400
    assert "field-error" in answer.content.decode()
    assert not Webhook.objects.exists()


def test_a_reader_sees_and_may_not_set_and_a_stranger_sees_nothing() -> None:
    row = hook("https://sms.example/hook")
    reader = signed_in(officer("viewer"))
    assert reader.get("/webhooks/").status_code == 200
    assert reader.post("/webhooks/new/", ASKED).status_code == 403
    assert reader.post(f"/webhooks/{row.pk}/", ASKED).status_code == 403
    assert reader.post(f"/webhooks/{row.pk}/secret/").status_code == 403
    stranger = signed_in(person())
    for address in ("/webhooks/", f"/webhooks/{row.pk}/", "/mails/received/", "/mails/refused/"):
        assert stranger.get(address).status_code == 404
    assert stranger.post("/webhooks/new/", ASKED).status_code == 404


def test_a_secret_has_256_bits() -> None:
    assert len(base64.b64decode(new_secret().removeprefix("whsec_"))) == 32
    assert new_secret() != new_secret()
