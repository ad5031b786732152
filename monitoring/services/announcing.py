"""Work and stops that an operator announces, and the department decides.

Each verb is one transaction under the station's lock. Approved stops leave the slots that are
expected, so whoever calls rings `monitoring.tasks.AVERAGE` (and the mails' bell) after commit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from alerts.models import Maintenance, WorkNews
from alerts.services.announced import state_word
from alerts.services.muting import held_kinds, renew_holds
from alerts.services.work_news import tell_of_work
from monitoring.services.locks import lock_stations
from monitoring.services.stops import stop_changed
from stations.domain.wording import in_vietnam
from stations.models import Person, Station

LONGEST = timedelta(days=92)
LONGEST_AFTERWARDS = timedelta(days=31)
"""How long ago work may have begun that nobody announced before."""

Decision, What = Maintenance.Decision, Maintenance.What
Step = WorkNews.Step


class CannotAnnounce(Exception):
    """Nothing is changed; the text says why, in the reader's language."""


class BadSpan(CannotAnnounce):
    """From when to when it is said to last makes no sense."""


class ReasonMissing(CannotAnnounce):
    """What is announced, refused or taken back has a reason."""

    def __init__(self) -> None:
        super().__init__(_("Give the reason."))


class AlreadyDecided(CannotAnnounce):
    """Someone else was first. `work` is as it stands now."""

    def __init__(self, work: Maintenance) -> None:
        who = work.cancelled_by or work.ended_early_by or work.decided_by
        super().__init__(
            _("Someone was first: it is now “%(state)s” (%(who)s).")
            % {"state": state_word(work), "who": who or "–"}
        )
        self.work = work


@dataclass(frozen=True, slots=True)
class Announced:
    """What is announced; without parameters the whole station."""

    station: Station
    what: str
    start: datetime
    end: datetime
    reason: str
    parameters: Sequence[str] = ()

    def checked(self, now: datetime) -> Announced:
        """Itself. Raises CannotAnnounce."""
        if self.what not in What.values:
            raise CannotAnnounce(_("Choose what it is from the list."))
        if self.end <= self.start:
            raise BadSpan(_("The end must lie after the start."))
        if self.end - self.start > LONGEST:
            raise BadSpan(_("At most three months can be announced at once."))
        if self.start < now - LONGEST_AFTERWARDS:
            raise BadSpan(_("It began too long ago: write to the department."))
        known = set(self.station.channels.values_list("symbol", flat=True))
        if unknown := sorted(set(self.parameters) - known):
            raise CannotAnnounce(
                _("The station has no parameter %(symbol)s.") % {"symbol": ", ".join(unknown)}
            )
        if not self.reason.strip():
            raise ReasonMissing
        return self


@dataclass(frozen=True, slots=True)
class Rights:
    """At one station: whether he answers for it, or decides on its data."""

    answers: bool
    decides: bool

    @property
    def announces(self) -> bool:
        """The operator; and the department, for whom no operator signs in."""
        return self.answers or self.decides


def rights_at(user: Person, station: Station) -> Rights:
    """What a person may do at a station."""

    def has(permission: str) -> bool:
        return Station.objects.for_user(user, permission).filter(pk=station.pk).exists()

    return Rights(has("answer_alerts"), has("decide_data"))


@transaction.atomic
def announce(*, wanted: Announced, by: Person, now: datetime | None = None) -> Maintenance:
    """The operator announces it; nothing is held back before it is approved.

    Raises CannotAnnounce.
    """
    at = now or timezone.now()
    wanted.checked(at)
    work = Maintenance.objects.create(
        station=wanted.station,
        what=wanted.what,
        parameters=list(wanted.parameters),
        start=wanted.start,
        end=wanted.end,
        reason=wanted.reason.strip(),
        declared_at=at,
        declared_by=by,
    )
    tell_of_work(work, Step.ANNOUNCED, by=by, now=at)
    return work


@transaction.atomic
def approve(
    *, work: Maintenance, by: Person, note: str = "", now: datetime | None = None
) -> Maintenance:
    """The department agrees: mails of what it explains are held back, stops expect nothing. What
    that is the work keeps as the province's rule says it today.

    Raises AlreadyDecided.
    """
    at = now or timezone.now()
    lock_stations([work.station_id])
    columns = {
        "decided_at": at,
        "decided_by": by,
        "decision_note": note.strip(),
        "holds_back": sorted(held_kinds(in_vietnam(at).date()).get(work.what, ())),
    }
    row = _take(work, {"decision": ""}, {"decision": Decision.APPROVED, **columns})
    _carry_out(row, row.start, row.end, now=at)
    tell_of_work(row, Step.APPROVED, by=by, now=at)
    return row


@transaction.atomic
def refuse(*, work: Maintenance, by: Person, note: str, now: datetime | None = None) -> Maintenance:
    """The department does not agree, and says why. Raises ReasonMissing or AlreadyDecided."""
    if not note.strip():
        raise ReasonMissing
    at = now or timezone.now()
    lock_stations([work.station_id])
    columns = {"decided_at": at, "decided_by": by, "decision_note": note.strip()}
    row = _take(work, {"decision": ""}, {"decision": Decision.REFUSED, **columns})
    tell_of_work(row, Step.REFUSED, by=by, now=at)
    return row


@transaction.atomic
def withdraw(
    *, work: Maintenance, by: Person, reason: str, now: datetime | None = None
) -> Maintenance:
    """It did not take place, or will not: all of it is taken back, also what was approved.

    Raises ReasonMissing, or AlreadyDecided where it was refused or taken back before.
    """
    if not reason.strip():
        raise ReasonMissing
    at = now or timezone.now()
    lock_stations([work.station_id])
    columns = {"cancelled_at": at, "cancelled_by": by, "cancelled_reason": reason.strip()}
    row = _take(work, {"decision": work.decision}, columns, refused_too=False)
    if row.decision == Decision.APPROVED:
        _carry_out(row, row.start, row.end, now=at)
    tell_of_work(row, Step.WITHDRAWN, by=by, now=at)
    return row


@transaction.atomic
def end_early(*, work: Maintenance, by: Person, now: datetime | None = None) -> Maintenance:
    """It is over before its time: what has been stays approved, what would have come is not.

    Raises BadSpan where it does not go on, or AlreadyDecided.
    """
    at = now or timezone.now()
    lock_stations([work.station_id])
    if not work.start < at < work.end:
        raise BadSpan(_("It does not go on now."))
    columns = {"planned_end": work.end, "end": at, "ended_early_at": at, "ended_early_by": by}
    asked = {"decision": Decision.APPROVED, "end": work.end, "ended_early_at": None}
    row = _take(work, asked, columns)
    _carry_out(row, at, work.end, now=at)
    tell_of_work(row, Step.ENDED, by=by, now=at)
    return row


def _take(
    work: Maintenance,
    seen: dict[str, Any],
    columns: dict[str, Any],
    *,
    refused_too: bool = True,
) -> Maintenance:
    """Compare and set: the step is taken from what was seen, or the second is told."""
    rows = Maintenance.objects.filter(pk=work.pk, cancelled_at=None, **seen)
    if not refused_too:
        rows = rows.exclude(decision=Decision.REFUSED)
    if not rows.update(**columns):
        raise AlreadyDecided(Maintenance.objects.get(pk=work.pk))
    return Maintenance.objects.select_related("station").get(pk=work.pk)


def _carry_out(work: Maintenance, start: datetime, end: datetime, *, now: datetime) -> None:
    """What a decision about [start, end) changes: expected slots, and mails that are held back."""
    if work.what == What.STOP:
        stop_changed(work.station, start, end, now=now)
    renew_holds(station_id=work.station_id, now=now)
