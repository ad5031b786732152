"""What happens around a case and is written down: calls, visits, samples, files, hand-overs.

Each is a row that is only added, an event of the story, and progress of the case.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _

from alerts.models import (
    Alert,
    Answer,
    CaseFile,
    ControlSample,
    HandOver,
    PhoneCall,
    Visit,
    What,
)
from alerts.services.cases import tell
from alerts.services.handling import AlreadyHandled, CannotBeDone, made_progress
from stations.models import Agency, Channel, Person


class AssignedMeanwhile(CannotBeDone):
    """Another assigned the case first."""

    def __init__(self, alert: Alert) -> None:
        who = str(alert.assigned_to) if alert.assigned_to else _("nobody")
        super().__init__(
            _("Someone was first: the case is now assigned to %(who)s.") % {"who": who}
        )


class HandedOverMeanwhile(CannotBeDone):
    """Another handed the case over first."""

    def __init__(self, alert: Alert) -> None:
        who = str(alert.held_by) if alert.held_by else _("nobody")
        super().__init__(_("Someone was first: the case is now held by %(who)s.") % {"who": who})


@transaction.atomic
def note_call(
    *,
    alert: Alert,
    by: Person,
    called_at: datetime,
    whom: str,
    words: str,
    phone: str = "",
    now: datetime,
) -> PhoneCall:
    """Somebody was called about the case. Raises AlreadyHandled once it is closed, as all here."""
    _still_open(alert)
    call = PhoneCall.objects.create(
        alert=alert, by=by, at=now, called_at=called_at, whom=whom, phone=phone, words=words
    )
    _tell(alert, What.CALLED, by, now, words, {"call": call.pk, "whom": whom, "phone": phone})
    return call


@transaction.atomic
def note_visit(
    *, alert: Alert, by: Person, visited_at: datetime, people: str, words: str, now: datetime
) -> Visit:
    """The place was looked at; the minutes are added as a file of the visit."""
    _still_open(alert)
    visit = Visit.objects.create(
        alert=alert, by=by, at=now, visited_at=visited_at, people=people, words=words
    )
    _tell(alert, What.VISITED, by, now, words, {"visit": visit.pk, "people": people})
    return visit


@transaction.atomic
def note_sample(
    *,
    alert: Alert,
    by: Person,
    bottle: str,
    parameter: str,
    taken_from: datetime,
    taken_until: datetime,
    laboratory: str = "",
    unit: str = "",
    now: datetime,
) -> ControlSample:
    """A control sample was taken; its result comes later (`note_result`).

    Its unit, where none is given: that of the case for the same parameter, else the channel's.
    """
    _still_open(alert)
    sample = ControlSample.objects.create(
        alert=alert,
        by=by,
        at=now,
        bottle=bottle,
        parameter=parameter,
        taken_from=taken_from,
        taken_until=taken_until,
        laboratory=laboratory,
        unit=unit or _unit_of(alert, parameter),
    )
    data = {"sample": sample.pk, "bottle": bottle, "parameter": parameter}
    _tell(alert, What.SAMPLED, by, now, "", data)
    return sample


@transaction.atomic
def note_result(
    *, sample: ControlSample, by: Person, result: Decimal, result_at: datetime, now: datetime
) -> bool:
    """The laboratory's result of a sample; False where it was there already."""
    _still_open(sample.alert)
    taken = ControlSample.objects.filter(pk=sample.pk, result=None).update(
        result=result, result_at=result_at
    )
    if not taken:
        return False
    sample.refresh_from_db()
    data = {"sample": sample.pk, "bottle": sample.bottle, "result": result, "unit": sample.unit}
    _tell(sample.alert, What.SAMPLED, by, now, "", data)
    return True


@transaction.atomic
def add_file(
    *,
    alert: Alert,
    by: Person | None,
    name: str,
    content: bytes,
    what: str = "",
    answer: Answer | None = None,
    visit: Visit | None = None,
    sample: ControlSample | None = None,
    now: datetime,
) -> CaseFile:
    """A file is kept with the case, byte for byte; of a closed one only what came by itself."""
    if by is not None:
        _still_open(alert)
    added = CaseFile(
        alert=alert,
        by=by,
        at=now,
        name=name[-255:],
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        what=what,
        answer=answer,
        visit=visit,
        sample=sample,
    )
    added.file.save(name, ContentFile(content), save=False)
    added.save()
    _tell(alert, What.FILED, by, now, what, {"file": added.pk, "name": added.name})
    return added


@transaction.atomic
def assign(*, alert: Alert, by: Person, to: Person | None, now: datetime) -> None:
    """The case is somebody's, or nobody's any more.

    Raises AssignedMeanwhile where another assigned it since `alert` was read.
    """
    standing = _still_open(alert)
    if standing.assigned_to_id != alert.assigned_to_id:
        raise AssignedMeanwhile(standing)
    Alert.objects.filter(pk=alert.pk).update(assigned_to=to)
    alert.refresh_from_db()
    data = {"to": to.pk if to else None, "name": str(to) if to else ""}
    _tell(alert, What.ASSIGNED, by, now, "", data)


@transaction.atomic
def hand_over(
    *, alert: Alert, by: Person, to_agency: Agency, reason: str, now: datetime
) -> HandOver:
    """Another agency holds the case from now on.

    Raises HandedOverMeanwhile where another handed it over since `alert` was read.
    """
    seen, alert = alert.held_by_id, _still_open(alert)
    if alert.held_by_id != seen:
        raise HandedOverMeanwhile(alert)
    before = alert.held_by
    given = HandOver.objects.create(
        alert=alert, by=by, at=now, from_agency=before, to_agency=to_agency, reason=reason
    )
    alert.held_by, alert.held_since = to_agency, now
    alert.save(update_fields=["held_by", "held_since"])
    data = {"from": before.code if before else "", "to": to_agency.code}
    _tell(alert, What.HANDED_OVER, by, now, reason, data)
    return given


def _still_open(alert: Alert) -> Alert:
    """The case as it stands, held until the end of the transaction. Raises AlreadyHandled.

    Names are read after the lock: what is joined to it would be of before whoever held it.
    """
    standing = Alert.objects.select_for_update().get(pk=alert.pk)
    if standing.is_closed():
        raise AlreadyHandled(standing)
    return standing


def _unit_of(alert: Alert, parameter: str) -> str:
    """That of the case, or of the station's channel; empty where neither knows the parameter."""
    if parameter == alert.parameter:
        return alert.unit
    units = Channel.objects.filter(station=alert.station_id, symbol=parameter)
    return units.values_list("unit", flat=True).first() or ""


def _tell(
    alert: Alert, what: What, by: Person | None, at: datetime, note: str, data: dict[str, Any]
) -> None:
    made_progress(alert, at=at)
    tell(alert, what, at=at, by=by, note=note, data=data)


def agencies_that_may_hold(agencies: Iterable[Agency]) -> list[Agency]:
    """Those that handle alerts: not operators, not who only reads."""
    readers = {
        Agency.Kind.OPERATOR,
        Agency.Kind.INFORMATION,
        Agency.Kind.MINISTRY,
        Agency.Kind.LEADERSHIP,
    }
    return [agency for agency in agencies if agency.kind not in readers]
