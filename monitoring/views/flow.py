"""Volumes and loads on the page of a station, and the list of days whose flows want a look."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from monitoring.domain.slots import ONE_DAY, day_of
from monitoring.domain.totals import Total
from monitoring.services.flows import (
    BALANCE,
    DESIGN,
    DROP,
    MAYBE_OVER,
    OVER,
    Allowance,
    FlowBook,
    FlowDay,
    hours_of,
    signs_of,
)
from monitoring.views.air import month_of
from monitoring.views.fleet import seen_by
from stations.domain import wording
from stations.models import Medium, Station
from stations.views.limits import language
from stations.views.names import place_name
from stations.views.person import person_of

WITH_FLOW = (Medium.WASTEWATER, Medium.EMISSION)
STATE_OF_SIGN = {OVER: "early_warning"}
"""The mark of a sign; the others are to be looked at."""

BAR, GAP, HEIGHT, HEAD = 20, 6, 120, 14
"""The drawing: a bar's width, what lies between, its height, and the room above for marks."""

LOOK_BACK = 7
LONGEST_LOOK_BACK = 62


def flow_panel(station: Station, now: datetime, asked_month: str) -> dict[str, Any] | None:
    """What components/flow.html shows; None for what has no flow by its nature (air, rivers)."""
    if station.medium not in WITH_FLOW:
        return None
    today = day_of(now)
    first = month_of(asked_month, today)
    last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
    book = FlowBook([station], first, min(last, today))
    days = book.of(station.pk)
    inflow, outflow = book.channels(station.pk, min(last, today))
    several = len(book.outlets(station.pk)) > 1 and station.medium == Medium.WASTEWATER
    symbols = list(dict.fromkeys(symbol for each in days for symbol in each.loads))
    return {
        "measured": inflow is not None or outflow is not None,
        "gas": station.medium == Medium.EMISSION,
        "month": _month(first, last, today),
        "allowance": allowance_words(days[-1].allowance),
        "has_inflow": inflow is not None,
        "has_outflow": outflow is not None,
        "several": several,
        "symbols": symbols,
        "signs": [sign for each in reversed(days) for sign in signs(each)],
        "chart": _chart(days, last),
        "rows": [_row(each, symbols, today) for each in reversed(days) if each.has_data],
        "sums": _sums(days, symbols),
        "empty": not any(each.has_data for each in days),
    }


def allowance_words(allowance: Allowance | None) -> str:
    """Giấy phép số 12: 7.000 m³/ngày."""
    if allowance is None:
        return ""
    amount = wording.exact(allowance.m3, language=language())
    if allowance.kind == DESIGN:
        return _("design flow (no flow of a permit is entered): %s m³/day") % amount
    return _("permit %(name)s: %(amount)s m³/day") % {"name": allowance.name, "amount": amount}


def signs(each: FlowDay) -> list[dict[str, Any]]:
    """The signs of a day in words, each with its mark."""
    return [
        {
            "kind": kind,
            "day": each.day,
            "state": STATE_OF_SIGN.get(kind, "notice"),
            "words": text,
        }
        for kind in each.signs
        for text in _words(kind, each)
    ]


def _words(kind: str, each: FlowDay) -> Iterable[str]:
    if kind in (OVER, MAYBE_OVER) and each.allowance:
        volume = each.facility if kind == OVER else each.facility_whole
        told = {
            "volume": _measured(volume, each.allowance),
            "allowed": wording.exact(each.allowance.m3, language=language()),
        }
        if kind == OVER:
            yield _("above the permitted flow: %(volume)s of %(allowed)s m³") % told
        else:
            words = _(
                "a whole day would be above the permitted flow: about %(volume)s of %(allowed)s m³"
            )
            yield words % told
    elif kind == BALANCE and each.balance and each.parted is not None:
        out = each.balance.outflow < each.balance.inflow
        share = wording.percent(float(each.parted), language=language())
        yield (_("%s less flowed out than in") if out else _("%s more flowed out than in")) % share
    elif kind == DROP:
        for drop in each.drops:
            hours = hours_of(drop)
            begin = wording.in_vietnam(drop.start).strftime("%H:%M")
            yield ngettext(
                "hardly any outflow for %(hours)d hour from %(begin)s, with inflow going on",
                "hardly any outflow for %(hours)d hours from %(begin)s, with inflow going on",
                hours,
            ) % {"hours": hours, "begin": begin}


def _measured(volume: Fraction | None, allowance: Allowance) -> str:
    shown = None if volume is None else float(volume)
    return wording.measured(shown, against=[allowance.m3], language=language(), decimals=0)


def _month(first: date, last: date, today: date) -> dict[str, str]:
    before, after = first - ONE_DAY, last + ONE_DAY
    return {
        "title": f"{first:%m/%Y}",
        "before": f"{before:%Y-%m}",
        "before_title": f"{before:%m/%Y}",
        "after": f"{after:%Y-%m}" if after <= today else "",
        "after_title": f"{after:%m/%Y}",
    }


def _row(each: FlowDay, symbols: Sequence[str], today: date) -> dict[str, Any]:
    told = wording.day(each.day, today=today, language=language())
    return {
        "day": told,
        "running": each.day == today,
        "inflow": _amount(each.inflow),
        "outflow": _amount(each.outflow),
        "capture": _float((each.outflow or each.inflow or Total(Fraction(), 0, 0)).capture),
        "facility": _float(each.facility),
        "share": _float(each.share),
        "over": OVER in each.signs,
        "parted": _float(each.parted),
        "parts": BALANCE in each.signs,
        "loads": [(symbol, _amount(each.loads.get(symbol))) for symbol in symbols],
        "signs": signs(each),
    }


def _amount(total: Total | None) -> float | None:
    return None if total is None else float(total.amount)


def _float(value: Fraction | None) -> float | None:
    return None if value is None else float(value)


def _sums(days: Sequence[FlowDay], symbols: Sequence[str]) -> dict[str, Any]:
    """Of what was measured: nothing is added for what is missing."""

    def of(totals: Iterable[Total | None]) -> float | None:
        known = [total.amount for total in totals if total is not None]
        return float(sum(known, Fraction())) if known else None

    known = [each for each in days if each.has_data]
    facility = [each.facility for each in known if each.facility is not None]
    slots = [total for each in days if (total := each.outflow or each.inflow)]
    expected = sum(total.expected for total in slots)
    return {
        "days": len(known),
        "inflow": of(each.inflow for each in known),
        "outflow": of(each.outflow for each in known),
        "facility": float(sum(facility, Fraction())) if facility else None,
        "over": sum(OVER in each.signs for each in days),
        "capture": sum(total.n for total in slots) / expected if expected else None,
        "loads": [(symbol, of(each.loads.get(symbol) for each in known)) for symbol in symbols],
    }


@dataclass(frozen=True, slots=True)
class Bar:
    """A day in the drawing: text of numbers, so that no language changes them."""

    x: str
    y: str
    height: str
    own_y: str
    own_height: str
    kind: str
    title: str
    mark: str = ""


def _chart(days: Sequence[FlowDay], last: date) -> dict[str, Any]:
    """A bar a day of the month: the facility's outflow, this station's within it, the allowance."""
    volumes = [_drawn_volume(each) for each in days]
    allowed = [each.allowance.m3 for each in days if each.allowance]
    top = max([*(v for v in volumes if v), *(Fraction(m3) for m3 in allowed), Fraction(1)])
    step = BAR + GAP

    def height(value: Fraction) -> float:
        return float(value / top) * (HEIGHT - HEAD)

    bars = []
    for number, (each, volume) in enumerate(zip(days, volumes, strict=True)):
        if volume is None:
            continue
        tall = height(volume)
        own = height(each.outflow.amount) if each.outflow else tall
        left = number * step + GAP / 2
        bars.append(
            Bar(
                x=f"{left:.1f}",
                y=f"{HEIGHT - tall:.1f}",
                height=f"{tall:.1f}",
                own_y=f"{HEIGHT - own:.1f}",
                own_height=f"{own:.1f}",
                kind=_kind(each),
                title=_bar_title(each, volume),
                mark=_triangle(left + BAR / 2, HEIGHT - tall - 2) if OVER in each.signs else "",
            )
        )
    return {
        "bars": bars,
        "width": last.day * step,
        "bar": BAR,
        "height": HEIGHT,
        "limit": _limit_path(days, height),
        "labels": [str(n) if n == 1 or n % 5 == 0 else "" for n in range(1, last.day + 1)],
        "top": wording.number(float(top), language=language(), decimals=0),
    }


def _drawn_volume(each: FlowDay) -> Fraction | None:
    if each.facility is not None:
        return each.facility
    shown = each.outflow or each.inflow
    return shown.amount if shown else None


def _kind(each: FlowDay) -> str:
    if OVER in each.signs:
        return "over"
    return "whole" if each.outflow_whole is not None else "part"


def _bar_title(each: FlowDay, volume: Fraction) -> str:
    told = wording.day(each.day, today=each.day, language=language())
    words = [f"{told}: {wording.number(float(volume), language=language(), decimals=0)} m³"]
    if each.share is not None:
        share = wording.percent(float(each.share), language=language())
        words.append(_("%s of what is permitted") % share)
    return " · ".join([*words, *(sign["words"] for sign in signs(each))])


def _triangle(x: float, y: float) -> str:
    return f"M{x - 5:.1f} {y:.1f}h10l-5 -9z"


def _limit_path(days: Sequence[FlowDay], height: Any) -> str:
    """The allowance as a line that steps where it changes."""
    step = BAR + GAP
    strokes = []
    for number, each in enumerate(days):
        if each.allowance:
            y = HEIGHT - height(Fraction(each.allowance.m3))
            strokes.append(f"M{number * step} {y:.1f}h{step}")
    return "".join(strokes)


@login_required
@require_safe
def flow_signs(request: HttpRequest) -> HttpResponse:
    """The days of the last week whose flows want a look, of every station that the reader reads."""
    today = timezone.localdate()
    back = _days_asked(request.GET.get("days", ""))
    stations = [seen.station for seen in seen_by(person_of(request)) if seen.readable]
    found = signs_of(stations, today - timedelta(days=back), today)
    shown = {
        "days": back,
        "choices": [7, 31, LONGEST_LOOK_BACK],
        "has_stations": any(each.medium == Medium.WASTEWATER for each in stations),
        "rows": [_sign_row(station, each, today) for station, each in found],
    }
    return render(request, "pages/flow_signs.html", shown)


def _days_asked(text: str) -> int:
    asked = int(text) if text.isascii() and text.isdecimal() else LOOK_BACK
    return min(max(asked, 1), LONGEST_LOOK_BACK)


def _sign_row(station: Station, each: FlowDay, today: date) -> dict[str, Any]:
    address = reverse("station-detail", args=[station.code])
    return {
        "day": wording.day(each.day, today=today, language=language()),
        "running": each.day == today,
        "station": station.code,
        "facility": place_name(station.facility),
        "url": f"{address}?flow_month={each.day:%Y-%m}#flow",
        "signs": signs(each),
        "outflow": _float(each.facility) or _amount(each.outflow),
        "allowed": each.allowance.m3 if each.allowance else None,
        "share": _float(each.share),
    }
