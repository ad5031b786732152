"""Means of means: the running 8 hours and the year. Here n counts valid hours, or valid days.

Whether an hour or a day is valid is asked with the limit's minimum capture; how many of them are
needed is fixed: 6 hours of 8, 75 % of the days of a year.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from monitoring.domain.averaging import Mean
from monitoring.domain.judging import has_enough
from stations.domain.regulations import Period

HOURS = 8
LONG_CAPTURE = Decimal("0.75")


def hours8_mean(hours: Iterable[Mean], min_capture: Decimal) -> Mean:
    """The mean of the valid hour means among the 8 hours up to a full hour; n ÷ 8 is its capture.

    Hours without any reading may be left out.
    """
    return _mean_of_means(hours, min_capture, expected=HOURS)


def hours8_start(end: datetime) -> datetime:
    """Where the 8 hours begin that end at a full hour."""
    return end - timedelta(hours=HOURS)


def year_mean(days: Iterable[Mean], min_capture: Decimal, *, year: int) -> Mean:
    """The mean of the valid day means of a year; n ÷ the days of that year is its capture."""
    return _mean_of_means(days, min_capture, expected=365 + calendar.isleap(year))


def capture_needed(period: Period, min_capture: Decimal) -> Decimal:
    """The capture a period's own mean needs: that of the limit, save for means of means."""
    return LONG_CAPTURE if period in ("hours8", "year") else min_capture


def _mean_of_means(parts: Iterable[Mean], min_capture: Decimal, *, expected: int) -> Mean:
    values = [part.total / part.n for part in parts if has_enough(part, min_capture)]
    return Mean(sum(values, Fraction()), len(values), expected)
