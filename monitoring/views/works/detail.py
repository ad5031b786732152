"""The page of one announcement: who said what when, what it holds back, and the next step."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from alerts.models import Alert, Kind, Maintenance
from alerts.services.announced import state_of
from alerts.services.muting import held_kinds
from alerts.views.words import line as case_line
from alerts.views.words import reader_of, sentence
from alerts.views.works import line
from monitoring.bell import ring
from monitoring.services import announcing
from monitoring.services.announcing import CannotAnnounce
from monitoring.tasks import AVERAGE, MAIL
from monitoring.views.works.rights import may_decide, may_take_back, rights_at, work_of
from stations.models import Person
from stations.views.person import person_of

CASES = 20


@login_required
@require_safe
def work_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The page."""
    user, now = person_of(request), timezone.now()
    work = work_of(request, pk)
    shown = {
        "work": line(work, now),
        "station_url": reverse("station-detail", args=[work.station.code]),
        "chart_url": _chart(work),
        "events": _story(work),
        "held": _held(work),
        "expects_nothing": work.what == Maintenance.What.STOP,
        "cases": _cases(work, user, now),
        "decides": may_decide(user, work),
        "takes_back": may_take_back(user, work),
        "ends": state_of(work) == "approved"
        and work.start < now < work.end
        and rights_at(user, work.station).announces,
        "waiting": state_of(work) == "waiting",
    }
    return render(request, "pages/works/work_detail.html", shown)


def _chart(work: Maintenance) -> str:
    start, end = (timezone.localtime(at).isoformat() for at in (work.start, work.end))
    address = reverse("station-detail", args=[work.station.code])
    return f"{address}?{urlencode({'from': start, 'to': end})}#chart-part"


def _held(work: Maintenance) -> list[str]:
    """The kinds of alerts whose mails it holds back, or would if it were approved today."""
    held: Iterable[str] = work.holds_back
    if work.decision != Maintenance.Decision.APPROVED:
        held = held_kinds(timezone.localdate()).get(work.what, ())
    return sorted(sentence(Kind(kind).label) for kind in held)


def _story(work: Maintenance) -> list[dict[str, Any]]:
    said = [
        (work.declared_at, work.declared_by, _("Announced afterwards")
         if work.declared_afterwards else _("Announced"), work.reason),
        (work.decided_at, work.decided_by,
         _("Approved") if work.decision == Maintenance.Decision.APPROVED else _("Refused"),
         work.decision_note),
        (work.ended_early_at, work.ended_early_by, _("Ended early"), ""),
        (work.cancelled_at, work.cancelled_by, _("Taken back"), work.cancelled_reason),
    ]  # fmt: skip
    return [
        {"at": at, "who": str(who), "did": did, "note": note, "state": ""}
        for at, who, did, note in said
        if at is not None
    ]


def _cases(work: Maintenance, user: Person, now: datetime) -> list[dict[str, Any]]:
    """The cases whose mails it holds, or held, back."""
    rows = Alert.objects.for_user(user).filter(held_back_by=work)
    alerts = list(rows.with_for_list()[:CASES])
    reader = reader_of(user, alerts)
    return [case_line(alert, reader, now) | {"station": "", "facility": ""} for alert in alerts]


def _take(
    request: HttpRequest,
    pk: int,
    verb: Callable[[Maintenance, Person, str], Any],
    *,
    allowed: Callable[[Person, Maintenance], bool],
    done: str,
) -> HttpResponse:
    """Take a step: 404 for a stranger, 403 for a reader; who comes second is told."""
    work, by = work_of(request, pk), person_of(request)
    if not allowed(by, work):
        raise PermissionDenied
    try:
        with transaction.atomic():
            verb(work, by, request.POST.get("note", ""))
    except CannotAnnounce as refusal:
        messages.warning(request, str(refusal))
    else:
        for bell in (AVERAGE, MAIL):
            transaction.on_commit(partial(ring, bell))
        messages.success(request, done)
    return redirect("work-detail", pk=pk)


def _decides(user: Person, work: Maintenance) -> bool:
    return rights_at(user, work.station).decides


def _announces(user: Person, work: Maintenance) -> bool:
    return work.declared_by_id == user.pk or rights_at(user, work.station).announces


@login_required
@require_POST
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    """The department agrees."""
    return _take(
        request,
        pk,
        lambda work, by, note: announcing.approve(work=work, by=by, note=note),
        allowed=_decides,
        done=_("Approved: from now on it holds back what it explains."),
    )


@login_required
@require_POST
def refuse(request: HttpRequest, pk: int) -> HttpResponse:
    """The department does not agree."""
    return _take(
        request,
        pk,
        lambda work, by, note: announcing.refuse(work=work, by=by, note=note),
        allowed=_decides,
        done=_("Refused; whoever announced it sees the reason."),
    )


@login_required
@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """It is taken back."""
    return _take(
        request,
        pk,
        lambda work, by, note: announcing.withdraw(work=work, by=by, reason=note),
        allowed=_announces,
        done=_("Taken back: nothing is held back by it any more."),
    )


@login_required
@require_POST
def end_early(request: HttpRequest, pk: int) -> HttpResponse:
    """It is over before its time."""
    return _take(
        request,
        pk,
        lambda work, by, _note: announcing.end_early(work=work, by=by),
        allowed=_announces,
        done=_("Ended now; what has been stays approved."),
    )
