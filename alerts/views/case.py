"""One case: its story, its evidence, and the next step of whoever may take it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from alerts.domain import states
from alerts.mail.notice import has_notice, notice_of
from alerts.mail.pictures import chart_of
from alerts.models import Alert, Kind, Message
from alerts.services import handling
from alerts.views.deadlines import still_to_answer
from alerts.views.evidence import evidence_facts, hours_of, how_url, spans_of, worst_of
from alerts.views.panels import panels
from alerts.views.pass_on import passed_on, reads
from alerts.views.recipients import Addresses
from alerts.views.story import standing_exclusions, story
from alerts.views.words import Reader, clock, line, reader_of, sentence
from alerts.views.works import works_of
from stations.domain import wording
from stations.models import Person, Station
from stations.views.limits import formula, language
from stations.views.person import person_of

MARGIN = {"day": timedelta(days=2), "year": timedelta(days=31)}
"""How much the chart shows before and after a case."""


@login_required
@require_safe
def case_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of one alert."""
    return show_case(request, mine(request, pk))


def show_case(
    request: HttpRequest,
    alert: Alert,
    bound: dict[str, Any] | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    """The page of a case; `bound`: forms with mistakes, shown again as they were filled in."""
    now = timezone.now()
    reader = reader_of(person_of(request), [alert])
    mails, told = _mails(alert, person_of(request))
    events = alert.events.select_related("by")
    limit = alert.evidence.get("limit") or {}
    spans = list(alert.spans.all())
    shown = {
        "alert": line(alert, reader, now) | _more(alert),
        "station": _station(alert, person_of(request)),
        "chart_url": _chart_url(alert, now, person_of(request)),
        "changes_url": _changes_url(alert),
        "why_url": _why_url(alert, person_of(request)),
        "notice_url": reverse("alert-notice", args=[alert.pk]) if has_notice(alert) else "",
        "evidence": evidence_facts(alert, now, began=reader.began(alert)),
        "formula": formula(limit.get("derivation") or {}),
        "how_url": how_url(alert.evidence),
        "hours": hours_of(alert),
        "worst": worst_of(alert, spans, now),
        "spans": spans_of(alert, spans, now) if len(spans) > 1 else [],
        "events": story(alert, events, told, now=now),
        "excluded": standing_exclusions(events, now),
        "mails": mails,
        "holders": _holders(alert, now),
        "pass_on": passed_on(alert, person_of(request)),
        "works": works_of(alert, now, person_of(request)),
        **_next_step(alert, reader, now),
        **panels(
            alert,
            user=person_of(request),
            handles=alert.pk in reader.handles and alert.state != states.CLOSED,
            answers=_may_answer(alert, reader),
            bound=bound or {},
            now=now,
        ),
    }
    return render(request, "pages/alert_detail.html", shown, status=status)


def _may_answer(alert: Alert, reader: Reader) -> bool:
    return alert.pk in reader.answers and states.ANSWER in states.events_in(alert.state)


def _holders(alert: Alert, now: datetime) -> list[tuple[str, str]]:
    """Whose the case is: person, agency since when, and its deadlines."""
    rows = []
    if alert.assigned_to is not None:
        rows.append((_("Assigned to"), str(alert.assigned_to)))
    if alert.held_by is not None and alert.held_since is not None:
        since = clock(alert.held_since, now)
        told = {"agency": alert.held_by.name, "time": since}
        rows.append((_("Held by"), _("%(agency)s, since %(time)s") % told))
    if alert.state == states.OPEN and alert.acknowledge_due_at is not None:
        rows.append((_("To be acknowledged by"), clock(alert.acknowledge_due_at, now)))
    if alert.answer_due_at is not None and still_to_answer(alert):
        rows.append((_("To be explained by"), clock(alert.answer_due_at, now)))
    return rows


def mine(request: HttpRequest, pk: int) -> Alert:
    """The alert, if the reader may see it; else 404."""
    seen = Alert.objects.for_user(person_of(request)).with_for_list()
    named = seen.select_related("previous", "taken_over_by", "assigned_to", "held_by")
    alert: Alert = get_object_or_404(named, pk=pk)
    return alert


def _more(alert: Alert) -> dict[str, Any]:
    withdrawn = alert.spans.exclude(withdrawn_at=None).last() if alert.withdrawn else None
    return {
        "ratio": alert.ratio,
        "closed_at": alert.closed_at,
        "flapping_since": alert.flapping_since,
        "confirmed": alert.limit_confirmed,
        "previous": alert.previous_id,
        "taken_over_by": alert.taken_over_by_id,
        "missing": alert.returned_reason if alert.state == states.RETURNED else "",
        "withdrawn_why": _(withdrawn.withdrawn_reason) if withdrawn else "",
    }


def _station(alert: Alert, user: Person) -> dict[str, Any]:
    station = alert.station
    if station is None:
        return {"name": str(alert.zone or ""), "facility": "", "url": "", "place": ""}
    return {
        "name": station.code,
        "facility": station.facility.name,
        "url": reverse("station-detail", args=[station.code]),
        "place": str(station.facility.zone or ""),
    }


def _changes_url(alert: Alert) -> str:
    """The two files of each change, of a station that changed too much of what it sent."""
    if alert.kind != Kind.CHANGED_VALUES or alert.station is None:
        return ""
    days = [wording.in_vietnam(at).date() for at in (alert.starts_at, alert.ends_at)]
    query = {
        "station": alert.station.code,
        "from": days[0].isoformat(),
        "to": (days[1] - timedelta(days=1)).isoformat(),
    }
    return f"{reverse('change-list')}?{urlencode(query)}"


def _why_url(alert: Alert, user: Person) -> str:
    """Why it came: the last hour of its latest period, for who may read values."""
    station = alert.station
    if station is None or not Station.objects.for_user(user).filter(pk=station.pk).exists():
        return ""
    at = wording.in_vietnam(max(alert.ends_at - timedelta(seconds=1), alert.starts_at))
    query = {"at": at.strftime("%Y-%m-%dT%H:%M")}
    if alert.parameter:
        query["parameter"] = alert.parameter
    return f"{reverse('explain', args=[station.code])}?{urlencode(query)}"


def _chart_url(alert: Alert, now: datetime, user: Person) -> str:
    """The station's chart around the case."""
    if alert.station is None:
        return ""
    margin = MARGIN.get(alert.period, timedelta(hours=12))
    end = min(max(alert.ends_at, alert.starts_at) + margin, now)
    start = max(alert.starts_at, end - timedelta(days=30)) - margin
    query = {
        "from": wording.in_vietnam(start).isoformat(timespec="seconds"),
        "to": wording.in_vietnam(end).isoformat(timespec="seconds"),
    }
    if alert.parameter:
        query["parameters"] = alert.parameter
    return f"{reverse('station-detail', args=[alert.station.code])}?{urlencode(query)}#chart-part"


def _mails(alert: Alert, user: Person) -> tuple[list[dict[str, Any]], dict[int, str]]:
    rows = Message.objects.for_user(user).filter(
        pk__in=alert.notifications.exclude(message=None).values("message")
    )
    found = list(rows.for_list())
    told = Addresses.seen_by(user).of(found)
    shown = [
        {
            "to": told[mail.pk],
            "at": mail.sent_at or mail.created_at,
            "state_word": sentence(mail.get_state_display()),
            "url": reverse("mail-detail", args=[mail.pk]),
        }
        for mail in found
    ]
    return shown, told


def _next_step(alert: Alert, reader: Reader, now: datetime) -> dict[str, Any]:
    """The one next step, for who may take it; a sentence for who must wait."""
    if alert.pk not in reader.handles:
        return {"step": None, "waiting": _waiting(alert, reader, now)}
    if alert.state == states.CLOSED:
        return {"step": None, "waiting": _("The case is closed.")}
    step = _STEPS[alert.state](alert)
    others = [*step.get("others", []), _other(alert, "note", _("Only add the note"))]
    step = step | {"url": _action(alert, step["name"]), "others": others}
    return {"step": step, "waiting": _waiting(alert, reader, now)}


def _take(alert: Alert) -> dict[str, Any]:
    return {
        "name": "acknowledge",
        "label": _("Acknowledge"),
        "note": "optional",
        "note_label": _("A note, if there is something to say"),
    }


def _look(alert: Alert) -> dict[str, Any]:
    return {
        "name": "verify",
        "label": _("Verify the explanation"),
        "note": "optional",
        "note_label": _("What was checked; or what is missing, to send it back"),
        "others": [_other(alert, "return", _("Send back for more"))],
    }


def _end(alert: Alert) -> dict[str, Any]:
    return {
        "name": "close",
        "label": _("Close the case"),
        "note": "required",
        "note_label": _("What was found and done"),
    }


_STEPS: dict[str, Callable[[Alert], dict[str, Any]]] = {
    states.OPEN: _take,
    states.ACKNOWLEDGED: _end,
    states.ANSWERED: _look,
    states.RETURNED: _end,
    states.VERIFIED: _end,
}


def _other(alert: Alert, name: str, label: str) -> dict[str, str]:
    return {"url": _action(alert, name), "label": label}


def _action(alert: Alert, name: str) -> str:
    return reverse(f"alert-{name}", args=[alert.pk])


def _waiting(alert: Alert, reader: Reader, now: datetime) -> str:
    """For whom the case waits, and until when."""
    if alert.state == states.CLOSED:
        return _("The case is closed.")
    if still_to_answer(alert) and alert.answer_due_at is not None:
        told = {"time": clock(alert.answer_due_at, now)}
        if alert.pk in reader.answers:
            return _("To be explained by %(time)s.") % told
        return _("Waits for the operator's explanation, until %(time)s.") % told
    if alert.state == states.RETURNED:
        if alert.pk in reader.answers:
            return _("Sent back: add what is missing.")
        return _("Waits for the operator to add what is missing.")
    if alert.pk in reader.handles:
        return ""
    if alert.state == states.OPEN:
        return _("Waits for an officer to acknowledge it.")
    if alert.state == states.ANSWERED:
        return _("An officer looks at the explanation.")
    return _("An officer is handling it.")


def _handle(request: HttpRequest, pk: int, verb: Callable[..., Any], done: str) -> HttpResponse:
    """Take a step: 404 for a stranger, 403 for a reader; who comes second is told."""
    alert = mine(request, pk)
    if not Alert.objects.for_user(person_of(request), "handle_alerts").filter(pk=pk).exists():
        raise PermissionDenied
    try:
        verb(alert=alert, by=person_of(request), note=request.POST.get("note", ""))
        messages.success(request, done)
    except handling.CannotBeDone as refusal:
        messages.warning(request, str(refusal))
    return redirect("alert-detail", pk=pk)


@login_required
@require_POST
def acknowledge(request: HttpRequest, pk: int) -> HttpResponse:
    """Tiếp nhận."""
    return _handle(request, pk, handling.acknowledge, _("You have taken this case."))


@login_required
@require_POST
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Kết thúc xử lý."""
    return _handle(request, pk, handling.close, _("The case is closed."))


@login_required
@require_POST
def note(request: HttpRequest, pk: int) -> HttpResponse:
    """Words for the story."""
    return _handle(request, pk, handling.add_note, _("The note is in the story."))


@login_required
@require_POST
def verify(request: HttpRequest, pk: int) -> HttpResponse:
    """Xác nhận giải trình."""
    return _handle(request, pk, handling.verify, _("The explanation is verified."))


@login_required
@require_POST
def send_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Yêu cầu bổ sung; the note says what is missing."""

    def verb(*, alert: Alert, by: Person, note: str) -> Any:
        return handling.send_back(alert=alert, by=by, reason=note)

    return _handle(request, pk, verb, _("The explanation was sent back."))


@login_required
@require_safe
def case_chart(request: HttpRequest, pk: int) -> HttpResponse:
    """The chart of a case on paper, as PNG."""
    alert = mine(request, pk)
    if not reads(alert, person_of(request)):
        raise Http404
    chart = chart_of(alert, now=timezone.now(), language=language(), ground=True)
    if chart is None:
        raise Http404
    answer = HttpResponse(chart.png, content_type="image/png")
    answer["Cache-Control"] = "private, max-age=60"
    return answer


@login_required
@require_safe
def case_notice(request: HttpRequest, pk: int) -> HttpResponse:
    """The form of the owner's notice, filled in as far as it is known, as PDF."""
    alert = mine(request, pk)
    if not has_notice(alert):
        raise Http404
    form = notice_of(alert, now=timezone.now())
    answer = HttpResponse(form.content, content_type=form.content_type)
    answer["Content-Disposition"] = content_disposition_header(False, form.name) or "inline"
    return answer
