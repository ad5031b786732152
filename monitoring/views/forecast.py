"""Today foretold on the page of a station: where each day's mean will end."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from monitoring.domain.forecast import PAST_DAYS, Score
from monitoring.services.forecast import Foretold, foretell
from monitoring.services.setup import setups_of
from stations.domain import wording
from stations.models import Station
from stations.services.limits import RuleBook
from stations.views.limits import language


def forecast_panel(station: Station, now: datetime) -> list[dict[str, Any]]:
    """A row a parameter that has a limit of the day and hours to go by; the most pressing first."""
    setup = setups_of([station.pk])[station.pk]
    told = foretell(setup, RuleBook.load([station.pk]), now=now)
    rows = [_row(each) for each in told]
    return sorted(rows, key=lambda row: -row["nearness"])


def _row(each: Foretold) -> dict[str, Any]:
    found, limit = each.forecast.range, each.limit
    low, middle, high = (_number(value) for value in (found.low, found.middle, found.high))
    beyond = [_is_beyond(value, limit.minimum, limit.maximum) for value in (low, middle, high)]
    return {
        "symbol": each.channel.symbol,
        "unit": "" if each.channel.unit == "-" else each.channel.unit,
        "low": low,
        "middle": middle,
        "high": high,
        "limit_low": limit.minimum,
        "limit_high": limit.maximum,
        "state": _state(beyond),
        "words": _words(beyond),
        "way": _("like past days") if each.forecast.way == PAST_DAYS else _("plain arithmetic"),
        "plain": _score(each.forecast.plain, each.channel.unit),
        "past_days": _score(each.forecast.past_days, each.channel.unit),
        "nearness": _nearness(high, limit.maximum),
    }


def _number(value: float) -> Decimal:
    return Decimal(repr(value))


def _is_beyond(value: Decimal, low: Decimal | None, high: Decimal | None) -> bool:
    return (high is not None and value > high) or (low is not None and value < low)


def _state(beyond: list[bool]) -> str:
    """The mark: never that of an exceedance, since nothing has been judged."""
    return "early_warning" if any(beyond) else "within"


def _words(beyond: list[bool]) -> str:
    if all(beyond):
        return _("will probably end beyond the limit")
    if any(beyond):
        return _("may end beyond the limit")
    return _("will probably end within the limit")


def _nearness(high: Decimal, limit: Decimal | None) -> float:
    return float(high / limit) if limit else 0.0


def _score(score: Score | None, unit: str) -> str:
    """± 2,1 mg/L, 85 % inside, 30 days."""
    if score is None:
        return ""
    shown = wording.measured(_number(score.error), against=(), language=language())
    told = {
        "error": f"{shown} {unit}".strip(" -"),
        "inside": wording.percent(_number(score.inside), language=language()),
        "days": score.days,
    }
    return _("off by %(error)s on average, %(inside)s inside the range, %(days)s days") % told
