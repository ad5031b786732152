"""Which channel a symbol means and what its unit is worth, at a measured time."""

from __future__ import annotations

import json
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from hashlib import sha256
from typing import Any, NamedTuple

ONE = Decimal(1)
NO_UNIT = ("", "-")
"""Stand for the channel's own unit."""

_MOST_REMEMBERED = 4096


@dataclass(frozen=True, slots=True)
class ChannelSpec:
    """What must be known about a channel to read its rows."""

    slot: int
    """Place in the station's reading arrays, from 1."""
    symbol: str
    unit: str
    aliases: tuple[str, ...] = ()
    parameter_aliases: tuple[str, ...] = ()
    factor: Decimal = ONE
    """Multiplies after the conversion of the unit."""
    file_unit: str | None = None
    """A unit that this channel alone takes as its own, such as ppm."""


class UnitTable:
    """Spellings of units, and exact conversions between them, forwards only.

    `spellings`: the proper name → how files write it. `conversions`: (from, to, multiply by).
    """

    def __init__(
        self,
        spellings: Mapping[str, Sequence[str]],
        conversions: Sequence[tuple[str, str, Decimal]],
    ) -> None:
        proper: dict[str, set[str]] = defaultdict(set)
        for name, written in spellings.items():
            for spelling in (name, *written):
                proper[_same_letters(spelling)].add(_same_letters(name))
        self._proper = {spelling: frozenset(names) for spelling, names in proper.items()}
        self._factors = {
            (_same_letters(given), _same_letters(wanted)): factor
            for given, wanted, factor in conversions
        }

    def proper(self, unit: str) -> frozenset[str]:
        """The proper names that a spelling may stand for; itself when it is in no list."""
        letters = _same_letters(unit)
        return self._proper.get(letters) or frozenset((letters,))

    def factor(self, given: str, wanted: str) -> Decimal | None:
        """What a value in the unit given is multiplied by; None when there is no such way."""
        from_names, to_names = self.proper(given), self.proper(wanted)
        if from_names & to_names:
            return ONE
        ways = {self._factors.get((a, b)) for a in from_names for b in to_names} - {None}
        return ways.pop() if len(ways) == 1 else None

    @cached_property
    def content(self) -> list[Any]:
        """All of it, in one order, for a fingerprint."""
        spellings = sorted((spelling, sorted(names)) for spelling, names in self._proper.items())
        factors = sorted((a, b, _plain(factor)) for (a, b), factor in self._factors.items())
        return [spellings, factors]

    @classmethod
    def restored(cls, content: Sequence[Any]) -> UnitTable:
        """The table that gave this content."""
        spellings, factors = content
        table = cls({}, [(given, wanted, Decimal(text)) for given, wanted, text in factors])
        table._proper = {spelling: frozenset(names) for spelling, names in spellings}
        return table


class Place(NamedTuple):
    """Where a symbol and its unit lead."""

    slot: int
    factor: Decimal | None
    """None: the value stays as it is written."""


@dataclass(frozen=True)
class ChannelMap:
    """The channels of a station as its files name them."""

    specs: Sequence[ChannelSpec]
    units: UnitTable
    _places: dict[tuple[str, str], Place] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @cached_property
    def fingerprint(self) -> str:
        """64 hexadecimal digits that are the same where every row is read the same."""
        channels = sorted(_content(spec) for spec in self.specs)
        return fingerprint_of([channels, self.units.content])

    def channel(self, symbol: str) -> ChannelSpec | None:
        """By symbol, by the channels' aliases, by their parameters', then without regard to case.

        The first of these that knows the symbol decides; None when it means several channels.
        """
        for lookup, written in self._lookups:
            found = lookup.get(written(symbol))
            if found:
                return found[0] if len(found) == 1 else None
        return None

    def factor(self, channel: ChannelSpec, unit: str) -> Decimal | None:
        """What a value in this unit is multiplied by; None for an unknown unit."""
        own = {channel.unit, channel.file_unit, *NO_UNIT}
        if unit in own or (channel.file_unit and self.units.factor(unit, channel.file_unit) == ONE):
            return channel.factor
        conversion = self.units.factor(unit, channel.unit)
        return None if conversion is None else conversion * channel.factor

    def place(self, symbol: str, unit: str) -> Place | None:
        """Slot and factor together, remembered; None when either is unknown."""
        place = self._places.get((symbol, unit))
        if place is None:
            place = self._find_place(symbol, unit)
            if place is not None and len(self._places) < _MOST_REMEMBERED:
                self._places[symbol, unit] = place
        return place

    def _find_place(self, symbol: str, unit: str) -> Place | None:
        channel = self.channel(symbol)
        factor = self.factor(channel, unit) if channel else None
        if channel is None or factor is None:
            return None
        return Place(channel.slot, None if factor == ONE else factor)

    @cached_property
    def _lookups(self) -> list[tuple[dict[str, list[ChannelSpec]], Callable[[str], str]]]:
        return [
            (self._by(lambda spec: (spec.symbol,), _same_letters), _same_letters),
            (self._by(lambda spec: spec.aliases, _same_letters), _same_letters),
            (self._by(lambda spec: spec.parameter_aliases, _same_letters), _same_letters),
            (self._by(_all_names, _any_case), _any_case),
        ]

    def _by(
        self, names: Callable[[ChannelSpec], Iterable[str]], written: Callable[[str], str]
    ) -> dict[str, list[ChannelSpec]]:
        found: dict[str, list[ChannelSpec]] = defaultdict(list)
        for spec in self.specs:
            for name in {written(name) for name in names(spec)}:
                found[name].append(spec)
        return dict(found)


class DatedMaps:
    """A station's channel maps, each with its first and last day (both inclusive; None: open).

    Days are Vietnamese days of the measured time. Periods do not overlap; the first that holds a
    day counts.
    """

    def __init__(self, periods: Sequence[tuple[date | None, date | None, ChannelMap]]) -> None:
        self._periods = tuple(
            (since or date.min, until or date.max, channels) for since, until, channels in periods
        )

    @cached_property
    def fingerprint(self) -> str:
        """64 hexadecimal digits that are the same where every row of every day is read the same."""
        return fingerprint_of(self.content)

    @cached_property
    def content(self) -> dict[str, Any]:
        """All of it as JSON takes it, in one order; days that read alike stand together."""
        units: list[Any] = next(
            (channels.units.content for *_, channels in self._periods), [[], []]
        )
        periods: list[list[Any]] = []
        for since, until, channels in self._periods:
            said = sorted(_content(spec) for spec in channels.specs)
            if periods and periods[-1][2] == said and _follows(since, periods[-1][1]):
                periods[-1][1] = until
            else:
                periods.append([since, until, said])
        written = [[since.isoformat(), until.isoformat(), said] for since, until, said in periods]
        return {"units": units, "periods": written}

    @classmethod
    def restored(cls, content: Mapping[str, Any]) -> DatedMaps:
        """The maps that gave this content: they read every row as those did."""
        units = UnitTable.restored(content["units"])
        return cls(
            [
                (
                    date.fromisoformat(since),
                    date.fromisoformat(until),
                    ChannelMap(tuple(map(_spec, said)), units),
                )
                for since, until, said in content["periods"]
            ]
        )

    def on(self, day: date) -> ChannelMap | None:
        """The map in force on that day; None when there is none."""
        for since, until, channels in self._periods:
            if since <= day <= until:
                return channels
        return None


def _all_names(spec: ChannelSpec) -> tuple[str, ...]:
    return (spec.symbol, *spec.aliases, *spec.parameter_aliases)


def fingerprint_of(content: Any) -> str:
    """64 hexadecimal digits of something that JSON takes."""
    return sha256(json.dumps(content, ensure_ascii=True).encode()).hexdigest()


def _follows(since: date, until: date) -> bool:
    return until < date.max and since == until + timedelta(days=1)


def _content(spec: ChannelSpec) -> list[Any]:
    aliases = [sorted(set(spec.aliases)), sorted(set(spec.parameter_aliases))]
    return [spec.slot, spec.symbol, spec.unit, *aliases, _plain(spec.factor), spec.file_unit or ""]


def _spec(content: Sequence[Any]) -> ChannelSpec:
    """The channel that gave this content."""
    slot, symbol, unit, aliases, parameter_aliases, factor, file_unit = content
    names = tuple(aliases), tuple(parameter_aliases)
    return ChannelSpec(slot, symbol, unit, *names, Decimal(factor), file_unit or None)


def _plain(factor: Decimal) -> str:
    """One text for numerically equal factors."""
    return format(factor.normalize(), "f")


def _same_letters(text: str) -> str:
    """NFC, and the Greek μ as the micro sign."""
    return unicodedata.normalize("NFC", text).replace("\u03bc", "\u00b5")


def _any_case(text: str) -> str:
    return _same_letters(text).casefold()
