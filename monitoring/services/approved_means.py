"""Means without what is excluded: from the readings where something is, else those that stand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from django.db.models import Q

from monitoring.domain.averaging import MEASURED, Mean, Row, add, hour_means
from monitoring.domain.exclusions import Excluded, hours_of, stretches
from monitoring.domain.long_periods import hours8_mean, year_mean
from monitoring.domain.oxygen import hour_at_reference
from monitoring.domain.slots import (
    HOUR,
    ONE_DAY,
    day_of,
    day_start,
    expected_in_day,
    expected_in_hour,
    slot_start,
)
from monitoring.domain.stops import slots_stopped
from monitoring.models import Verdict
from monitoring.services.computing import (
    OXYGEN,
    brought_to_reference,
    by_slot,
    counting_for,
    rows_of_hours,
)
from monitoring.services.means import MeanRow, empty_mean, hour_rows, mean_rows
from monitoring.services.setup import ChannelSetup, StationSetup
from stations.domain.quantities import decimal_of
from stations.services.settings import Key as SettingKey
from stations.services.settings import Settings

NOTHING = Excluded()
MINUTES_OF_HOUR = 60

Place = tuple[int, str]
"""A channel's slot, and the basis of its means."""


@dataclass(frozen=True, slots=True)
class PeriodOf:
    """A period of a channel, on a basis; the capture that an hour or a day of a longer one needs
    to be valid."""

    place: Place
    period: str
    start: datetime
    end: datetime
    min_capture: Decimal = Decimal(0)

    @classmethod
    def judged(cls, verdict: Verdict) -> PeriodOf:
        """That of a verdict."""
        min_capture = decimal_of(verdict.limit["min_capture"])
        place = verdict.slot, verdict.basis
        return cls(place, verdict.period, verdict.start, verdict.end, min_capture)


@dataclass(frozen=True, slots=True)
class Hour:
    """An hour's mean, and how many of its slots are left out: idle ones, and those of stops."""

    mean: Mean
    left_out: int


class Touching:
    """Whether what is excluded at a station changes a mean of it: of its own channel, or of O₂."""

    def __init__(self, setup: StationSetup, excluded: Mapping[int, Excluded]) -> None:
        self.channels = {channel.slot: channel for channel in setup.channels}
        self.excluded = excluded
        oxygen = (channel for channel in setup.channels if channel.parameter == OXYGEN)
        self.oxygen: ChannelSetup | None = next(oxygen, None)

    def condition(self) -> Q:
        """On verdicts or means: those that can be touched at all."""
        own = Q(slot__in=list(self.excluded))
        return own | ~Q(basis="") if self._oxygen_excluded() else own

    def __call__(self, place: Place, start: datetime, end: datetime) -> bool:
        """Whether any moment that counts in whole hours from `start` to `end` is excluded."""
        slot, basis = place
        if slot not in self.channels:
            return False
        last = end - HOUR + self._longest_slot(self.channels[slot], end - HOUR)
        if self.excluded.get(slot, NOTHING).touches(start, last):
            return True
        if not basis or self.oxygen is None or not self._oxygen_excluded():
            return False
        wider = self._longest_slot(self.oxygen, start) - HOUR
        return self.excluded[self.oxygen.slot].touches(start - wider, last + wider)

    def _oxygen_excluded(self) -> bool:
        return self.oxygen is not None and self.oxygen.slot in self.excluded

    @staticmethod
    def _longest_slot(channel: ChannelSetup, hour: datetime) -> timedelta:
        """How far what begins in an hour can reach: longer than it where slots are longer."""
        interval = channel.pace.interval(day_of(hour)) or MINUTES_OF_HOUR
        return max(HOUR, timedelta(minutes=interval))


class ApprovedMeans:
    """The means of these periods in the approved layer, read and worked out at once."""

    def __init__(
        self, setup: StationSetup, excluded: Mapping[int, Excluded], periods: Iterable[PeriodOf]
    ) -> None:
        self.setup = setup
        self.excluded = excluded
        self.touching = Touching(setup, excluded)
        self.settings = Settings.load()
        wanted: dict[Place, set[datetime]] = defaultdict(set)
        years: set[datetime] = set()
        for each in periods:
            wanted[each.place].update(self._hours_for(each))
            if each.period == "year":
                years.add(each.start)
        self._stored = self._stored_hours(wanted)
        self._made = self._worked_out(wanted)
        self._days = self._stored_days(years)

    def of(self, each: PeriodOf) -> Mean:
        """The mean of one of the periods in the approved layer."""
        place = each.place
        if each.period == "hour":
            return self._hour(place, each.start).mean
        if each.period == "hours8":
            hours = hours_of((each.start, each.end))
            return hours8_mean((self._hour(place, hour).mean for hour in hours), each.min_capture)
        if each.period == "day":
            return self._day(place, each.start)
        means = (self._day_of_year(place, day) for day in _days(each.start, each.end))
        found = (mean for mean in means if mean is not None)
        return year_mean(found, each.min_capture, year=day_of(each.start).year)

    def _hours_for(self, each: PeriodOf) -> Iterator[datetime]:
        """The hours that must be known; of a year only those of its touched days."""
        if each.period != "year":
            yield from hours_of((each.start, each.end))
            return
        for day in _days(each.start, each.end):
            if self.touching(each.place, day, day + ONE_DAY):
                yield from hours_of((day, day + ONE_DAY))

    def _stored_hours(
        self, wanted: Mapping[Place, set[datetime]]
    ) -> dict[tuple[int, datetime, str], MeanRow]:
        hours = set().union(*wanted.values())
        found: dict[tuple[int, datetime, str], MeanRow] = {}
        for begin, end in stretches((hour, hour + HOUR) for hour in hours):
            found |= hour_rows(self.setup.station_id, begin, end)
        return found

    def _stored_days(self, years: Iterable[datetime]) -> dict[tuple[int, datetime, str], MeanRow]:
        starts = [day for year in years for day in _days(year, year + timedelta(days=366))]
        return mean_rows("day", self.setup.station_id, starts) if starts else {}

    def _worked_out(
        self, wanted: Mapping[Place, set[datetime]]
    ) -> dict[tuple[Place, datetime], Hour]:
        """The touched hours, anew from the readings that stay, a Vietnamese day at a time."""
        by_day: dict[date, dict[Place, list[datetime]]] = defaultdict(lambda: defaultdict(list))
        for place, hours in wanted.items():
            for hour in hours:
                if self.touching(place, hour, hour + HOUR):
                    by_day[day_of(hour)][place].append(hour)
        found: dict[tuple[Place, datetime], Hour] = {}
        for day, places in by_day.items():
            touched = {hour for hours in places.values() for hour in hours}
            samples = self._samples(day, sorted(touched))
            for place, hours_of_place in places.items():
                made = self._hours_of_channel(place, day, hours_of_place, samples)
                found.update(((place, hour), row) for hour, row in made.items())
        return found

    def _samples(self, day: date, hours: list[datetime]) -> dict[int, list[Row]]:
        """The readings that stay, with the second for which they count."""
        found = by_slot(rows_of_hours(self.setup, hours, day))
        return {
            channel.slot: self.excluded.get(channel.slot, NOTHING).without(
                counting_for(channel.pace, found.get(channel.slot, []))
            )
            for channel in self.setup.channels
        }

    def _hours_of_channel(
        self,
        place: Place,
        day: date,
        hours: Sequence[datetime],
        samples: Mapping[int, list[Row]],
    ) -> dict[datetime, Hour]:
        slot, basis = place
        channel = self.touching.channels[slot]
        interval = channel.pace.interval(day)
        if interval is None:
            return {}
        own = samples[slot]
        excluded = self.touching.excluded.get(slot, NOTHING)
        if basis:
            normalised = brought_to_reference(
                own,
                self.touching.oxygen,
                samples,
                Decimal(basis),
                day=day,
                interval=interval,
                idle_from=self.settings.on(SettingKey.IDLE_OXYGEN, day),
            )
            means = {hour: hour_at_reference(normalised, hour, interval) for hour in hours}
            known: set[datetime] = normalised.filled.keys() | normalised.idle
        else:
            plain = hour_means(own, interval=interval)
            means = {hour: plain[hour].mean for hour in hours if hour in plain}
            measured = (at for at, value, status in own if status == MEASURED and value is not None)
            known = {slot_start(at, interval=interval) for at in measured}
        found = {}
        for hour in hours:
            slots = expected_in_hour(hour, interval)
            mean = means.get(hour) or Mean(Fraction(), 0, slots)
            stopped = slots_stopped(self.setup.stops_of(channel), hour, interval)
            expected = mean.expected - len(stopped - known)
            expected -= excluded.not_expected(hour, interval, known | stopped)
            found[hour] = Hour(Mean(mean.total, mean.n, expected), slots - expected)
        return found

    def _hour(self, place: Place, hour: datetime) -> Hour:
        made = self._made.get((place, hour))
        if made is not None:
            return made
        slot, basis = place
        channel = self.touching.channels[slot]
        interval = channel.pace.interval(day_of(hour))
        slots = 0 if interval is None else expected_in_hour(hour, interval)
        row = self._stored.get((slot, hour, basis))
        mean = empty_mean(self.setup, channel, "hour", hour) if row is None else row.mean
        return Hour(mean, slots - mean.expected)

    def _day(self, place: Place, start: datetime) -> Mean:
        hours = [self._hour(place, hour) for hour in hours_of((start, start + ONE_DAY))]
        interval = self.touching.channels[place[0]].pace.interval(day_of(start))
        slots = 0 if interval is None else expected_in_day(interval)
        left_out = sum(hour.left_out for hour in hours)
        return add([hour.mean for hour in hours], expected=slots - left_out)

    def _day_of_year(self, place: Place, start: datetime) -> Mean | None:
        if self.touching(place, start, start + ONE_DAY):
            return self._day(place, start)
        row = self._days.get((place[0], start, place[1]))
        return None if row is None else row.mean


def _days(start: datetime, end: datetime) -> Iterator[datetime]:
    while start < end:
        yield start
        start = day_start(day_of(start + ONE_DAY))
