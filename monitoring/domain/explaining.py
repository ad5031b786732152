"""Why there was an alert about an hour of a parameter, or why there was none.

Two questions have each their answer: what was said of the value, and what was said of the data
themselves (whether they came, and were fit to be judged). Every answer is one of `Cause`.
`UNKNOWN` is an alert that the rules ask for and that is not there, or a verdict that is not: never
a right answer, and a failure of every test that meets it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from alerts.domain import kinds
from alerts.domain.spans import Span
from monitoring.domain.silence import GATHERING
from monitoring.domain.slots import HOUR

BEAT = timedelta(minutes=2)
"""How long after a moment has come the clock may look at it."""

VALUE_KINDS = (kinds.EXCEEDANCE, kinds.EARLY_WARNING)
SILENT_KINDS = frozenset({kinds.SILENT_STATION, kinds.SILENT_PARAMETER, kinds.SILENT_12H})


class Cause(StrEnum):
    """Every answer there is."""

    ALERTED = "alerted"
    WITHDRAWN = "withdrawn"

    TO_COME = "to_come"
    ENDED = "ended"
    NOT_CONNECTED = "not_connected"
    NOT_PROCESSED = "not_processed"

    NO_LIMIT = "no_limit"
    ENTERED_LATER = "entered_later"
    NOT_DUE = "not_due"
    WITHIN = "within"
    NOT_ENOUGH_DATA = "not_enough_data"

    COMPLETE = "complete"
    NO_SLOT = "no_slot"
    STOPPED = "stopped"
    IDLE = "idle"
    RUNNING = "running"
    ON_THE_WAY = "on_the_way"
    GATHERING = "gathering"
    LINE_OUTAGE = "line_outage"
    OWN_OUTAGE = "own_outage"
    ANNOUNCED = "announced"
    SHORT_FAULT = "short_fault"
    SHORT_CALIBRATION = "short_calibration"
    SOME_MISSING = "some_missing"

    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Told:
    """An alert that speaks of the hour. `withdrawn`: it was taken back for this time."""

    alert: int
    kind: str
    period: str
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """A limit in force, with the period of it that the hour belongs to.

    `result`: the verdict in effect. `passed`: whether the clock has gone over the period, with a
    verdict or without one; `before_first`: whether the period was over before the first reading.
    """

    period: str
    start: datetime
    end: datetime
    due_at: datetime
    result: str | None = None
    expected: int | None = None
    passed: bool = False
    before_first: bool = False


@dataclass(frozen=True, slots=True)
class Gap:
    """From one file with something newer to the next: `allowed_until` is when it became silence.

    `until` is None while nothing newer has come.
    """

    since: datetime
    allowed_until: datetime
    until: datetime | None

    def lasted(self, now: datetime) -> datetime:
        """When it ended, or now."""
        return self.until or now


@dataclass(frozen=True, slots=True)
class Hour:
    """What is known of an hour of a parameter."""

    start: datetime
    now: datetime
    first: datetime | None
    ended: bool = False
    marked: bool = False
    slots: int = 0
    expected: int = 0
    filled: int = 0
    idle: int = 0
    faulty: int = 0
    calibrating: int = 0
    long_fault: bool = False
    long_calibration: bool = False
    limits: tuple[Asked, ...] = ()
    told: tuple[Told, ...] = ()
    gap: Gap | None = None
    line_outage: bool = False
    own_outage: bool = False
    announced: bool = False

    @property
    def end(self) -> datetime:
        """When it is over."""
        return self.start + HOUR


@dataclass(frozen=True, slots=True)
class Reason:
    """An answer: its cause, and what belongs to it.

    `kind` and `alert` of the alert, `period` of the limit, `at` the moment that decides.
    """

    cause: Cause
    kind: str = ""
    alert: int | None = None
    period: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Explained:
    """Both answers, the one of each limit, and which of the two questions the hour is about."""

    value: Reason
    data: Reason
    limits: tuple[Reason, ...]
    about_data: bool

    @property
    def main(self) -> Reason:
        """The one that a cell of an hour shows."""
        return self.data if self.about_data else self.value

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """All of them."""
        return (self.value, self.data, *self.limits)


def explain(hour: Hour) -> Explained:
    """Both answers on an hour."""
    limits = tuple(_of_limit(hour, asked) for asked in hour.limits)
    value, data = _value(hour, limits), _data(hour)
    alerted = Cause.ALERTED
    about_data = value.cause != alerted and (
        data.cause in (alerted, Cause.UNKNOWN) or not hour.filled
    )
    return Explained(value, data, limits, about_data)


def _before_all(hour: Hour) -> Reason | None:
    """What makes every further question idle."""
    if hour.start >= hour.now:
        return Reason(Cause.TO_COME, at=hour.start)
    if hour.ended:
        return Reason(Cause.ENDED)
    if hour.first is None or hour.first >= hour.end:
        return Reason(Cause.NOT_CONNECTED, at=hour.first)
    return None


def _value(hour: Hour, limits: tuple[Reason, ...]) -> Reason:
    about = [told for told in hour.told if told.kind in VALUE_KINDS]
    standing = _gravest([told for told in about if not told.withdrawn], VALUE_KINDS)
    if standing:
        return standing
    idle = _before_all(hour)
    if idle:
        return idle
    unknown = [reason for reason in limits if reason.cause == Cause.UNKNOWN]
    if unknown:
        return unknown[0]
    if about:
        taken = about[0]
        return Reason(Cause.WITHDRAWN, taken.kind, taken.alert, taken.period)
    if hour.marked:
        return Reason(Cause.NOT_PROCESSED)
    return next(iter(limits), Reason(Cause.NO_LIMIT))


def _of_limit(hour: Hour, asked: Asked) -> Reason:
    """What became of one limit's period."""
    found = [
        told
        for told in hour.told
        if told.kind == kinds.EXCEEDANCE and told.period == asked.period and not told.withdrawn
    ]
    if found:
        return Reason(Cause.ALERTED, kinds.EXCEEDANCE, found[0].alert, asked.period, asked.end)
    return Reason(_cause_of_limit(hour, asked), period=asked.period, at=_moment_of(asked))


def _moment_of(asked: Asked) -> datetime:
    return asked.end if asked.result else asked.due_at


def _cause_of_limit(hour: Hour, asked: Asked) -> Cause:
    if asked.result is not None:
        by_result = {"within": Cause.WITHIN, "not_enough_data": Cause.NOT_ENOUGH_DATA}
        if asked.result == "not_enough_data" and asked.expected == 0:
            return Cause.IDLE if hour.idle else Cause.STOPPED
        return by_result.get(asked.result, Cause.NOT_PROCESSED if hour.marked else Cause.UNKNOWN)
    if hour.start >= hour.now:
        return Cause.TO_COME
    if hour.ended:
        return Cause.ENDED
    if asked.before_first:
        return Cause.NOT_CONNECTED
    if asked.due_at > hour.now:
        return Cause.NOT_DUE
    if asked.passed:
        return Cause.ENTERED_LATER
    return Cause.NOT_PROCESSED if _is_pending(hour, asked) else Cause.UNKNOWN


def _is_pending(hour: Hour, asked: Asked) -> bool:
    return hour.marked or hour.now < asked.due_at + BEAT


def _data(hour: Hour) -> Reason:
    order = [kind for kind in kinds.KINDS if kind not in VALUE_KINDS]
    about = [told for told in hour.told if told.kind in order and not told.withdrawn]
    standing = _gravest(about, order)
    if standing:
        return standing
    return _before_all(hour) or _of_data(hour)


def _of_data(hour: Hour) -> Reason:
    if not hour.slots:
        return Reason(Cause.NO_SLOT)
    if not hour.expected:
        return Reason(Cause.STOPPED)
    if hour.filled >= hour.expected:
        return Reason(Cause.COMPLETE)
    if hour.marked:  # what is counted is of before the file that came
        return _of_silence(hour) or Reason(Cause.NOT_PROCESSED)
    if not hour.filled and hour.idle:
        return Reason(Cause.IDLE)
    spoiled = _spoiled(hour)
    if spoiled:
        return spoiled
    return _of_silence(hour) or _of_missing(hour)


def _spoiled(hour: Hour) -> Reason | None:
    """A course of a status that was long enough is an alert; it would have been told."""
    if hour.faulty:
        return Reason(Cause.UNKNOWN if hour.long_fault else Cause.SHORT_FAULT)
    if hour.calibrating:
        return Reason(Cause.UNKNOWN if hour.long_calibration else Cause.SHORT_CALIBRATION)
    return None


def _of_silence(hour: Hour) -> Reason | None:
    """Where nothing newer came for longer than is allowed, and no alert tells of it."""
    gap = hour.gap
    if gap is None:
        return None
    lasted = gap.lasted(hour.now)
    if lasted <= gap.allowed_until:
        return Reason(Cause.ON_THE_WAY, at=gap.allowed_until) if gap.until is None else None
    if lasted < gap.allowed_until + GATHERING + BEAT:
        return Reason(Cause.GATHERING, at=gap.allowed_until + GATHERING)
    if hour.own_outage:
        return Reason(Cause.OWN_OUTAGE)
    if hour.line_outage:
        return Reason(Cause.LINE_OUTAGE)
    if hour.announced:
        return Reason(Cause.ANNOUNCED)
    return Reason(Cause.UNKNOWN, at=gap.allowed_until)


def _of_missing(hour: Hour) -> Reason:
    """The station spoke all the time, but not of every slot."""
    if hour.now < hour.end:
        return Reason(Cause.RUNNING, at=hour.end)
    if hour.announced:
        return Reason(Cause.ANNOUNCED)
    return Reason(Cause.SOME_MISSING)


def _gravest(told: Iterable[Told], order: Iterable[str]) -> Reason | None:
    """The first of these alerts by the order of kinds, the shortest period first."""
    ranks = {kind: rank for rank, kind in enumerate(order)}
    found = sorted(told, key=lambda each: (ranks[each.kind], each.period != "hour", each.alert))
    if not found:
        return None
    first = found[0]
    return Reason(Cause.ALERTED, first.kind, first.alert, first.period)


def longest_gap(gaps: Iterable[Gap], hour: Span, now: datetime) -> Gap | None:
    """The longest of the gaps that the hour lies in or touches."""
    touching = [gap for gap in gaps if gap.since < hour.end and gap.lasted(now) > hour.start]
    return max(touching, key=lambda gap: gap.lasted(now) - gap.allowed_until, default=None)
