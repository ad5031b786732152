"""Excluding data from the approved layer: asked for, entered, decided, taken back.

Each verb is one transaction under the station's lock: what is approved is judged in it, so that
an exclusion and its verdicts are there together or not at all. The data as sent stay untouched.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from alerts.services.excluding import Excluded as Told
from alerts.services.excluding import tell_excluded, tell_included
from monitoring.domain.exclusions import Excluded, Span, last_day_to_ask, stretches, union
from monitoring.domain.slots import ONE_DAY, ONE_SECOND, day_of, day_start
from monitoring.models import Correction, Exclusion, Layer, Verdict
from monitoring.services import approved
from monitoring.services.approved import Key, Shadow, excluded_of, key_of, shadows
from monitoring.services.approved_means import Touching
from monitoring.services.computing import counting_for, samples_of
from monitoring.services.locks import lock_stations
from monitoring.services.months import require_leave
from monitoring.services.setup import StationSetup, setups_of
from monitoring.services.store import MEASURED
from monitoring.services.verdicts import Judged
from stations.models import Channel, Document, Person, RuleSetting
from stations.services.settings import Settings

LONGEST = timedelta(days=366)
State, Why = Exclusion.State, Exclusion.Why


STATE_WORDS = {
    State.ASKED.value: State.ASKED.label,
    State.APPROVED.value: pgettext_lazy("exclusion", "approved"),
    State.REFUSED.value: State.REFUSED.label,
    State.REVOKED.value: State.REVOKED.label,
}
"""Of data, "approved" is another word than of what people agree to."""


class CannotExclude(Exception):
    """Nothing is changed; the text says why, in the reader's language."""


class BadSpan(CannotExclude):
    """The span does not say what was, or says too much at once."""


class TooLateToAsk(CannotExclude):
    """The days in which an operator may ask are over."""

    def __init__(self, last: date) -> None:
        super().__init__(
            _("The last day to ask for this was %(day)s. Write to the department.")
            % {"day": f"{last:%d/%m/%Y}"}
        )
        self.last = last


class WordsMissing(CannotExclude):
    """Nothing is excluded without saying what happened."""

    def __init__(self) -> None:
        super().__init__(_("Write what happened, so that another can follow it."))


class DocumentMissing(CannotExclude):
    """Nothing is approved without a paper."""

    def __init__(self) -> None:
        super().__init__(_("An exclusion is approved on a document only: name it or attach it."))


class ReasonMissing(CannotExclude):
    """What is refused or taken back has a reason."""

    def __init__(self) -> None:
        super().__init__(_("Give the reason."))


class AlreadyDecided(CannotExclude):
    """Someone else was first. `exclusion` is as it stands now."""

    def __init__(self, exclusion: Exclusion) -> None:
        who = exclusion.revoked_by or exclusion.decided_by
        super().__init__(
            _("Someone was first: it is now “%(state)s” (%(who)s).")
            % {"state": STATE_WORDS[exclusion.state], "who": who or "–"}
        )
        self.exclusion = exclusion


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be excluded, and why."""

    channel: Channel
    start: datetime
    end: datetime
    why: str
    words: str
    document: Document | None = None

    def checked(self, now: datetime) -> Wanted:
        """Itself. Raises BadSpan or WordsMissing."""
        if self.end <= self.start:
            raise BadSpan(_("The end must lie after the start."))
        if self.end > now:
            raise BadSpan(_("Only what is over can be excluded: the end lies ahead."))
        if self.end - self.start > LONGEST:
            raise BadSpan(_("At most a year can be excluded at once."))
        if self.why not in Why.values:
            raise BadSpan(_("Choose a reason from the list."))
        if not self.words.strip():
            raise WordsMissing
        return self

    def row(self, **columns: Any) -> Exclusion:
        """The exclusion, not stored."""
        return Exclusion(
            station_id=self.channel.station_id,
            channel=self.channel,
            start=self.start,
            end=self.end,
            why=self.why,
            words=self.words.strip(),
            document=self.document,
            **columns,
        )


def last_day_to_ask_for(end: datetime) -> date:
    """Until which day, that day included, an operator may ask to exclude what ended then."""
    ended_on = day_of(end - ONE_SECOND)
    days = Settings.load().on(RuleSetting.Key.EXCLUSION_DAYS, ended_on)
    return last_day_to_ask(end, int(days))


@transaction.atomic
def ask(*, wanted: Wanted, by: Person, now: datetime | None = None) -> Exclusion:
    """The operator asks; nothing counts yet. Raises CannotExclude."""
    at = now or timezone.now()
    wanted.checked(at)
    last = last_day_to_ask_for(wanted.end)
    if day_of(at) > last:
        raise TooLateToAsk(last)
    row = wanted.row(asked_by=by, asked_at=at)
    row.save()
    return row


@transaction.atomic
def enter(
    *, wanted: Wanted, by: Person, head_reason: str = "", now: datetime | None = None
) -> Exclusion:
    """An officer excludes by himself; it counts at once. Raises CannotExclude or NeedsLeave."""
    at = now or timezone.now()
    if wanted.checked(at).document is None:
        raise DocumentMissing
    lock_stations([wanted.channel.station_id])
    row = wanted.row(asked_by=by, asked_at=at, decided_by=by, decided_at=at, state=State.APPROVED)
    _allow(row, by, head_reason)
    row.save()
    _judge(row, by=by, reason=row.words, now=at)
    tell_excluded(_told(row, by), now=at)
    return row


@transaction.atomic
def approve(
    *,
    exclusion: Exclusion,
    by: Person,
    note: str = "",
    document: Document | None = None,
    head_reason: str = "",
    now: datetime | None = None,
) -> Exclusion:
    """An officer grants what was asked; it counts from now on.

    Raises AlreadyDecided, DocumentMissing where neither side gave a paper, or NeedsLeave.
    """
    at = now or timezone.now()
    row = _locked(exclusion, State.ASKED)
    row.document = document or row.document
    if row.document is None:
        raise DocumentMissing
    _allow(row, by, head_reason)
    _decide(row, State.APPROVED, by=by, note=note, now=at)
    _judge(row, by=by, reason=note.strip() or row.words, now=at)
    tell_excluded(_told(row, by), now=at)
    return row


@transaction.atomic
def refuse(
    *, exclusion: Exclusion, by: Person, note: str, now: datetime | None = None
) -> Exclusion:
    """An officer refuses what was asked, with a reason. Raises ReasonMissing, AlreadyDecided."""
    if not note.strip():
        raise ReasonMissing
    row = _locked(exclusion, State.ASKED)
    _decide(row, State.REFUSED, by=by, note=note, now=now or timezone.now())
    return row


@transaction.atomic
def revoke(
    *,
    exclusion: Exclusion,
    by: Person,
    reason: str,
    head_reason: str = "",
    now: datetime | None = None,
) -> Exclusion:
    """An officer takes an approved exclusion back: the data count again.

    Raises ReasonMissing, AlreadyDecided or NeedsLeave.
    """
    at = now or timezone.now()
    if not reason.strip():
        raise ReasonMissing
    row = _locked(exclusion, State.APPROVED)
    _allow(row, by, head_reason)
    row.state, row.revoked_by, row.revoked_at = State.REVOKED, by, at
    row.revoked_reason = reason.strip()[:500]
    columns = ["state", "revoked_by", "revoked_at", "revoked_reason", "head", "head_reason"]
    row.save(update_fields=columns)
    _judge(row, by=by, reason=reason.strip(), now=at)
    tell_included(_told(row, by), now=at, reason=reason.strip())
    return row


def _locked(exclusion: Exclusion, state: str) -> Exclusion:
    """The row as it stands under its station's lock. Raises AlreadyDecided in another state."""
    lock_stations([exclusion.station_id])
    rows = Exclusion.objects.select_related(
        "channel__parameter", "document", "decided_by", "revoked_by"
    )
    row: Exclusion = rows.get(pk=exclusion.pk)
    if row.state != state:
        raise AlreadyDecided(row)
    return row


def _allow(row: Exclusion, by: Person, head_reason: str) -> None:
    """Notes the head's leave where a closed month is touched. Raises NeedsLeave."""
    leave = require_leave([row.station_id], row.start, row.end, by=by, reason=head_reason)
    row.head, row.head_reason = leave.head, leave.reason[:500]


def _decide(row: Exclusion, state: str, *, by: Person, note: str, now: datetime) -> None:
    row.state, row.decided_by, row.decided_at = state, by, now
    row.decision_note = note.strip()[:500]
    columns = ["state", "decided_by", "decided_at", "decision_note"]
    row.save(update_fields=[*columns, "document", "head", "head_reason"])


def _judge(row: Exclusion, *, by: Person, reason: str, now: datetime) -> None:
    """Does the correction that this is, and keeps it on record as done."""
    correction = Correction.objects.create(
        station_id=row.station_id,
        what=Correction.What.EXCLUSION,
        batch=uuid4(),
        start=row.start,
        end=row.end,
        reason=reason[:500],
        document=row.document,
        asked_by=by,
        asked_at=now,
        head=row.head,
        head_reason=row.head_reason,
    )
    readings, verdicts = approved.apply(correction, now=now)
    correction.done_at = now
    correction.readings_changed, correction.verdicts_changed = readings, verdicts
    correction.save(update_fields=["done_at", "readings_changed", "verdicts_changed"])


def _told(row: Exclusion, by: Person) -> Told:
    return Told(
        number=row.pk,
        station_id=row.station_id,
        parameter=row.channel.symbol,
        start=row.start,
        end=row.end,
        why=WHY_IN_ENGLISH[row.why],
        document=str(row.document or ""),
        by=by,
        words=row.words,
    )


WHY_IN_ENGLISH: dict[str, str] = {
    Why.CALIBRATION.value: "calibration that was not marked",
    Why.FAULT.value: "device fault, confirmed",
    Why.STOP.value: "stop without discharge",
    Why.MAINTENANCE.value: "maintenance",
    Why.OTHER.value: "another reason",
}
"""As the story of a case keeps it: the labels of `Exclusion.Why`, not translated yet."""


def keep_in_step(
    setup: StationSetup, hours: Iterable[datetime], judged: Sequence[Judged], *, now: datetime
) -> None:
    """Brings the approved layer, and what cases tell of it, after the data as sent.

    For hours that changed and verdicts that were just made on the data as sent; the caller holds
    the station's lock and has told the desk. One query where nothing of the station is excluded.
    """
    rows = Exclusion.objects.filter(station=setup.station_id, state=State.APPROVED)
    if not rows.exists():
        return
    changed = list(hours)
    periods = [(each.start, each.end) for each in judged]
    approved.follow(setup, changed, periods, now=now)
    days = {day_start(day_of(hour)) for hour in changed}
    _tell_late_cases(setup.station_id, [*periods, *((day, day + ONE_DAY) for day in days)], now)


def _tell_late_cases(station_id: int, spans: Sequence[Span], now: datetime) -> None:
    """Tells cases that were opened, or grew, after something that they cover was excluded."""
    for begin, end in union(spans):
        rows = Exclusion.objects.filter(station=station_id, state=State.APPROVED)
        for row in rows.overlapping(begin, end).select_related("channel", "document", "decided_by"):
            tell_excluded(_told(row, row.decided_by), now=now)


@dataclass(frozen=True, slots=True)
class Change:
    """What a period says: on the data as sent, and in the approved layer before and after."""

    raw: Verdict
    before: Verdict | None
    """The approved verdict that stands; none where the data as sent count."""
    after: Shadow


def preview(exclusion: Exclusion) -> list[Change]:
    """What an exclusion, stored or not, makes of each judged period that it touches.

    Beside all that is approved already. Writes nothing.
    """
    setup = setups_of([exclusion.station_id])[exclusion.station_id]
    approved_already = exclusion.state == State.APPROVED and exclusion.pk is not None
    also = [] if approved_already else [exclusion]
    span = exclusion.start, exclusion.end
    touching = Touching(setup, {exclusion.channel.slot: Excluded.of([(*span, False)])})
    found = [
        each
        for each in shadows(setup, excluded_of(setup.station_id, also), stretches([span]))
        if touching((each.raw.slot, each.raw.basis), each.raw.start, each.raw.end)
    ]
    standing = _standing(setup.station_id, [each.key for each in found])
    return [Change(each.raw, standing.get(each.key), each) for each in found]


def _standing(station_id: int, keys: Sequence[Key]) -> dict[Key, Verdict]:
    if not keys:
        return {}
    rows = Verdict.objects.in_effect(Layer.APPROVED).filter(
        station=station_id, start__gte=min(k[2] for k in keys), start__lte=max(k[2] for k in keys)
    )
    return {key_of(row): row for row in rows}


def readings_in(wanted: Wanted) -> int:
    """How many readings with a value that counted an exclusion would leave out."""
    setup = setups_of([wanted.channel.station_id])[wanted.channel.station_id]
    pace = next(each.pace for each in setup.channels if each.slot == wanted.channel.slot)
    samples = samples_of(setup.station_id, wanted.start, wanted.end + ONE_SECOND)
    own = counting_for(pace, samples.get(wanted.channel.slot, []))
    return sum(
        wanted.start <= at < wanted.end and status == MEASURED and value is not None
        for at, value, status in own
    )
