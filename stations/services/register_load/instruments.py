"""The instrument in a channel: which one, and how its rows are read, from one day to another."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from stations.domain.dated import Dated, days_of_change, in_force
from stations.models import Channel, Instrument
from stations.models.channel import LONGEST_STILL
from stations.services.register_load.dated import check_days, keep_dated, stated_of
from stations.services.register_load.register import Register
from stations.services.register_load.shelf import Shelf, ref
from stations.services.register_load.tree import Node
from stations.services.register_load.values import (
    ONE_DAY,
    Entry,
    Problems,
    Reader,
    Stated,
    Wrong,
    column,
    day,
    entry,
    list_of,
    optional,
    text,
)

_BOUND = column(Instrument, "range_low")


def measuring_range(node: Node, problems: Problems) -> tuple[Decimal | None, Decimal | None]:
    """[lowest, highest]; null where it has no end."""
    if not isinstance(node.value, list) or len(node.value) != 2:
        raise Wrong(node.place, _("must be two numbers: [lowest, highest]"))
    low, high = (optional(_BOUND)(item, problems) for item in node.value)
    if low is None and high is None:
        raise Wrong(node.place, _("must be two numbers: [lowest, highest]"))
    if low is not None and high is not None and low >= high:
        raise Wrong(node.place, _("the lower number must stand first"))
    return low, high


def factor(node: Node, problems: Problems) -> Decimal:
    """What a value is multiplied by; above zero."""
    number: Decimal = column(Instrument, "factor")(node, problems)
    if number <= 0:
        raise Wrong(node.place, _("must be above zero"))
    return number


_STANDING = entry(
    {
        "minutes": column(Instrument, "still_minutes"),
        "source": column(Instrument, "still_source"),
    },
    required=("minutes", "source"),
)


def standing(node: Node, problems: Problems) -> tuple[int, str] | None:
    """{minutes, source}: for how long a value may stand still by nature, and who says so."""
    told: Entry = _STANDING(node, problems)
    minutes, source = told.get("minutes"), told.get("source")
    if minutes is None or source is None:
        return None  # said among the problems
    if not source:
        raise Wrong(told.at("source"), _("must be text"))
    if not 1 <= minutes <= LONGEST_STILL:
        raise Wrong(told.at("minutes"), _("must be from 1 to %s minutes") % LONGEST_STILL)
    return minutes, source


INSTRUMENT: Mapping[str, Reader] = {
    "serial": column(Instrument, "serial"),
    "model": column(Instrument, "model"),
    "range": measuring_range,
    "aliases": list_of(text),
    "factor": factor,
    "file_unit": column(Instrument, "file_unit"),
    "may_stand": standing,
}
_IN_TWO_COLUMNS = {
    "range": ("range_low", "range_high"),
    "may_stand": ("still_minutes", "still_source"),
}
_ONE = entry({**INSTRUMENT, "from": day, "until": day})


def histories(node: Node, problems: Problems) -> list[Stated]:
    """One instrument, or a list of instruments each with its days."""
    if node.value is None:
        return []
    one = not isinstance(node.value, list)
    entries = [_ONE(node, problems)] if one else list_of(_ONE)(node, problems)
    stated = [stated_of(each, each) for each in entries]
    check_days(stated, problems)
    return stated


def keep_instruments(shelf: Shelf[Any], channel: Channel, each: Entry, register: Register) -> None:
    """Whole instruments, or the single properties, which may each change on days of their own."""
    apart = [name for name in INSTRUMENT if each.get(name)]
    whole = each.get("instrument", [])
    if apart and whole:
        message = _("“%s” belongs inside “instrument” here")
        register.refuse(each.at(apart[0]), message % apart[0])
    stated = [(one, _columns(one.value.values)) for one in whole] or _combined(each, apart)
    keep_dated(shelf, shelf.of(ref(channel)), stated, channel=channel)


def _combined(each: Entry, names: list[str]) -> list[tuple[Stated, dict[str, Any]]]:
    """One instrument for each stretch of days in which no property changes."""
    dated = {
        name: [Dated(one.value, one.since, one.until) for one in each.get(name)] for name in names
    }
    items = [item for history in dated.values() for item in history]
    turns = sorted(days_of_change(items))
    ends = [*(turn - ONE_DAY for turn in turns), None]
    stretches = []
    for since, until in zip([None, *turns], ends, strict=True):
        held = {name: in_force(history, since or date.min) for name, history in dated.items()}
        told = {name: value for name, value in held.items() if value is not None}
        if told:
            stretches.append((Stated(told, since, until, each.place), _columns(told)))
    return stretches


def _columns(told: Mapping[str, Any]) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for name in INSTRUMENT:
        if told.get(name) is None:
            continue
        if name in _IN_TWO_COLUMNS:
            columns |= dict(zip(_IN_TWO_COLUMNS[name], told[name], strict=True))
        else:
            columns[name] = told[name]
    return columns
