"""The way out by HTTP: a call is a row, written with its event, and sent as a mail is."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from alerts.domain.retrying import LEASE, next_attempt
from alerts.domain.signing import new_secret
from alerts.models import Alert, AlertEvent, Webhook, WebhookCall
from stations.models import Person

Waiting = WebhookCall.State
KEPT_REPLY = 2000


@dataclass(frozen=True, slots=True)
class Described:
    """A webhook as it is asked for; empty `kinds` are all."""

    name: str
    url: str
    kinds: Collection[str]
    least_severity: int
    active: bool


def lay_calls(
    webhooks: Sequence[Webhook], alert: Alert, event: AlertEvent, *, severity: int, now: datetime
) -> int:
    """A call to each active webhook that wants to hear of this, in the event's transaction."""
    calls = [
        WebhookCall(webhook=webhook, event=event, created_at=now, next_attempt_at=now)
        for webhook in webhooks
        if severity >= webhook.least_severity and (not webhook.kinds or alert.kind in webhook.kinds)
    ]
    if calls:
        WebhookCall.objects.bulk_create(calls, ignore_conflicts=True)
    return len(calls)


@transaction.atomic
def keep_webhook(*, by: Person, asked: Described, webhook: Webhook | None = None) -> Webhook:
    """A new webhook with a secret of its own, or a change of one."""
    kept = webhook or Webhook(secret=new_secret())
    kept.name, kept.url = asked.name, asked.url
    kept.kinds, kept.least_severity = sorted(asked.kinds), asked.least_severity
    kept.active = asked.active
    kept.changed_by = by
    kept.save()
    return kept


def renew_secret(*, by: Person, webhook: Webhook) -> str:
    """A new secret; the old one signs nothing any more."""
    webhook.secret, webhook.changed_by = new_secret(), by
    webhook.save(update_fields=["secret", "changed_by"])
    return webhook.secret


def lay_test(*, by: Person, webhook: Webhook, now: datetime) -> WebhookCall:
    """A call that tells of nothing, to see whether the way is open."""
    return WebhookCall.objects.create(webhook=webhook, created_at=now, next_attempt_at=now)


@transaction.atomic
def take_call(*, now: datetime, but: Collection[int] = ()) -> WebhookCall | None:
    """The next call that is due, or whose sender was killed; the attempt is on disk first.

    `but`: webhooks that are left alone.
    """
    lost = Q(state=Waiting.SENDING, taken_at__lte=now - LEASE)
    due = Q(state=Waiting.WAITING, next_attempt_at__lte=now) | lost
    rows = WebhookCall.objects.filter(due).exclude(webhook__in=list(but))
    rows = rows.order_by("next_attempt_at", "pk")
    call = rows.select_for_update(skip_locked=True, of=("self",)).select_related("webhook").first()
    if call is None:
        return None
    call.state, call.taken_at = Waiting.SENDING, now
    call.attempts_made += 1
    call.save(update_fields=["state", "taken_at", "attempts_made"])
    return call


def fix_body(*, call: WebhookCall, body: str) -> str:
    """The words of a call, the same in each attempt: those of the first."""
    if not call.body:
        call.body = body
        call.save(update_fields=["body"])
    return call.body


@transaction.atomic
def finish_call(
    *, call: WebhookCall, sent: bool, reply: str, gone: bool = False, now: datetime
) -> WebhookCall.State:
    """How an attempt ended. `gone`: the receiver wants no call any more, so it is switched off."""
    kept = WebhookCall.objects.select_for_update(of=("self",)).get(pk=call.pk)
    if kept.attempts_made != call.attempts_made or kept.state != Waiting.SENDING:
        return Waiting(kept.state)
    kept.taken_at, kept.reply = None, reply.replace("\x00", "")[:KEPT_REPLY]
    if sent:
        kept.state, kept.sent_at, kept.next_attempt_at = Waiting.SENT, now, None
    else:
        following = next_attempt(attempts=kept.attempts_made, now=now, created_at=kept.created_at)
        kept.next_attempt_at = None if gone else following
        kept.state = Waiting.WAITING if kept.next_attempt_at else Waiting.FAILED
    kept.save()
    if gone:
        Webhook.objects.filter(pk=kept.webhook_id).update(active=False)
    return Waiting(kept.state)


def call_again(*, by: Person, number: uuid.UUID, now: datetime) -> bool:
    """Try a call that was given up once more; False where there is none."""
    given_up = WebhookCall.objects.filter(pk=number, state=Waiting.FAILED)
    return bool(given_up.update(state=Waiting.WAITING, next_attempt_at=now, created_at=now))
