"""Device faults and long calibrations, from the statuses around the marked hours.

A course is followed to where it really begins and ends, however long ago that is, so that it is
the same whichever part of it came last.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext_noop

from alerts.domain.kinds import DEVICE_FAULT, LONG_CALIBRATION
from alerts.domain.spans import Span
from alerts.models import Alert, AlertSpan, State
from alerts.services.ending import End, bring_ends
from alerts.services.findings import Finding, Identity
from alerts.services.raising import report
from alerts.services.recounting import recount
from monitoring.domain.faults import Course, courses
from monitoring.domain.parsed import CALIBRATING, FAULT, MEASURING
from monitoring.domain.slots import HOUR
from monitoring.services.computing import Sample, samples_of
from monitoring.services.marks import Marks
from monitoring.services.setup import USUAL_INTERVAL, ChannelSetup, StationSetup

KINDS = {FAULT: DEVICE_FAULT, CALIBRATING: LONG_CALIBRATION}
REACH = timedelta(hours=25)
"""How far after a marked hour a stamp may lie that counts in it: a slot of a day that closes."""

LATE_AFTER = timedelta(minutes=30)

SHORTER = gettext_noop("Later data show that it did not last that long.")
STILL = gettext_noop("The reading that had ended it was corrected.")


def watch_statuses(setup: StationSetup, marks: Marks, *, now: datetime) -> None:
    """Bring the desk to the courses that the readings of the marked hours belong to."""
    if not marks.hours:
        return
    changed = Span(min(marks.hours), max(marks.hours) + HOUR + REACH)
    told = _told_of(setup.station_id, changed)
    if not told and not _any_spoiled(setup.station_id, changed):
        return
    samples = samples_of(setup.station_id, changed.start, changed.end)
    for channel in setup.channels:
        own = samples.get(channel.slot, [])
        if channel.symbol in told or any(status != MEASURING for _, _, status in own):
            for status in KINDS:
                _Watched(setup.station_id, channel, status, now).watch(own, changed, marks)


def _told_of(station_id: int, changed: Span) -> set[str]:
    """The parameters of which an alert of these kinds goes on, tells of this time, or ended later:
    what comes late may bring the end forward."""
    touching = Q(
        spans__start__lte=changed.end, spans__end__gte=changed.start, spans__withdrawn_at=None
    )
    going_on = ~Q(state=State.CLOSED) & Q(resolved_at=None)
    ended = Q(resolved_at__gte=changed.start, starts_at__lte=changed.end)
    alerts = Alert.objects.filter(station=station_id, kind__in=KINDS.values())
    if not alerts.exists():  # as with most stations: one short question
        return set()
    return set(alerts.filter(going_on | ended | touching).values_list("parameter", flat=True))


def _any_spoiled(station_id: int, changed: Span) -> bool:
    """Whether any reading of this time has a status other than 00."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM monitoring_reading WHERE station_id = %s"
            " AND time >= %s AND time < %s AND statuses IS NOT NULL"
            " AND EXISTS (SELECT 1 FROM unnest(statuses) AS said WHERE said <> '00'))",
            [station_id, changed.start, changed.end],
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
    def _identity(self) -> Identity:
        return Identity(KINDS[self.status], self.station_id, self.channel.symbol)

    def watch(self, samples: Sequence[Sample], changed: Span, marks: Marks) -> None:
        """Bring the desk to the courses that hold the changed time, or lie in it."""
        whole = [*self._going_on_at(changed.start), *samples]
        whole += self._going_on_from(whole, changed.end)
        every = courses(whole, status=self.status, width=self._width)
        within = Span(
            min([changed.start, *(course.start for course in every)]),
            max([changed.end, *(course.end for course in every)]),
        )
        found = [course for course in every if course.is_too_long(self.status)]
        recount(
            self._identity,
            courses=[Span(course.start, course.end) for course in found],
            within=within,
            now=self.now,
            reason=SHORTER,
        )
        for course in found:
            mail = marks.may_mail(course.start - HOUR, course.end + HOUR)
            report(self._finding(course, late=_is_late(course, marks)), now=self.now, mail=mail)
        bring_ends(self._identity, first_end=self._first_00, now=self.now, reason=STILL)

    def _width(self, stamp: datetime) -> timedelta:
        return timedelta(minutes=self.channel.pace.interval_at(stamp) or USUAL_INTERVAL[0].value)

    def _going_on_at(self, moment: datetime) -> list[Sample]:
        """The first and the last reading of a course that no 00 had ended by then."""
        ended_at = self._nearest_00("time < %s", "DESC", moment)
        since = ended_at or datetime.min.replace(tzinfo=moment.tzinfo)
        return self._ends_of("time > %s AND time < %s", [since, moment])

    def _going_on_from(self, samples: Sequence[Sample], moment: datetime) -> list[Sample]:
        """What a course that is not over by then goes on with: its last reading, and its 00."""
        last = courses(samples, status=self.status, width=self._width)[-1:]
        if not last or last[0].over_at is not None:
            return []
        over_at = self._nearest_00("time >= %s", "ASC", moment)
        until = over_at or datetime.max.replace(tzinfo=moment.tzinfo)
        end: list[Sample] = [] if over_at is None else [(over_at, 0.0, MEASURING)]
        return self._ends_of("time >= %s AND time < %s", [moment, until])[-1:] + end

    def _nearest_00(self, condition: str, order: str, moment: datetime) -> datetime | None:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT time FROM monitoring_reading WHERE station_id = %s AND {condition}"  # noqa: S608
                " AND values[%s] IS NOT NULL AND (statuses IS NULL OR statuses[%s] = '00')"
                f" ORDER BY time {order} LIMIT 1",
                [self.station_id, moment, self.channel.slot, self.channel.slot],
            )
            found = cursor.fetchone()
            return found[0] if found else None

    def _ends_of(self, condition: str, moments: list[datetime]) -> list[Sample]:
        """The first and the last reading with the status in some time."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT min(time), max(time) FROM monitoring_reading WHERE station_id = %s"  # noqa: S608
                f" AND {condition} AND statuses[%s] = %s",
                [self.station_id, *moments, self.channel.slot, self.status],
            )
            ends = cursor.fetchone()
        return [(time, None, self.status) for time in ends if time is not None]

    def _first_00(self, last: AlertSpan) -> End | None:
        """The first 00 after what stands; between the two nothing says that it goes on."""
        over_at = self._nearest_00("time >= %s", "ASC", last.end)
        if over_at is None:
            return None
        return End(over_at, over_at, {"measured_at": over_at.isoformat()})

    def _finding(self, course: Course, *, late: bool) -> Finding:
        evidence: dict[str, Any] = {"status": self.status, "from": course.start.isoformat()}
        return Finding(
            kind=KINDS[self.status],
            station_id=self.station_id,
            start=course.start,
            end=course.end,
            parameter=self.channel.symbol,
            unit=self.channel.unit,
            late=late,
            evidence=evidence,
        )


def _is_late(course: Course, marks: Marks) -> bool:
    """Whether it was over already when data of it came."""
    return marks.came_late(course.start - HOUR, course.end + HOUR, LATE_AFTER)
