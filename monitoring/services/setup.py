"""What the flow must know of stations: their channels, pace, and how their files are read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from alerts.models import Maintenance
from monitoring.domain.fileformat import ChannelMap, ChannelSpec, DatedMaps, UnitTable
from monitoring.domain.slots import Pace
from monitoring.domain.stops import Stop
from stations.domain.dated import Dated, in_force, turning_days
from stations.models import (
    Channel,
    ChannelInterval,
    Instrument,
    SamplingInterval,
    StampSetting,
    UnitConversion,
    UnitOfMeasure,
)
from stations.services.standing import asked_once

Range = tuple[Decimal | None, Decimal | None]
ONE_DAY = timedelta(days=1)
MINUTES_OF_HOUR = 60
USUAL_INTERVAL = (Dated(5),)
"""Minutes of a slot where the register says nothing."""


@dataclass(frozen=True, slots=True)
class ChannelSetup:
    """A channel as the flow sees it."""

    slot: int
    symbol: str
    parameter: str
    unit: str
    can_be_negative: bool
    ended_on: date | None
    pace: Pace
    slow_minutes: int = 0
    """How long one result may take."""
    ranges: tuple[Dated[Range], ...] = ()
    """What the instrument in it can measure, in its unit; None where nobody says."""
    standing: tuple[Dated[int], ...] = ()
    """Minutes for which what the instrument measures may stand still by nature."""

    def range_on(self, day: date) -> Range:
        """The least and the most that its instrument can measure on a day."""
        return in_force(self.ranges, day) or (None, None)

    def may_stand_on(self, day: date) -> int:
        """Minutes for which a value of a day may stand still by nature; 0 where nobody says."""
        return in_force(self.standing, day) or 0


@dataclass(frozen=True, slots=True)
class StationSetup:
    """A station as the flow sees it: channels by slot, and its own pace."""

    station_id: int
    channels: tuple[ChannelSetup, ...]
    pace: Pace
    stops: tuple[Stop, ...] = ()
    _known: dict[str, bool] = field(default_factory=dict, compare=False, repr=False)

    def hours_touched(self, time: datetime) -> set[datetime]:
        """The hours in which a stamp counts, for whichever channel."""
        if self._keeps_hours:
            return {time.replace(minute=0, second=0, microsecond=0)}
        hours = {hour for channel in self.channels if (hour := channel.pace.hour_of(time))}
        return hours or {time.replace(minute=0, second=0, microsecond=0)}

    @property
    def _keeps_hours(self) -> bool:
        """Whether every stamp counts in the hour that it names, whatever the channel."""
        known = self._known.get("keeps_hours")
        if known is None:
            paces = [channel.pace for channel in self.channels]
            known = self._known["keeps_hours"] = not any(
                any(item.value for item in pace.closing) or pace.may_exceed(MINUTES_OF_HOUR)
                for pace in paces
            )
        return known

    def stops_of(self, channel: ChannelSetup) -> tuple[Stop, ...]:
        """The approved stops of one of its channels."""
        if not self.stops:
            return ()
        names = channel.symbol, channel.parameter
        return tuple(stop for stop in self.stops if stop.holds_for(*names))

    @property
    def size(self) -> int:
        """How long its reading arrays are."""
        return max((channel.slot for channel in self.channels), default=0)


def setups_of(station_ids: Iterable[int]) -> dict[int, StationSetup]:
    """The set-up of each of these stations, in six queries."""
    ids = tuple(station_ids)
    return dict(asked_once(("setups", ids), lambda: _setups(list(ids))))


def _setups(ids: Sequence[int]) -> dict[int, StationSetup]:
    station_pace = _dated(SamplingInterval.objects.filter(station__in=ids), "station_id", "minutes")
    closing = _dated(StampSetting.objects.filter(station__in=ids), "station_id", "closes_window")
    own_pace = _dated(
        ChannelInterval.objects.filter(channel__station__in=ids), "channel_id", "minutes"
    )
    stops, (ranges, standing) = _stops(ids), _instruments(ids)
    channels = defaultdict(list)
    rows = Channel.objects.filter(station__in=ids).select_related("parameter", "station")
    for row in rows.order_by("slot"):
        common = tuple(station_pace[row.station_id])
        channels[row.station_id].append(
            ChannelSetup(
                row.slot,
                row.symbol,
                row.parameter.symbol,
                row.unit,
                row.parameter.can_be_negative,
                _last_day(row),
                Pace(
                    tuple(own_pace[row.pk]),
                    tuple(closing[row.station_id]),
                    (common, USUAL_INTERVAL),
                ),
                row.parameter.slow_minutes or 0,
                tuple(ranges[row.pk]),
                tuple(standing[row.pk]),
            )
        )
    return {
        pk: StationSetup(
            pk,
            tuple(channels[pk]),
            Pace(tuple(station_pace[pk]), tuple(closing[pk]), (USUAL_INTERVAL,)),
            tuple(stops[pk]),
        )
        for pk in ids
    }


def _instruments(
    ids: Sequence[int],
) -> tuple[dict[int, list[Dated[Range]]], dict[int, list[Dated[int]]]]:
    """What instruments can measure, and for how long it may stand still, by channel."""
    ranges: dict[int, list[Dated[Range]]] = defaultdict(list)
    standing: dict[int, list[Dated[int]]] = defaultdict(list)
    for row in Instrument.objects.filter(channel__station__in=ids):
        days = row.valid_from, row.valid_until
        if row.range_low is not None or row.range_high is not None:
            ranges[row.channel_id].append(Dated((row.range_low, row.range_high), *days))
        if row.still_minutes is not None:
            standing[row.channel_id].append(Dated(row.still_minutes, *days))
    return ranges, standing


def _stops(ids: Sequence[int]) -> dict[int, list[Stop]]:
    """The stops that the department agreed to, by station."""
    found: dict[int, list[Stop]] = defaultdict(list)
    approved = Maintenance.objects.approved().filter(what=Maintenance.What.STOP, station__in=ids)
    for row in approved.order_by("start", "pk"):
        found[row.station_id].append(Stop(row.start, row.end, frozenset(row.parameters)))
    return found


def _last_day(channel: Channel) -> date | None:
    """A channel's last day; it ends with its station at the latest."""
    ends = (channel.ended_on, channel.station.ended_on)
    return min((day for day in ends if day is not None), default=None)


def maps_of(station_ids: Iterable[int]) -> dict[int, DatedMaps]:
    """How the files of these stations are read, by the day that a row was measured."""
    ids = tuple(station_ids)
    return dict(asked_once(("maps", ids), lambda: _read_maps(list(ids))))


def _read_maps(ids: Sequence[int]) -> dict[int, DatedMaps]:
    units = _unit_table(_unit_rows())
    instruments: dict[int, list[Instrument]] = defaultdict(list)
    for instrument in Instrument.objects.filter(channel__station__in=ids):
        instruments[instrument.channel_id].append(instrument)
    channels: dict[int, list[Channel]] = defaultdict(list)
    for channel in Channel.objects.filter(station__in=ids).select_related("parameter"):
        channels[channel.station_id].append(channel)
    return {pk: _maps(channels[pk], instruments, units) for pk in ids}


def _maps(
    channels: Sequence[Channel], instruments: dict[int, list[Instrument]], units: UnitTable
) -> DatedMaps:
    """One map for each stretch of days in which no instrument changes."""
    turns = sorted(
        {
            day
            for channel in channels
            for item in instruments[channel.pk]
            for day in turning_days(item.valid_from, item.valid_until)
        }
    )
    edges: list[date | None] = [None, *turns]
    stretches: list[Stretch] = []
    for i, since in enumerate(edges):
        until = turns[i] - ONE_DAY if i < len(turns) else None
        specs = tuple(_spec(channel, instruments[channel.pk], since) for channel in channels)
        stretches.append((since, until, specs))
    return _dated_maps(tuple(stretches), units)


def _spec(channel: Channel, instruments: Sequence[Instrument], day: date | None) -> ChannelSpec:
    plain = ChannelSpec(
        channel.slot,
        channel.symbol,
        channel.unit,
        parameter_aliases=tuple(channel.parameter.aliases),
    )
    for item in instruments:
        begun = item.valid_from is None or (day is not None and item.valid_from <= day)
        going = item.valid_until is None or day is None or item.valid_until >= day
        if begun and going:
            return ChannelSpec(
                channel.slot,
                channel.symbol,
                channel.unit,
                tuple(item.aliases),
                tuple(channel.parameter.aliases),
                item.factor.normalize(),
                item.file_unit or None,
            )
    return plain


Stretch = tuple[date | None, date | None, tuple[ChannelSpec, ...]]
"""First and last day, and the channels between them."""

UnitRows = tuple[tuple[tuple[str, tuple[str, ...]], ...], tuple[tuple[str, str, Decimal], ...]]


def _unit_rows() -> UnitRows:
    spellings = UnitOfMeasure.objects.order_by("code").values_list("code", "spellings")
    conversions = UnitConversion.objects.order_by("from_unit", "to_unit")
    return (
        tuple((code, tuple(others)) for code, others in spellings),
        tuple((row.from_unit, row.to_unit, row.factor.normalize()) for row in conversions),
    )


@lru_cache(maxsize=8)
def _unit_table(units: UnitRows) -> UnitTable:
    return UnitTable(dict(units[0]), units[1])


@lru_cache(maxsize=4096)
def _dated_maps(stretches: tuple[Stretch, ...], units: UnitTable) -> DatedMaps:
    """Made once for the same set-up, so that what the parser remembers of it stays warm, and its
    fingerprint is computed once."""
    return DatedMaps(
        [(since, until, _channel_map(specs, units)) for since, until, specs in stretches]
    )


@lru_cache(maxsize=8192)
def _channel_map(specs: tuple[ChannelSpec, ...], units: UnitTable) -> ChannelMap:
    return ChannelMap(specs, units)


def _dated(rows: Iterable, owner: str, column: str) -> dict[int, list[Dated]]:
    found: dict[int, list[Dated]] = defaultdict(list)
    for row in rows:
        found[getattr(row, owner)].append(
            Dated(getattr(row, column), row.valid_from, row.valid_until)
        )
    return found
