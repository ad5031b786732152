"""The rows of the register as the pure rules of `stations.domain.limits` take them."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal, cast

from stations.domain.dated import Dated
from stations.domain.limits import (
    JudgedBy,
    PermitLimit,
    StationInputs,
    days_of_limit_change,
    limits_on,
)
from stations.domain.quantities import Bands
from stations.domain.regulations import Edition, EditionLimit, Period, ReceivingWater
from stations.domain.stricter import Limit
from stations.models import (
    Channel,
    DesignFlow,
    GasFlow,
    KvZone,
    SourceType,
    Station,
)
from stations.models import Edition as EditionRow
from stations.models import EditionLimit as EditionLimitRow
from stations.models import JudgedBy as JudgedByRow
from stations.models import PermitLimit as PermitLimitRow
from stations.models import ReceivingWater as ReceivingWaterRow
from stations.services.settings import Settings
from stations.services.standing import asked_once

PERMIT_WITHOUT_A_NAME = "Giấy phép môi trường"
"""The source of a permit's limit where the register names no paper."""


@dataclass(slots=True)
class _ChannelRules:
    """A channel's limits, remembered for each stretch of days in which nothing changes."""

    parameter: str
    station: StationInputs
    permits: tuple[PermitLimit, ...]
    turns: tuple[date, ...]
    periods: frozenset[str]
    known: dict[int, tuple[Limit, ...]] = field(default_factory=dict)


class RuleBook:
    """Which limits hold for the channels of some stations, on any day.

    A picture of the register at the moment of `load`; make a new one for each piece of work.
    """

    def __init__(
        self,
        channels: Mapping[tuple[int, int], _ChannelRules],
        editions: Mapping[str, Edition],
        settings: Settings,
    ) -> None:
        self._channels = channels
        self._editions = editions
        self.settings = settings

    @classmethod
    def load(cls, station_ids: Iterable[int]) -> RuleBook:
        """The rules of these stations, in a fixed number of queries."""
        ids = tuple(station_ids)
        return asked_once(("rules", ids), lambda: cls._load(list(ids)))

    @classmethod
    def _load(cls, ids: list[int]) -> RuleBook:
        editions = load_editions()
        inputs = _inputs(ids)
        permits = _permits(ids)
        channels = {}
        rows = Channel.objects.filter(station__in=ids).values_list(
            "pk", "station_id", "slot", "parameter__symbol"
        )
        for pk, station_id, slot, parameter in rows:
            own = tuple(permits[pk])
            station = inputs[station_id]
            named = {item.value.edition for item in station.judged_by}
            turns = days_of_limit_change(station, (editions[code] for code in named), own)
            channels[station_id, slot] = _ChannelRules(
                parameter,
                station,
                own,
                turns,
                frozenset(_periods(parameter, (editions[code] for code in named), own)),
            )
        return cls(channels, editions, Settings.load())

    def periods_of(self, station_id: int, slot: int) -> frozenset[str]:
        """The kinds of periods for which a channel may have a limit on any day."""
        rules = self._channels.get((station_id, slot))
        return frozenset() if rules is None else rules.periods

    def limits_on(self, station_id: int, slot: int, day: date) -> tuple[Limit, ...]:
        """Every limit of a channel that holds on a Vietnamese day; none for an unknown channel."""
        rules = self._channels.get((station_id, slot))
        if rules is None:
            return ()
        stretch = bisect_right(rules.turns, day)
        found = rules.known.get(stretch)
        if found is None:
            found = rules.known[stretch] = limits_on(
                rules.parameter,
                station=rules.station,
                editions=self._editions,
                permits=rules.permits,
                on=day,
            )
        return found

    def turns_of(self, station_id: int, slot: int) -> tuple[date, ...]:
        """Every day on which a limit of a channel may differ from the day before, in order."""
        rules = self._channels.get((station_id, slot))
        return () if rules is None else rules.turns

    def law_on(self, station_id: int, slot: int, day: date) -> tuple[Limit, ...]:
        """What the regulation alone would say of a channel on a day, without any permit."""
        rules = self._channels.get((station_id, slot))
        if rules is None:
            return ()
        return limits_on(
            rules.parameter, station=rules.station, editions=self._editions, permits=(), on=day
        )


def _periods(
    parameter: str, editions: Iterable[Edition], permits: Iterable[PermitLimit]
) -> Iterator[str]:
    for edition in editions:
        yield from (cell.period for cell in edition.limits if cell.parameter == parameter)
    yield from (permit.period for permit in permits)


def load_editions() -> dict[str, Edition]:
    """All editions by code, with their limits."""
    cells: dict[int, list[EditionLimit]] = defaultdict(list)
    for row in EditionLimitRow.objects.select_related("parameter"):
        cells[row.edition_id].append(
            EditionLimit(
                parameter=row.parameter.symbol,
                column=row.column,
                source_type=row.source_type or None,
                period=cast("Period", row.period),
                maximum=row.maximum,
                minimum=row.minimum,
                takes_factors=row.takes_factors,
                since=row.valid_from,
                until=row.valid_until,
                provenance=row.provenance,
                confirmed=row.confirmed or None,
            )
        )
    return {row.code: _edition(row, tuple(cells[row.pk])) for row in EditionRow.objects.all()}


def _edition(row: EditionRow, cells: tuple[EditionLimit, ...]) -> Edition:
    tables: dict[str, Any] = row.factors
    return Edition(
        code=row.code,
        medium=row.medium,
        in_force_since=row.in_force_from,
        in_force_until=row.in_force_until,
        kq_river=_bands(tables.get("kq_river")),
        kq_lake=_bands(tables.get("kq_lake")),
        kq_unknown={kind: _decimal(x) for kind, x in tables.get("kq_unknown", {}).items()},
        kf=_bands(tables.get("kf")),
        kp=_bands(tables.get("kp")),
        kv={int(zone): _decimal(x) for zone, x in tables.get("kv", {}).items()},
        reference_oxygen=row.reference_oxygen,
        min_capture=row.min_capture,
        grace_minutes=row.grace_minutes,
        limits=cells,
    )


def _bands(table: list[list[float | None]] | None) -> Bands:
    return tuple(
        (None if bound is None else _decimal(bound), _decimal(factor))
        for bound, factor in table or ()
    )


def _decimal(written: Any) -> Decimal:
    return Decimal(str(written))


def _inputs(ids: list[int]) -> dict[int, StationInputs]:
    facilities = dict(Station.objects.filter(pk__in=ids).values_list("pk", "facility_id"))
    of_facility = {"facility__in": set(facilities.values())}
    of_station = {"station__in": ids}
    flow = _dated(
        DesignFlow.objects.filter(**of_facility), "facility_id", lambda row: row.m3_per_day
    )
    water = _dated(ReceivingWaterRow.objects.filter(**of_facility), "facility_id", _water)
    judged = _dated(
        JudgedByRow.objects.filter(**of_station).select_related("edition"),
        "station_id",
        lambda row: JudgedBy(row.edition.code, row.column, row.confirmed or None),
    )
    gas = _dated(GasFlow.objects.filter(**of_station), "station_id", lambda row: row.m3_per_hour)
    zone = _dated(KvZone.objects.filter(**of_station), "station_id", lambda row: row.zone)
    source = _dated(
        SourceType.objects.filter(**of_station), "station_id", lambda row: row.source_type
    )
    return {
        pk: StationInputs(
            judged_by=judged[pk],
            design_flow=flow[facility],
            receiving_water=water[facility],
            gas_flow=gas[pk],
            kv_zone=zone[pk],
            source_type=source[pk],
        )
        for pk, facility in facilities.items()
    }


def _water(row: ReceivingWaterRow) -> ReceivingWater:
    kind = cast("Literal['river', 'lake']", row.kind)
    return ReceivingWater(kind, row.flow_m3_per_s, row.volume_m3)


def _dated(
    rows: Iterable[Any], owner: str, value: Callable[[Any], Any]
) -> defaultdict[int, tuple[Dated[Any], ...]]:
    found: defaultdict[int, tuple[Dated[Any], ...]] = defaultdict(tuple)
    for row in rows:
        found[getattr(row, owner)] += (Dated(value(row), row.valid_from, row.valid_until),)
    return found


def _permits(ids: list[int]) -> defaultdict[int, list[PermitLimit]]:
    found: defaultdict[int, list[PermitLimit]] = defaultdict(list)
    for row in PermitLimitRow.objects.filter(channel__station__in=ids):
        found[row.channel_id].append(
            PermitLimit(
                period=cast("Period", row.period),
                maximum=row.maximum,
                minimum=row.minimum,
                since=row.valid_from,
                until=row.valid_until,
                source=row.source or PERMIT_WITHOUT_A_NAME,
                confirmed=row.confirmed or None,
                replaces=row.replaces,
                min_capture=row.min_capture,
                grace_minutes=row.grace_minutes,
                reference_oxygen=row.reference_oxygen,
            )
        )
    return found
