"""What the data say afterwards: over, not over after all, withdrawn, taken over.

None of it changes the state of an alert: that is for people.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop

from alerts.domain import kinds
from alerts.models import Alert, AlertEvent, AlertSpan, What
from alerts.services.cases import alerts_of, sum_up, tell
from alerts.services.findings import Identity
from alerts.services.outbox import RAISING, drop_waiting, notify_told


@transaction.atomic
def resolve(
    *,
    kind: str,
    station_id: int | None,
    at: datetime,
    now: datetime,
    by_what: dict[str, Any] | None = None,
    after: datetime | None = None,
    parameter: str = "",
    period: str = "",
    source: str = "",
    zone_id: int | None = None,
) -> int:
    """Notes that the cause ended at `at`; how many alerts that held for.

    For an exceedance, `after` is the start of the `within` period (default `at`): only what was
    exceeded before it is over. Whoever reports a late exceedance calls this again for the first
    later `within`, so that any order of processing gives the same. `by_what` tells what ended it.
    """
    identity = Identity(kind, station_id, parameter, period, source, zone_id)
    ended = [
        alert
        for alert in alerts_of(identity).filter(resolved_at=None).select_for_update()
        if _is_over(alert, at=at, after=after or at)
    ]
    for alert in ended:
        end_course(alert, at=at, after=after or at)
        event = tell(alert, What.RESOLVED, at=now, data={"ended_at": at, **(by_what or {})})
        tell_the_end(alert, event, at=at, now=now)
    return len(ended)


@transaction.atomic
def unresolve(
    *,
    kind: str,
    station_id: int | None,
    now: datetime,
    reason: str,
    at: datetime | None = None,
    parameter: str = "",
    period: str = "",
    source: str = "",
    zone_id: int | None = None,
) -> int:
    """Takes back an end that a later verdict took away: that of the latest alert of the identity.

    With `at`, only the end noted for that moment.
    """
    identity = Identity(kind, station_id, parameter, period, source, zone_id)
    latest = alerts_of(identity).order_by("-ends_at", "-pk").select_for_update()[:1]
    alerts = [alert for alert in latest if alert.resolved_at is not None]
    if at is not None:
        alerts = [alert for alert in alerts if alert.resolved_at == at]
    for alert in alerts:
        take_back(alert, now=now, reason=reason)
    return len(alerts)


def take_back(alert: Alert, *, now: datetime, reason: str) -> None:
    """Takes back the end of one alert; who was not told of it yet never is."""
    before = alert.resolved_at
    alert.resolved_at = alert.resolved_after = None
    alert.save(update_fields=["resolved_at", "resolved_after"])
    drop_waiting(alert, [What.RESOLVED], why=gettext_noop("it was not over"))
    tell(alert, What.UNRESOLVED, at=now, note=reason, data={"ended_at": before})


@transaction.atomic
def withdraw(
    *,
    kind: str,
    station_id: int | None,
    start: datetime,
    end: datetime,
    now: datetime,
    reason: str,
    mail: bool = True,
    late: bool = False,
    parameter: str = "",
    period: str = "",
    source: str = "",
    zone_id: int | None = None,
) -> int:
    """Marks the period [start, end) as withdrawn, because a later verdict found it within.

    Nothing is deleted. Once no period of an alert stands, those who were told are told so; nobody
    with `mail=False`. `late`: data that came late say so.
    """
    identity = Identity(kind, station_id, parameter, period, source, zone_id)
    spans = AlertSpan.objects.filter(
        alert__in=alerts_of(identity), start=start, end=end, withdrawn_at=None
    ).select_for_update()
    withdrawn = list(spans)
    for span in withdrawn:
        span.withdrawn_at, span.withdrawn_reason = now, reason[:300]
        span.save(update_fields=["withdrawn_at", "withdrawn_reason"])
        alert = Alert.objects.select_for_update().get(pk=span.alert_id)
        sum_up(alert)
        said = {"from": span.start, "until": span.end, "late": late}
        event = tell(alert, What.WITHDRAWN, at=now, note=reason, data=said)
        after_withdrawal(alert, event, now=now, mail=mail)
    return len(withdrawn)


@transaction.atomic
def supersede_warning(
    *,
    station_id: int,
    parameter: str,
    period: str,
    end: datetime,
    now: datetime,
    taken_over_by: Alert | None = None,
    mail: bool = True,
) -> int:
    """Ends the early warning of a period (ending at `end`) that has now been judged.

    `taken_over_by`: the exceedance, where the verdict is `exceeded`. A warning of a later period
    goes on. How many warnings ended.
    """
    identity = Identity(kinds.EARLY_WARNING, station_id, parameter, period)
    warnings = alerts_of(identity).filter(resolved_at=None).select_for_update()
    ended = [alert for alert in warnings if _last_start(alert) < end]
    for alert in ended:
        end_course(alert, at=end, after=end)
        if taken_over_by is None:
            event = tell(alert, What.RESOLVED, at=now, data={"ended_at": end})
            tell_the_end(alert, event, at=end, now=now, mail=mail)
        else:
            _hand_over(alert, taken_over_by, now=now)
    return len(ended)


def _hand_over(alert: Alert, exceedance: Alert, *, now: datetime) -> None:
    alert.taken_over_by = exceedance
    alert.save(update_fields=["taken_over_by"])
    drop_waiting(alert, RAISING, why=gettext_noop("taken over by an exceedance"))
    tell(alert, What.TAKEN_OVER, at=now, data={"alert": exceedance.pk})


def _is_over(alert: Alert, *, at: datetime, after: datetime) -> bool:
    if alert.kind in kinds.KINDS_BY_PERIOD:
        return max(span.end for span in counting(alert)) <= after
    return _last_start(alert) <= at


def _last_start(alert: Alert) -> datetime:
    return max(span.start for span in counting(alert))


def counting(alert: Alert) -> list[AlertSpan]:
    """The periods that stand; of an alert withdrawn as a whole, all."""
    spans = list(alert.spans.only("alert", "start", "end", "withdrawn_at"))
    return [span for span in spans if span.withdrawn_at is None] or spans


def end_course(alert: Alert, *, at: datetime, after: datetime) -> None:
    """Notes when an alert was over, and by what that began when."""
    alert.resolved_at, alert.resolved_after = at, after
    alert.save(update_fields=["resolved_at", "resolved_after"])
    if alert.kind not in kinds.KINDS_BY_PERIOD:
        alert.spans.filter(start__lte=at, end__gt=at).update(end=at)
        sum_up(alert)


def tell_the_end(
    alert: Alert, event: AlertEvent, *, at: datetime, now: datetime, mail: bool = True
) -> None:
    """What was over before anyone had to be told is not told; the rest is told once.

    That a limit was exceeded is always told, also when it is found only after it was over.
    """
    if alert.kind not in kinds.KINDS_BY_PERIOD:
        drop_waiting(
            alert, RAISING, why=gettext_noop("it was over before it was due"), due_after=at
        )
    if alert.flapping_since is not None:
        return  # it may come again at once: told when it is steady
    if mail and not alert.is_closed() and not alert.withdrawn:
        notify_told(alert, event, now=now, only_if_wanted=True)


def after_withdrawal(alert: Alert, event: AlertEvent, *, now: datetime, mail: bool) -> None:
    """Once no period of an alert stands, nobody new is told of it, and who was told is told so."""
    if alert.withdrawn:
        drop_waiting(alert, [*RAISING, What.RESOLVED], why=gettext_noop("it was withdrawn"))
        if mail:
            notify_told(alert, event, now=now)
