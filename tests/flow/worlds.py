"""Stations for the property tests: written once as the model has them, laid into the register.

Each is about things that change at the midnight between its two days, or stand beside each other.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from stations import models as register
from tests.factories import ChannelFactory, FtpAccountFactory, StationFactory
from tests.flow.register import prefix_of
from tests.model.editions import BOILER, QCVN_05_2023, QCVN_19_2009, QCVN_19_2024, QCVN_40_2011
from tests.model.register import Channel, Dated, JudgedBy, Permit, Station, Water

FIRST, SECOND = date(2024, 5, 21), date(2024, 5, 22)
SOME, HALF = Fraction(1, 20), Fraction(1, 2)
"""Small captures, so that a few readings are enough."""


@dataclass(frozen=True)
class World:
    """A station and what its logger may send."""

    name: str
    station: Station
    medium: str
    values: tuple[str, ...]
    steps: tuple[int, ...]
    """Minutes between two readings of one stroke."""
    until: datetime = datetime(2024, 5, 24, 1)
    """When everything is judged at last."""

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """A failing story is told with the name of its world."""
        printer.text(self.name)


def changing(before: Any, after: Any) -> tuple[Dated[Any], ...]:
    """One value on the first day, another from the second."""
    return Dated(before, until=FIRST), Dated(after, since=SECOND)


def always(value: Any) -> tuple[Dated[Any], ...]:
    return (Dated(value),)


def at_most(maximum: str, period: str, source: str, **more: Any) -> Permit:
    return Permit(period, source, Fraction(maximum), **{"min_capture": HALF, **more})


PERMITS = World(
    "permits",
    Station(
        (
            Channel(
                "COD",
                permits=(
                    at_most("60", "hour", "GPMT số 1", until=FIRST),
                    at_most("40", "hour", "GPMT số 2", since=SECOND, confirmed=False),
                    at_most("90", "day", "GPMT số 1", min_capture=SOME, replaces=True),
                ),
            ),
            Channel(
                "NH4", permits=(at_most("50", "day", "GPMT số 1", min_capture=SOME, grace=90),)
            ),
            Channel("pH"),
        ),
        intervals=always(15),
        judged_by=changing(JudgedBy(QCVN_40_2011, "B"), JudgedBy(QCVN_40_2011, "A", False)),
        design_flow=changing(Fraction(7000), Fraction(400)),
        water=always(Water("river", Fraction(120))),
    ),
    "wastewater",
    ("5", "30", "40", "40.1", "59.9", "60", "60.1", "90", "300"),
    (15, 15, 5),
)

PACES = World(
    "paces",
    Station(
        (
            Channel(
                "COD",
                permits=(
                    at_most("50", "hour", "GPMT số 1"),
                    at_most("50", "day", "GPMT số 1", min_capture=SOME),
                ),
            ),
            Channel(
                "TSS",
                changing(15, 60),
                (at_most("50", "hour", "GPMT số 1", min_capture=SOME),),
            ),
            Channel("TN", changing(120, 20), (at_most("50", "hour", "GPMT số 1"),)),
        ),
        intervals=changing(30, 10),
        closing=changing(False, True),
    ),
    "wastewater",
    ("10", "49.9", "50", "50.1", "90", "0.1"),
    (30, 10, 5),
)

ENDS = World(
    "ends",
    Station(
        (
            Channel("COD", permits=(at_most("0", "hour", "GPMT số 1"),)),
            Channel(
                "DO",
                permits=(
                    Permit("hour", "GPMT số 1", minimum=Fraction(6), min_capture=HALF),
                    Permit("hour", "GPMT số 2", minimum=Fraction(5), confirmed=False),
                ),
                last_day=FIRST,
            ),
            Channel(
                "pH",
                permits=(
                    Permit("hour", "GPMT số 1", Fraction(9), Fraction("6.5"), min_capture=HALF),
                    Permit("hour", "GPMT số 2", Fraction("9.5"), Fraction(6), min_capture=SOME),
                ),
            ),
        ),
        intervals=always(20),
        closing=changing(True, False),
    ),
    "wastewater",
    ("0", "0.01", "6", "5.9", "6.5", "6.49", "9", "9.01"),
    (20, 10),
)

STACK = World(
    "stack",
    Station(
        (
            Channel("O2", changing(30, 15)),
            Channel(
                "CO",
                permits=(
                    at_most("240", "hour", "GPMT số 1", oxygen=Fraction(11)),
                    at_most("180", "day", "GPMT số 1", min_capture=SOME),
                ),
            ),
            Channel("SO2", always(60)),
        ),
        intervals=always(15),
        judged_by=changing(JudgedBy(QCVN_19_2009, "A"), JudgedBy(QCVN_19_2024, "A")),
        gas_flow=always(Fraction(50_000)),
        kv_zone=changing(2, 1),
        source_type=always(BOILER),
    ),
    "emission",
    ("7", "11", "17.9", "18", "20.9", "150", "200", "201", "900"),
    (15, 15, 30),
)

AIR = World(
    "air",
    Station(
        (
            Channel("O3"),
            Channel("CO", permits=(at_most("150", "hours8", "GPMT số 1", since=SECOND),)),
            Channel("SO2", permits=(at_most("100", "day", "GPMT số 1", min_capture=SOME),)),
        ),
        intervals=always(60),
        judged_by=always(JudgedBy(QCVN_05_2023, "only")),
    ),
    "ambient_air",
    ("90", "110", "119.9", "120", "121", "150.1", "201", "400"),
    (60,),
)

WORLDS = (PERMITS, PACES, ENDS, STACK, AIR)


def laid_down(world: World) -> register.Station:
    """The same station in the register."""
    known = world.station
    station = StationFactory(medium=world.medium)
    register.FilePrefix.objects.create(station=station, prefix=prefix_of(station))
    FtpAccountFactory(username=f"logger-{station.code}", stations=[station])
    _dated(register.SamplingInterval, known.intervals, "minutes", station=station)
    _dated(register.StampSetting, known.closing, "closes_window", station=station)
    _dated(register.GasFlow, known.gas_flow, "m3_per_hour", station=station)
    _dated(register.KvZone, known.kv_zone, "zone", station=station)
    _dated(register.SourceType, known.source_type, "source_type", station=station)
    _dated(register.DesignFlow, known.design_flow, "m3_per_day", facility=station.facility)
    for item in known.judged_by:
        register.JudgedBy.objects.create(
            station=station,
            edition=register.Edition.objects.get(code=item.value.edition.code),
            column=item.value.column,
            confirmed="GPMT số 1" if item.value.confirmed else "",
            **_days(item),
        )
    for water in known.water:
        register.ReceivingWater.objects.create(
            facility=station.facility,
            kind=water.value.kind,
            flow_m3_per_s=decimal(water.value.amount),
            **_days(water),
        )
    for channel in known.channels:
        _lay_channel(station, channel)
    return station


def _lay_channel(station: register.Station, channel: Channel) -> None:
    row = ChannelFactory(station=station, symbol=channel.symbol, ended_on=channel.last_day)
    _dated(register.ChannelInterval, channel.intervals, "minutes", channel=row)
    for permit in channel.permits:
        register.PermitLimit.objects.create(
            channel=row,
            period=permit.period,
            maximum=decimal(permit.maximum),
            minimum=decimal(permit.minimum),
            valid_from=permit.since,
            valid_until=permit.until,
            source=permit.source,
            replaces=permit.replaces,
            confirmed=permit.source if permit.confirmed else "",
            min_capture=decimal(permit.min_capture),
            grace_minutes=permit.grace,
            reference_oxygen=decimal(permit.oxygen),
        )


def _dated(table: Any, items: Iterable[Dated[Any]], column: str, **owner: Any) -> None:
    for item in items:
        value = decimal(item.value) if isinstance(item.value, Fraction) else item.value
        table.objects.create(**owner, **{column: value}, **_days(item))


def _days(item: Dated[Any]) -> dict[str, date | None]:
    return {"valid_from": item.since, "valid_until": item.until}


def decimal(number: Fraction | None) -> Decimal | None:
    """A fraction that has a finite decimal."""
    return None if number is None else Decimal(number.numerator) / Decimal(number.denominator)
