"""VN_AQI on the page of an ambient station: now, the last 24 hours, a month of days."""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from monitoring.domain.aqi import AirClass, AirIndex, Scale, SubIndex, ink_on
from monitoring.domain.slots import HOUR, ONE_DAY, day_of, day_start
from monitoring.services.aqi import NO_CLASS, NO_TABLE, REFERENCE, AirBook, Table, Told, daily
from monitoring.services.aqi import newest as newest_index
from monitoring.views.fleet import span_query
from stations.domain import wording
from stations.domain.dated import in_force
from stations.models import Station
from stations.views.limits import language

HOURS = 24
OLD = timedelta(hours=3)
"""From which age on an index is not called the present one."""


def air_panel(station: Station, now: datetime, asked_month: str) -> dict[str, Any]:
    """What components/air_index.html shows of a station."""
    today = day_of(now)
    running = now.replace(minute=0, second=0, microsecond=0)
    book = AirBook([station.pk], running - HOUR * HOURS, running)
    month = month_of(asked_month, today)
    table = in_force(book.tables, today)
    told = [book.of_hour(station.pk, running - HOUR * back) for back in range(HOURS, 0, -1)]
    return {
        "withheld": withheld(told[-1].withheld),
        "now": _present(newest_index(book, station.pk, now), now),
        "hours": [_hour(each, now) for each in told],
        "month": _month(station, month, today),
        "classes": _legend(table),
        "source": table.source if table else "",
        "unsure": list(table.unsure.values()) if table else [],
    }


def withheld(why: str) -> dict[str, str] | None:
    """Why a station has no index, and what is to be done."""
    words = {
        NO_CLASS: (
            _("This station has no class that may publish the index: concentrations only"),
            _("An officer enters its class in the register of stations."),
        ),
        REFERENCE: (
            _("A reference station: it publishes concentrations only, no index"),
            "",
        ),
        NO_TABLE: (
            _("No usable table of the index is in force today"),
            _("An officer enters it in the administration, with its source."),
        ),
    }
    if why not in words:
        return None
    said, then = words[why]
    return {"said": said, "then": then}


def month_of(text: str, today: date) -> date:
    """The first day of the month that an address asks for (2024-05), this one where it is none."""
    try:
        year, month = (int(part) for part in text.split("-"))
        asked = date(year, month, 1)
    except ValueError:
        return today.replace(day=1)
    return min(asked, today.replace(day=1))


def class_word(air: AirClass) -> str:
    """Tốt, Good."""
    return air.english if language() == "en" else air.vietnamese


def _on(air: AirClass) -> str:
    """The ground of a class's colour, and the figure on it, for css/air.css."""
    return f"--air: {air.colour}; --air-ink: {ink_on(air.colour)}"


def chip(index: AirIndex | None) -> dict[str, Any] | None:
    """The index as a figure on its class's colour, with the class's word; None without one."""
    if index is None or index.air is None or index.value is None:
        return None
    return {
        "value": f"> {index.value}" if index.beyond else str(index.value),
        "word": class_word(index.air),
        "level": index.air.level,
        "style": _on(index.air),
        "main": ", ".join(index.main),
    }


def _present(told: Told | None, now: datetime) -> dict[str, Any] | None:
    shown = chip(told.index) if told else None
    if told is None or shown is None or told.index is None or told.index.air is None:
        return None
    air, english = told.index.air, language() == "en"
    return shown | {
        "period": wording.period(told.start, told.start + HOUR, now=now, language=language()),
        "old": now - told.start - HOUR >= OLD,
        "age": now - told.start - HOUR,
        "effect": air.effect_english if english else air.effect_vietnamese,
        "beyond": told.index.beyond,
        "subs": _subs(told.index.subs, told.index.main),
    }


def _subs(subs: Sequence[SubIndex], main: Sequence[str]) -> list[dict[str, Any]]:
    ordered = sorted(subs, key=lambda sub: -sub.exact)
    top = max((sub.exact for sub in subs), default=0) or 1
    return [
        {
            "pollutant": sub.pollutant,
            "concentration": float(sub.concentration),
            "mean": _mean_of(sub),
            "value": sub.value,
            "beyond": sub.beyond,
            "main": sub.pollutant in main,
            "style": f"--share: {float(sub.exact / top) * 100:.1f}%",
        }
        for sub in ordered
    ]


def _mean_of(sub: SubIndex) -> str:
    if sub.pollutant.startswith("PM"):
        return _("NowCast of 12 hours")
    return _("1-hour mean")


def _hour(told: Told, now: datetime) -> dict[str, Any]:
    period = wording.period(told.start, told.start + HOUR, now=now, language=language())
    shown = chip(told.index)
    span = span_query(told.start - 2 * HOUR, min(told.start + 3 * HOUR, now))
    return {
        "label": wording.in_vietnam(told.start).strftime("%H"),
        "chip": shown,
        "title": f"{period} · {_said(shown, told)}",
        "query": f"?{span}#chart-part",
    }


def _said(shown: Mapping[str, Any] | None, told: Told) -> str:
    """What hovering, or a screen reader, is told of an hour or a day."""
    if shown is not None:
        return f"VN_AQI {shown['value']} · {shown['word']} · {shown['main']}"
    reason = withheld(told.withheld)
    return reason["said"] if reason else _("not enough data of PM10 or PM2.5")


def _month(station: Station, first: date, today: date) -> dict[str, Any]:
    """The weeks of a month, Monday first; a day that is not over has no index yet."""
    last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
    until = min(last, today - ONE_DAY)
    told: dict[date, Told] = {}
    if until >= first:
        book = AirBook([station.pk], day_start(first), day_start(until + ONE_DAY))
        told = {day_of(each.start): each for each in daily(book, station.pk, first, until)}
    cells: list[dict[str, Any] | None] = [None] * first.weekday()
    cells += [_day(first + ONE_DAY * n, told, today) for n in range((last - first).days + 1)]
    cells += [None] * (-len(cells) % 7)
    before, after = first - ONE_DAY, last + ONE_DAY
    return {
        "title": f"{first:%m/%Y}",
        "weekdays": [_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun")],
        "weeks": [cells[at : at + 7] for at in range(0, len(cells), 7)],
        "before": f"{before:%Y-%m}",
        "before_title": f"{before:%m/%Y}",
        "after": f"{after:%Y-%m}" if after <= today else "",
        "after_title": f"{after:%m/%Y}",
        "counted": _counted(told),
    }


def _day(day: date, told: Mapping[date, Told], today: date) -> dict[str, Any]:
    named = wording.day(day, today=today, language=language())
    if day not in told:
        said = _("the day is not over") if day == today else ""
        return {"day": day.day, "chip": None, "said": said, "title": f"{named} {said}".strip()}
    shown = chip(told[day].index)
    return {
        "day": day.day,
        "chip": shown,
        "said": _said(shown, told[day]),
        "title": f"{named} · {_said(shown, told[day])}",
        "missing": shown is None,
    }


def _counted(told: Mapping[date, Told]) -> list[dict[str, Any]]:
    """How many days of the month each class had, the best first."""
    airs = [each.index.air for each in told.values() if each.index and each.index.air]
    found = sorted({air.level: air for air in airs}.items())
    return [
        {
            "word": class_word(air),
            "style": _on(air),
            "days": sum(other.level == level for other in airs),
        }
        for level, air in found
    ]


def _legend(table: Table | None) -> list[dict[str, Any]]:
    scale: Scale | None = table.scale if table else None
    if scale is None:
        return []
    lowest = [scale.index[0], *(air.highest + 1 for air in scale.classes)]
    return [
        {"word": class_word(air), "style": _on(air), "range": f"{low}–{air.highest}"}
        for low, air in zip(lowest, scale.classes, strict=False)
    ]
