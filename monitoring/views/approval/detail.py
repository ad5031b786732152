"""One exclusion: its story, its evidence, what it changes, and the next step."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import PurePath
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from alerts.models import Alert
from alerts.views.words import line as case_line
from alerts.views.words import reader_of
from monitoring.models import Exclusion
from monitoring.services import exclusions, months
from monitoring.services.exclusions import CannotExclude
from monitoring.services.months import NeedsLeave
from monitoring.views.approval.papers import TYPES, paper_from
from monitoring.views.approval.rights import exclusion_of, must_decide, rights_at
from monitoring.views.approval.words import change_rows, chart_address, line, story
from stations.models import Person
from stations.views.person import person_of

State = Exclusion.State
CASES = 20


@login_required
@require_safe
def exclusion_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of one exclusion."""
    user, now = person_of(request), timezone.now()
    exclusion = exclusion_of(user, pk)
    shown = {
        "exclusion": line(exclusion, now),
        "station_url": reverse("station-detail", args=[exclusion.station.code]),
        "chart_url": chart_address(
            exclusion.station, exclusion.channel.symbol, exclusion.start, exclusion.end
        ),
        "paper": _paper(exclusion),
        "events": story(exclusion),
        "changes": _changes(exclusion, now),
        "cases": _cases(exclusion, user, now),
        **_next_step(exclusion, user),
    }
    return render(request, "pages/approval/exclusion_detail.html", shown)


def _paper(exclusion: Exclusion) -> dict[str, Any] | None:
    document = exclusion.document
    if document is None:
        return None
    return {
        "number": document.number,
        "date": document.date,
        "title": document.title,
        "url": reverse("exclusion-document", args=[exclusion.pk]) if document.file else "",
    }


def _changes(exclusion: Exclusion, now: datetime) -> dict[str, Any] | None:
    """What it changes, or would; nothing once it is refused or taken back."""
    if exclusion.state in (State.REFUSED, State.REVOKED):
        return None
    return change_rows(exclusions.preview(exclusion), now)


def _cases(exclusion: Exclusion, user: Person, now: datetime) -> list[dict[str, Any]]:
    """The cases whose periods it touches; they stay as they are."""
    rows = Alert.objects.for_user(user).filter(
        station=exclusion.station_id,
        parameter=exclusion.channel.symbol,
        spans__start__lt=exclusion.end,
        spans__end__gt=exclusion.start,
    )
    alerts = list(rows.with_for_list().distinct()[:CASES])
    reader = reader_of(user, alerts)
    return [case_line(alert, reader, now) | {"station": "", "facility": ""} for alert in alerts]


def _next_step(exclusion: Exclusion, user: Person) -> dict[str, Any]:
    """What this reader may do now."""
    rights = rights_at(user, exclusion.station)
    closed = months.closed_in([exclusion.station_id], exclusion.start, exclusion.end)
    named = ", ".join(f"{row.month:%m/%Y}" for row in closed)
    if not rights.decides:
        waiting = _("Waits for an officer to decide.") if exclusion.state == State.ASKED else ""
        return {"step": "", "waiting": waiting}
    if exclusion.state not in (State.ASKED, State.APPROVED):
        return {"step": "", "waiting": ""}
    return {
        "step": "decide" if exclusion.state == State.ASKED else "revoke",
        "closed": named,
        "heads": rights.heads,
        "needs_paper": exclusion.document_id is None,
    }


def _take(request: HttpRequest, pk: int, verb: Callable[..., Any], done: str) -> HttpResponse:
    """Take a step: 404 for a stranger, 403 for a reader; who comes second is told."""
    exclusion = exclusion_of(person_of(request), pk)
    must_decide(person_of(request), exclusion.station)
    try:
        with transaction.atomic():
            verb(exclusion)
        messages.success(request, done)
    except (CannotExclude, NeedsLeave) as refusal:
        messages.warning(request, str(refusal))
    return redirect("exclusion-detail", pk=pk)


@login_required
@require_POST
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    """Duyệt."""

    def verb(exclusion: Exclusion) -> None:
        exclusions.approve(
            exclusion=exclusion,
            by=person_of(request),
            note=request.POST.get("note", ""),
            document=paper_from(request, exclusion.station, decides=True),
            head_reason=request.POST.get("head_reason", ""),
        )

    return _take(request, pk, verb, _("Approved. Both verdicts stand beside each other now."))


@login_required
@require_POST
def refuse(request: HttpRequest, pk: int) -> HttpResponse:
    """Từ chối."""

    def verb(exclusion: Exclusion) -> None:
        note = request.POST.get("note", "")
        exclusions.refuse(exclusion=exclusion, by=person_of(request), note=note)

    return _take(request, pk, verb, _("Refused. The data count as they were sent."))


@login_required
@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Hủy loại trừ."""

    def verb(exclusion: Exclusion) -> None:
        exclusions.revoke(
            exclusion=exclusion,
            by=person_of(request),
            reason=request.POST.get("note", ""),
            head_reason=request.POST.get("head_reason", ""),
        )

    return _take(request, pk, verb, _("Taken back. The data count again."))


@login_required
@require_safe
def document(request: HttpRequest, pk: int) -> HttpResponse | FileResponse:
    """The scan, for who may see the station's data: a picture is shown, the rest is saved."""
    paper = exclusion_of(person_of(request), pk).document
    name = paper.file.name if paper is not None and paper.file else None
    if paper is None or not name or not paper.file.storage.exists(name):
        raise Http404
    ending = PurePath(name).suffix.lower().lstrip(".")
    kind = TYPES.get(ending, "application/octet-stream")
    answer = FileResponse(
        paper.file.open("rb"),
        as_attachment=ending not in TYPES or ending == "pdf",
        filename=f"{paper.number.replace('/', '-')}.{ending}",
        content_type=kind,
    )
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
