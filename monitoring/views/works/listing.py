"""Announced work that a reader may see: a list with a filter that lives in the address."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Case, F, Q, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from alerts.models import Maintenance
from alerts.models.people import MaintenanceQuerySet
from alerts.views.words import sentence
from alerts.views.works import NAMES, line
from monitoring.views.works.rights import announceable
from stations.domain.folding import found_in
from stations.models import Station
from stations.views.filters import Filters, choice, day, page_of, search
from stations.views.names import place_name, short_name
from stations.views.person import person_of

STATES = {
    "waiting": Q(decision="", cancelled_at=None),
    "running": Q(decision="approved", cancelled_at=None),
    "ahead": Q(decision="approved", cancelled_at=None),
    "approved": Q(decision="approved", cancelled_at=None),
    "refused": Q(decision="refused", cancelled_at=None),
    "withdrawn": Q(cancelled_at__isnull=False),
}


@login_required
@require_safe
def work_list(request: HttpRequest) -> HttpResponse:
    """What waits for a decision first, then the newest."""
    user, now = person_of(request), timezone.now()
    mine = Maintenance.objects.for_user(user)
    stations = _stations(mine)
    filters = _filters(request, stations)
    found = _narrowed(mine, filters, stations, now).select_related(*NAMES)
    waiting_first = Case(When(STATES["waiting"], then=0), default=1)
    page, pages = page_of(found.order_by(waiting_first, "-start", "-pk"), filters, request)
    shown = {
        "filters": filters.fields,
        "filtered": filters.filtered,
        "found": page.paginator.count,
        "counts": _counts(mine, filters, now),
        "works": [line(work, now) for work in page.object_list],
        "pages": pages,
        "may_announce": bool(announceable(user)),
    }
    return render(request, "pages/works/work_list.html", shown)


def _words() -> dict[str, str]:
    return {
        "waiting": _("waits for a decision"),
        "running": _("goes on"),
        "ahead": _("lies ahead"),
        "approved": pgettext("announced work", "approved"),
        "refused": _("refused"),
        "withdrawn": _("taken back"),
    }


def _stations(mine: MaintenanceQuerySet) -> list[Station]:
    rows = Station.objects.filter(pk__in=mine.order_by().values("station"))
    return list(rows.select_related("facility__zone", "facility__operator").order_by("code"))


def _filters(request: HttpRequest, stations: list[Station]) -> Filters:
    facilities = {station.facility.code: station.facility for station in stations}
    by_name = sorted(facilities.values(), key=lambda facility: facility.sort_name)
    return Filters(
        request,
        search(_("Find")),
        choice("state", _("State"), [(name, sentence(word)) for name, word in _words().items()]),
        choice("what", _("What"), [(w.value, sentence(w.label)) for w in Maintenance.What]),
        choice("facility", _("Facility"), [(f.code, place_name(f)) for f in by_name]),
        choice("station", _("Station"), [(s.code, short_name(s)) for s in stations]),
        choice("announced", _("When announced"), [("afterwards", _("Afterwards")),
                                             ("before", _("Beforehand"))]),
        day("from", sentence(_("from"))),
        day("to", sentence(_("to"))),
    )  # fmt: skip


def _narrowed(
    mine: MaintenanceQuerySet, filters: Filters, stations: list[Station], now: datetime
) -> MaintenanceQuerySet:
    columns = {"what": "what", "facility": "station__facility__code", "station": "station__code"}
    found = mine.filter(**{columns[name]: filters[name] for name in columns if filters[name]})
    if filters["state"]:
        found = found.filter(_in_state(filters["state"], now))
    if filters["announced"]:
        late = Q(declared_at__gt=F("start"))
        found = found.filter(late if filters["announced"] == "afterwards" else ~late)
    if filters["q"]:
        found = found.filter(_named(filters["q"], stations))
    if first := filters.day("from"):
        found = found.filter(end__gt=_midnight(first))
    if last := filters.day("to"):
        found = found.filter(start__lt=_midnight(last + timedelta(days=1)))
    return found


def _in_state(name: str, now: datetime) -> Q:
    if name == "running":
        return STATES[name] & Q(start__lte=now, end__gt=now)
    if name == "ahead":
        return STATES[name] & Q(start__gt=now)
    return STATES[name]


def _named(wanted: str, stations: list[Station]) -> Q:
    """A name of the place, or words of the reason."""
    places = [
        row.pk
        for row in stations
        if found_in(wanted, row.code, row.name, row.facility.name, short_name(row))
    ]
    return Q(station__in=places) | Q(reason__icontains=wanted)


def _midnight(on: Any) -> datetime:
    return timezone.make_aware(datetime.combine(on, time()))


def _counts(mine: MaintenanceQuerySet, filters: Filters, now: datetime) -> list[dict[str, Any]]:
    words = _words()
    return [
        {
            "state": "",
            "word": sentence(words[name]),
            "count": mine.filter(_in_state(name, now)).count(),
            "query": filters.address(state=name),
            "current": filters["state"] == name,
        }
        for name in ("waiting", "running", "ahead")
    ]
