"""What is done on the page of a case: explain, verify, send back, write down, assign, hand over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from alerts.models import Alert, CaseFile, ControlSample
from alerts.services import handling, records
from alerts.views.case import mine, show_case
from alerts.views.forms import (
    AnswerForm,
    AssignForm,
    CallForm,
    FileForm,
    HandOverForm,
    ResultForm,
    SampleForm,
    VisitForm,
)
from alerts.views.panels import agencies_for, people_for
from stations.models import Person
from stations.views.person import person_of

Carry = Callable[[Alert, Person, dict[str, Any]], Any]


def _do(
    request: HttpRequest,
    pk: int,
    *,
    right: str,
    name: str,
    form: Callable[[Alert], forms.Form],
    carry: Carry,
    done: str,
) -> HttpResponse:
    """404 for a stranger, 403 for a reader; a form with mistakes is shown again, filled in.

    What a form brings is kept as a whole or not at all: an explanation whose papers were lost on
    the way could not be sent again.
    """
    alert = mine(request, pk)
    by = person_of(request)
    if not Alert.objects.for_user(by, right).filter(pk=pk).exists():
        raise PermissionDenied
    filled = form(alert)
    if not filled.is_valid():
        return show_case(request, alert, {name: filled}, status=400)
    try:
        with transaction.atomic():
            carry(alert, by, filled.cleaned_data)
        messages.success(request, done)
    except handling.CannotBeDone as refusal:
        messages.warning(request, str(refusal))
    return redirect("alert-detail", pk=pk)


@login_required
@require_POST
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Giải trình."""

    def carry(alert: Alert, by: Person, given: dict[str, Any]) -> None:
        now = timezone.now()
        said = handling.Explanation(
            given["cause"], given["words"], given["measure"], given["expected_end"]
        )
        written = handling.answer(alert=alert, by=by, said=said, now=now)
        _keep(alert, by, given["papers"], answer=written)

    return _do(
        request,
        pk,
        right="answer_alerts",
        name="answer",
        form=lambda _alert: AnswerForm(request.POST, request.FILES),
        carry=carry,
        done=_("Your explanation was sent."),
    )


def _keep(alert: Alert, by: Person, files: list[Any], **of: Any) -> None:
    for file in files:
        records.add_file(
            alert=alert, by=by, name=file.name, content=file.read(), now=timezone.now(), **of
        )


@login_required
@require_POST
def call(request: HttpRequest, pk: int) -> HttpResponse:
    """A phone call is written down."""
    return _do(
        request,
        pk,
        right="handle_alerts",
        name="call",
        form=lambda _alert: CallForm(request.POST),
        carry=lambda alert, by, given: records.note_call(
            alert=alert, by=by, now=timezone.now(), **given
        ),
        done=_("The call is in the case."),
    )


@login_required
@require_POST
def visit(request: HttpRequest, pk: int) -> HttpResponse:
    """A look at the place is written down, with its minutes."""

    def carry(alert: Alert, by: Person, given: dict[str, Any]) -> None:
        files = given.pop("papers")
        made = records.note_visit(alert=alert, by=by, now=timezone.now(), **given)
        _keep(alert, by, files, visit=made)

    return _do(
        request,
        pk,
        right="handle_alerts",
        name="visit",
        form=lambda _alert: VisitForm(request.POST, request.FILES),
        carry=carry,
        done=_("The visit is in the case."),
    )


@login_required
@require_POST
def sample(request: HttpRequest, pk: int) -> HttpResponse:
    """A control sample is written down."""
    return _do(
        request,
        pk,
        right="handle_alerts",
        name="sample",
        form=lambda _alert: SampleForm(request.POST),
        carry=lambda alert, by, given: records.note_sample(
            alert=alert, by=by, now=timezone.now(), **given
        ),
        done=_("The sample is in the case."),
    )


@login_required
@require_POST
def sample_result(request: HttpRequest, pk: int, sample_pk: int) -> HttpResponse:
    """The laboratory's result of a sample."""

    def carry(alert: Alert, by: Person, given: dict[str, Any]) -> None:
        found = get_object_or_404(ControlSample, pk=sample_pk, alert=alert)
        if not records.note_result(sample=found, by=by, now=timezone.now(), **given):
            raise handling.CannotBeDone(_("This sample has its result already."))

    return _do(
        request,
        pk,
        right="handle_alerts",
        name=f"result-{sample_pk}",
        form=lambda _alert: ResultForm(request.POST),
        carry=carry,
        done=_("The result is in the case."),
    )


@login_required
@require_POST
def add_files(request: HttpRequest, pk: int) -> HttpResponse:
    """Papers and pictures of the case."""

    def carry(alert: Alert, by: Person, given: dict[str, Any]) -> None:
        _keep(alert, by, given["papers"], what=given["what"])

    return _do(
        request,
        pk,
        right="handle_alerts",
        name="file",
        form=lambda _alert: FileForm(request.POST, request.FILES),
        carry=carry,
        done=_("The files are in the case."),
    )


@login_required
@require_POST
def assign(request: HttpRequest, pk: int) -> HttpResponse:
    """The case is somebody's; who saw another's name on it is told."""

    def carry(alert: Alert, by: Person, given: dict[str, Any]) -> None:
        if "seen" in request.POST:
            alert.assigned_to_id = given["seen"]
        records.assign(alert=alert, by=by, to=given["to"], now=timezone.now())

    return _do(
        request,
        pk,
        right="handle_alerts",
        name="assign",
        form=lambda alert: AssignForm(request.POST, people=people_for(alert)),
        carry=carry,
        done=_("The case is assigned."),
    )


@login_required
@require_POST
def hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    """Another agency holds the case; who saw another holder is told."""

    def carry(alert: Alert, by: Person, given: dict[str, Any]) -> None:
        seen = given.pop("seen")
        if "seen" in request.POST:
            alert.held_by_id = seen
        records.hand_over(alert=alert, by=by, now=timezone.now(), **given)

    return _do(
        request,
        pk,
        right="handle_alerts",
        name="hand_over",
        form=lambda alert: HandOverForm(request.POST, agencies=agencies_for(alert)),
        carry=carry,
        done=_("The case is handed over."),
    )


@login_required
@require_safe
def case_file(request: HttpRequest, pk: int, file_pk: int) -> FileResponse:
    """A file of a case, byte for byte; never shown inside the page of the browser."""
    found = get_object_or_404(CaseFile, pk=file_pk, alert=mine(request, pk))
    return FileResponse(found.file.open("rb"), as_attachment=True, filename=found.name)
