"""What officers exclude from the approved data, told in the stories of the cases that it touches.

Nothing else of a case changes: it speaks of the data as sent.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from alerts.models import Alert, AlertEvent, What
from alerts.services.cases import tell
from stations.models import Person


@dataclass(frozen=True, slots=True)
class Excluded:
    """What was excluded of a station's parameter, as the story tells it. `why`: a reason in
    English, to be translated for its reader."""

    number: int
    station_id: int
    parameter: str
    start: datetime
    end: datetime
    why: str
    document: str
    by: Person
    words: str = ""


@transaction.atomic
def tell_excluded(excluded: Excluded, *, now: datetime) -> int:
    """Adds it to each case that it touches and that does not know of it yet; how many."""
    unaware = [
        alert
        for alert in _touched(excluded)
        if _last_said(alert, excluded.number) is not What.EXCLUDED
    ]
    _tell_each(unaware, What.EXCLUDED, excluded, now=now, note=excluded.words)
    return len(unaware)


@transaction.atomic
def tell_included(excluded: Excluded, *, now: datetime, reason: str) -> int:
    """Adds that it was taken back to each case that knows of it; how many."""
    aware = [
        alert for alert in _touched(excluded) if _last_said(alert, excluded.number) is What.EXCLUDED
    ]
    _tell_each(aware, What.INCLUDED, excluded, now=now, note=reason)
    return len(aware)


def _touched(excluded: Excluded) -> list[Alert]:
    """The cases of the parameter with a period that it touches, withdrawn ones too."""
    rows = Alert.objects.filter(
        station=excluded.station_id,
        parameter=excluded.parameter,
        spans__start__lt=excluded.end,
        spans__end__gt=excluded.start,
    )
    return list(rows.distinct().order_by("pk"))


def _last_said(alert: Alert, number: int) -> What | None:
    events: Iterable[AlertEvent] = alert.events.filter(
        what__in=(What.EXCLUDED, What.INCLUDED), data__exclusion=number
    )
    said = [What(event.what) for event in events]
    return said[-1] if said else None


def _tell_each(
    alerts: Iterable[Alert], what: What, excluded: Excluded, *, now: datetime, note: str
) -> None:
    data = {
        "exclusion": excluded.number,
        "from": excluded.start,
        "until": excluded.end,
        "why": excluded.why,
        "document": excluded.document,
    }
    for alert in alerts:
        tell(alert, what, at=now, by=excluded.by, note=note, data=data)
