"""When a cause is over: an exceedance by the first later period within the limit, and by nothing
else; a fault by the first later reading with status 00."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from alerts.models import Alert, AlertSpan, State, What
from alerts.models.alert import AlertQuerySet
from alerts.services.cases import alerts_of, tell
from alerts.services.easing import counting, end_course, take_back, tell_the_end
from alerts.services.findings import Identity


@dataclass(frozen=True)
class End:
    """A period that was judged within the limit, or a moment that ends; `said` is for the story.

    What ended by `start` came before it: the start of the period, or the end of the one before it
    where periods overlap.
    `late`: data that came late say so.
    """

    start: datetime
    end: datetime
    said: dict[str, Any] = field(default_factory=dict)
    late: bool = False


FirstEnd = Callable[[AlertSpan], End | None]
"""The first end that comes after a period; None where there is none by now."""


@transaction.atomic(savepoint=False)
def bring_ends(
    identity: Identity, *, first_end: FirstEnd, now: datetime, reason: str, mail: bool = True
) -> None:
    """Brings the end of each alert of an identity to the first one after what stands of it, or
    takes it back where there is none.

    So any order in which data come gives the same end. `reason`: why it is not over after all. An
    end that only moves is written down, and no news for a mail.
    """
    for alert in _that_may_change(identity):
        found = first_end(max(counting(alert), key=lambda span: (span.end, span.start)))
        if found is not None:
            _end_with(alert, found, now=now, mail=mail)
        elif alert.resolved_at is not None:
            take_back(alert, now=now, reason=reason)


def any_ended_since(identity: Identity, start: datetime) -> bool:
    """Whether an exceedance of this cause was called over by a period that began then or later."""
    return alerts_of(identity).filter(resolved_after__gte=start).exists()


def _that_may_change(identity: Identity) -> AlertQuerySet:
    """Those that go on or are unclosed, and the latest."""
    standing = alerts_of(identity).filter(withdrawn=False)
    latest = standing.order_by("-ends_at", "-pk").values("pk")[:1]
    changing = Q(resolved_at=None) | ~Q(state=State.CLOSED) | Q(pk__in=latest)
    return standing.filter(changing).select_for_update()


def _end_with(alert: Alert, found: End, *, now: datetime, mail: bool) -> None:
    before = alert.resolved_after
    if before == found.start:
        return
    end_course(alert, at=found.end, after=found.start)
    said = {"ended_at": found.end, "late": found.late or alert.late, **found.said}
    event = tell(alert, What.RESOLVED, at=now, data=said)
    if before is None:
        tell_the_end(alert, event, at=found.end, now=now, mail=mail)
