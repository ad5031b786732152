"""Announced work in the words of the reader, for lists, banners and the chart."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from alerts.models import Alert, Maintenance
from alerts.services.announced import state_of, state_word
from alerts.views.words import sentence
from stations.domain import wording
from stations.domain.wording import in_vietnam
from stations.models import Person, Station
from stations.views.limits import language
from stations.views.names import place_name, short_code

MARKS = {
    "waiting": "notice",
    "approved": "maintenance",
    "ended": "maintenance",
    "refused": "not_enough_data",
    "withdrawn": "not_enough_data",
}
ON_CHART = 500
SOON = timedelta(days=7)
"""How far ahead announced work is told on the pages."""


def line(work: Maintenance, now: datetime) -> dict[str, Any]:
    """Everything that a list shows of it."""
    state = state_of(work)
    return {
        "id": work.pk,
        "url": reverse("work-detail", args=[work.pk]),
        "state": state,
        "mark": MARKS[state],
        "state_word": sentence(state_word(work)),
        "what": sentence(work.get_what_display()),
        "parameters": ", ".join(work.parameters) or _("the whole station"),
        "span": span_words(work, now),
        "lasting": wording.duration(work.end - work.start, language=language()),
        "when": when_words(work, now),
        "reason": work.reason,
        "afterwards": work.declared_afterwards,
        "station": short_code(work.station),
        "facility": place_name(work.station.facility),
        "declared_by": work.declared_by,
        "declared_at": work.declared_at,
        "decided_by": work.cancelled_by or work.decided_by,
        "decided_at": work.cancelled_at or work.decided_at,
    }


def works_of(alert: Alert, now: datetime, user: Person) -> list[dict[str, Any]]:
    """What was announced for the time of a case, whatever was decided; what holds it back first."""
    if alert.station_id is None:
        return []
    end = alert.resolved_at or max(alert.ends_at, now if alert.closed_at is None else alert.ends_at)
    rows = Maintenance.objects.for_user(user).overlapping(alert.starts_at, end)
    told = rows.filter(station=alert.station_id).select_related(*NAMES).order_by("start", "pk")
    fitting = [
        work
        for work in told
        if not work.parameters or not alert.parameter or alert.parameter in work.parameters
    ]
    return [
        line(work, now) | {"holds": work.pk == alert.held_back_by_id and not alert.resolved_at}
        for work in fitting
    ]


def span_words(work: Maintenance, now: datetime) -> str:
    """20/11 07:00–08:00."""
    return wording.period(work.start, work.end, now=now, language=language())


def when_words(work: Maintenance, now: datetime) -> str:
    """Whether it goes on, lies ahead, or is over."""
    if work.end <= now:
        return _("over")
    if work.start > now:
        told = wording.duration(work.start - now, language=language())
        return _("in %(time)s") % {"time": told}
    return _("goes on, %(time)s left") % {
        "time": wording.duration(work.end - now, language=language())
    }


def standing_near(stations: Iterable[int], now: datetime) -> QuerySet[Maintenance]:
    """What goes on, lies ahead within a week, or waits for a decision, at these stations."""
    rows = Maintenance.objects.standing().filter(station__in=list(stations))
    near = Q(end__gt=now, start__lt=now + SOON) | Q(decision="")
    return rows.filter(near).select_related(*NAMES).order_by("start", "pk")


NAMES = (
    "station__facility__zone",
    "station__facility__operator",
    "declared_by",
    "decided_by",
    "cancelled_by",
    "ended_early_by",
)


def bands(station: Station, user: Person) -> list[dict[str, Any]]:
    """For the chart of a station: approved and still undecided work, the newest first."""
    rows = Maintenance.objects.standing().for_user(user).filter(station=station)
    return [
        {
            "from": in_vietnam(work.start).isoformat(),
            "to": in_vietnam(work.end).isoformat(),
            "parameters": list(work.parameters),
            "approved": work.decision == Maintenance.Decision.APPROVED,
            "text": f"{sentence(work.get_what_display())} ({state_word(work)}): {work.reason}",
        }
        for work in rows.order_by("-start")[:ON_CHART]
    ]
