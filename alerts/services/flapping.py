"""A cause that comes and goes is one case: it is named so, and not told at each turn.

How often in how long makes it so, and after how long without a turn it is steady, are dated numbers
of the rules.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max

from alerts.models import Alert, AlertEvent, What
from alerts.services.cases import tell
from alerts.services.outbox import notify_told
from stations.domain.wording import in_vietnam
from stations.models import RuleSetting
from stations.services.settings import Settings

ONSETS = (What.OPENED, What.RECURRED, What.REOPENED)
TURNS = (*ONSETS, What.RESOLVED, What.UNRESOLVED)
Key = RuleSetting.Key


def note_onset(alert: Alert, event: AlertEvent, *, now: datetime) -> None:
    """A cause came again: look whether it came too often. Who was told of this onset is told of
    no further turn until it is steady. What late data tell of the past is no turn of today."""
    if event.what not in ONSETS or event.what == What.OPENED or alert.flapping_since is not None:
        return
    if event.data.get("late"):
        return
    settings, on = Settings.load(), in_vietnam(now).date()
    span = timedelta(hours=float(settings.on(Key.FLAPPING_HOURS, on)))
    onsets = AlertEvent.objects.filter(alert=alert, what__in=ONSETS, at__gt=now - span).exclude(
        data__late=True
    )
    times = list(onsets.order_by("at", "pk").values_list("at", flat=True))
    if len(times) < settings.on(Key.FLAPPING_TIMES, on):
        return
    alert.flapping_since = now
    alert.save(update_fields=["flapping_since"])
    told = {"times": len(times), "since": times[0], "hours": span.total_seconds() / 3600}
    tell(alert, What.FLAPPING, at=now, data=told)


def settle_flapping(*, now: datetime) -> int:
    """Call steady what has not turned for long; how many. Who was told of it is told its end."""
    settings, on = Settings.load(), in_vietnam(now).date()
    quiet = timedelta(hours=float(settings.on(Key.STEADY_HOURS, on)))
    flapping = Alert.objects.exclude(flapping_since=None).filter(flapping_since__lte=now - quiet)
    return sum(_settled(pk, quiet, now) for pk in flapping.values_list("pk", flat=True))


@transaction.atomic
def _settled(pk: int, quiet: timedelta, now: datetime) -> bool:
    alert = Alert.objects.select_for_update().get(pk=pk)
    turned = alert.events.filter(what__in=TURNS).aggregate(last=Max("at"))["last"]
    if alert.flapping_since is None or (turned is not None and turned > now - quiet):
        return False
    if alert.resolved_at is not None and not alert.is_closed() and not alert.withdrawn:
        over = alert.events.filter(what=What.RESOLVED).order_by("-pk").first()
        if over is not None:
            notify_told(alert, over, now=now, only_if_wanted=True)
    alert.flapping_since = None
    alert.save(update_fields=["flapping_since"])
    tell(alert, What.STEADY, at=now, data={"last": turned})
    return True
