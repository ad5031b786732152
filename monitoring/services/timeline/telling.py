"""What came of a timeline, as plain rows: for a page, and for whoever reads it with a program."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from alerts.models import AlertEvent, What
from monitoring.models import Outage
from monitoring.services.timeline.playing import Played

MOST_ROWS = 2000
"""Rows that a story may have; what is left out is counted."""
LONGEST_TEXT = 6000
"""Letters of a mail that are kept."""


def tell(played: Played) -> dict[str, Any]:
    """Everything that happened, oldest first; the database still stands as the play left it."""
    rows = [*_events(), *_mails(played), *_outages()]
    rows.sort(key=lambda row: (row["at"], ORDER[row["what"]]))
    return {
        "happened": rows[:MOST_ROWS],
        "left_out": max(len(rows) - MOST_ROWS, 0),
        "refused": played.refused,
        "mails": len(played.mails),
        "settled": played.settled,
    }


ORDER = {"outage": 0, "alert": 1, "mail": 2}


def _events() -> Iterator[dict[str, Any]]:
    rows = AlertEvent.objects.select_related("alert__station", "alert__zone", "by")
    for event in rows.order_by("at", "pk"):
        if event.what == What.MAILED:
            continue  # the mail itself is told
        alert = event.alert
        place = alert.station or alert.zone
        yield {
            "at": _written(event.at),
            "what": "alert",
            "event": event.what,
            "case": alert.pk,
            "kind": alert.kind,
            "place": place.code if place else "",
            "parameter": alert.parameter,
            "period": alert.period,
            "by": str(event.by) if event.by else "",
            "note": event.note,
        }


def _mails(played: Played) -> Iterator[dict[str, Any]]:
    for mail in played.mails:
        yield {
            "at": _written(mail.at),
            "what": "mail",
            "to": mail.to,
            "subject": mail.subject,
            "text": mail.text[:LONGEST_TEXT],
        }


def _outages() -> Iterator[dict[str, Any]]:
    for outage in Outage.objects.select_related("zone").order_by("start", "pk"):
        yield {
            "at": _written(outage.start),
            "what": "outage",
            "kind": outage.what,
            "place": outage.zone.code if outage.zone else "",
            "end": _written(outage.end) if outage.end else None,
        }


def _written(at: datetime) -> str:
    return at.isoformat()
