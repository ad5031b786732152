"""Channels, the instruments in them, and the limits of the permit."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from stations.models import Channel, ChannelInterval, Instrument, Parameter, Station
from stations.services.register_load.dated import dated, keep_dated
from stations.services.register_load.facility_permits import permits_of
from stations.services.register_load.instruments import INSTRUMENT, histories, keep_instruments
from stations.services.register_load.permits import keep_permits, limits
from stations.services.register_load.register import Register
from stations.services.register_load.shelf import ref
from stations.services.register_load.tree import Node
from stations.services.register_load.values import (
    Entry,
    Problems,
    Wrong,
    code,
    column,
    day,
    entry,
    whole,
)


def interval(node: Node, problems: Problems) -> int:
    """Minutes that cut a day, and an hour, into equal slots (or hours into whole ones)."""
    minutes = whole(node, problems)
    if minutes > 0 and 1440 % minutes == 0 and (60 % minutes == 0 or minutes % 60 == 0):
        return minutes
    raise Wrong(
        node.place, _("must divide 1440, and divide 60 or be a multiple of it: 1, 5, 15, 60 …")
    )


CHANNEL = entry(
    {
        "parameter": code,
        "symbol": column(Channel, "symbol"),
        "interval_minutes": dated(interval),
        **{name: dated(reader) for name, reader in INSTRUMENT.items()},
        "instrument": histories,
        "limit": limits,
        "until": day,
    },
    required=("parameter",),
)


def keep_channels(register: Register, station: Station, entries: list[Entry]) -> None:
    """Channels in the order in which they appear; each new one takes the next slot."""
    seen: dict[str, Entry] = {}
    for each in entries:
        parameter = _parameter(register, each)
        if parameter is None:
            continue
        symbol = each.get("symbol") or parameter.symbol
        if symbol in seen:
            told = {"code": symbol, "place": seen[symbol].place}
            register.refuse(each.place, _("“%(code)s” stands already at: %(place)s") % told)
            continue
        seen[symbol] = each
        channel = _channel(register, station, parameter, symbol, each)
        if channel is not None:
            _keep_facts(register, station, channel, each)


def _parameter(register: Register, each: Entry) -> Parameter | None:
    name = each.get("parameter")
    if name is None:
        return None
    parameter = register.parameters.get(name)
    if parameter is None:
        register.refuse(name.place, _("“%s” is none of the parameters") % name)
    return parameter


def _channel(
    register: Register, station: Station, parameter: Parameter, symbol: str, each: Entry
) -> Channel | None:
    others = register.channels.of(ref(station))
    channel: Channel | None = next((row for row in others if row.symbol == symbol), None)
    if channel is not None:
        if channel.parameter_id != parameter.pk:
            message = _(
                "“%s” is another parameter's channel; a channel never changes its parameter"
            )
            register.refuse(each.at("parameter"), message % symbol)
        register.channels.change(channel, **each.given(ended_on="until"))
        return channel
    unit = parameter.units.get(station.medium)
    if unit is None:
        told = {"code": parameter.symbol, "medium": station.get_medium_display()}
        message = _("%(code)s is not measured in: %(medium)s")
        register.refuse(each.at("parameter"), message % told)
        return None
    return register.channels.add(
        station=station,
        parameter=parameter,
        symbol=symbol,
        unit=unit,
        slot=max((row.slot for row in others), default=0) + 1,
        **each.given(ended_on="until"),
    )


def _keep_facts(register: Register, station: Station, channel: Channel, each: Entry) -> None:
    intervals: list[Any] = [
        (one, {"minutes": one.value}) for one in each.get("interval_minutes", [])
    ]
    shelf = register.facts[ChannelInterval]
    keep_dated(shelf, shelf.of(ref(channel)), intervals, channel=channel)
    keep_instruments(register.facts[Instrument], channel, each, register)
    keep_permits(register, channel, each, permits_of(register, station.facility))
