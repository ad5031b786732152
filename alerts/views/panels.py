"""What a case holds beside its story, for its page: answers, calls, visits, samples, files."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from alerts.models import Alert, CaseFile, ControlSample
from alerts.services.asking import measured_between
from alerts.views.forms import (
    AnswerForm,
    AssignForm,
    CallForm,
    FileForm,
    HandOverForm,
    ResultForm,
    SampleForm,
    VisitForm,
    wall_clock,
)
from alerts.views.words import clock, sentence
from stations.domain import wording
from stations.models import Agency, Jurisdiction, Person, Station
from stations.models.dated import in_force
from stations.models.scope import covered_by
from stations.services.grants import HANDLE_ALERTS, rights_of
from stations.views.limits import language


def agencies_for(alert: Alert) -> QuerySet[Agency]:
    """The agencies that handle alerts and answer today for the place of this one."""
    today = timezone.localdate()
    if alert.station is None:
        return Agency.objects.none()
    facility = alert.station.facility
    covering = [
        row.agency_id
        for row in Jurisdiction.objects.filter(in_force(today)).select_related("agency")
        if HANDLE_ALERTS in rights_of(kind=row.agency.kind, role="officer", what=row.what)
        and type(facility).objects.filter(covered_by([row], on=today), pk=facility.pk).exists()
    ]
    return Agency.objects.filter(pk__in=covering).order_by("name")


def people_for(alert: Alert) -> QuerySet[Person]:
    """Who may handle the case: who is today an officer or a head of these agencies."""
    rows = Person.objects.filter(
        in_force(timezone.localdate(), "memberships__"),
        is_active=True,
        memberships__agency__in=agencies_for(alert),
        memberships__role__in=("officer", "head"),
    )
    return rows.order_by("name", "username").distinct()


def panels(
    alert: Alert,
    *,
    user: Person,
    handles: bool,
    answers: bool,
    bound: dict[str, Any],
    now: datetime,
) -> dict[str, Any]:
    """Everything of components/case_records.html and the forms that this reader may fill in."""
    files = list(alert.casefiles.select_related("by"))
    samples = list(alert.controlsamples.select_related("by"))
    reads = bool(samples) and _reads(alert, user)
    return {
        "answers": [_answer(alert, answer, files, now) for answer in alert.answers.all()],
        "samples": [
            _sample(alert, each, files, reads=reads, now=now)
            | {"form": _result_form(each, bound, now) if handles else None}
            for each in samples
        ],
        "files": [_file(alert, each) for each in files],
        "answer_form": bound.get("answer") or AnswerForm() if answers else None,
        "record_forms": _record_forms(alert, bound, now) if handles else [],
    }  # fmt: skip


def _reads(alert: Alert, user: Person) -> bool:
    """Whether the reader may see readings: who looks after the lines sees cases without them."""
    return Station.objects.for_user(user).filter(pk=alert.station_id).exists()


def _answer(alert: Alert, answer: Any, files: list[CaseFile], now: datetime) -> dict[str, Any]:
    return {
        "by": str(answer.by),
        "at": answer.at,
        "cause": sentence(answer.get_cause_display()),
        "words": answer.words,
        "measure": answer.measure,
        "expected_end": clock(answer.expected_end, now) if answer.expected_end else "",
        "files": [_file(alert, each) for each in files if each.answer_id == answer.pk],
    }


def _file(alert: Alert, file: CaseFile) -> dict[str, Any]:
    return {
        "name": file.name,
        "what": file.what,
        "by": str(file.by) if file.by else "",
        "at": file.at,
        "size": file.size,
        "url": reverse("alert-file-bytes", args=[alert.pk, file.pk]),
    }


def _sample(
    alert: Alert,
    sample: ControlSample,
    files: list[CaseFile],
    *,
    reads: bool,
    now: datetime,
) -> dict[str, Any]:
    online = (
        measured_between(alert.station_id, sample.parameter, sample.taken_from, sample.taken_until)
        if alert.station_id and reads
        else None
    )
    return {
        "bottle": sample.bottle,
        "parameter": sample.parameter,
        "taken": wording.period(
            sample.taken_from, sample.taken_until, now=now, language=language()
        ),
        "laboratory": sample.laboratory,
        "result": sample.result,
        "unit": sample.unit,
        "online": online.mean if online else None,
        "online_n": f"{online.n} / {online.expected}" if online else "",
        "differs": _difference(sample.result, online.mean if online else None),
        "url": reverse("alert-sample-result", args=[alert.pk, sample.pk]),
        "files": [_file(alert, each) for each in files if each.sample_id == sample.pk],
    }


def _result_form(sample: ControlSample, bound: dict[str, Any], now: datetime) -> Any:
    """The form for a result that is not known yet, with its mistakes where there were some."""
    if sample.result is not None:
        return None
    empty = ResultForm(initial={"result_at": wall_clock(now)})
    return bound.get(f"result-{sample.pk}") or empty


def _difference(result: Decimal | None, online: Decimal | None) -> str:
    """By how much the analyser lies beside the laboratory, in percent of the laboratory."""
    if result is None or online is None or result == 0:
        return ""
    share = (online - result) / result * 100
    return f"{wording.measured(share, against=(), language=language(), decimals=0)} %"


def _record_forms(alert: Alert, bound: dict[str, Any], now: datetime) -> list[dict[str, Any]]:
    here = wall_clock(now)
    made = (
        ("call", _("Phone call"), lambda: CallForm(initial={"called_at": here})),
        ("visit", _("Visit"), lambda: VisitForm(initial={"visited_at": here})),
        (
            "sample",
            _("Control sample"),
            lambda: SampleForm(initial={"parameter": alert.parameter, "taken_from": here}),
        ),
        ("file", _("Paper or picture"), FileForm),
        (
            "assign",
            _("Assign"),
            lambda: AssignForm(
                people=people_for(alert),
                initial={"to": alert.assigned_to_id, "seen": alert.assigned_to_id},
            ),
        ),
        (
            "hand_over",
            _("Hand over"),
            lambda: HandOverForm(agencies=agencies_for(alert), initial={"seen": alert.held_by_id}),
        ),
    )
    return [
        {
            "name": name,
            "label": label,
            "form": bound.get(name) or make(),
            "open": name in bound,
            "url": reverse(f"alert-{name.replace('_', '-')}", args=[alert.pk]),
        }
        for name, label, make in made
    ]
