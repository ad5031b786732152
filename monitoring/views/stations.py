"""The stations of a reader: a list with a filter that lives in the address."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from alerts.views.words import sentence
from monitoring.domain.slots import day_of, day_start
from monitoring.models import DayMean, StationState
from monitoring.views.fleet import (
    RANK,
    WORDS,
    Seen,
    freshness,
    is_beyond,
    seen_by,
    speaks_for,
)
from stations.domain.folding import found_in
from stations.models import Medium
from stations.views.filters import Filters, choice, page_of, search
from stations.views.names import place_name, units_of
from stations.views.person import person_of

MONTH = timedelta(days=30)
Units = Mapping[int, list[tuple[str, str]]]


@login_required
@require_safe
def station_list(request: HttpRequest) -> HttpResponse:
    """Worst first; what cannot be seen is not counted either."""
    stations = seen_by(person_of(request))
    units = units_of((seen.station.facility for seen in stations), on=timezone.localdate())
    filters = _filters(request, stations, units)
    found = [seen for seen in stations if _fits(seen, filters, units)]
    in_state = [seen for seen in found if filters["state"] in ("", seen.state)]
    page, pages = page_of(in_state, filters, request)
    rows = list(page.object_list)
    shown = {
        "freshness": freshness(stations),
        "counts": _counts(found, filters),
        "filters": filters.fields,
        "filtered": filters.filtered,
        "found": len(in_state),
        "pages": pages,
        "stations": _lines(rows, units, timezone.now()),
        "links_only": bool(stations) and not any(seen.readable for seen in stations),
    }
    return render(request, "pages/station_list.html", shown)


def _filters(request: HttpRequest, stations: Sequence[Seen], units: Units) -> Filters:
    """What can be asked: only places and states that the reader has."""
    zones = {zone.code: zone for seen in stations if (zone := seen.station.facility.zone)}
    by_name = sorted(zones.values(), key=lambda zone: zone.sort_name)
    states = sorted({seen.state for seen in stations}, key=RANK.__getitem__)
    mediums = {seen.station.medium for seen in stations}
    return Filters(
        request,
        search(_("Find")),
        choice("state", _("State"), [(state, WORDS[state]) for state in states]),
        choice(
            "medium",
            _("What is measured"),
            [(m.value, sentence(m.label)) for m in Medium if m.value in mediums],
        ),
        choice("unit", _("District"), sorted({each for own in units.values() for each in own})),
        choice("zone", _("Zone or cluster"), [(zone.code, zone.name) for zone in by_name]),
    )


def _fits(seen: Seen, filters: Filters, units: Units) -> bool:
    """Everything but the state, which the counts are made over."""
    station, facility = seen.station, seen.station.facility
    own = units[facility.pk]
    if filters["medium"] not in ("", station.medium):
        return False
    if filters["unit"] and filters["unit"] not in [code for code, _name in own]:
        return False
    if filters["zone"] and (facility.zone is None or facility.zone.code != filters["zone"]):
        return False
    places = (str(facility.zone or ""), *(name for _code, name in own))
    names = (station.code, station.name, facility.name, str(facility.operator or ""))
    return found_in(filters["q"], *names, *places)


def _counts(found: Sequence[Seen], filters: Filters) -> list[dict[str, Any]]:
    by_state = Counter(seen.state for seen in found)
    every = {
        "state": "",
        "word": _("all"),
        "count": len(found),
        "query": filters.address(state="") or "?",
        "current": not filters["state"],
    }
    return [every] + [
        {
            "state": state,
            "word": str(WORDS[state]),
            "count": by_state[state],
            "query": filters.address(state=state),
            "current": filters["state"] == state,
        }
        for state in sorted(by_state, key=RANK.__getitem__)
    ]


def _lines(rows: Sequence[Seen], units: Units, now: datetime) -> list[dict[str, Any]]:
    readable = [seen.station.pk for seen in rows if seen.readable]
    drawn = StationState.objects.filter(station__in=readable).only(
        "state", "worst_symbol", "channels"
    )
    worst = {row.station_id: _worst(row) for row in drawn}
    capture = capture_30_days([seen.station.pk for seen in rows], now)
    return [
        {
            "code": seen.station.code,
            "name": seen.station.code,
            "facility": place_name(seen.station.facility),
            "zone": str(seen.station.facility.zone or ""),
            "unit": ", ".join(name for _code, name in units[seen.station.facility_id]),
            "medium": seen.station.get_medium_display(),
            "state": seen.state,
            "url": seen.url,
            "worst": worst.get(seen.station.pk),
            "measured_at": seen.link.newest_measured_at if seen.link else None,
            "received_at": seen.link.newest_received_at if seen.link else None,
            "silent_since": seen.link.silent_since if seen.link else None,
            "capture": capture.get(seen.station.pk),
        }
        for seen in rows
    ]


def _worst(drawn: StationState) -> dict[str, Any] | None:
    """The channel that gives the station its state; of several, the one nearest its limit."""
    channel = speaks_for(drawn)
    if channel is None:
        return None
    limit, beyond = channel["limit"], is_beyond(channel)
    return {
        "parameter": channel["symbol"],
        "value": channel["hour"] if limit["period"] == "hour" else channel["day"],
        "low": limit["min"],
        "high": limit["max"],
        "unit": "" if channel["unit"] == "-" else channel["unit"],
        "confirmed": limit["confirmed"],
        "ratio": channel["ratio"],
        "state": "within" if channel["state"] == "exceeded" and not beyond else channel["state"],
        "now_within": channel["state"] == "exceeded" and not beyond,
    }


def capture_30_days(station_ids: Sequence[int], now: datetime) -> dict[int, float]:
    """Filled over expected slots of the last 30 whole days, of those that have any."""
    today = day_start(day_of(now))
    days = DayMean.objects.filter(start__gte=today - MONTH, start__lt=today)
    rows = (
        days.filter(station__in=station_ids, basis="")
        .order_by()
        .values_list("station")
        .annotate(filled=Sum("n"), slots=Sum("expected"))
    )
    return {pk: min(filled / slots, 1.0) for pk, filled, slots in rows if slots}
