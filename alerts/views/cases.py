"""The cases of a reader: a list with a filter that lives in the address."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from alerts.models import Alert, Kind, State
from alerts.models.alert import AlertQuerySet
from alerts.views.words import line, reader_of, sentence
from stations.domain.folding import found_in
from stations.models import Station
from stations.views.filters import Filters, choice, page_of, search
from stations.views.names import place_name, short_name
from stations.views.person import person_of

UNCLOSED = "unclosed"
IN_USE = (State.OPEN, State.ACKNOWLEDGED, State.CLOSED)


@login_required
def case_list(request: HttpRequest) -> HttpResponse:
    """All alerts that the reader may see, newest course first."""
    now = timezone.now()
    mine = Alert.objects.for_user(person_of(request))
    stations = _stations(mine)
    filters = _filters(request, mine, stations)
    found = _narrowed(mine, filters, stations)
    page, pages = page_of(found.with_for_list(), filters, request)
    alerts = list(page.object_list)
    reader = reader_of(person_of(request), alerts)
    shown = {
        "filters": filters.fields,
        "filtered": filters.filtered,
        "address": request.path + filters.address(),
        "found": page.paginator.count,
        "counts": _counts(mine, filters),
        "alerts": [line(alert, reader, now) for alert in alerts],
        "pages": pages,
    }
    return render(request, "pages/alert_list.html", shown)


def _stations(mine: AlertQuerySet) -> list[Station]:
    """The stations that have a case which the reader may see."""
    rows = Station.objects.filter(pk__in=mine.values("station"))
    return list(rows.select_related("facility__zone", "facility__operator"))


def _filters(request: HttpRequest, mine: AlertQuerySet, stations: list[Station]) -> Filters:
    kinds = set(mine.order_by().values_list("kind", flat=True).distinct())
    facilities = {station.facility.code: station.facility for station in stations}
    by_name = sorted(facilities.values(), key=lambda facility: facility.sort_name)
    return Filters(
        request,
        search(_("Find")),
        choice(
            "state",
            _("Handling"),
            [
                (UNCLOSED, _("Not closed")),
                *((state.value, sentence(state.label)) for state in IN_USE),
            ],
        ),
        choice("kind", _("Kind"), [(k.value, sentence(k.label)) for k in Kind if k.value in kinds]),
        choice("facility", _("Facility"), [(f.code, place_name(f)) for f in by_name]),
        choice(
            "station",
            _("Station"),
            sorted(((s.code, short_name(s)) for s in stations), key=lambda each: each[0]),
        ),
    )


def _narrowed(mine: AlertQuerySet, filters: Filters, stations: list[Station]) -> AlertQuerySet:
    found = mine
    if filters["state"] == UNCLOSED:
        found = found.unclosed()
    elif filters["state"]:
        found = found.filter(state=filters["state"])
    if filters["kind"]:
        found = found.filter(kind=filters["kind"])
    if filters["facility"]:
        found = found.filter(station__facility__code=filters["facility"])
    if filters["station"]:
        found = found.filter(station__code=filters["station"])
    return found.filter(_named(filters["q"], stations)) if filters["q"] else found


def _named(wanted: str, stations: list[Station]) -> Q:
    """Each word in a name of the place, or the symbol of the parameter."""
    condition = Q(parameter__iexact=wanted)
    places = [
        station.pk
        for station in stations
        if found_in(wanted, station.code, station.name, station.facility.name, short_name(station))
    ]
    return condition | Q(station__in=places)


def _counts(mine: AlertQuerySet, filters: Filters) -> list[dict[str, Any]]:
    by_state = dict(
        mine.order_by().values_list("state").annotate(many=Count("pk")).values_list("state", "many")
    )
    return [
        {
            "state": "",
            "word": sentence(state.label),
            "count": by_state.get(state.value, 0),
            "query": filters.address(state=state.value),
            "current": filters["state"] == state.value,
        }
        for state in IN_USE
    ]
