"""The calendar of a year: one parameter of a station, a cell a day, its verdict and its data."""

from __future__ import annotations

import calendar as almanac
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from alerts.views.words import sentence
from monitoring.models import Layer, Verdict
from monitoring.services.calendar import (
    DAILY,
    Day,
    Judged,
    days_of_year,
    judged_of,
    periods_of_day,
)
from stations.domain import wording
from stations.models import Channel, Station
from stations.views.filters import Filters, choice
from stations.views.limits import language, mean_of
from stations.views.names import short_name
from stations.views.person import person_of

STEPS = 20
"""Into so many steps the share of valid data is cut where it is drawn."""

NOTHING = Judged((), (), approved=False)


@login_required
@require_safe
def station_calendar(request: HttpRequest, code: str) -> HttpResponse:
    """The page of a year."""
    mine = Station.objects.for_user(person_of(request)).select_related("facility__zone")
    station = get_object_or_404(mine, code=code)
    channels = list(station.channels.select_related("parameter").order_by("slot"))
    judged = judged_of(channels)
    channel = _channel(channels, judged, request.GET.get("parameter", ""))
    known = judged.get(channel.slot, NOTHING) if channel else NOTHING
    filters = _filters(request, channels, judged, known)
    asked = _asked(filters, channel, known)
    days = days_of_year(channel, **asked) if channel and known.periods else []
    here = calendar_url(station.code, channel.symbol, **asked) if channel else ""
    shown = {
        "station": {
            "code": station.code,
            "name": short_name(station),
            "url": reverse("station-detail", args=[station.code]),
        },
        "filters": filters.fields,
        "channel": _of_channel(channel) if channel else None,
        "asked": asked,
        "mean_of": mean_of(asked["period"]),
        "hourly": asked["period"] != "day",
        "layer_word": sentence(Layer(asked["layer"]).label),
        "summary": _summary(days, asked["year"]),
        "years": _years(station.code, channel, asked),
        "here": here,
        "chosen": _chosen_day(request, channel, asked) if channel else None,
        "months": _months(days, asked["year"], asked["period"], here),
        "exceeded": [_line(day, asked["period"], here) for day in days if day.result == "exceeded"],
        "scant": _stretches([day.day for day in days if day.result == "not_enough_data"]),
        "json_url": _json_url(station.code, channel, asked),
        "judged": bool(days),
    }
    return render(request, "pages/calendar.html", shown)


def calendar_url(code: str, parameter: str, *, year: int, period: str, layer: str) -> str:
    """The calendar with this in it."""
    asked = {"parameter": parameter, "year": year, "period": period if period in DAILY else "day"}
    if layer != Layer.RAW:
        asked["layer"] = layer
    return f"{reverse('station-calendar', args=[code])}?{urlencode(asked)}"


def _channel(
    channels: Sequence[Channel], judged: Mapping[int, Judged], symbol: str
) -> Channel | None:
    """The one that is asked for, else the first that has a verdict, else the first."""
    named = [channel for channel in channels if channel.symbol == symbol]
    some = [channel for channel in channels if judged[channel.slot].periods]
    return next(iter([*named, *some, *channels]), None)


def _filters(
    request: HttpRequest, channels: Sequence[Channel], judged: Mapping[int, Judged], known: Judged
) -> Filters:
    fields = [
        choice(
            "parameter",
            _("Parameter"),
            [
                (channel.symbol, channel.symbol)
                for channel in channels
                if judged[channel.slot].periods
            ],
        ),
        choice("year", _("Year"), [(str(year), year) for year in reversed(known.years)]),
        choice("period", _("Mean"), [(p, mean_of(p)) for p in known.periods]),
    ]
    if known.approved:
        words = [(layer.value, sentence(layer.label)) for layer in Layer]
        fields.append(choice("layer", _("Layer"), words))
    for field in fields:
        field.options = field.options[1:]  # there is no calendar of all of them
    return Filters(request, *fields)


def _asked(filters: Filters, channel: Channel | None, known: Judged) -> dict[str, Any]:
    """What is shown: what is asked for where there is such, else the usual and the newest."""
    usual = {
        "parameter": channel.symbol if channel else "",
        "year": str(known.years[-1] if known.years else timezone.localdate().year),
        "period": known.periods[0] if known.periods else "day",
        "layer": Layer.RAW.value,
    }
    for field in filters.fields:
        field.value = field.value or usual[field.name]
        usual[field.name] = field.value
    return {"year": int(usual["year"]), "period": usual["period"], "layer": usual["layer"]}


def _of_channel(channel: Channel) -> dict[str, str]:
    return {
        "symbol": channel.symbol,
        "name": channel.parameter.name,
        "unit": "" if channel.unit == "-" else channel.unit,
    }


def _years(code: str, channel: Channel | None, asked: Mapping[str, Any]) -> list[dict[str, Any]]:
    if channel is None:
        return []
    return [
        {
            "year": year,
            "url": calendar_url(
                code, channel.symbol, year=year, period=asked["period"], layer=asked["layer"]
            ),
        }
        for year in (asked["year"] - 1, asked["year"] + 1)
    ]


def _json_url(code: str, channel: Channel | None, asked: Mapping[str, Any]) -> str:
    if channel is None:
        return ""
    query = urlencode({"parameter": channel.symbol, **asked})
    return f"{reverse('api:station-calendar', args=[code])}?{query}"


def _summary(days: Sequence[Day], year: int) -> list[dict[str, Any]]:
    """Đạt 301 · Vượt 12 · Không đủ số liệu 20 · chưa có 32."""
    counts = {
        result: sum(day.result == result for day in days)
        for result in (
            Verdict.Result.WITHIN,
            Verdict.Result.EXCEEDED,
            Verdict.Result.NOT_ENOUGH_DATA,
        )
    }
    told: list[dict[str, Any]] = [
        {"state": result.value, "word": result.label, "count": count}
        for result, count in counts.items()
    ]
    whole = 365 + almanac.isleap(year)
    return [*told, {"state": "", "word": _("without a verdict"), "count": whole - len(days)}]


def _chosen_day(
    request: HttpRequest, channel: Channel, asked: Mapping[str, Any]
) -> dict[str, Any] | None:
    """The periods of the day that was asked for, each with its verdict; None for none."""
    try:
        chosen = date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        return None
    if asked["period"] == "day":
        return None
    now = timezone.now()
    rows = periods_of_day(channel, chosen, period=asked["period"], layer=asked["layer"])
    return {
        "day": f"{chosen:%d/%m/%Y}",
        "periods": [
            {
                "url": reverse("verdict-detail", args=[row.id]),
                "period": wording.period(row.start, row.end, now=now, language=language()),
                "state": row.result,
                "mean": row.mean,
                "low": row.minimum,
                "high": row.maximum,
                "ratio": row.ratio,
                "capture": row.capture,
            }
            for row in rows
        ],
    }


def _day_url(told: Day, period: str, here: str) -> str:
    """Its verdict; of a day with several periods the list of them."""
    if period == "day":
        return reverse("verdict-detail", args=[told.id])
    return f"{here}&day={told.day.isoformat()}#of-day"


def _months(days: Sequence[Day], year: int, period: str, here: str) -> list[dict[str, Any]]:
    by_day = {day.day: day for day in days}
    today = timezone.localdate()
    found = []
    for month in range(1, 13):
        first = date(year, month, 1)
        length = almanac.monthrange(year, month)[1]
        those = [first + timedelta(days=number) for number in range(length)]
        told = [by_day[day] for day in those if day in by_day]
        expected = sum(day.expected for day in told)
        found.append(
            {
                "number": month,
                "first_weekday": first.isoweekday(),
                "cells": [_cell(day, by_day.get(day), period, here, today=today) for day in those],
                "padding": range(31 - length),
                "exceeded": sum(day.result == "exceeded" for day in told),
                "capture": sum(day.n for day in told) / expected if expected else None,
            }
        )
    return found


def _cell(day: date, told: Day | None, period: str, here: str, *, today: date) -> dict[str, Any]:
    if told is None:
        return {"day": day.day, "state": "none", "url": "", "is_today": day == today}
    capture = told.capture
    return {
        "day": day.day,
        "state": told.result,
        "url": _day_url(told, period, here),
        "title": _title(day, told, period),
        "text": _text(told, period) if told.result == "exceeded" else "",
        "fill": 0 if capture is None else max(int(capture * STEPS), 1 if capture else 0),
        "is_today": day == today,
    }


def _text(told: Day, period: str) -> str:
    """What stands in the cell of an exceeded day: how often, how far, or how many times."""
    if period != "day":
        return f"{told.exceeded}×"
    if told.ratio is not None:
        return wording.measured(told.ratio, against=[1], language=language(), decimals=2)
    return f"+{wording.number(told.distance, language=language())}"


def _title(day: date, told: Day, period: str) -> str:
    """A day in a sentence."""
    word = Verdict.Result(told.result).label
    parts = [f"{day:%d/%m/%Y}", str(word)]
    if period != "day":
        if told.exceeded:
            parts.append(
                _("%(exceeded)s of %(judged)s periods, the worst:")
                % {"exceeded": told.exceeded, "judged": told.judged}
            )
        else:
            parts.append(
                _("%(within)s of %(judged)s periods within")
                % {"within": told.within, "judged": told.judged}
            )
    if told.mean is not None and (period == "day" or told.exceeded):
        against = (told.minimum, told.maximum)
        mean = wording.measured(told.mean, against=against, language=language())
        limits = wording.limits(told.minimum, told.maximum, language=language())
        parts.append(f"{mean} / {limits}")
        if told.ratio is not None:
            ratio = wording.measured(told.ratio, against=[1], language=language(), decimals=2)
            parts.append(_("%s times the limit") % ratio)
    parts.append(_("data %s") % wording.percent(told.capture, language=language()))
    return " · ".join(parts)


def _line(told: Day, period: str, here: str) -> dict[str, Any]:
    return {
        "day": f"{told.day:%d/%m/%Y}",
        "url": _day_url(told, period, here),
        "mean": told.mean,
        "low": told.minimum,
        "high": told.maximum,
        "ratio": told.ratio,
        "distance": told.distance,
        "capture": told.capture,
        "count": f"{told.exceeded}/{told.judged}" if period != "day" else "",
    }


def _stretches(days: Sequence[date]) -> str:
    """Neighbouring days as 03/02–05/02."""
    told: list[list[date]] = []
    for day in days:
        if told and day - told[-1][-1] == timedelta(days=1):
            told[-1].append(day)
        else:
            told.append([day])
    return ", ".join(
        f"{run[0]:%d/%m}" if len(run) == 1 else f"{run[0]:%d/%m}–{run[-1]:%d/%m}" for run in told
    )
