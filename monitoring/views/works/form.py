"""Announcing work or a stop: one short form, made for a phone."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from alerts.models import Maintenance
from alerts.views.forms import MomentField, long_text
from alerts.views.words import sentence
from monitoring.services.announcing import Announced, CannotAnnounce, announce
from monitoring.views.works.rights import announceable, rights_at
from stations.models import Person, Station
from stations.views.names import place_name, short_code, short_name
from stations.views.person import person_of


class WorkForm(forms.Form):
    """What, from when to when, which parameters, why."""

    what = forms.ChoiceField(
        label=gettext_lazy("What"),
        widget=forms.RadioSelect,
        choices=[],
    )
    start = MomentField(label=gettext_lazy("Begins at"))
    end = MomentField(label=gettext_lazy("Ends at"))
    parameters = forms.MultipleChoiceField(
        label=gettext_lazy("Parameters"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None chosen: the whole station."),
    )
    reason = long_text(gettext_lazy("Reason"))

    def __init__(self, *given: Any, station: Station, **named: Any) -> None:
        super().__init__(*given, **named)
        kinds = [(w.value, sentence(w.label)) for w in Maintenance.What]
        symbols = station.channels.order_by("slot").values_list("symbol", flat=True)
        _choices(self.fields["what"], kinds)
        _choices(self.fields["parameters"], [(symbol, symbol) for symbol in symbols])

    def clean(self) -> dict[str, Any]:
        """The end lies after the start."""
        given: dict[str, Any] = super().clean() or {}
        start, end = given.get("start"), given.get("end")
        if start and end and end <= start:
            self.add_error("end", _("The end must lie after the start."))
        return given


def _choices(field: forms.Field, options: list[tuple[str, str]]) -> None:
    assert isinstance(field, (forms.ChoiceField, forms.MultipleChoiceField))  # noqa: S101
    field.choices = options


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def work_new(request: HttpRequest) -> HttpResponse:
    """The form; 404 for a stranger to the station, 403 for who only reads it."""
    user = person_of(request)
    said = request.POST if request.method == "POST" else request.GET
    if not said.get("station"):
        return _choose_station(request, user)
    station = _station(user, said["station"])
    form = WorkForm(request.POST if request.method == "POST" else None, station=station)
    if request.method == "POST" and form.is_valid():
        try:
            work = announce(wanted=_wanted(station, form.cleaned_data), by=user)
        except CannotAnnounce as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("It is announced; the department decides."))
            return redirect("work-detail", pk=work.pk)
    shown = {
        "form": form,
        "station": {
            "code": station.code,
            "name": short_code(station),
            "facility": place_name(station.facility),
        },
        "now": timezone.localtime().strftime("%Y-%m-%dT%H:%M"),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "pages/works/work_form.html", shown, status=status)


def _wanted(station: Station, given: dict[str, Any]) -> Announced:
    return Announced(
        station,
        given["what"],
        given["start"],
        given["end"],
        given["reason"],
        tuple(given["parameters"]),
    )


def _station(user: Person, code: str) -> Station:
    rows = Station.objects.for_user(user, "view_links")
    station: Station = get_object_or_404(rows.select_related("facility__zone"), code=code)
    if not rights_at(user, station).announces:
        raise PermissionDenied
    return station


def _choose_station(request: HttpRequest, user: Person) -> HttpResponse:
    mine = announceable(user)
    if not mine:
        raise PermissionDenied
    if len(mine) == 1:
        return redirect(f"{request.path}?station={mine[0].code}")
    shown = {"stations": [(row.code, short_name(row)) for row in mine]}
    return render(request, "pages/works/work_station.html", shown)
