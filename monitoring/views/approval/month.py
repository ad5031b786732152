"""A month of a station: what came of it in both layers, what was excluded, and its closing."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from monitoring.domain.exclusions import is_over, month_span, next_month
from monitoring.domain.slots import day_of, day_start
from monitoring.models import ClosedMonth, Layer
from monitoring.services import months
from monitoring.services.month_figures import (
    LayerFigures,
    LimitFigures,
    Result,
    exclusions_in,
    month_figures,
)
from monitoring.services.months import CannotClose
from monitoring.views.approval.rights import must_decide, rights_at, station_of
from monitoring.views.approval.words import line
from stations.domain import wording
from stations.models import Person, Station
from stations.views.limits import language, mean_of
from stations.views.names import place_name, short_code
from stations.views.person import person_of

MOST_CHANGES = 50
EARLIEST, LATEST = 2000, 2200


@login_required
@require_safe
def station_month(request: HttpRequest, code: str, year: int, month: int) -> HttpResponse:
    """The page of a month."""
    user, now, first = person_of(request), timezone.now(), first_day(year, month)
    station = station_of(user, code)
    start, end = month_span(first)
    closed = ClosedMonth.objects.filter(station=station, month=first)
    row = closed.select_related("closed_by", "station").first()
    figures = month_figures(station.pk, first)
    shown = {
        "station": {
            "code": station.code,
            "name": short_code(station),
            "facility": place_name(station.facility),
            "url": reverse("station-detail", args=[station.code]),
        },
        "month": first,
        "days": [day.day for day in days_of(first)],
        "previous": month_address(code, (first - timedelta(days=1)).replace(day=1)),
        "next": month_address(code, next_month(first)) if is_over(first, now) else "",
        "rows": [_row(each, station, first, now) for each in figures],
        "exclusions": [line(each, now) for each in exclusions_in(station.pk, start, end)],
        "closed": row,
        "changed": _changed(row, now) if row else None,
        **_closing(user, station, first, row, now),
    }
    return render(request, "pages/approval/station_month.html", shown)


def first_day(year: int, month: int) -> date:
    """The first day of a month that an address names; 404 where there is none."""
    if not (EARLIEST <= year <= LATEST and 1 <= month <= 12):
        raise Http404
    return date(year, month, 1)


def month_address(code: str, month: date) -> str:
    """The page of a month of a station."""
    return reverse("station-month", args=[code, month.year, month.month])


def days_of(month: date) -> list[date]:
    """Its days."""
    return [month + timedelta(days=n) for n in range((next_month(month) - month).days)]


def _row(each: LimitFigures, station: Station, month: date, now: datetime) -> dict[str, Any]:
    layers = [_layer(each.raw, Layer.RAW, each, station, month, now)]
    if each.touched:
        layers.append(_layer(each.approved, Layer.APPROVED, each, station, month, now))
    return {
        "symbol": each.symbol,
        "mean_of": mean_of(each.period),
        "basis": each.basis,
        "layers": layers,
        "touched": each.touched,
        "differs": each.raw.results != each.approved.results,
    }


def _layer(
    figures: LayerFigures,
    layer: Layer,
    each: LimitFigures,
    station: Station,
    month: date,
    now: datetime,
) -> dict[str, Any]:
    return {
        "layer": layer.value,
        "word": str(layer.label),
        "within": figures.results[Result.WITHIN],
        "exceeded": figures.results[Result.EXCEEDED],
        "not_enough": figures.results[Result.NOT_ENOUGH_DATA],
        "capture": figures.capture,
        "cells": [
            _cell(figures.days.get(day), day, each.symbol, station, now) for day in days_of(month)
        ],
    }


def _cell(
    result: str | None, day: date, symbol: str, station: Station, now: datetime
) -> dict[str, str]:
    start = wording.in_vietnam(day_start(day))
    word = Result(result).label if result else _("not judged")
    query = f"from={start:%Y-%m-%d}&to={start + timedelta(days=1):%Y-%m-%d}&parameters={symbol}"
    return {
        "state": result or "not_connected",
        "title": f"{wording.day(day, today=day_of(now), language=language())}: {word}",
        "url": f"{reverse('station-detail', args=[station.code])}?{query}#chart-part",
    }


def _changed(row: ClosedMonth, now: datetime) -> dict[str, Any]:
    """What changed since it was closed."""
    found = months.changed_since(row)
    return {
        "revisions": found.revisions,
        "count": len(found.verdicts),
        "verdicts": [
            {
                "symbol": each.symbol,
                "mean_of": mean_of(each.period),
                "period": wording.period(each.start, each.end, now=now, language=language()),
                "layer": str(Layer(each.layer).label),
                "mean": each.mean,
                "low": each.minimum,
                "high": each.maximum,
                "state": each.result,
                "word": each.get_result_display(),
                "judged_at": each.judged_at,
                "superseded": each.superseded_at is not None,
            }
            for each in found.verdicts[:MOST_CHANGES]
        ],
    }


def _closing(
    user: Person, station: Station, month: date, row: ClosedMonth | None, now: datetime
) -> dict[str, Any]:
    """Whether this reader may close it, and what it waits for."""
    decides = rights_at(user, station).decides
    if row is not None or not decides:
        return {"may_close": False, "hindrance": ""}
    if not is_over(month, now):
        return {"may_close": False, "hindrance": _("The month is not over yet.")}
    waiting = months.waiting_requests(station, month)
    return {
        "may_close": True,
        "waiting": [line(each, now) for each in waiting],
        "hindrance": ""
        if waiting or months.is_judged(station, month, now)
        else _("The last data of the month are still being judged."),
        "siblings": len(_siblings(user, station, month)),
    }


def _siblings(user: Person, station: Station, month: date) -> list[Station]:
    """The stations of the same facility on whose data he decides and whose month is open."""
    rows = Station.objects.for_user(user, "decide_data").filter(facility=station.facility_id)
    return list(rows.exclude(closed_months__month=month))


@login_required
@require_POST
def close(request: HttpRequest, code: str, year: int, month: int) -> HttpResponse:
    """Khóa tháng, of the station or of its whole facility."""
    user, first = person_of(request), first_day(year, month)
    station = station_of(user, code)
    must_decide(user, station)
    whole = request.POST.get("whole") == "1"
    wanted = _siblings(user, station, first) if whole else [station]
    try:
        done = months.close_months(
            stations=wanted, month=first, by=user, note=request.POST.get("note", "")
        )
        told = {"month": f"{first:%m/%Y}", "count": len(done)}
        messages.success(request, _("%(month)s is closed (stations: %(count)s).") % told)
    except CannotClose as refusal:
        messages.warning(request, str(refusal))
    return redirect("station-month", code=code, year=year, month=month)
