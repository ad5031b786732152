"""Sáng nay: what needs doing, where, the last 24 hours, and the figures behind them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from alerts.models import Alert, Kind
from alerts.views.words import line, reader_of
from alerts.views.works import line as work_line
from alerts.views.works import standing_near
from monitoring.models import StationState
from monitoring.views.fleet import SILENT, WORDS, Seen, freshness, seen_by, speaks_for
from monitoring.views.health import health_facts
from monitoring.views.strip import LastDay, strip_of
from stations.domain import wording
from stations.models import Agency, Person, Station
from stations.services.grants import DECIDE_DATA
from stations.views.limits import language
from stations.views.names import units_of
from stations.views.person import person_of

MOST_WORK = 7
MOST_WORKS = 5
MOST_NEWEST = 6
ONE_DAY = timedelta(days=1)


@login_required
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """The first page of the day."""
    now = timezone.now()
    stations = seen_by(person_of(request))
    day = LastDay(stations, now)
    work, work_count, newest, exceedances = _cases(person_of(request), now)
    links_only = bool(stations) and not any(seen.readable for seen in stations)
    shown = {
        "freshness": freshness(stations),
        "work": work,
        "work_count": work_count,
        "newest": newest,
        "map": {"stations": _marks(stations), "places": _places(stations)},
        "links_only": links_only,
        "health": health_facts(now) if links_only else [],
        "strip": strip_of(stations, day),
        "silent": _silent(stations),
        "counts": _counts(stations),
        "figures": _figures(stations, day, exceedances, links_only=links_only),
        "whole": _whole(person_of(request)),
        "has_stations": bool(stations),
        **_works(stations, now),
        "flows_to_look_at": Station.objects.for_user(person_of(request), DECIDE_DATA).exists(),
    }
    return render(request, "pages/overview.html", shown)


def _cases(user: Person, now: datetime) -> tuple[list[Any], int, list[Any], int]:
    """The most pressing, how many in all, the newest, and the exceedances of the last day."""
    mine = Alert.objects.for_user(user)
    pressing = mine.to_handle(now).select_related("station__facility__zone", "zone")
    work = list(pressing[:MOST_WORK])
    newest = list(mine.with_for_list()[:MOST_NEWEST])
    reader = reader_of(user, {*work, *newest})
    since = now - ONE_DAY
    exceedances = mine.filter(kind=Kind.EXCEEDANCE, raised_at__gte=since, withdrawn=False).count()
    return (
        [line(alert, reader, now) for alert in work],
        pressing.order_by().count(),
        [line(alert, reader, now) for alert in newest],
        exceedances,
    )


def _works(stations: Sequence[Seen], now: datetime) -> dict[str, Any]:
    """Announced work that goes on, comes soon or waits for a decision: those that wait first."""
    near = list(standing_near([seen.station.pk for seen in stations], now))
    near.sort(key=lambda work: (work.decision != "", work.start, work.pk))
    return {
        "works": [work_line(work, now) for work in near[:MOST_WORKS]],
        "works_count": len(near),
    }


def _marks(stations: Sequence[Seen]) -> list[dict[str, Any]]:
    """A mark for each station that has a place."""
    worst = _worst_words(stations)
    return [
        {
            "code": seen.station.code,
            "name": seen.name,
            "state": seen.state,
            "word": worst.get(seen.station.pk, str(WORDS[seen.state])),
            "lat": seen.station.position[0],
            "lon": seen.station.position[1],
            "url": seen.url,
        }
        for seen in stations
        if seen.station.position is not None
    ]


def _worst_words(stations: Sequence[Seen]) -> dict[int, str]:
    """COD 92,4 / 67,5 mg/L: of stations that are beyond a limit, or near it."""
    beyond = [s.station.pk for s in stations if s.readable and s.state in _WITH_VALUE]
    rows = StationState.objects.filter(station__in=beyond)
    return {
        row.station_id: words
        for row in rows.only("state", "worst_symbol", "channels")
        if (words := worst_words(row))
    }


_WITH_VALUE = ("exceeded", "early_warning")


def worst_words(drawn: StationState) -> str:
    """The channel that gives the station its state, its mean and its limit."""
    worst = speaks_for(drawn)
    if worst is None:
        return ""
    limit = worst["limit"]
    mean = worst["hour"] if limit["period"] == "hour" else worst["day"]
    shown = wording.measured(mean, against=(limit["min"], limit["max"]), language=language())
    sides = wording.limits(limit["min"], limit["max"], language=language())
    unit = "" if worst["unit"] == "-" else f" {worst['unit']}"
    return f"{worst['symbol']} {shown}{unit} ({sides})"


def _places(stations: Sequence[Seen]) -> list[dict[str, Any]]:
    """Names of districts, written where the middle of their stations is."""
    placed = [seen for seen in stations if seen.station.position is not None]
    units = units_of((seen.station.facility for seen in placed), on=timezone.localdate())
    spots: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for seen in placed:
        for _code, name in units[seen.station.facility_id][:1]:
            spots[name].append(seen.station.position or (0.0, 0.0))
    return [
        {
            "name": name,
            "lat": sum(lat for lat, _lon in found) / len(found),
            "lon": sum(lon for _lat, lon in found) / len(found),
        }
        for name, found in spots.items()
    ]


def _silent(stations: Sequence[Seen]) -> list[Seen]:
    """Who is silent now, the longest first."""
    silent = [seen for seen in stations if seen.state == SILENT and seen.link is not None]
    return sorted(silent, key=lambda seen: seen.link.silent_since or timezone.now())  # type: ignore[union-attr]


def _counts(stations: Sequence[Seen]) -> dict[str, dict[str, Any]]:
    """How many stations in each state; a click lists them."""
    found = Counter(seen.state for seen in stations)
    return {
        state: {"count": count, "query": f"{reverse('station-list')}?state={state}"}
        for state, count in found.items()
    }


def _figures(
    stations: Sequence[Seen], day: LastDay, exceedances: int, *, links_only: bool
) -> list[dict[str, Any]]:
    connected = sum(seen.link is not None for seen in stations)
    silent = sum(seen.state == SILENT for seen in stations)
    shares = day.shares(stations)
    known = [share for share in shares if share is not None]
    figures: list[dict[str, Any]] = [
        {
            "value": wording.percent(sum(known) / len(known), language=language())
            if known
            else "—",
            "label": _("valid data in 24 hours"),
            "line": shares,
        },
        {
            "value": f"{connected} / {len(stations)}",
            "label": _("stations connected"),
            "url": reverse("station-list"),
        },
        {
            "value": silent,
            "label": _("silent now"),
            "url": f"{reverse('station-list')}?state={SILENT}",
        },
    ]
    if not links_only:
        figures.append(
            {
                "value": exceedances,
                "label": _("exceedances in 24 hours"),
                "url": f"{reverse('alert-list')}?kind={Kind.EXCEEDANCE}",
            }
        )
    return figures


def _whole(user: Person) -> str:
    """Whose territory it is: the agency's name, or the whole province."""
    today = timezone.localdate()
    here = user.memberships.in_force(today).select_related("agency__unit", "agency__operator")
    names = []
    for membership in here:
        agency = membership.agency
        if agency.kind == Agency.Kind.DISTRICT and agency.unit:
            names.append(agency.unit.name)
        elif agency.kind == Agency.Kind.OPERATOR and agency.operator:
            names.append(agency.operator.name)
        elif agency.kind == Agency.Kind.ZONES_BOARD:
            names.append(_("Industrial zones"))
        elif agency.kind == Agency.Kind.INDUSTRY_TRADE:
            names.append(_("Industrial clusters"))
    return ", ".join(dict.fromkeys(names)) or _("The whole province")
