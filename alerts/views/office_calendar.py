"""The calendar of working days, a year at a time, and its editing."""

from __future__ import annotations

import calendar
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from alerts.models import SpecialDay, WorkingHours
from alerts.services.policy_changes import put_day, take_out_day
from alerts.views.policy import Clauses, Setting, may_edit
from alerts.views.words import sentence
from stations.models.dated import in_force
from stations.models.regulation import Provenance
from stations.services.history import changes_of
from stations.services.rule_changes import CannotStand
from stations.views.person import person_of
from stations.views.rule_fields import DayField

YEARS = range(2020, 2100)
MOST_CHANGES = 40


class SpecialDayForm(forms.Form):
    """A day off, or one worked for another."""

    day = DayField(label=gettext_lazy("Day"))
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=SpecialDay.Kind.choices)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    source = forms.CharField(label=gettext_lazy("Source"), max_length=300, required=False)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def office_calendar(request: HttpRequest) -> HttpResponse:
    """A year's days; the department adds and takes out."""
    today = timezone.localdate()
    year = _year(request, today)
    form = SpecialDayForm(request.POST if request.POST.get("day") else None)
    if request.method == "POST":
        if not may_edit(request):
            raise PermissionDenied
        try:
            if done := _changed(request, form):
                messages.success(request, done)
                return redirect(f"{reverse('policy-calendar')}?year={year}")
        except CannotStand as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
    days = list(SpecialDay.objects.filter(day__year=year))
    known = {row.day: row for row in days}
    shown = {
        "year": year,
        "years": [(each, f"?year={each}") for each in range(today.year - 2, today.year + 3)],
        "weekdays": [_("Mo"), _("Tu"), _("We"), _("Th"), _("Fr"), _("Sa"), _("Su")],
        "months": [_month(year, month, known, today) for month in range(1, 13)],
        "days": [_row(row, today) for row in days],
        "form": form,
        "edits": may_edit(request),
        "clause": Clauses().of(Setting.CALENDAR, ""),
        "changes": _changes(days),
        "last": SpecialDay.objects.order_by("-day").values_list("day", flat=True).first(),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "pages/policy/calendar.html", shown, status=status)


def _year(request: HttpRequest, today: date) -> int:
    text = request.GET.get("year", "")
    if not text:
        return today.year
    if not text.isdecimal() or int(text) not in YEARS:
        raise Http404
    return int(text)


def _changed(request: HttpRequest, form: SpecialDayForm) -> str:
    """What was done, in words; "" where the form has mistakes. Raises CannotStand."""
    by, now = person_of(request), timezone.now()
    if request.POST.get("out"):
        try:
            day = date.fromisoformat(request.POST["out"])
        except ValueError as error:
            raise Http404 from error
        take_out_day(day=day, by=by, now=now)
        return _("Taken out; its history stays.")
    if not form.is_valid():
        return ""
    told = form.cleaned_data
    put_day(
        day=told["day"], kind=told["kind"], name=told["name"], source=told["source"], by=by, now=now
    )
    return _("The day is in the calendar.")


def _row(row: SpecialDay, today: date) -> dict[str, Any]:
    return {
        "day": row.day,
        "iso": row.day.isoformat(),
        "kind": sentence(row.get_kind_display()),
        "worked": row.kind == SpecialDay.Kind.WORKED,
        "name": row.name,
        "source": row.source,
        "provenance": row.get_provenance_display(),
        "ahead": row.day >= today,
    }


def _month(year: int, month: int, known: dict[date, SpecialDay], today: date) -> dict[str, Any]:
    office = WorkingHours.objects.filter(in_force(date(year, month, 1))).first()
    workdays = set(office.weekdays) if office else set()
    weeks = [
        [_cell(day, month, workdays, known.get(day), today) for day in week]
        for week in calendar.Calendar().monthdatescalendar(year, month)
    ]
    worked = sum(cell["works"] for week in weeks for cell in week if cell["own"])
    return {"name": f"{month:02d}/{year}", "weeks": weeks, "worked": worked}


def _cell(
    day: date, month: int, workdays: set[int], special: SpecialDay | None, today: date
) -> dict[str, Any]:
    works = day.isoweekday() in workdays
    if special is not None:
        works = special.kind == SpecialDay.Kind.WORKED
    return {
        "own": day.month == month,
        "number": day.day,
        "works": works,
        "special": special is not None,
        "today": day == today,
        "title": special.name if special else "",
    }


def _changes(days: list[SpecialDay]) -> list[Any]:
    """Who changed which of the days shown, the newest first; not what was shipped."""
    found = [
        (row.day, change)
        for row in days
        for change in changes_of(row)
        if not (change.added and row.provenance != Provenance.OFFICER)
    ]
    found.sort(key=lambda told: told[1].at, reverse=True)
    return found[:MOST_CHANGES]
