"""Takes in a mail that came into our inbox: to its mail, to its case, or aside. Once each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import structlog
from django.db import IntegrityError, transaction

from alerts.domain.incoming import BOUNCE, REPLY, Incoming, read_incoming
from alerts.domain.refusals import is_about_the_mailbox
from alerts.models import Alert, InboundMail, Message, RouteTest, What
from alerts.services.cases import tell
from alerts.services.records import add_file
from alerts.services.refusing import mark_refused

log = structlog.get_logger(__name__)

MOST_PAPERS = 10
LARGEST_PAPER = 10 * 1024 * 1024
Sort = InboundMail.Sort


@transaction.atomic
def take_in(raw: bytes, *, now: datetime) -> InboundMail | None:
    """Keep a mail and what follows from it; None where it was kept before.

    Only a Message-ID of ours makes it an answer or a bounce: 128 bits of chance that nobody
    outside knows but who got the mail. So nobody can mark an address by a forged bounce.
    """
    mail = read_incoming(raw)
    ours = _ours(mail)
    sort, alerts = _sort_of(mail, ours), _alerts_of(ours)
    try:
        with transaction.atomic():
            kept = InboundMail.objects.create(
                message_id=mail.message_id[:300],
                sort=sort,
                sender=_storable(mail.sender),
                subject=_storable(mail.subject),
                text=_storable(mail.text),
                raw=raw,
                received_at=now,
                answers=ours,
                alert=alerts[0] if alerts and sort in (Sort.REPLY, Sort.BOUNCE) else None,
            )
    except IntegrityError:
        return None
    match sort:
        case Sort.TEST:
            RouteTest.objects.filter(message=ours, seen_at=None).update(seen_at=now)
        case Sort.BOUNCE:
            _bounced(kept, mail, alerts, now=now)
        case Sort.REPLY:
            _replied(kept, mail, alerts, now=now)
    log.info("mail_taken_in", sort=sort, answers=ours.pk if ours else None)
    return kept


def _storable(text: str) -> str:
    return text.replace("\x00", "")


def _ours(mail: Incoming) -> Message | None:
    """The mail of ours that it is, or that it speaks of; of several the nearest."""
    asked = [mail.message_id, *mail.about]
    found = {one.message_id: one for one in Message.objects.filter(message_id__in=asked)}
    return next((found[each] for each in asked if each in found), None)


def _sort_of(mail: Incoming, ours: Message | None) -> InboundMail.Sort:
    if ours is None:
        return Sort.OTHER
    if mail.message_id == ours.message_id:
        return Sort.TEST if ours.purpose == Message.Purpose.TEST else Sort.OTHER
    return {BOUNCE: Sort.BOUNCE, REPLY: Sort.REPLY}.get(mail.sort, Sort.OTHER)


def _alerts_of(ours: Message | None) -> list[Alert]:
    """The cases that a mail of ours told of, the gravest first."""
    if ours is None:
        return []
    found = Alert.objects.filter(notifications__message=ours).distinct()
    return list(found.order_by("-severity", "pk"))


def _bounced(kept: InboundMail, mail: Incoming, alerts: Sequence[Alert], *, now: datetime) -> None:
    """A server gave a mail back: the case knows; for good, then the address is marked."""
    ours = kept.answers
    if ours is None or not mail.final:
        return
    data = {"to": ours.to, "message": ours.pk, "reply": mail.reply, "bounce": kept.pk}
    for alert in alerts:
        tell(alert, What.MAIL_FAILED, at=now, data=data)
    if is_about_the_mailbox(mail.status or mail.reply):
        mark_refused(address=ours.to, reply=mail.reply, message=ours, now=now)


def _replied(kept: InboundMail, mail: Incoming, alerts: Sequence[Alert], *, now: datetime) -> None:
    """Somebody answered: the words stand in each case's story, papers with the first."""
    written_to = kept.answers.to if kept.answers else ""
    data = {"mail": kept.pk, "from": mail.sender, "written_to": written_to}
    for alert in alerts:
        tell(alert, What.REPLIED, at=now, note=_storable(mail.text), data=data)
    if not alerts:
        return
    for paper in mail.papers[:MOST_PAPERS]:
        if len(paper.content) <= LARGEST_PAPER:
            add_file(
                alert=alerts[0],
                by=None,
                name=paper.name,
                content=paper.content,
                what=mail.sender[:200],
                now=now,
            )
