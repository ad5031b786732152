"""A case to pass on by hand: a short text and its chart, for the phone in the hand."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils import timezone

from alerts.domain import kinds
from alerts.mail.pictures import WITH_CHART
from alerts.mail.short import short_text
from alerts.models import Alert
from stations.models import Person, Station
from stations.views.limits import language


def passed_on(alert: Alert, user: Person) -> dict[str, Any]:
    """What components/pass_on.html needs."""
    inward = alert.kind in kinds.DEPARTMENT_KINDS | {kinds.LINE_OUTAGE}
    told_to = "agency" if inward or not alert.limit_confirmed else "operator"
    text = short_text(alert, now=timezone.now(), language=language(), audience=told_to)
    shows = alert.kind in WITH_CHART and bool(alert.parameter) and reads(alert, user)
    return {
        "text": text,
        "rows": text.count("\n") + 2,
        "chart": reverse("alert-chart", args=[alert.pk]) if shows else "",
        "name": f"{alert.station.code if alert.station else 'QTTD'}-{alert.parameter}.png",
    }


def reads(alert: Alert, user: Person) -> bool:
    """Who looks after the lines sees cases without readings."""
    return Station.objects.for_user(user).filter(pk=alert.station_id).exists()
