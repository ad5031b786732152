"""Calls the webhooks that are due: signed, to a public address, and every answer written down."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from collections.abc import Callable
from datetime import datetime
from time import monotonic
from typing import Any

import structlog
from django.conf import settings

from alerts.domain.reaching import NotAllowed, Target, allowed, networks, target_of
from alerts.domain.signing import signature
from alerts.mail.limits import HardEnd
from alerts.mail.short import letter_about
from alerts.models import Alert, WebhookCall
from alerts.services.webhooks import finish_call, fix_body, take_call
from stations.domain.wording import in_vietnam

log = structlog.get_logger(__name__)

TIMEOUT = 5  # seconds for one step of a call
LONGEST_CALL = 10  # seconds for all of it, however slowly the receiver answers
LONGEST_ROUND = 5  # seconds after which no further call is begun
GONE = 410
Resolve = Callable[[str, int], list[str]]


def call_due(*, now: datetime, clock: Callable[[], datetime] | None = None) -> int:
    """Make the calls that are due; how many were taken by their receiver.

    Begins none after some seconds, for the inbox waits for it, and calls no receiver again in
    this round that did not answer once.
    """
    begun, sent, silent = monotonic(), 0, set[int]()
    while monotonic() - begun < LONGEST_ROUND:
        call = take_call(now=clock() if clock else now, but=silent)
        if call is None:
            break
        taken = _make(call, now=clock() if clock else now, clock=clock)
        sent += bool(taken)
        if taken is None:
            silent.add(call.webhook_id)
    return sent


def _make(call: WebhookCall, *, now: datetime, clock: Callable[[], datetime] | None) -> bool | None:
    """One attempt: taken, not taken, or None where nobody answered."""
    sent: bool | None
    gone = False
    try:
        body = fix_body(call=call, body=body_of(call, now=now))
        with HardEnd(LONGEST_CALL).watching():
            status, reply = post(call, body, timestamp=int(now.timestamp()))
        sent, gone = 200 <= status < 300, status == GONE
        reply = f"{status} {reply}"
    except NotAllowed as refusal:
        sent, reply = False, f"not called: {refusal.reason}"
    except (OSError, http.client.HTTPException, ValueError) as error:
        sent, reply = None, f"{type(error).__name__}: {error}"
    at = clock() if clock else now
    finish_call(call=call, sent=bool(sent), reply=reply, gone=gone, now=at)
    return sent


def body_of(call: WebhookCall, *, now: datetime) -> str:
    """What is told, as JSON: the event, the case as the API shows it, and a text to pass on."""
    event = call.event
    if event is None:
        return _json({"id": str(call.pk), "type": "test", "at": _iso(now), "text": "QTTĐ: thử."})
    alert = Alert.objects.select_related("station__facility", "zone").get(pk=event.alert_id)
    letter = letter_about(alert, event, now=now)
    return _json(
        {
            "id": str(call.pk),
            "type": f"alert.{event.what}",
            "at": _iso(event.at),
            "alert": _alert(alert),
            "text": f"{letter.what}\n{letter.todo}",
        }
    )


def _alert(alert: Alert) -> dict[str, Any]:
    station = alert.station
    return {
        "id": alert.pk,
        "kind": alert.kind,
        "severity": alert.severity,
        "station": station.code if station else None,
        "facility": station.facility.name if station else None,
        "zone": alert.zone.name if alert.zone else None,
        "parameter": alert.parameter,
        "period": alert.period,
        "state": alert.state,
        "opened_at": _iso(alert.opened_at),
        "resolved_at": _iso(alert.resolved_at),
        "closed_at": _iso(alert.closed_at),
        "late": alert.late,
        "withdrawn": alert.withdrawn,
        "value": None if alert.value is None else float(alert.value),
        "limit": {
            "min": None if alert.minimum is None else float(alert.minimum),
            "max": None if alert.maximum is None else float(alert.maximum),
        },
        "unit": alert.unit,
        "source": alert.source,
        "url": f"{settings.SITE_URL}/alerts/{alert.pk}/",
    }


def _json(told: dict[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def _iso(at: datetime | None) -> str | None:
    return None if at is None else in_vietnam(at).isoformat(timespec="seconds")


def post(call: WebhookCall, body: str, *, timestamp: int) -> tuple[int, str]:
    """The receiver's status and the beginning of its answer. No redirect is followed.

    Raises NotAllowed, OSError, http.client.HTTPException.
    """
    target = target_of(call.webhook.url)
    address = allowed(
        target, resolve(target.host, target.port), networks(settings.WEBHOOK_NETWORKS)
    )
    connection = _connection(target, address)
    try:
        connection.request("POST", target.path, body.encode(), _headers(call, body, timestamp))
        answer = connection.getresponse()
        words = answer.read(500).decode("utf-8", "replace")
        return answer.status, " ".join(words.split())
    finally:
        connection.close()


def _headers(call: WebhookCall, body: str, timestamp: int) -> dict[str, str]:
    return {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "QTTD-webhook/1",
        "webhook-id": str(call.pk),
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(
            secret=call.webhook.secret, call=str(call.pk), timestamp=timestamp, body=body
        ),
        "webhook-attempt": str(call.attempts_made),
    }


def resolve(host: str, port: int) -> list[str]:
    """Every address that a name has."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def _connection(target: Target, address: str) -> http.client.HTTPConnection:
    """Goes to the address that was looked at; the certificate is that of the name."""
    if target.tls:
        return _PinnedTLS(target, address)
    return _Pinned(target, address)


class _Pinned(http.client.HTTPConnection):
    def __init__(self, target: Target, address: str) -> None:
        super().__init__(target.host, target.port, timeout=TIMEOUT)
        self.address = address

    def connect(self) -> None:
        self.sock = socket.create_connection((self.address, self.port), TIMEOUT)


class _PinnedTLS(http.client.HTTPSConnection):
    def __init__(self, target: Target, address: str) -> None:
        self.pinned_context = ssl.create_default_context()
        super().__init__(target.host, target.port, timeout=TIMEOUT, context=self.pinned_context)
        self.address = address

    def connect(self) -> None:
        plain = socket.create_connection((self.address, self.port), TIMEOUT)
        try:
            self.sock = self.pinned_context.wrap_socket(plain, server_hostname=self.host)
        except OSError:
            plain.close()
            raise
