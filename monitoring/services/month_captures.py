"""The data capture of a month, as the page of that month shows it, for an operator's digest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from alerts.services.asking import MonthCapture
from monitoring.services.month_figures import LimitFigures, month_figures
from stations.models import Station


def captures_of_month(operator: int, month: date) -> list[MonthCapture]:
    """Each parameter that was judged in the month at a station of the operator, by station."""
    rows = Station.objects.filter(facility__operator=operator, synthetic=False)
    return [
        MonthCapture(
            station=station.code,
            facility=station.facility.name,
            parameter=figures.symbol,
            n=figures.raw.n,
            expected=figures.raw.expected,
            capture=figures.raw.capture,
            approved=figures.approved.capture if figures.touched else None,
        )
        for station in rows.select_related("facility").order_by("code")
        for figures in _one_each(month_figures(station.pk, month))
    ]


def _one_each(figures: Iterable[LimitFigures]) -> Iterator[LimitFigures]:
    """Of a parameter judged by several periods the longest speaks: they come in that order."""
    seen = set[int]()
    for each in figures:
        if each.slot not in seen:
            seen.add(each.slot)
            yield each
