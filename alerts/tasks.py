"""What the bell and the beat call."""

from __future__ import annotations

import structlog
from celery import shared_task
from django.conf import settings
from django.utils import timezone

from alerts.mail import send_due
from alerts.mail.digests import route_mail, send_digests
from alerts.mail.inbox import InboxUnavailable, read_inbox
from alerts.mail.webhooks import call_due
from alerts.services.escalating import keep_deadlines
from alerts.services.refusing import check_reach
from alerts.services.route_test import lay_route_test, look_at_route
from alerts.services.senders import INBOX, WEBHOOKS, alone

log = structlog.get_logger(__name__)


@shared_task
def send_mail() -> int:
    """Sends what is due. While one sender is at work, others need not wait for a slow server."""
    with alone() as first:
        return send_due(now=timezone.now()) if first else 0


@shared_task
def keep_the_desk() -> int:
    """Reminds, tells the next level, and lets acknowledgements lapse that led to nothing."""
    return keep_deadlines(now=timezone.now())


@shared_task
def read_mail() -> int:
    """Takes in what came into the inbox. One that cannot be read is tried again by the next beat;
    the daily test of the mail route tells if that lasts."""
    with alone(INBOX) as first:
        try:
            return read_inbox(now=timezone.now()) if first else 0
        except InboxUnavailable as trouble:
            log.warning("inbox_unavailable", why=str(trouble))
            return 0


@shared_task
def look_for_readers() -> int:
    """Tells the department of facilities at which nobody can be written to."""
    return check_reach(now=timezone.now())


@shared_task
def call_webhooks() -> int:
    """Makes the calls that are due. A slow receiver keeps no mail waiting."""
    with alone(WEBHOOKS) as first:
        return call_due(now=timezone.now(), clock=timezone.now) if first else 0


@shared_task
def write_digests() -> int:
    """Writes the digests that are due."""
    return send_digests(now=timezone.now())


@shared_task
def test_the_route() -> int:
    """Sends the daily test of the mail route, where there is a server and an inbox, and raises
    the alarm for one that did not come back."""
    now = timezone.now()
    inbox = settings.INBOX
    if inbox is not None and settings.EMAIL_FOLDER is None:
        lay_route_test(control=inbox.control, composed=route_mail(now), now=now)
    return look_at_route(now=now)
