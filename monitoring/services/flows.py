"""What a station's flows say of its days: volumes and loads, against what is allowed, and in
against out. Read from what the flow stored; nothing here is a verdict, and nobody is mailed.

What is allowed is the facility's, so the outflow of all its stations of wastewater is held against
it together. Names of signs: `over` the volume measured is above what is allowed; `maybe_over` only
the volume brought up to a whole day is; `balance` in- and outflow part; `drop` hours on end in
which hardly anything flowed out while it went on flowing in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from django.db import connection
from django.db.models import Q

from monitoring.domain.averaging import Mean, from_numerics
from monitoring.domain.slots import HOUR, ONE_DAY, day_of, day_start
from monitoring.domain.totals import FLOW_UNITS, IN, LOAD, OUT, VOLUME, Balance, Drop, Total, drops
from monitoring.models import DayBalance, DayTotal
from monitoring.services.setup import ChannelSetup, StationSetup, setups_of
from monitoring.services.totals import flow_channel
from stations.domain.dated import Dated, in_force
from stations.models import DesignFlow, Medium, Permit, RuleSetting, Station
from stations.services.settings import SettingMissing, Settings

OVER, MAYBE_OVER, BALANCE, DROP = "over", "maybe_over", "balance", "drop"
PERMIT, DESIGN = "permit", "design"
Key = RuleSetting.Key


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a facility may discharge on a day, m³, and what says so."""

    m3: Decimal
    kind: str
    name: str = ""


@dataclass(slots=True)
class FlowDay:
    """A day of a station. None or empty where there is nothing to say.

    `facility`: the outflow of all stations of the facility; `facility_whole` the same brought up to
    a whole day, None unless each station has enough of it. `share`: facility ÷ allowance.
    """

    day: date
    inflow: Total | None = None
    outflow: Total | None = None
    outflow_whole: Fraction | None = None
    loads: dict[str, Total] = field(default_factory=dict)
    balance: Balance | None = None
    parted: Fraction | None = None
    drops: tuple[Drop, ...] = ()
    facility: Fraction | None = None
    facility_whole: Fraction | None = None
    allowance: Allowance | None = None
    signs: list[str] = field(default_factory=list)

    @property
    def share(self) -> Fraction | None:
        """The facility's outflow as a multiple of what it may discharge."""
        if self.facility is None or self.allowance is None or self.allowance.m3 <= 0:
            return None
        return self.facility / Fraction(self.allowance.m3)

    @property
    def has_data(self) -> bool:
        """Whether anything is known of its flows."""
        return self.inflow is not None or self.outflow is not None


class FlowBook:
    """The flows of some stations over some days, read in a fixed number of queries."""

    def __init__(self, stations: Iterable[Station], first: date, last: date) -> None:
        """`first` and `last` are Vietnamese days, both included."""
        self.days = [first + ONE_DAY * n for n in range((last - first).days + 1)]
        self.stations = {station.pk: station for station in stations}
        facilities = {each.facility_id for each in self.stations.values()}
        self._outlets = _outlets(facilities, first)
        known = {pk for own in self._outlets.values() for pk in own} | set(self.stations)
        self.setups = setups_of(known)
        self._rules = Settings.load()
        self._allowances = _allowances(set(self._outlets))
        start, end = day_start(first), day_start(last + ONE_DAY)
        self._totals = _totals(known, start, end)
        self._balances = _balances(self.stations, start, end)
        self._hours = _flow_hours([self.setups[pk] for pk in self.stations], start, end)

    def of(self, station_id: int) -> list[FlowDay]:
        """Every day of the span, in order; those without data too."""
        return [self._day(station_id, day) for day in self.days]

    def channels(
        self, station_id: int, day: date
    ) -> tuple[ChannelSetup | None, ChannelSetup | None]:
        """What measures the in- and the outflow on a day."""
        setup = self.setups[station_id]
        return flow_channel(setup, IN, day), flow_channel(setup, OUT, day)

    def outlets(self, station_id: int) -> list[int]:
        """The stations whose outflow counts together with this one's, itself among them."""
        return self._outlets.get(self.stations[station_id].facility_id, [])

    def setting(self, key: str, day: date) -> Decimal | None:
        """A number of the rules; None where nobody entered one for that day."""
        try:
            return self._rules.on(key, day)
        except SettingMissing:
            return None

    def allowance(self, station_id: int, day: date) -> Allowance | None:
        """What the facility may discharge; only stations of wastewater have one."""
        station = self.stations[station_id]
        if station.medium != Medium.WASTEWATER:
            return None
        return self._allowances[station.facility_id].on(day)

    def _day(self, station_id: int, day: date) -> FlowDay:
        start, enough = day_start(day), self.setting(Key.TOTALS_CAPTURE, day)
        inflow, outflow = self.channels(station_id, day)
        own = self._totals.get((station_id, start), {})
        found = FlowDay(
            day,
            inflow=own.get(inflow.slot) if inflow else None,
            outflow=own.get(outflow.slot) if outflow else None,
            loads=self._loads(station_id, own),
            balance=self._balances.get((station_id, start)),
            allowance=self.allowance(station_id, day),
        )
        self._add_facility(found, station_id, start, enough)
        if enough is not None:
            found.outflow_whole = found.outflow.whole_day(enough) if found.outflow else None
            self._compare(found, station_id, start, enough)
        found.signs = list(_signs(found, self.setting(Key.BALANCE_SHARE, day)))
        return found

    def _loads(self, station_id: int, own: Mapping[int, Total]) -> dict[str, Total]:
        return {
            channel.symbol: own[channel.slot]
            for channel in self.setups[station_id].channels
            if channel.slot in own and channel.unit not in FLOW_UNITS
        }

    def _add_facility(
        self, found: FlowDay, station_id: int, start: datetime, enough: Decimal | None
    ) -> None:
        outlets = self.outlets(station_id)
        if self.stations[station_id].medium != Medium.WASTEWATER or not outlets:
            return
        totals = [self._outflow(pk, start) for pk in outlets]
        there = [total for total in totals if total is not None]
        if not there:
            return
        found.facility = sum((total.amount for total in there), Fraction())
        wholes = [total.whole_day(enough) if total and enough else None for total in totals]
        if None not in wholes:
            found.facility_whole = sum((each for each in wholes if each is not None), Fraction())

    def _outflow(self, station_id: int, start: datetime) -> Total | None:
        channel = flow_channel(self.setups[station_id], OUT, day_of(start))
        return self._totals.get((station_id, start), {}).get(channel.slot) if channel else None

    def _compare(self, found: FlowDay, station_id: int, start: datetime, enough: Decimal) -> None:
        """In against out."""
        if found.balance is not None:
            found.parted = found.balance.parted(enough)
        share = self.setting(Key.DROP_SHARE, found.day)
        inflow, outflow = self.channels(station_id, found.day)
        if share is not None and inflow and outflow:
            hours = self._hours.get((station_id, start), {})
            into, out = hours.get(inflow.slot, {}), hours.get(outflow.slot, {})
            found.drops = drops(into, out, share=share, enough=enough)


def _signs(found: FlowDay, balance_share: Decimal | None) -> Iterable[str]:
    allowed = Fraction(found.allowance.m3) if found.allowance else None
    if _above(found.facility, allowed):
        yield OVER
    elif _above(found.facility_whole, allowed):
        yield MAYBE_OVER
    if _above(found.parted, None if balance_share is None else Fraction(balance_share)):
        yield BALANCE
    if found.drops:
        yield DROP


def _above(value: Fraction | None, bound: Fraction | None) -> bool:
    return value is not None and bound is not None and value > bound


@dataclass(frozen=True, slots=True)
class _Allowances:
    permits: tuple[Dated[Allowance], ...]
    design: tuple[Dated[Allowance], ...]

    def on(self, day: date) -> Allowance | None:
        """The permit's in force (of several the smallest), else the design flow."""
        permits = [each.value for each in self.permits if each.holds(day)]
        if permits:
            return min(permits, key=lambda each: (each.m3, each.name))
        return in_force(self.design, day)


def _allowances(facility_ids: set[int]) -> defaultdict[int, _Allowances]:
    permits: defaultdict[int, tuple[Dated[Allowance], ...]] = defaultdict(tuple)
    for row in Permit.objects.filter(facility__in=facility_ids):
        if row.flow_m3_per_day is None:
            continue
        told = Allowance(row.flow_m3_per_day, PERMIT, row.number)
        permits[row.facility_id] += (Dated(told, row.valid_from, row.valid_until),)
    design: defaultdict[int, tuple[Dated[Allowance], ...]] = defaultdict(tuple)
    for flow in DesignFlow.objects.filter(facility__in=facility_ids):
        told = Allowance(flow.m3_per_day, DESIGN)
        design[flow.facility_id] += (Dated(told, flow.valid_from, flow.valid_until),)
    found: defaultdict[int, _Allowances] = defaultdict(lambda: _Allowances((), ()))
    for pk in facility_ids:
        found[pk] = _Allowances(permits[pk], design[pk])
    return found


def _outlets(facility_ids: set[int], first: date) -> dict[int, list[int]]:
    """Stations of wastewater that measure an outflow and are in use, by facility."""
    rows = Station.objects.filter(
        Q(ended_on=None) | Q(ended_on__gte=first),
        facility__in=facility_ids,
        medium=Medium.WASTEWATER,
        channels__parameter__symbol__in=OUT,
        channels__unit__in=list(FLOW_UNITS),
    )
    found: dict[int, list[int]] = defaultdict(list)
    for pk, facility in rows.order_by("code").distinct().values_list("pk", "facility_id"):
        found[facility].append(pk)
    return found | {pk: found.get(pk, []) for pk in facility_ids}


Totals = dict[tuple[int, datetime], dict[int, Total]]


def _totals(station_ids: Iterable[int], start: datetime, end: datetime) -> Totals:
    found: Totals = defaultdict(dict)
    rows = DayTotal.objects.filter(station__in=station_ids, start__gte=start, start__lt=end)
    for row in rows.filter(unit__in=(VOLUME, LOAD)):
        found[row.station_id, row.start][row.slot] = Total(row.amount, row.n, row.expected)
    return found


def _balances(
    station_ids: Iterable[int], start: datetime, end: datetime
) -> dict[tuple[int, datetime], Balance]:
    rows = DayBalance.objects.filter(station__in=station_ids, start__gte=start, start__lt=end)
    return {
        (row.station_id, row.start): Balance(row.inflow, row.outflow, row.n, row.expected)
        for row in rows
    }


FlowHours = dict[tuple[int, datetime], dict[int, dict[datetime, Mean]]]


def _flow_hours(setups: Sequence[StationSetup], start: datetime, end: datetime) -> FlowHours:
    """Hour means in m³/h of stations that measure in and out: by day and slot, then by hour."""
    units: dict[tuple[int, int], Fraction] = {}
    for setup in setups:
        own = {
            (setup.station_id, channel.slot): FLOW_UNITS[channel.unit]
            for channel in setup.channels
            if channel.parameter in (*IN, *OUT) and channel.unit in FLOW_UNITS
        }
        units |= own if len(own) > 1 else {}
    found: FlowHours = defaultdict(lambda: defaultdict(dict))
    if not units:
        return found
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT m.station_id, m.slot, m.start, m.numerator, m.denominator, m.n, m.expected"
            " FROM monitoring_hourmean m JOIN unnest(%s::bigint[], %s::int[]) AS f(station, slot)"
            " ON m.station_id = f.station AND m.slot = f.slot"
            " WHERE m.station_id = ANY(%s) AND m.basis = '' AND m.start >= %s AND m.start < %s",
            [
                [pk for pk, _ in units],
                [slot for _, slot in units],
                sorted({pk for pk, _ in units}),
                start,
                end,
            ],
        )
        for pk, slot, at, numerator, denominator, n, expected in cursor.fetchall():
            total = from_numerics(numerator, denominator) * units[pk, slot]
            found[pk, day_start(day_of(at))][slot][at] = Mean(total, n, expected)
    return found


def signs_of(stations: Iterable[Station], first: date, last: date) -> list[tuple[Station, FlowDay]]:
    """The days with a sign, newest first, of stations of wastewater."""
    water = [each for each in stations if each.medium == Medium.WASTEWATER]
    book = FlowBook(water, first, last)
    found = [(station, day) for station in water for day in book.of(station.pk) if day.signs]
    return sorted(found, key=lambda each: (each[1].day, each[0].code), reverse=True)


def hours_of(drop: Drop) -> int:
    """How many whole hours a drop lasts."""
    return int(drop.length / HOUR)
