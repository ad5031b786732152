"""What people do with an alert. Of two at once, the second is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from alerts.domain import states
from alerts.models import Alert, AlertEvent, Answer, What
from alerts.services.cases import tell
from alerts.services.deadlines import answered_anew, taken_anew
from alerts.services.outbox import notify_sent_back
from stations.models import Person


class CannotBeDone(Exception):
    """The alert stays as it is; the text says why, in the reader's language."""


class AlreadyHandled(CannotBeDone):
    """Someone else was first. `alert` is as it stands now."""

    def __init__(self, alert: Alert) -> None:
        who = alert.closed_by or alert.verified_by or alert.answered_by or alert.acknowledged_by
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


class AnswerMissing(CannotBeDone):
    """An explanation says what happened."""

    def __init__(self) -> None:
        super().__init__(_("Write what happened before you send the explanation."))


class ReasonMissing(CannotBeDone):
    """What is sent back says what is missing."""

    def __init__(self) -> None:
        super().__init__(_("Write what is missing before you send the explanation back."))


@dataclass(frozen=True, slots=True)
class Explanation:
    """What an operator says of a case; `cause` is one of Answer.Cause."""

    cause: str
    words: str
    measure: str = ""
    expected_end: datetime | None = None


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


@transaction.atomic
def answer(*, alert: Alert, by: Person, said: Explanation, now: datetime | None = None) -> Answer:
    """Giải trình: the operator explains. Raises AnswerMissing, AlreadyHandled, NotInThisState.

    Also before an officer took the case: whoever knows the cause at night says so at night.
    """
    if not said.words.strip():
        raise AnswerMissing
    at = now or timezone.now()
    given = Answer.objects.create(
        alert=alert,
        by=by,
        at=at,
        cause=said.cause,
        words=said.words.strip(),
        measure=said.measure.strip(),
        expected_end=said.expected_end,
    )
    _step(
        alert,
        states.ANSWER,
        What.ANSWERED,
        at=at,
        by=by,
        note=given.words,
        data={"answer": given.pk, "cause": given.cause},
        answered_at=at,
        answered_by=by,
    )
    return given


def verify(*, alert: Alert, by: Person, note: str = "", now: datetime | None = None) -> AlertEvent:
    """Xác nhận: an officer accepts the explanation. Raises AlreadyHandled or NotInThisState."""
    at = now or timezone.now()
    return _step(
        alert,
        states.VERIFY,
        What.VERIFIED,
        at=at,
        by=by,
        note=note,
        verified_at=at,
        verified_by=by,
        acknowledged_at=alert.acknowledged_at or at,
        acknowledged_by=alert.acknowledged_by or by,
    )


@transaction.atomic
def send_back(*, alert: Alert, by: Person, reason: str, now: datetime | None = None) -> AlertEvent:
    """Yêu cầu bổ sung: the explanation lacks something; it has a new deadline, and new reminders.

    Raises ReasonMissing, AlreadyHandled or NotInThisState.
    """
    if not reason.strip():
        raise ReasonMissing
    at = now or timezone.now()
    explained_by = alert.answered_by
    event = _step(
        alert,
        states.RETURN,
        What.RETURNED,
        at=at,
        by=by,
        note=reason,
        returned_at=at,
        returned_by=by,
        returned_reason=reason.strip(),
        verified_at=None,
        verified_by=None,
        **answered_anew(_locked(alert), now=at),
        acknowledged_at=alert.acknowledged_at or at,
        acknowledged_by=alert.acknowledged_by or by,
    )
    notify_sent_back(alert, event, explained_by=explained_by, now=at)
    return event


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
        acknowledged_at=alert.acknowledged_at or at,
        acknowledged_by=alert.acknowledged_by or by,
        next_step_at=None,
    )


@transaction.atomic
def lapse(*, alert: Alert, now: datetime) -> AlertEvent | None:
    """An acknowledgement that led to nothing lapses: the case waits for someone again.

    None where somebody did something meanwhile.
    """
    seen = Alert.objects.filter(
        pk=alert.pk, state=states.ACKNOWLEDGED, progress_at=alert.progress_at
    )
    state = states.next_state(states.ACKNOWLEDGED, states.LAPSE)
    columns = taken_anew(_locked(alert), now=now)
    if not seen.update(
        state=state, acknowledged_at=None, acknowledged_by=None, progress_at=None, **columns
    ):
        return None
    before = alert.acknowledged_by
    alert.refresh_from_db()
    data = {"acknowledged_by": before.pk if before else None}
    return tell(alert, What.LAPSED, at=now, data=data)


@transaction.atomic
def add_note(*, alert: Alert, by: Person, note: str, now: datetime | None = None) -> AlertEvent:
    """Adds words to the story; no state changes. Raises NoteMissing for an empty one,
    AlreadyHandled once the case is closed."""
    if not note.strip():
        raise NoteMissing
    at = now or timezone.now()
    standing = _locked(alert)
    if standing.is_closed():
        raise AlreadyHandled(standing)
    made_progress(alert, at=at)
    return tell(alert, What.NOTE, at=at, by=by, note=note.strip())


def _locked(alert: Alert) -> Alert:
    """The case as it stands, held: no step of escalation is taken meanwhile."""
    return Alert.objects.select_for_update(of=("self",)).get(pk=alert.pk)


def made_progress(alert: Alert, *, at: datetime) -> None:
    """Something was done in the case: its acknowledgement stands."""
    Alert.objects.filter(pk=alert.pk).update(progress_at=at)


@transaction.atomic
def _step(
    alert: Alert,
    step: str,
    what: What,
    *,
    at: datetime,
    by: Person,
    note: str,
    data: dict[str, Any] | None = None,
    **columns: Any,
) -> AlertEvent:
    """Compare and set: the step is taken from the state in which `alert` was seen, or not."""
    state = _state_after(alert, step)
    seen = Alert.objects.filter(pk=alert.pk, state=alert.state)
    if not seen.update(state=state, progress_at=at, **columns):
        raise AlreadyHandled(Alert.objects.get(pk=alert.pk))
    alert.refresh_from_db()
    return tell(alert, what, at=at, by=by, note=note.strip(), data=data)


def _state_after(alert: Alert, step: str) -> str:
    try:
        return states.next_state(alert.state, step)
    except states.NotAllowed as refusal:
        if alert.state == states.CLOSED or step == states.ACKNOWLEDGE:
            raise AlreadyHandled(alert) from refusal
        raise NotInThisState(alert) from refusal
