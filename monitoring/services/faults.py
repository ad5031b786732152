"""Device faults and long calibrations, from the statuses around the marked hours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Min, Q
from django.utils.translation import gettext_noop

from alerts.domain.kinds import DEVICE_FAULT, LONG_CALIBRATION
from alerts.domain.spans import Span
from alerts.models import Alert, State
from alerts.services.easing import resolve, unresolve
from alerts.services.findings import Finding
from alerts.services.raising import report
from alerts.services.recounting import recount
from monitoring.domain.faults import Course, courses
from monitoring.domain.parsed import CALIBRATING, FAULT
from monitoring.domain.slots import HOUR, day_of
from monitoring.models import Reading
from monitoring.services.computing import Sample, samples_of
from monitoring.services.marks import Marks
from monitoring.services.setup import USUAL_INTERVAL, ChannelSetup, StationSetup

KINDS = {FAULT: DEVICE_FAULT, CALIBRATING: LONG_CALIBRATION}
AROUND = timedelta(hours=26)
"""How far around the marked hours a course is followed; one that goes on is joined to its alert."""

SHORTER = gettext_noop("Later data show that it did not last that long.")
STILL = gettext_noop("The reading that had ended it was corrected.")


def watch_statuses(setup: StationSetup, marks: Marks, *, now: datetime) -> None:
    """Report what has lasted too long, end what a 00 ended, take back what late data shortened."""
    if not marks.hours:
        return
    marked = Span(min(marks.hours), max(marks.hours) + HOUR)
    if not (_any_told(setup.station_id, marked) or _any_spoiled(setup.station_id, marked)):
        return
    begin = min(marked.start, _going_since(setup.station_id) or marked.start)
    around = Span(begin - AROUND, marked.end + AROUND)
    samples = samples_of(setup.station_id, around.start, around.end)
    while _is_cut(setup, samples, around):
        around = Span(around.start, around.end + AROUND)
        samples = samples_of(setup.station_id, around.start, around.end)
    for channel in setup.channels:
        own = samples.get(channel.slot, [])
        for status in KINDS:
            _Watched(setup.station_id, channel, status, now).watch(own, around, marks)


def _is_cut(setup: StationSetup, samples: Mapping[int, Sequence[Sample]], around: Span) -> bool:
    """Whether a course goes on where the window ends, and more readings are stored after it."""
    going_on = any(
        course.over_at is None
        for own in samples.values()
        for status in KINDS
        for course in courses(own, status=status, interval=1)[-1:]
    )
    return (
        going_on and Reading.objects.filter(station=setup.station_id, time__gte=around.end).exists()
    )


def _going_since(station_id: int) -> datetime | None:
    """Until where the courses that go on were told of; since then the station may be silent."""
    going = Alert.objects.unclosed().filter(
        station=station_id, kind__in=KINDS.values(), resolved_at=None, withdrawn=False
    )
    told: datetime | None = going.aggregate(until=Min("ends_at"))["until"]
    return told


def _any_told(station_id: int, marked: Span) -> bool:
    """Whether an alert of these kinds goes on, or tells of the marked hours."""
    touching = Q(spans__start__lt=marked.end, spans__end__gt=marked.start, spans__withdrawn_at=None)
    alerts = Alert.objects.filter(station=station_id, kind__in=KINDS.values())
    return alerts.filter(~Q(state=State.CLOSED) & Q(resolved_at=None) | touching).exists()


def _any_spoiled(station_id: int, marked: Span) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM monitoring_reading WHERE station_id = %s"
            " AND time >= %s AND time < %s AND statuses && ARRAY['01', '02']::varchar[])",
            [station_id, marked.start, marked.end],
        )
        return bool(cursor.fetchone()[0])


@dataclass(frozen=True, slots=True)
class _Watched:
    """One status of one channel, looked at as of `now`."""

    station_id: int
    channel: ChannelSetup
    status: str
    now: datetime

    @property
    def kind(self) -> str:
        return KINDS[self.status]

    def watch(self, samples: Sequence[Sample], around: Span, marks: Marks) -> None:
        """Bring the desk to the courses that the readings around the marked hours make."""
        found = self._courses(samples)
        recount(
            kind=self.kind,
            station_id=self.station_id,
            parameter=self.channel.symbol,
            courses=[Span(course.start, course.end) for course in found],
            within=around,
            now=self.now,
            reason=SHORTER,
        )
        for course in found:
            self._report(course, marks)
        if found and found[-1].over_at is None:
            self._is_not_over()

    def _courses(self, samples: Sequence[Sample]) -> list[Course]:
        if not samples:
            return []
        interval = self.channel.pace.interval(day_of(samples[-1][0])) or USUAL_INTERVAL[0].value
        every = courses(samples, status=self.status, interval=interval)
        return [course for course in every if course.is_too_long(self.status)]

    def _report(self, course: Course, marks: Marks) -> None:
        mail = marks.may_mail(course.start - HOUR, course.end + HOUR)
        report(self._finding(course), now=self.now, mail=mail)
        if course.over_at is not None:
            resolve(
                kind=self.kind,
                station_id=self.station_id,
                parameter=self.channel.symbol,
                at=course.over_at,
                now=self.now,
                by_what={"measured_at": course.over_at.isoformat()},
            )

    def _is_not_over(self) -> None:
        unresolve(
            kind=self.kind,
            station_id=self.station_id,
            parameter=self.channel.symbol,
            now=self.now,
            reason=STILL,
        )

    def _finding(self, course: Course) -> Finding:
        evidence: dict[str, Any] = {"status": self.status, "from": course.start.isoformat()}
        return Finding(
            kind=self.kind,
            station_id=self.station_id,
            start=course.start,
            end=course.end,
            parameter=self.channel.symbol,
            unit=self.channel.unit,
            evidence=evidence,
        )
