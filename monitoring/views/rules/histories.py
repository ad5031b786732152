"""Who changed which rule, and when: as the database wrote it down."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from monitoring.views.rules.access import facility_seen
from stations.models import Channel, Edition, EditionLimit, Permit, PermitLimit
from stations.services.history import Change, changes_of
from stations.services.rule_changes import KINDS

MOST = 300
Tables = list[tuple[type[models.Model], str]]


@login_required
@require_safe
def facility_history(request: HttpRequest, code: str) -> HttpResponse:
    """Every change of what a facility and its stations are judged by."""
    facility = facility_seen(request, code)
    of_facility: Tables = [(Permit, "facility"), *_tables("facility")]
    told = _told(facility, facility.name, of_facility)
    for station in facility.stations.all():
        told += _told(station, station.code, _tables("station"))
    channels = Channel.objects.filter(station__facility=facility).select_related("station")
    for channel in channels:
        told += _told(channel, str(channel), [(PermitLimit, "channel")])
    return _page(request, facility.name, reverse("rule-basis", args=[code]), told)


@login_required
@require_safe
def edition_history(request: HttpRequest, pk: int) -> HttpResponse:
    """Every change of an edition and its numbers."""
    edition = get_object_or_404(Edition, pk=pk)
    told = [(edition.code, one) for one in changes_of(edition, [(EditionLimit, "edition")])]
    return _page(request, edition.code, reverse("rule-edition", args=[pk]), told)


def _tables(owner: str) -> Tables:
    return [(kind.model, owner) for kind in KINDS.values() if kind.owner == owner]


def _told(row: models.Model, of: str, tables: Tables) -> list[tuple[str, Change]]:
    """Of the rules alone, not of what else is known about a facility, a station or a channel."""
    rules = {str(model._meta.verbose_name) for model, _owner in tables}
    return [(of, one) for one in changes_of(row, tables) if one.what in rules]


def _page(
    request: HttpRequest, title: str, back: str, told: list[tuple[str, Change]]
) -> HttpResponse:
    told.sort(key=lambda each: each[1].at, reverse=True)
    shown = {"title": title, "back": back, "changes": told[:MOST]}
    return render(request, "pages/rules/history.html", shown)
