"""A case in a few lines: for a text message, for a chat, for a webhook."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.utils import translation

from alerts.domain import kinds
from alerts.mail.compose import letter_of
from alerts.mail.said import Letter, Said
from alerts.models import Alert, AlertEvent, Notification, What

MOST_ROWS = 3


def letter_about(
    alert: Alert,
    event: AlertEvent,
    *,
    now: datetime,
    language: str = "vi",
    audience: str = "agency",
) -> Letter:
    """The letter that a mail about this event would have, though nobody gets it."""
    note = Notification(
        alert=alert, event=event, station=alert.station, audience=audience, language=language
    )
    with translation.override(language):
        return letter_of(Said(note, now))


def news_of(alert: Alert) -> AlertEvent | None:
    """The last event that says where the case stands: begun, graver, over, withdrawn.

    Of a limit that was exceeded the value is told, also when later periods are within.
    """
    telling: tuple[What, ...] = (
        What.OPENED,
        What.JOINED,
        What.RECURRED,
        What.REOPENED,
        What.GREW,
        What.REINSTATED,
        What.WITHDRAWN,
    )
    if alert.kind not in kinds.KINDS_BY_PERIOD:
        telling = (*telling, What.RESOLVED)
    return alert.events.filter(what__in=telling).order_by("-at", "-pk").first()


def short_text(alert: Alert, *, now: datetime, language: str = "vi", audience: str = "") -> str:
    """What and where, what to do by when, a few numbers, and the way to the case."""
    event = news_of(alert)
    link = f"{settings.SITE_URL}/alerts/{alert.pk}/"
    if event is None:
        return f"{alert}\n{link}"
    letter = letter_about(alert, event, now=now, language=language, audience=audience or "agency")
    rows = [f"{label}: {value}" for label, value in letter.rows[:MOST_ROWS]]
    return "\n".join([letter.what, letter.todo, *rows, link])
