"""The cases of a reader: a list with a filter that lives in the address."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from alerts.models import Alert, Kind, State
from alerts.models.alert import AlertQuerySet
from alerts.services.handling import CannotBeDone, acknowledge
from alerts.views.deadlines import WAITING_FOR_WORDS
from alerts.views.words import line, reader_of, sentence
from stations.domain import wording
from stations.domain.folding import found_in
from stations.models import Agency, Person, Station
from stations.views.filters import Filters, choice, page_of, search
from stations.views.names import place_name, short_name
from stations.views.person import person_of

UNCLOSED = "unclosed"
OVERDUE, TODAY, RUNNING = "overdue", "today", "running"
NOBODY = "nobody"
BY_DEADLINE = "deadline"


@login_required
def case_list(request: HttpRequest) -> HttpResponse:
    """All alerts that the reader may see, newest course first."""
    now = timezone.now()
    mine = Alert.objects.for_user(person_of(request))
    stations = _stations(mine)
    filters = _filters(request, mine, stations)
    found = _narrowed(mine, filters, stations, person_of(request), now)
    listed = found.with_for_list()
    if filters["order"] == BY_DEADLINE:
        listed = listed.by_deadline()
    page, pages = page_of(listed, filters, request)
    alerts = list(page.object_list)
    reader = reader_of(person_of(request), alerts)
    shown = {
        "filters": filters.fields,
        "filtered": filters.filtered,
        "address": request.path + filters.address(),
        "query": filters.address(),
        "found": page.paginator.count,
        "counts": _counts(mine, filters),
        "alerts": [
            line(alert, reader, now)
            | {"takeable": alert.state == State.OPEN and alert.pk in reader.handles}
            for alert in alerts
        ],
        "any_takeable": any(a.state == State.OPEN and a.pk in reader.handles for a in alerts),
        "pages": pages,
    }
    return render(request, "pages/alert_list.html", shown)


def _stations(mine: AlertQuerySet) -> list[Station]:
    """The stations that have a case which the reader may see."""
    rows = Station.objects.filter(pk__in=mine.values("station"))
    return list(rows.select_related("facility__zone", "facility__operator"))


def _filters(request: HttpRequest, mine: AlertQuerySet, stations: list[Station]) -> Filters:
    agencies = Agency.objects.filter(pk__in=mine.exclude(held_by=None).values("held_by"))
    people = Person.objects.filter(pk__in=mine.exclude(assigned_to=None).values("assigned_to"))
    me = str(person_of(request).pk)
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
                *((state.value, sentence(state.label)) for state in State),
            ],
        ),
        choice("kind", _("Kind"), [(k.value, sentence(k.label)) for k in Kind if k.value in kinds]),
        choice("facility", _("Facility"), [(f.code, place_name(f)) for f in by_name]),
        choice(
            "station",
            _("Station"),
            sorted(((s.code, short_name(s)) for s in stations), key=lambda each: each[0]),
        ),
        choice(
            "due",
            _("Deadline"),
            [(OVERDUE, _("Overdue")), (TODAY, _("Due today")), (RUNNING, _("With a deadline"))],
        ),
        choice(
            "person",
            _("Person"),
            [
                (me, _("Mine")),
                (NOBODY, _("Nobody's")),
                *((str(one.pk), str(one)) for one in people if str(one.pk) != me),
            ],
        ),
        choice("agency", _("Agency"), [(one.code, one.name) for one in agencies]),
        choice("order", _("Order"), [(BY_DEADLINE, _("Deadline first"))], every=_("Newest first")),
    )


def _narrowed(
    mine: AlertQuerySet, filters: Filters, stations: list[Station], reader: Person, now: datetime
) -> AlertQuerySet:
    columns = {
        "kind": "kind",
        "facility": "station__facility__code",
        "station": "station__code",
        "agency": "held_by__code",
    }
    found = mine.filter(
        **{column: filters[name] for name, column in columns.items() if filters[name]}
    )
    if filters["state"] == UNCLOSED:
        found = found.unclosed()
    elif filters["state"]:
        found = found.filter(state=filters["state"])
    if filters["person"]:
        nobody = filters["person"] == NOBODY
        found = found.filter(assigned_to=None if nobody else int(filters["person"]))
    if filters["due"]:
        found = found.filter(_due(filters["due"], now))
    return found.filter(_named(filters["q"], stations)) if filters["q"] else found


def _due(asked: str, now: datetime) -> Q:
    """Cases with a deadline that has passed, that is today, or that runs at all."""
    here = wording.in_vietnam(now)
    midnight = here.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    ends: dict[str, dict[str, Any]] = {
        OVERDUE: {"lte": now},
        TODAY: {"gt": now, "lt": midnight},
        RUNNING: {"isnull": False},
    }
    within = ends[asked]
    taking = Q(state=State.OPEN, **_each("acknowledge_due_at", within))
    explaining = Q(state__in=WAITING_FOR_WORDS, **_each("answer_due_at", within))
    return (taking | explaining) & Q(withdrawn=False)


def _each(column: str, within: dict[str, Any]) -> dict[str, Any]:
    return {f"{column}__{how}": value for how, value in within.items()}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def acknowledge_many(request: HttpRequest) -> HttpResponse:
    """Take several new cases at once; who was second for one of them is told how many.

    Who comes back here by signing in anew finds the list.
    """
    if request.method != "POST":
        return redirect("alert-list")
    by = person_of(request)
    asked = {int(pk) for pk in request.POST.getlist("alert") if pk.isdecimal()}
    back = request.POST.get("back", "")
    address = f"{reverse('alert-list')}{back if back.startswith('?') else ''}"
    if not asked:
        messages.warning(request, _("Choose at least one case."))
        return redirect(address)
    mine = list(Alert.objects.for_user(by, "handle_alerts").filter(pk__in=asked))
    if len(mine) < len(asked):
        raise PermissionDenied
    done = sum(_taken(alert, by) for alert in mine)
    if done == len(asked):
        messages.success(request, _("%s cases were taken.") % done)
    else:
        told = {"done": done, "asked": len(asked)}
        words = _("%(done)s of %(asked)s cases were taken; the others had been taken already.")
        messages.warning(request, words % told)
    return redirect(address)


def _taken(alert: Alert, by: Person) -> int:
    try:
        acknowledge(alert=alert, by=by)
    except CannotBeDone:
        return 0
    return 1


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
        for state in State
    ]
