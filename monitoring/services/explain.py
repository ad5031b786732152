"""What is known of a day of a station, so that each hour of each parameter can be explained."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Max, Q

from alerts.domain import kinds
from alerts.domain.spans import Span
from alerts.models import Alert, AlertSpan, Maintenance
from alerts.models.alert import AlertQuerySet
from monitoring.domain.explaining import Asked, Explained, Gap, Hour, Told, explain, longest_gap
from monitoring.domain.faults import Course, courses
from monitoring.domain.parsed import CALIBRATING, FAULT
from monitoring.domain.periods import end_of, starts_holding
from monitoring.domain.silence import allowance
from monitoring.domain.slots import HOUR, ONE_DAY, day_of, day_start, expected_in_hour, hours_of_day
from monitoring.domain.stops import slots_stopped
from monitoring.models import (
    ChannelLink,
    Delivery,
    DirtyHour,
    Frontier,
    Link,
    Outage,
    Verdict,
)
from monitoring.services.computing import Sample, samples_of
from monitoring.services.means import MeanKey, MeanRow, basis_of, hour_rows
from monitoring.services.setup import USUAL_INTERVAL, ChannelSetup, StationSetup, setups_of
from stations.domain.stricter import Limit
from stations.models import Person, Station
from stations.services.limits import RuleBook

AROUND = timedelta(days=2)
"""How far around a day the story of its files is read: a silence or a fault began before it."""


@dataclass(frozen=True, slots=True)
class InForce:
    """A limit with what became of its period, for the page of an hour."""

    limit: Limit
    asked: Asked
    verdict: Verdict | None


@dataclass(frozen=True, slots=True)
class HourOf:
    """An hour of a parameter: what is known, the answers, and the limits in the same order."""

    channel: ChannelSetup
    hour: Hour
    explained: Explained
    limits: tuple[InForce, ...]


class Day:
    """A Vietnamese day of a station as it is known at `now`, read in a fixed number of queries.

    `alerts`: those that the reader may see; what is for others alone explains nothing to them.
    """

    def __init__(
        self, station: Station, day: date, *, alerts: AlertQuerySet, now: datetime
    ) -> None:
        self.station = station
        self.day = day
        self.now = now
        self.begin = day_start(day)
        self.end = self.begin + ONE_DAY
        self.setup: StationSetup = setups_of([station.pk])[station.pk]
        self._rules = RuleBook.load([station.pk])
        self._firsts = dict(
            ChannelLink.objects.filter(station=station).values_list("slot", "first_time")
        )
        self._frontiers = {
            (row.slot, row.period): row for row in Frontier.objects.filter(station=station)
        }
        self._marked = set(
            DirtyHour.objects.filter(
                station=station, hour__gte=self.begin, hour__lt=self.end
            ).values_list("hour", flat=True)
        )
        self._means = _by_slot_and_hour(hour_rows(station.pk, self.begin, self.end))
        self._verdicts = _verdicts(station.pk, self.begin, self.end)
        self._told = _told(station, alerts, self.begin, self.end, now)
        self._gaps = tuple(_gaps(self.setup, station.pk, self.begin, self.end))
        self._samples = samples_of(station.pk, self.begin - ONE_DAY, self.end + ONE_DAY)
        self._outages = _outages(station, self.begin, self.end)
        self._announced = list(
            Maintenance.objects.approved().filter(station=station).overlapping(self.begin, self.end)
        )
        self._courses: dict[int, dict[str, list[Course]]] = {}

    @property
    def hours(self) -> tuple[datetime, ...]:
        """The starts of its 24 hours."""
        return hours_of_day(self.day)

    def channel(self, symbol: str) -> ChannelSetup | None:
        """The channel of a symbol."""
        return next((each for each in self.setup.channels if each.symbol == symbol), None)

    def explained(self, channel: ChannelSetup, start: datetime) -> HourOf:
        """Why there was, or was not, an alert about one hour of a parameter."""
        limits = tuple(self._limits(channel, start))
        hour = self._hour(channel, start, tuple(each.asked for each in limits))
        return HourOf(channel, hour, explain(hour), limits)

    def all_of_it(self) -> Iterator[HourOf]:
        """Every hour of every parameter."""
        for channel in self.setup.channels:
            for start in self.hours:
                yield self.explained(channel, start)

    def samples(self, channel: ChannelSetup) -> Sequence[Sample]:
        """The readings of a parameter around the day, by time."""
        return self._samples.get(channel.slot, [])

    def gap(self, start: datetime) -> Gap | None:
        """The longest time around an hour in which nothing newer came."""
        return longest_gap(self._gaps, Span(start, start + HOUR), self.now)

    def outages(self, start: datetime) -> list[Outage]:
        """The outages that touch an hour."""
        return [
            each
            for each in self._outages
            if each.start < start + HOUR and (each.end or self.now) > start
        ]

    def announced(self, channel: ChannelSetup, start: datetime) -> list[Maintenance]:
        """The work or stop, agreed to by the department, that covers some of an hour."""
        names = {channel.symbol, channel.parameter}
        return [
            each
            for each in self._announced
            if each.start < start + HOUR
            and each.end > start
            and (not each.parameters or names & set(each.parameters))
        ]

    def _hour(self, channel: ChannelSetup, start: datetime, limits: tuple[Asked, ...]) -> Hour:
        interval = channel.pace.interval(day_of(start)) or 0
        slots = expected_in_hour(start, interval) if interval else 0
        row = self._means.get((channel.slot, start), {}).get("")
        by_basis = self._means.get((channel.slot, start), {}).values()
        stopped = len(slots_stopped(self.setup.stops_of(channel), start, interval)) if slots else 0
        outages = {each.what for each in self.outages(start)}
        return Hour(
            start=start,
            now=self.now,
            first=self._firsts.get(channel.slot),
            ended=channel.ended_on is not None and channel.ended_on < day_of(start),
            marked=start in self._marked,
            slots=slots,
            expected=slots - stopped if row is None else row.mean.expected,
            filled=0 if row is None else row.mean.n,
            idle=max((each.idle for each in by_basis), default=0),
            faulty=0 if row is None else row.faulty,
            calibrating=0 if row is None else row.calibrating,
            long_fault=self._is_long(channel, FAULT, start),
            long_calibration=self._is_long(channel, CALIBRATING, start),
            limits=limits,
            told=tuple(self._told_of(channel, start)),
            gap=self.gap(start),
            line_outage=Outage.What.LINE in outages,
            own_outage=bool(outages & {Outage.What.DOOR, Outage.What.OWN}),
            announced=bool(self.announced(channel, start)),
        )

    def _is_long(self, channel: ChannelSetup, status: str, start: datetime) -> bool:
        """Whether a course of this status that holds the hour is long enough for an alert."""
        known = self._courses.setdefault(channel.slot, {})
        if status not in known:
            known[status] = courses(
                self.samples(channel),
                status=status,
                width=lambda stamp: timedelta(
                    minutes=channel.pace.interval_at(stamp) or USUAL_INTERVAL[0].value
                ),
            )
        return any(
            each.is_too_long(status) and each.start < start + HOUR and each.end > start
            for each in known[status]
        )

    def _told_of(self, channel: ChannelSetup, start: datetime) -> Iterator[Told]:
        for parameter, span, told in self._told:
            own = parameter in ("", channel.symbol)
            if own and span.start < start + HOUR and span.end > start:
                yield told

    def _limits(self, channel: ChannelSetup, start: datetime) -> Iterator[InForce]:
        """Each limit with the period of it that the hour belongs to: of 8 hours, those that end
        with it."""
        for period in ("hour", "hours8", "day", "year"):
            begin = starts_holding(period, start)[0]
            for limit in self._rules.limits_on(self.station.pk, channel.slot, day_of(begin)):
                if limit.period == period:
                    basis = basis_of(limit.reference_oxygen)
                    verdict = self._verdicts.get((channel.slot, period, begin, basis))
                    yield InForce(limit, self._asked(channel, limit, begin, verdict), verdict)

    def _asked(
        self, channel: ChannelSetup, limit: Limit, begin: datetime, verdict: Verdict | None
    ) -> Asked:
        frontier = self._frontiers.get((channel.slot, limit.period))
        end = end_of(limit.period, begin)
        first = self._firsts.get(channel.slot)
        return Asked(
            period=limit.period,
            start=begin,
            end=end,
            due_at=end + timedelta(minutes=limit.grace_minutes),
            result=None if verdict is None else verdict.result,
            expected=None if verdict is None else verdict.expected,
            passed=frontier is not None and frontier.until > begin,
            before_first=first is None or (frontier is not None and begin < frontier.since),
        )


def _by_slot_and_hour(
    rows: dict[MeanKey, MeanRow],
) -> dict[tuple[int, datetime], dict[str, MeanRow]]:
    found: dict[tuple[int, datetime], dict[str, MeanRow]] = defaultdict(dict)
    for (slot, start, basis), row in rows.items():
        found[slot, start][basis] = row
    return found


def _verdicts(
    station_id: int, begin: datetime, end: datetime
) -> dict[tuple[int, str, datetime, str], Verdict]:
    """Those in effect of every period that holds an hour of the day."""
    rows = Verdict.objects.in_effect().filter(station=station_id, start__lt=end, end__gt=begin)
    return {(row.slot, row.period, row.start, row.basis): row for row in rows}


def _told(
    station: Station, alerts: AlertQuerySet, begin: datetime, end: datetime, now: datetime
) -> list[tuple[str, Span, Told]]:
    """Every period of every alert that touches the day, with the parameter it speaks of."""
    zone = station.facility.zone_id
    here = Q(alert__station=station)
    if zone is not None:
        here |= Q(alert__station=None, alert__zone=zone)
    here |= Q(alert__station=None, alert__zone=None, alert__kind=kinds.LINE_OUTAGE)
    seen = AlertSpan.objects.filter(here, start__lt=end, alert__in=alerts)
    rows = seen.select_related("alert")
    found = []
    for row in rows.order_by("start", "pk"):
        span = Span(row.start, _until(row, now))
        if span.end > begin:
            alert = row.alert
            told = Told(alert.pk, alert.kind, alert.period, row.withdrawn_at is not None)
            found.append((alert.parameter, span, told))
    return found


def _until(span: AlertSpan, now: datetime) -> datetime:
    """When a period of an alert ended: a course that goes on grows with the clock."""
    alert: Alert = span.alert
    by_verdict = alert.kind in kinds.KINDS_BY_PERIOD or alert.kind == kinds.EARLY_WARNING
    if by_verdict or span.withdrawn_at is not None or span.end < alert.ends_at:
        return span.end
    over = alert.resolved_at
    return max(span.end, now if over is None else min(over, now))


def _gaps(setup: StationSetup, station_id: int, begin: datetime, end: datetime) -> Iterator[Gap]:
    """From each file that brought something newer to the next such file, around the day."""
    if not Link.objects.filter(pk=station_id).exists():
        return
    brought = Delivery.objects.filter(station=station_id, readings__gt=0).exclude(
        outcome=Delivery.Outcome.DUPLICATE
    )
    since = begin - AROUND
    before = brought.filter(received_at__lt=since).aggregate(
        newest=Max("last_time"), at=Max("received_at")
    )
    newest: datetime | None = before["newest"]
    spoke: datetime | None = before["at"]
    rows = brought.filter(received_at__gte=since, received_at__lt=end + AROUND)
    for received_at, last in rows.order_by("received_at", "id").values_list(
        "received_at", "last_time"
    ):
        if last is None or (newest is not None and last <= newest):
            continue
        if spoke is not None and newest is not None:
            yield Gap(spoke, spoke + _allowance(setup, newest), received_at)
        newest, spoke = last, received_at
    if spoke is not None and newest is not None:
        following = brought.filter(received_at__gte=end + AROUND, last_time__gt=newest)
        until = following.order_by("received_at").values_list("received_at", flat=True).first()
        yield Gap(spoke, spoke + _allowance(setup, newest), until)


def _allowance(setup: StationSetup, measured_at: datetime) -> timedelta:
    return allowance(setup.pace.interval(day_of(measured_at)) or USUAL_INTERVAL[0].value)


def _outages(station: Station, begin: datetime, end: datetime) -> list[Outage]:
    """Outages of our own, and of the line where it was this station's."""
    rows = Outage.objects.filter(Q(end=None) | Q(end__gt=begin), start__lt=end)
    own = Q(what__in=(Outage.What.DOOR, Outage.What.OWN))
    return list(rows.filter(own | Q(stations__contains=[station.pk])))


def files_of(station: Station, start: datetime, end: datetime, user: Person) -> list[Delivery]:
    """The files with something of a time that this person may see, in the order of reception."""
    rows = Delivery.objects.for_user(user).filter(
        station=station, first_time__lte=end, last_time__gte=start
    )
    return list(rows.defer("raw").order_by("received_at", "id"))
