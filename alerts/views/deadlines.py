"""How long somebody still has, in words: "còn 3 giờ 10 phút để giải trình", "quá hạn 2 giờ"."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from alerts.domain import kinds, states
from alerts.models import Alert
from stations.domain import wording
from stations.views.limits import language

WAITING_FOR_WORDS = (states.OPEN, states.ACKNOWLEDGED, states.RETURNED)


def still_to_answer(alert: Alert) -> bool:
    """Whether the operator's explanation is still asked for.

    What was over by itself is asked for no more, but an exceedance is to be explained all the same.
    """
    if alert.answer_due_at is None or alert.withdrawn or alert.taken_over_by_id is not None:
        return False
    if alert.resolved_at is not None and alert.kind not in kinds.KINDS_BY_PERIOD:
        return False
    return alert.state in WAITING_FOR_WORDS


def deadline(alert: Alert, *, handles: bool, now: datetime) -> tuple[str, bool]:
    """The nearest deadline of a case in words, and whether it has passed; "" where none runs."""
    if handles and alert.state == states.OPEN and alert.acknowledge_due_at is not None:
        return _left(alert.acknowledge_due_at, now, _("to acknowledge"))
    if still_to_answer(alert) and alert.answer_due_at is not None:
        return _left(alert.answer_due_at, now, _("to explain"))
    return "", False


def _left(due: datetime, now: datetime, what: str) -> tuple[str, bool]:
    if due <= now:
        told = wording.duration(now - due, language=language())
        return _("overdue by %(time)s %(what)s") % {"time": told, "what": what}, True
    told = wording.duration(due - now, language=language())
    return _("%(time)s left %(what)s") % {"time": told, "what": what}, False
