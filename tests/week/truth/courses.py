"""Faults, calibrations, values that stand still or cannot be, days that were changed (§5, and
decisions 29 and 36).

A course begins with its first reading and ends with the slot of its last, or with what ended it.
Once told, it follows what later data make of it; what is no course any more is withdrawn.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from tests.week.province import DAY, HOUR, MINUTE, Channel, Station, day_start
from tests.week.stream import CALIBRATING, FAULTY
from tests.week.truth.cases import Cases, Identity, Span, of_channel
from tests.week.truth.readings import Readings

LONGEST = {FAULTY: 60 * MINUTE, CALIBRATING: 4 * HOUR}
KIND = {FAULTY: "device_fault", CALIBRATING: "long_calibration"}
STILL_SLOTS, STILL_RESULTS, FLOOR = 12, 6, 24 * HOUR
OUTSIDE_SLOTS = 3
CHANGED_SHARE = Fraction(5, 100)
FLOWS = ("Flow", "FlowIn", "FlowOut")


@dataclass(frozen=True)
class Course:
    """`over`: the stamp of what ended it, None while nothing has."""

    start: int
    end: int
    over: int | None


@dataclass
class _Told:
    """What was told of one cause, and how it follows the courses that are found."""

    cases: Cases
    identity: Identity
    spans: list[Span] = field(default_factory=list)

    def follow(self, courses: Iterable[Course], since: int, now: int) -> None:
        """Bring what was told from `since` on to these courses."""
        left = sorted(courses, key=lambda course: course.start)
        for span in sorted(self.spans, key=lambda span: span.start):
            if span.withdrawn or span.end <= since:
                continue
            own = next((one for one in left if span.overlaps(one.start, one.end)), None)
            if own is None:
                span.withdrawn = True
                continue
            left.remove(own)
            span.start, span.end = own.start, own.end
        for course in left:
            again = next((s for s in self.spans if s.overlaps(course.start, course.end)), None)
            if again is not None:
                again.start, again.end, again.withdrawn = course.start, course.end, False
            else:
                self.spans.append(self.cases.tell(self.identity, course.start, course.end, now))

    def end(self, first_end: Callable[[int], int | None], now: int) -> None:
        """The first moment after what stands that ends it."""
        case = self.cases.latest(self.identity, now)
        if case is not None and not case.withdrawn:
            case.resolved = first_end(case.last_end)


class Courses:
    """All of one station."""

    def __init__(self, station: Station, cases: Cases, readings: Readings) -> None:
        self.station = station
        self.readings = readings
        self.channels = [_OfChannel(station, each, cases, readings) for each in station.channels]
        self.days = _Days(station, cases, readings)

    def look(self, touched: set[tuple[str, int]], now: int) -> None:
        for channel in self.channels:
            stamps = {stamp for symbol, stamp in touched if symbol == channel.channel.symbol}
            if stamps:
                channel.look(stamps, now)
        self.days.look({stamp for _, stamp in touched}, now)


class _OfChannel:
    def __init__(
        self, station: Station, channel: Channel, cases: Cases, readings: Readings
    ) -> None:
        self.channel = channel
        self.readings = readings
        self.step = station.interval * MINUTE
        self.spoiled = False
        self.measured: list[int] = []
        """The stamps at which something was measured, in order."""

        def told(kind: str) -> _Told:
            return _Told(cases, of_channel(kind, station.code, channel.symbol))

        self.faults = {status: told(kind) for status, kind in KIND.items()}
        self.still, self.outside = told("stuck_value"), told("out_of_range")

    def look(self, stamps: set[int], now: int) -> None:
        symbol = self.channel.symbol
        self.spoiled |= any(self.readings.now(symbol, at).status in KIND for at in stamps)
        self._keep_measured(stamps)
        if self.spoiled:
            for status, told in self.faults.items():
                told.follow(self._too_long(status), 0, now)
                told.end(self._next_measured, now)
        since = min(stamps)
        for told, cause, least in (
            (self.still, self._value, self._least),
            (self.outside, self._is_outside, lambda _value: OUTSIDE_SLOTS),
        ):
            runs = self._runs(since, cause)
            begin = min([since, *(run.start for run, _, _ in runs)])
            long = [run for run, slots, value in runs if slots >= least(value)]
            told.follow(long, begin, now)
            told.end(lambda moment, cause=cause: self._next_other(moment, cause), now)  # type: ignore[misc]

    def _keep_measured(self, stamps: set[int]) -> None:
        for stamp in stamps:
            place = bisect_left(self.measured, stamp)
            known = place < len(self.measured) and self.measured[place] == stamp
            counts = self.readings.now(self.channel.symbol, stamp).is_measured
            if counts and not known:
                insort(self.measured, stamp)
            elif known and not counts:
                del self.measured[place]

    # Statuses

    def _too_long(self, status: str) -> list[Course]:
        found, first, last = [], None, 0
        for stamp in self.readings.stamps(self.channel.symbol):
            said = self.readings.now(self.channel.symbol, stamp)
            if said.status == status:
                first, last = stamp if first is None else first, stamp
            elif said.is_measured and first is not None:
                found.append(Course(first, min(last + self.step, stamp), stamp))
                first = None
        if first is not None:
            found.append(Course(first, last + self.step, None))
        return [each for each in found if each.end - each.start >= LONGEST[status]]

    def _next_measured(self, moment: int) -> int | None:
        place = bisect_left(self.measured, moment)
        return self.measured[place] if place < len(self.measured) else None

    # Values

    def _at(self, stamp: int) -> Fraction:
        value = self.readings.now(self.channel.symbol, stamp).value
        assert value is not None
        return value

    def _value(self, stamp: int) -> Any:
        """A flow of zero is a plant that discharges nothing."""
        value = self._at(stamp)
        return None if value == 0 and self.channel.symbol in FLOWS else value

    def _is_outside(self, stamp: int) -> Any:
        if self.channel.span is None:
            return None
        low, high = (Fraction(side) for side in self.channel.span)
        return None if low <= self._at(stamp) <= high else True

    def _least(self, value: Fraction) -> int:
        """How many slots are too many: more at the lower end of the range."""
        slow = STILL_RESULTS * self.channel.slow * MINUTE
        least = max(STILL_SLOTS, -(-slow // self.step))
        floor = Fraction(self.channel.span[0]) if self.channel.span else Fraction()
        return max(least, -(-FLOOR // self.step)) if value <= floor else least

    def _runs(self, since: int, cause: Callable[[int], Any]) -> list[tuple[Course, int, Fraction]]:
        """Neighbours with one cause that reach into the time from `since` on, with their slots."""
        stamps = self.measured
        place = min(bisect_left(stamps, since), len(stamps) - 1)
        place = max(place - 1, 0)
        while place > 0 and cause(stamps[place]) == cause(stamps[place - 1]) is not None:
            place -= 1
        found: list[tuple[Course, int, Fraction]] = []
        run: list[int] = []
        for stamp in stamps[place:]:
            if run and cause(stamp) != cause(run[-1]):
                found.append(self._run(run, stamp))
                run = []
            if cause(stamp) is not None:
                run.append(stamp)
        return [*found, self._run(run, None)] if run else found

    def _run(self, stamps: list[int], over: int | None) -> tuple[Course, int, Fraction]:
        end = stamps[-1] + self.step
        course = Course(stamps[0], end if over is None else min(end, over), over)
        return course, len({stamp // self.step for stamp in stamps}), self._at(stamps[-1])

    def _next_other(self, moment: int, cause: Callable[[int], Any]) -> int | None:
        """The first value after a course that does not go on with it."""
        place = bisect_left(self.measured, moment)
        if place == 0:
            return None
        shared = cause(self.measured[place - 1])
        return next((at for at in self.measured[place:] if cause(at) != shared), None)


class _Days:
    """Days of which more than 5 % of the readings were changed afterwards."""

    def __init__(self, station: Station, cases: Cases, readings: Readings) -> None:
        self.station = station
        self.readings = readings
        self.told = _Told(cases, Identity("changed_values", station.code))
        self.expected = len(station.channels) * DAY // (station.interval * MINUTE)
        self.counts: dict[int, int] = {}
        self.running: int | None = None

    def look(self, stamps: set[int], now: int) -> None:
        if not any(self.readings.revised.values()):
            return
        revised = {day_start(at) for stamps in self.readings.revised.values() for at in stamps}
        for day in sorted(revised):
            courses = [Course(day, day + DAY, None)] if self._is_changed(day, now) else []
            spans = [span for span in self.told.spans if span.start == day]
            one = _Told(self.told.cases, self.told.identity, list(spans))
            one.follow(courses, 0, now)
            self.told.spans += [span for span in one.spans if span not in spans]
        self.told.end(lambda moment: self._first_calm(moment, now), now)

    def _count(self, day: int) -> int:
        return sum(day <= stamp < day + DAY for own in self.readings.said.values() for stamp in own)

    def _is_changed(self, day: int, now: int) -> bool:
        many = [at for own in self.readings.revised.values() for at in own if day_start(at) == day]
        of = self._count(day)
        if now < day + DAY:
            of = max(of, self.expected)
        return len(many) > CHANGED_SHARE * of

    def _first_calm(self, moment: int, now: int) -> int | None:
        day = moment
        while day + DAY <= now:
            if self._count(day) and not self._is_changed(day, now):
                return day + DAY
            day += DAY
        return None
