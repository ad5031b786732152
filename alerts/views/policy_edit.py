"""Changing a setting of the desk from a day on, and comparing it with the province's rule."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from alerts.domain.escalation import Rule, Span, plan
from alerts.models import Alert, Clause, Kind, Maintenance, RatioBand
from alerts.services.deadlines import load_calendar
from alerts.services.policy_changes import (
    PARTS,
    Part,
    change_setting,
    compare,
    end_setting,
    times_changed,
)
from alerts.views.policy import may_edit, span
from alerts.views.policy_forms import FORMS, NEW_FORMS, CompareForm, SettingForm, number_word
from alerts.views.words import clock, sentence
from stations.domain import wording
from stations.services.history import Change, changes_of
from stations.services.rule_changes import CannotStand
from stations.views.limits import language
from stations.views.person import person_of

STAYS_ON = ("mailing", "step")
"""What may end without another in its place: nobody is told then."""


def _part(request: HttpRequest, name: str) -> Part:
    if name not in PARTS:
        raise Http404
    if not may_edit(request):
        raise PermissionDenied
    return PARTS[name]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def setting_edit(request: HttpRequest, part: str, pk: int) -> HttpResponse:
    """Another value of a setting; 403 for who does not keep the rules."""
    sort = _part(request, part)
    row = get_object_or_404(sort.model, pk=pk)
    form = FORMS[part](
        request.POST or None, request.FILES or None, by=person_of(request),
        initial={name: getattr(row, name) for name in FORMS[part].columns},
    )  # fmt: skip
    return _edit(request, sort, sort.identity_of(row), form, row)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def setting_new(request: HttpRequest, part: str) -> HttpResponse:
    """A setting that there was none of."""
    sort = _part(request, part)
    kind = request.GET.get("kind", "")
    if part not in NEW_FORMS or kind not in {"" if part == "step" else kind, *Kind.values}:
        raise Http404
    if kind not in Kind.values and part != "step":
        raise Http404
    form = NEW_FORMS[part](request.POST or None, request.FILES or None, by=person_of(request))
    of: dict[str, Any] = {"kind": kind}
    if form.is_bound and form.is_valid():
        of |= {name: form.cleaned_data[name] for name in form.own_names}
    return _edit(request, sort, of, form, None)


def _edit(
    request: HttpRequest, sort: Part, of: dict[str, Any], form: SettingForm, row: Any
) -> HttpResponse:
    """The form; then what it would change; then it is done."""
    ends = bool(request.POST.get("ends")) and sort.name in STAYS_ON
    foreseen = None
    if request.method == "POST" and form.is_valid():
        form.keep_file()
        if request.POST.get("sure"):
            try:
                _carry_out(request, sort, of, form, ends=ends)
            except CannotStand as refusal:
                _tell(form, refusal)
            else:
                messages.success(
                    request, _("Saved. Cases that run keep the rules they began with.")
                )
                return redirect("policy")
        else:
            foreseen = _foreseen(sort, of, form, row, ends=ends)
    shown = {
        "part": sort.name,
        "title": _title(sort, of),
        "form": form,
        "known_documents": form.known_documents(),
        "fields": [*(form[name] for name in form.own_names), *form.own],
        "may_end": row is not None and sort.name in STAYS_ON,
        "ends": ends,
        "foreseen": foreseen,
        "changes": _changes(sort, of) if row is not None else [],
        "seen": request.POST.get("seen") or (times_changed(sort, of) if row is not None else ""),
    }
    status = 422 if request.method == "POST" and form.errors else 200
    return render(request, "pages/policy/edit.html", shown, status=status)


def _tell(form: forms.Form, refusal: CannotStand) -> None:
    form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))


def _changes(sort: Part, of: dict[str, Any]) -> list[Change]:
    versions = sort.versions(of).order_by("-pk")
    return [change for version in versions for change in changes_of(version)]


def _carry_out(
    request: HttpRequest, sort: Part, of: dict[str, Any], form: SettingForm, *, ends: bool
) -> None:
    by, now = person_of(request), timezone.now()
    said = request.POST.get("seen", "")
    common: dict[str, Any] = {
        "part": sort, "of": of, "since": form.cleaned_data["since"], "paper": form.paper(),
        "by": by, "now": now, "seen": int(said) if said.isdecimal() else None,
    }  # fmt: skip
    if ends:
        end_setting(**common)
    else:
        change_setting(columns=form.values(), **common)


def _title(sort: Part, of: dict[str, Any]) -> str:
    words = {
        "kind": _("Severity and deadlines"),
        "mailing": _("Who is mailed"),
        "step": _("Step of escalation"),
        "number": _("Number of a rule"),
        "hours": _("Working hours"),
        "band": _("Band of exceedance"),
        "works": _("What announced work holds back"),
    }
    about = ""
    if kind := of.get("kind"):
        about = sentence(Kind(kind).label)
    elif key := of.get("key"):
        about = sentence(number_word(key))
    elif sort.name == "works":
        about = sentence(Maintenance.What(of["what"]).label)
    elif sort.name == "band":
        about = f"{RatioBand.Measure(of['measure']).label} {of['number']}"
    elif sort.name == "step":
        about = _("all kinds")
    return f"{words[sort.name]} · {about}" if about else words[sort.name]


def _foreseen(
    sort: Part, of: dict[str, Any], form: SettingForm, row: Any, *, ends: bool
) -> dict[str, Any]:
    """Each value before and after, an example by the calendar, and what does not change."""
    lines = [
        {
            "name": sentence(form.fields[name].label),
            "before": _shown(form.fields[name], getattr(row, name)) if row is not None else "",
            "after": "" if ends else _shown(form.fields[name], form.cleaned_data[name]),
        }
        for name in form.columns
    ]
    changed = [line for line in lines if line["before"] != line["after"]]
    running = Alert.objects.unclosed().exclude(policy={})
    if of.get("kind"):
        running = running.filter(kind=of["kind"])
    return {
        "lines": changed,
        "since": form.cleaned_data["since"],
        "ends": ends,
        "running": running.count() if sort.name in ("kind", "step") else None,
        "works": _standing_works(of["what"]) if sort.name == "works" else None,
        "example": _example(form, row) if sort.name == "kind" else [],
    }


def _standing_works(what: str) -> int:
    """Approved works of a sort that are not over: they keep what they were approved with."""
    return Maintenance.objects.approved().filter(what=what, end__gt=timezone.now()).count()


def _shown(field: Any, value: Any) -> str:
    if value in (None, "", []):
        return "–"
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if isinstance(value, timedelta):
        hours = wording.duration(abs(value), language=language())
        return f"−{hours}" if value < timedelta(0) else hours
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(field, forms.MultipleChoiceField):
        words = dict(field.choices)  # type: ignore[arg-type]
        return ", ".join(str(words.get(each, each)) for each in value)
    if isinstance(field, forms.ChoiceField):
        return str(dict(field.choices).get(value, value))  # type: ignore[arg-type]
    if isinstance(value, (int, date)):
        return str(value)
    return wording.exact(value, language=language())


def _example(form: SettingForm, row: Any) -> list[dict[str, Any]]:
    """By when a case that opened at the coming midnight would be taken and explained."""
    now = timezone.now()
    start = timezone.make_aware(
        datetime.combine(max(form.cleaned_data["since"], timezone.localdate()), time(0, 30))
    )
    calendar = load_calendar()

    def due(values: dict[str, Any]) -> tuple[str, str]:
        rule = Rule(
            1,
            _span(values["acknowledge_within"], values["acknowledge_clock"]),
            _span(values["answer_within"], values["answer_clock"]),
        )
        made = plan(rule, [], start=start, calendar=calendar)
        ends = (made.acknowledge_by, made.answer_by)
        return tuple(clock(end, now) if end else "–" for end in ends)  # type: ignore[return-value]

    after = due(form.values())
    before = due({name: getattr(row, name) for name in form.columns}) if row else ("–", "–")
    return [
        {"start": clock(start, now), "name": name, "before": old, "after": new}
        for name, old, new in zip(
            (_("To be acknowledged by"), _("To be explained by")), before, after, strict=True
        )
    ]


def _span(length: timedelta | None, how: str) -> Span | None:
    return None if length is None else Span(length, how)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def setting_compare(request: HttpRequest, setting: str) -> HttpResponse:
    """An officer compares a setting with the clause that it carries out."""
    key = request.GET.get("key", "")
    if setting not in Clause.Setting.values or len(key) > 60:
        raise Http404
    if not may_edit(request):
        raise PermissionDenied
    known = Clause.objects.filter(setting=setting, key=key).select_related("document").first()
    initial = {
        "article": known.article if known else "",
        "quote": known.quote if known else "",
        "document_number": known.document.number if known and known.document else "",
    }
    form = CompareForm(
        request.POST or None, request.FILES or None, by=person_of(request), initial=initial
    )
    if request.method == "POST" and form.is_valid():
        try:
            form.keep_file()
            compare(
                setting=setting,
                key=key,
                article=form.cleaned_data["article"],
                quote=form.cleaned_data["quote"],
                document=form.paper().document,
                by=person_of(request),
                now=timezone.now(),
            )
        except CannotStand as refusal:
            _tell(form, refusal)
        else:
            messages.success(request, _("Compared; your name and the moment are kept with it."))
            return redirect("policy")
    shown = {
        "title": _compared_title(setting, key),
        "form": form,
        "known_documents": form.known_documents(),
        "fields": list(form.own),
        "changes": changes_of(known) if known else [],
        "compares": True,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "pages/policy/edit.html", shown, status=status)


def _compared_title(setting: str, key: str) -> str:
    words = sentence(Clause.Setting(setting).label)
    about = number_word(key)
    if key in Kind.values:
        about = str(Kind(key).label)
    elif setting == Clause.Setting.WORKS and key in Maintenance.What.values:
        about = str(Maintenance.What(key).label)
    return f"{_('Compare with the rule')} · {words}{f': {about}' if about else ''}"


__all__ = ["setting_compare", "setting_edit", "setting_new", "span"]
