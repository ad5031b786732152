"""The exclusions of a reader: a list with a filter that lives in the address."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Case, Count, Q, QuerySet, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from alerts.views.words import sentence
from monitoring.models import Exclusion
from monitoring.services.exclusions import STATE_WORDS
from monitoring.views.approval.rights import writable
from monitoring.views.approval.words import codes_and_names, line, why_choices
from stations.domain.folding import found_in
from stations.models import Station
from stations.views.filters import Filters, choice, day, page_of, search
from stations.views.names import short_name
from stations.views.person import person_of

State = Exclusion.State


@login_required
@require_safe
def exclusion_list(request: HttpRequest) -> HttpResponse:
    """What waits first, then the newest span."""
    user, now = person_of(request), timezone.now()
    mine = Exclusion.objects.for_user(user)
    stations = _stations(mine)
    filters = _filters(request, stations)
    found = _narrowed(mine, filters, stations).select_related(
        "station__facility__zone", "channel", "document", "asked_by", "decided_by", "revoked_by"
    )
    waiting_first = Case(When(state=State.ASKED, then=0), default=1)
    page, pages = page_of(found.order_by(waiting_first, "-start", "-pk"), filters, request)
    shown = {
        "filters": filters.fields,
        "filtered": filters.filtered,
        "found": page.paginator.count,
        "counts": _counts(mine, filters),
        "exclusions": [line(row, now) for row in page.object_list],
        "pages": pages,
        "may_write": bool(writable(user)),
    }
    return render(request, "pages/approval/exclusion_list.html", shown)


def _stations(mine: QuerySet[Exclusion]) -> list[Station]:
    rows = Station.objects.filter(pk__in=mine.order_by().values("station"))
    return list(rows.select_related("facility__zone", "facility__operator").order_by("code"))


def _filters(request: HttpRequest, stations: list[Station]) -> Filters:
    return Filters(
        request,
        search(_("Find")),
        choice("state", _("State"), [(s.value, _word(s)) for s in State]),
        choice("station", _("Station"), codes_and_names(stations)),
        choice("why", _("Reason"), why_choices()),
        day("from", _("Data from")),
        day("to", _("to")),
    )


def _narrowed(
    mine: QuerySet[Exclusion], filters: Filters, stations: list[Station]
) -> QuerySet[Exclusion]:
    found = mine
    columns = {"state": "state", "station": "station__code", "why": "why"}
    wanted = {columns[name]: filters[name] for name in columns if filters[name]}
    found = found.filter(**wanted)
    if filters["q"]:
        found = found.filter(_named(filters["q"], stations))
    if first := filters.day("from"):
        found = found.filter(end__gt=_midnight(first))
    if last := filters.day("to"):
        found = found.filter(start__lt=_midnight(last + timedelta(days=1)))
    return found


def _named(wanted: str, stations: list[Station]) -> Q:
    """A name of the place, the symbol, or words of what was written."""
    places = [
        row.pk
        for row in stations
        if found_in(wanted, row.code, row.name, row.facility.name, short_name(row))
    ]
    written = Q(words__icontains=wanted) | Q(document__number__icontains=wanted)
    return Q(station__in=places) | Q(channel__symbol__iexact=wanted) | written


def _word(state: State) -> str:
    return sentence(STATE_WORDS[state.value])


def _midnight(on: Any) -> datetime:
    return timezone.make_aware(datetime.combine(on, time()))


def _counts(mine: QuerySet[Exclusion], filters: Filters) -> list[dict[str, Any]]:
    counted = mine.order_by().values_list("state").annotate(many=Count("pk"))
    by_state = dict(counted.values_list("state", "many"))
    return [
        {
            "state": "",
            "word": _word(state),
            "count": by_state.get(state.value, 0),
            "query": filters.address(state=state.value),
            "current": filters["state"] == state.value,
        }
        for state in State
    ]
