"""Device faults and long calibrations, from the statuses around the marked hours."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from alerts.domain.kinds import DEVICE_FAULT, LONG_CALIBRATION
from alerts.models import Alert
from alerts.services.easing import resolve
from alerts.services.findings import Finding
from alerts.services.raising import report
from monitoring.domain.faults import Course, courses
from monitoring.domain.parsed import CALIBRATING, FAULT
from monitoring.domain.slots import HOUR, day_of
from monitoring.services.average import Sample, samples_of
from monitoring.services.marks import Marks
from monitoring.services.setup import ChannelSetup, StationSetup

KINDS = {FAULT: DEVICE_FAULT, CALIBRATING: LONG_CALIBRATION}
AROUND = timedelta(hours=26)
"""How far around the marked hours a course is followed; one that goes on is joined to its alert."""


def watch_statuses(setup: StationSetup, marks: Marks, *, now: datetime) -> None:
    """Report what has lasted too long, and end what a 00 ended."""
    if not marks.hours:
        return
    begin, end = min(marks.hours) - AROUND, max(marks.hours) + HOUR + AROUND
    going = set(
        Alert.objects.unclosed()
        .filter(station=setup.station_id, kind__in=KINDS.values(), resolved_at=None)
        .values_list("parameter", "kind")
    )
    if not going and not _any_spoiled(setup.station_id, min(marks.hours), max(marks.hours) + HOUR):
        return
    samples = samples_of(setup.station_id, begin, end)
    for channel in setup.channels:
        for status in KINDS:
            _watch(setup.station_id, channel, samples.get(channel.slot, []), status, marks, now)


def _any_spoiled(station_id: int, begin: datetime, end: datetime) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM monitoring_reading WHERE station_id = %s"
            " AND time >= %s AND time < %s AND statuses && ARRAY['01', '02']::varchar[])",
            [station_id, begin, end],
        )
        return bool(cursor.fetchone()[0])


def _watch(
    station_id: int,
    channel: ChannelSetup,
    samples: Iterable[Sample],
    status: str,
    marks: Marks,
    now: datetime,
) -> None:
    own = list(samples)
    if not own:
        return
    interval = channel.pace.interval(day_of(own[-1][0])) or 5
    for course in courses(own, status=status, interval=interval):
        if not course.is_too_long(status):
            continue
        report(
            _finding(station_id, channel, course, status),
            now=now,
            mail=marks.may_mail(course.start - HOUR, course.end + HOUR),
        )
        if course.over_at is not None:
            resolve(
                kind=KINDS[status],
                station_id=station_id,
                parameter=channel.symbol,
                at=course.over_at,
                now=now,
                by_what={"measured_at": course.over_at.isoformat()},
            )


def _finding(station_id: int, channel: ChannelSetup, course: Course, status: str) -> Finding:
    evidence: dict[str, Any] = {"status": status, "from": course.start.isoformat()}
    return Finding(
        kind=KINDS[status],
        station_id=station_id,
        start=course.start,
        end=course.end,
        parameter=channel.symbol,
        unit=channel.unit,
        evidence=evidence,
    )
