"""The daily test of the mail route: out by SMTP, back by IMAP; its silence is an alarm."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.db import IntegrityError, transaction

from alerts.domain import kinds
from alerts.domain.severity import CRITICAL
from alerts.models import Alert, Message, RouteTest
from alerts.services.easing import resolve
from alerts.services.findings import Finding
from alerts.services.posting import Composed, lay_out
from alerts.services.raising import report
from stations.domain.wording import VIETNAM, in_vietnam

MAIL_ROUTE = "mail_route"
AT = time(6)
"""Before people come, so that who mends it has the morning."""
WITHIN = timedelta(minutes=30)


@transaction.atomic
def lay_route_test(*, control: str, composed: Composed, now: datetime) -> RouteTest | None:
    """Write today's test mail to the control mailbox, once a day from six on; None: nothing due."""
    here = in_vietnam(now)
    if not control or here.time() < AT or RouteTest.objects.filter(day=here.date()).exists():
        return None
    try:
        with transaction.atomic():
            message = lay_out(
                composed, to=control, language="vi", purpose=Message.Purpose.TEST, now=now
            )
            return RouteTest.objects.create(day=here.date(), message=message, due_at=now + WITHIN)
    except IntegrityError:
        return None  # another worker was first


@transaction.atomic
def look_at_route(*, now: datetime) -> int:
    """Raise the alarm for a test that did not come back in time, and end it with the next one
    that did; how many changed."""
    latest = RouteTest.objects.select_related("message").order_by("-day").first()
    if latest is None:
        return 0
    if latest.seen_at is not None:
        return resolve(
            kind=kinds.OWN_FAULT,
            station_id=None,
            source=MAIL_ROUTE,
            at=latest.seen_at,
            now=now,
        )
    refused = latest.message.state == Message.State.FAILED
    if latest.due_at > now and not refused:
        return 0
    if _is_told(latest):
        return 0
    last = latest.message.attempts.order_by("-number").first()
    report(
        Finding(
            kind=kinds.OWN_FAULT,
            station_id=None,
            start=datetime.combine(latest.day, AT, VIETNAM),
            end=now,
            source=MAIL_ROUTE,
            severity=CRITICAL,
            evidence={"day": latest.day.isoformat(), "reply": last.reply if last else ""},
        ),
        now=now,
    )
    return 1


def _is_told(test: RouteTest) -> bool:
    start = datetime.combine(test.day, AT, VIETNAM)
    standing = Alert.objects.filter(
        kind=kinds.OWN_FAULT, station=None, source=MAIL_ROUTE, spans__start=start
    )
    return standing.exists()
