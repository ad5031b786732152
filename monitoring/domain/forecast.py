"""In which range the mean of a running day will end.

What has come counts as it is; only the rest of the day is guessed. Two ways to guess it:

*plain*: the rest stays between the lowest and the highest hour of the last 24, and most likely
goes on as the day has gone so far.

*like past days*: the rest differs from the hours before it as it did on past days at this hour; of
these differences the middle one, and the two that leave a tenth outside on either side.

The second is used only where it was better on past days than the first, by the interval score
(width, and ten times what lies outside: Gneiting and Raftery 2007, for an interval of 80 %). A
forecast decides nothing, so floats will do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median

LEAST_DAYS = 10
"""Past days that are needed before a way of guessing is trusted, or another is preferred."""

OUTSIDE = 0.1
"""Share that a range leaves out on either side."""

HOURS_OF_DAY = 24
PLAIN, PAST_DAYS = "plain", "past_days"

Hours = Mapping[int, float]
"""The hour means of a day by hour (0–23); hours without one are left out."""


@dataclass(frozen=True, slots=True)
class Range:
    """Where a day's mean will end: low ≤ middle ≤ high."""

    low: float
    middle: float
    high: float


@dataclass(frozen=True, slots=True)
class Score:
    """How a way of guessing did on past days: mean interval score, mean error, share inside."""

    days: int
    interval: float
    error: float
    inside: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """The range that is shown, the way it was made, and how both ways did."""

    range: Range
    way: str
    plain: Score | None
    past_days: Score | None


def forecast(
    today: Hours, day_before: Hours, past: Sequence[tuple[Hours, Hours]]
) -> Forecast | None:
    """The range of today's mean; None before its first hour, and once its last hour is there.

    `past`: earlier days, each with the day before it, newest first.
    """
    passed = hours_passed(today)
    if not passed or passed == HOURS_OF_DAY:
        return None
    known = [pair for pair in past if is_whole(pair[0])]
    score = _score_of_past_days(known, passed)
    compared = known if score is None else known[: score.days]
    plain_score = _score_of_plain(compared, passed)
    better = score is not None and plain_score is not None and score.interval < plain_score.interval
    rests = [rest_beside(day, passed) for day, _ in known]
    found = like_past_days(today, passed, rests) if better else plain(today, day_before, passed)
    if found is None:
        return None
    return Forecast(found, PAST_DAYS if better else PLAIN, plain_score, score)


def hours_passed(day: Hours) -> int:
    """How many hours of the day lie behind the last one that has a mean."""
    return max(day, default=-1) + 1


def is_whole(day: Hours) -> bool:
    """Whether a past day can be learnt from: three quarters of its hours, the last ones too."""
    return len(day) >= 0.75 * HOURS_OF_DAY and max(day) >= HOURS_OF_DAY - 2


def plain(today: Hours, day_before: Hours, passed: int) -> Range | None:
    """The rest lies between the extremes of the last 24 hours, and goes on as it has gone."""
    last = [value for hour, value in day_before.items() if hour >= passed]
    recent = [*last, *(value for hour, value in today.items() if hour < passed)]
    so_far = _mean(today, 0, passed)
    if so_far is None or not recent:
        return None
    rests = (min(recent), so_far, max(recent))
    return Range(*(_whole_day(today, passed, rest) for rest in rests))


def like_past_days(today: Hours, passed: int, rests: Sequence[float | None]) -> Range | None:
    """The rest differs from the hours so far as it did on past days."""
    known = sorted(rest for rest in rests if rest is not None)
    so_far = _mean(today, 0, passed)
    if so_far is None or len(known) < LEAST_DAYS:
        return None
    guessed = (quantile(known, OUTSIDE), median(known), quantile(known, 1 - OUTSIDE))
    return Range(*(_whole_day(today, passed, so_far + rest) for rest in guessed))


def rest_beside(day: Hours, passed: int) -> float | None:
    """By how much the rest of a past day differed from its hours up to then."""
    before, after = _mean(day, 0, passed), _mean(day, passed, HOURS_OF_DAY)
    return None if before is None or after is None else after - before


def quantile(ordered: Sequence[float], share: float) -> float:
    """Between the two nearest of some ordered numbers, by their distance."""
    at = share * (len(ordered) - 1)
    below = int(at)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (at - below)


def _whole_day(today: Hours, passed: int, rest: float) -> float:
    """The day's mean where its remaining hours have this mean."""
    known = [value for hour, value in today.items() if hour < passed]
    left = HOURS_OF_DAY - passed
    return (sum(known) + left * rest) / (len(known) + left)


def _mean(day: Hours, begin: int, end: int) -> float | None:
    values = [value for hour, value in day.items() if begin <= hour < end]
    return fmean(values) if values else None


def _score_of_plain(known: Sequence[tuple[Hours, Hours]], passed: int) -> Score | None:
    return _scored(
        [(plain(day, before, passed), _mean(day, 0, HOURS_OF_DAY)) for day, before in known]
    )


def _score_of_past_days(known: Sequence[tuple[Hours, Hours]], passed: int) -> Score | None:
    """Each past day is guessed from the days before it alone."""
    rests = [rest_beside(day, passed) for day, _ in known]
    ranges = [
        (like_past_days(day, passed, rests[number + 1 :]), _mean(day, 0, HOURS_OF_DAY))
        for number, (day, _) in enumerate(known)
    ]
    return _scored(ranges)


def _scored(ranges: Sequence[tuple[Range | None, float | None]]) -> Score | None:
    told = [(found, came) for found, came in ranges if found is not None and came is not None]
    if len(told) < LEAST_DAYS:
        return None
    return Score(
        len(told),
        fmean(interval_score(found, came) for found, came in told),
        fmean(abs(found.middle - came) for found, came in told),
        fmean(found.low <= came <= found.high for found, came in told),
    )


def interval_score(found: Range, came: float) -> float:
    """Width of the range, and what lies outside it ten times: smaller is better."""
    outside = max(found.low - came, came - found.high, 0.0)
    return found.high - found.low + outside / OUTSIDE
