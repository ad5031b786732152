"""Brings what was told of running courses to what later data make of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from alerts.domain.spans import Span
from alerts.models import Alert, AlertSpan
from alerts.services.cases import alerts_of, sum_up
from alerts.services.easing import withdraw
from alerts.services.findings import Identity


@transaction.atomic
def recount(
    identity: Identity,
    *,
    courses: Sequence[Span],
    within: Span,
    now: datetime,
    reason: str,
) -> None:
    """Brings each course that was told of in a stretch of time to the one that it is now.

    `courses` are all that have a moment in `within`, by time. Each takes over the first of what was
    told that it overlaps; what no course takes over is withdrawn with the reason. So data that come
    late, or correct others, leave what they would have left had they come in time.
    """
    left = list(courses)
    for told in _told(identity, within):
        course = next((one for one in left if _overlap(one, told)), None)
        if course is None:
            withdraw(
                kind=identity.kind,
                station_id=identity.station_id,
                parameter=identity.parameter,
                start=told.start,
                end=told.end,
                now=now,
                reason=reason,
            )
        else:
            left.remove(course)
            _move(told, course)


def _told(identity: Identity, within: Span) -> list[AlertSpan]:
    spans = AlertSpan.objects.filter(
        alert__in=alerts_of(identity),
        withdrawn_at=None,
        start__lt=within.end,
        end__gt=within.start,
    )
    return list(spans.order_by("start").select_for_update(of=("self",)))


def _overlap(course: Span, told: AlertSpan) -> bool:
    return course.start < told.end and told.start < course.end


def _move(told: AlertSpan, course: Span) -> None:
    if (told.start, told.end) == (course.start, course.end):
        return
    told.start, told.end = course.start, course.end
    told.save(update_fields=["start", "end"])
    sum_up(Alert.objects.select_for_update().get(pk=told.alert_id))
