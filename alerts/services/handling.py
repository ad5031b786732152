"""What people do with an alert. Of two at once, the second is told."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from alerts.domain import states
from alerts.models import Alert, AlertEvent, What
from alerts.services.cases import tell
from stations.models import Person


class CannotBeDone(Exception):
    """The alert stays as it is; the text says why, in the reader's language."""


class AlreadyHandled(CannotBeDone):
    """Someone else was first. `alert` is as it stands now."""

    def __init__(self, alert: Alert) -> None:
        who = alert.closed_by or alert.acknowledged_by
        state = alert.get_state_display()
        super().__init__(
            _("Someone was first: the alert is now “%(state)s” (%(who)s).")
            % {"state": state, "who": who or "–"}
        )
        self.alert = alert


class NotInThisState(CannotBeDone):
    """The step does not exist in the alert's state."""

    def __init__(self, alert: Alert) -> None:
        super().__init__(
            _("This cannot be done while the alert is “%(state)s”.")
            % {"state": alert.get_state_display()}
        )
        self.alert = alert


class NoteMissing(CannotBeDone):
    """A case is closed with a note only."""

    def __init__(self) -> None:
        super().__init__(_("Write what was found and done before you close the alert."))


def acknowledge(
    *, alert: Alert, by: Person, note: str = "", now: datetime | None = None
) -> AlertEvent:
    """Tiếp nhận: `by` takes the case. Raises AlreadyHandled or NotInThisState."""
    at = now or timezone.now()
    return _step(
        alert,
        states.ACKNOWLEDGE,
        What.ACKNOWLEDGED,
        at=at,
        by=by,
        note=note,
        acknowledged_at=at,
        acknowledged_by=by,
    )


def close(*, alert: Alert, by: Person, note: str, now: datetime | None = None) -> AlertEvent:
    """Kết thúc xử lý. Raises NoteMissing, AlreadyHandled or NotInThisState."""
    if not note.strip():
        raise NoteMissing
    at = now or timezone.now()
    return _step(
        alert,
        states.CLOSE,
        What.CLOSED,
        at=at,
        by=by,
        note=note,
        closed_at=at,
        closed_by=by,
        closing_note=note.strip(),
    )


def add_note(*, alert: Alert, by: Person, note: str, now: datetime | None = None) -> AlertEvent:
    """Adds words to the story; no state changes. Raises NoteMissing for an empty one."""
    if not note.strip():
        raise NoteMissing
    return tell(alert, What.NOTE, at=now or timezone.now(), by=by, note=note.strip())


@transaction.atomic
def _step(
    alert: Alert, step: str, what: What, *, at: datetime, by: Person, note: str, **columns: Any
) -> AlertEvent:
    """Compare and set: the step is taken from the state in which `alert` was seen, or not."""
    state = _state_after(alert, step)
    seen = Alert.objects.filter(pk=alert.pk, state=alert.state)
    if not seen.update(state=state, **columns):
        raise AlreadyHandled(Alert.objects.get(pk=alert.pk))
    alert.refresh_from_db()
    return tell(alert, what, at=at, by=by, note=note.strip())


def _state_after(alert: Alert, step: str) -> str:
    try:
        return states.next_state(alert.state, step)
    except states.NotAllowed as refusal:
        if alert.state == states.CLOSED or step == states.ACKNOWLEDGE:
            raise AlreadyHandled(alert) from refusal
        raise NotInThisState(alert) from refusal
