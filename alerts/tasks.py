"""What the bell and the beat call."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from alerts.mail import send_due
from alerts.services.escalating import keep_deadlines
from alerts.services.senders import alone


@shared_task
def send_mail() -> int:
    """Sends what is due. While one sender is at work, others need not wait for a slow server."""
    with alone() as first:
        return send_due(now=timezone.now()) if first else 0


@shared_task
def keep_the_desk() -> int:
    """Reminds, tells the next level, and lets acknowledgements lapse that led to nothing."""
    return keep_deadlines(now=timezone.now())
