"""Files that are wrong in the same way several times in a row: unreadable, or from a clock that is
ahead (judging.md §5).

The row is that of reception, whatever the order of processing; repeats stand for nothing in it, nor
does what a command brought. Times are compared with the reception, never with the present.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import BooleanField, Case, DateTimeField, ExpressionWrapper, F, Q, Value, When
from django.utils.translation import gettext_noop

from alerts.domain.kinds import UNREADABLE_FILES, WRONG_CLOCK
from alerts.domain.spans import Span
from alerts.models import Alert, AlertSpan
from alerts.services.ending import End, bring_ends
from alerts.services.findings import Finding, Identity
from alerts.services.raising import report
from alerts.services.recounting import recount
from monitoring.domain.sender import stamp_of
from monitoring.domain.slots import day_of
from monitoring.models import NOBODY, Delivery
from monitoring.services.arrivals import Arrival
from stations.services.settings import Key, SettingMissing, Settings

KINDS = (WRONG_CLOCK, UNREADABLE_FILES)
INSTANT = timedelta(microseconds=1)
"""A file takes no time; what is told of it needs some."""

FUTURE = "future_time"
"""What a reading says that lies more than 10 min after reception: it is not believed."""

LATE_AFTER = timedelta(minutes=30)
FEWER = gettext_noop("Files that came between show that it were not so many in a row.")
STILL = gettext_noop("The file that had ended it is no longer one.")


def watch_files(arrivals: Sequence[Arrival], *, now: datetime) -> None:
    """Bring the desk to the rows of files that these belong to; under their stations' locks."""
    spans: dict[int, tuple[datetime, datetime]] = {}
    loud: set[int] = set()
    odd: set[int] = set()
    for arrival in arrivals:
        pk, at = arrival.station_id, arrival.entry.received_at
        if pk == NOBODY or arrival.entry.door == Delivery.Door.COMMAND:
            continue
        first, last = spans.get(pk, (at, at))
        spans[pk] = min(first, at), max(last, at)
        if arrival.entry.mail:
            loud.add(pk)
        if arrival.outcome == Delivery.Outcome.REJECTED or _is_ahead(arrival):
            odd.add(pk)
    watch_file_rows(spans, odd=odd, loud=loud, now=now)


def _is_ahead(arrival: Arrival) -> bool:
    """Whether it says anything of a time that had not come when it was received."""
    refused = any(problem.code == FUTURE for problem in arrival.problems)
    return refused or any(row.time > arrival.entry.received_at for row in arrival.kept[-1:])


def watch_file_rows(
    spans: dict[int, tuple[datetime, datetime]],
    *,
    odd: Iterable[int],
    loud: Iterable[int],
    now: datetime,
) -> None:
    """The same, of files received between two moments; `odd`: stations of which one may be wrong,
    `loud`: those of which somebody may be mailed."""
    if not spans:
        return
    known = Alert.objects.filter(station__in=list(spans), kind__in=KINDS)
    stations = {*odd, *known.values_list("station", flat=True)} & spans.keys()
    if not stations:
        return
    settings, mailed = Settings.load(), set(loud)
    for pk in sorted(stations):
        for kind in KINDS:
            row = _Row(pk, kind, settings, now)
            if row.least is not None:
                row.watch(*spans[pk], mail=pk in mailed)


@dataclass(frozen=True, slots=True)
class _File:
    received_at: datetime
    name: str
    last_time: datetime | None
    codes: list[str]
    wrong: bool


@dataclass(frozen=True, slots=True)
class _Row:
    """The files of a station in the order of reception, looked at for one thing."""

    station_id: int
    kind: str
    settings: Settings
    now: datetime

    @property
    def least(self) -> int | None:
        """From how many in a row it is told; None where nobody says."""
        keys = {WRONG_CLOCK: Key.CLOCK_FILES, UNREADABLE_FILES: Key.UNREADABLE_FILES}
        found = self._number(keys[self.kind])
        return None if found is None else int(found)

    def _number(self, key: str) -> float | None:
        try:
            return float(self.settings.on(key, day_of(self.now)))
        except SettingMissing:
            return None

    @property
    def _identity(self) -> Identity:
        return Identity(self.kind, self.station_id)

    def watch(self, since: datetime, until: datetime, *, mail: bool) -> None:
        """Bring the desk to the rows that the files of this time belong to, or lie in."""
        before = self._files().filter(received_at__lt=since, wrong=False).reverse().first()
        after = self._files().filter(received_at__gt=until, wrong=False).first()
        begin = before.received_at if before else datetime.min.replace(tzinfo=since.tzinfo)
        end = after.received_at if after else datetime.max.replace(tzinfo=since.tzinfo)
        files = [
            _File(each.received_at, each.name, each.last_time, each.codes, each.wrong)
            for each in self._files().filter(received_at__gte=begin, received_at__lte=end)
        ]
        found = [course for course in _courses(files) if len(course) >= (self.least or 0)]
        recount(
            self._identity,
            courses=[_span(course) for course in found],
            within=Span(
                min([since, *(each.received_at for each in files)]),
                max([until, *(each.received_at for each in files)]) + INSTANT,
            ),
            now=self.now,
            reason=FEWER,
        )
        for course in found:
            report(self._finding(course), now=self.now, mail=mail)
        if Alert.objects.filter(kind=self.kind, station=self.station_id).exists():
            bring_ends(self._identity, first_end=self._first_right, now=self.now, reason=STILL)

    def _files(self) -> Any:
        """In the order of reception; of a clock only those that say when they measured."""
        files = Delivery.objects.filter(station=self.station_id).exclude(
            Q(outcome=Delivery.Outcome.DUPLICATE) | Q(door=Delivery.Door.COMMAND)
        )
        refused = Q(codes__contains=[FUTURE])
        if self.kind == UNREADABLE_FILES:
            files = files.exclude(refused)  # of these the clock is wrong, which is told as that
            wrong = Q(outcome=Delivery.Outcome.REJECTED)
        else:
            files = files.filter(Q(last_time__isnull=False) | refused)
            ahead = timedelta(minutes=self._number(Key.CLOCK_AHEAD) or 0)
            latest = ExpressionWrapper(F("received_at") + ahead, DateTimeField())
            wrong = refused | Q(last_time__gt=latest)
        said = Case(When(wrong, then=Value(True)), default=False, output_field=BooleanField())
        return files.annotate(wrong=said).defer("raw", "problems").order_by("received_at", "id")

    def _first_right(self, last: AlertSpan) -> End | None:
        """The first file after what stands that is not wrong in this way."""
        found = self._files().filter(received_at__gte=last.end, wrong=False).first()
        if found is None:
            return None
        return End(found.received_at, found.received_at, {"file": found.name})

    def _finding(self, course: Sequence[_File]) -> Finding:
        span, last = _span(course), course[-1]
        evidence: dict[str, Any] = {
            "from": span.start.isoformat(),
            "files": len(course),
            "file": last.name,
            "received": last.received_at.isoformat(),
        }
        if self.kind == UNREADABLE_FILES:
            evidence["codes"] = sorted({code for each in course for code in each.codes})
        elif (said := last.last_time or name_time_of(last.name)) is not None:
            evidence["measured"] = said.isoformat()
            ahead = said - last.received_at
            evidence["ahead_minutes"] = round(ahead / timedelta(minutes=1), 1)
        return Finding(
            kind=self.kind,
            station_id=self.station_id,
            start=span.start,
            end=span.end,
            late=self.now - span.end > LATE_AFTER,
            evidence=evidence,
        )


def name_time_of(name: str) -> datetime | None:
    """The moment that a file's name tells."""
    stamp = stamp_of(name)
    return stamp.moment if stamp else None


def _courses(files: Iterable[_File]) -> list[list[_File]]:
    """Neighbours that are wrong."""
    found: list[list[_File]] = []
    going = False
    for each in files:
        if each.wrong and going:
            found[-1].append(each)
        elif each.wrong:
            found.append([each])
        going = each.wrong
    return found


def _span(course: Sequence[_File]) -> Span:
    return Span(course[0].received_at, course[-1].received_at + INSTANT)
