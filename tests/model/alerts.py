"""What is told (§5), as far as the data say: nobody has closed anything.

At most one unclosed alert an identity, so each identity has one alert, with a span for each
exceeded period. What was withdrawn does not stand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from tests.model.files import Said
from tests.model.readings import Readings
from tests.model.register import Channel, Station
from tests.model.slots import DAY, begin_of_day, counted_at
from tests.model.verdicts import Key, Verdict, end_of

Identity = tuple[str, str, str, str]
"""Kind, parameter, period kind, source of the limit."""

Span = tuple[datetime, datetime]

LONGEST = {"02": timedelta(minutes=60), "01": timedelta(hours=4)}
MANY = Fraction(5, 100)
KINDS = {"02": "device_fault", "01": "long_calibration"}


@dataclass(frozen=True)
class Alert:
    """The spans that stand, and when the data ended it; None while it goes on."""

    spans: frozenset[Span]
    resolved: datetime | None


def alerts_of(
    station: Station,
    readings: Readings,
    verdicts: Mapping[Key, Verdict],
    said_before: Mapping[Key, Sequence[str]],
) -> dict[Identity, Alert]:
    """All alerts that stand. `said_before`: the results of superseded verdicts, oldest first."""
    found = dict(exceedances(verdicts, said_before))
    changed = _of_changes(readings)
    if changed is not None:
        found["changed_values", "", "", ""] = changed
    for channel in station.channels:
        for status, kind in KINDS.items():
            alert = _of_status(station, channel, readings.of(channel.symbol), status)
            if alert is not None:
                found[kind, channel.symbol, "", ""] = alert
    return found


def stands(results: Iterable[str]) -> bool:
    """Whether a period is told of, after these verdicts on it, one after the other.

    A superseding `within` withdraws it, and nothing else does: "not enough data" neither opens
    nor withdraws anything, so what was told of a period stays until it is found within.
    """
    told = False
    for result in results:
        told = result == "exceeded" or (told and result != "within")
    return told


def exceedances(
    verdicts: Mapping[Key, Verdict], said_before: Mapping[Key, Sequence[str]]
) -> Iterable[tuple[Identity, Alert]]:
    """One a (parameter, period kind, source), resolved by the first later `within`."""
    spans: dict[Identity, set[tuple[Span, Key]]] = {}
    for key, verdict in verdicts.items():
        symbol, period, begin, _ = key
        if stands([*said_before.get(key, ()), verdict.result]):
            identity = ("exceedance", symbol, period, verdict.limit.source)
            spans.setdefault(identity, set()).add(((begin, end_of(period, begin)), key))
    for identity, told in spans.items():
        last = max((key for _, key in told), key=lambda key: key[2])
        yield identity, Alert(frozenset(span for span, _ in told), _first_within(verdicts, last))


def _first_within(verdicts: Mapping[Key, Verdict], last: Key) -> datetime | None:
    """Where the first `within` ends that ends later than the last exceeded period.

    Of the same parameter and period kind, whatever limit is then in force; where limits at several
    references of oxygen stand beside each other, of the same reference.
    """
    symbol, period, begin, oxygen = last
    after = end_of(period, begin)
    over = [
        key[2]
        for key, verdict in verdicts.items()
        if verdict.result == "within"
        and key[:2] == (symbol, period)
        and end_of(period, key[2]) > after
        and (key[3] == oxygen or (symbol, period, key[2], oxygen) not in verdicts)
    ]
    return end_of(period, min(over)) if over else None


def _of_changes(readings: Readings) -> Alert | None:
    """Days of which more than 5 % of the readings were changed by a later file; all days are over.

    Over with the first later day that has readings and of which they were not. A day is the one
    that the stamps name.
    """
    of = Counter(time.date() for _, time in readings.cells)
    changed = Counter(time.date() for _, time in readings.changed)
    days = {day for day, count in changed.items() if count > MANY * of[day]}
    if not days:
        return None
    calm = [day for day in of if day > max(days)]
    spans = frozenset((begin_of_day(day), begin_of_day(day) + DAY) for day in days)
    return Alert(spans, begin_of_day(min(calm)) + DAY if calm else None)


def _of_status(
    station: Station, channel: Channel, readings: Mapping[datetime, Said], status: str
) -> Alert | None:
    """Courses of a status that lasted too long: from its first reading to the end of the slot of
    its last one before the next 00, or to that 00 where it comes sooner."""
    spans: set[Span] = set()
    resolved: datetime | None = None
    first = last = None
    for time, (_, own) in sorted(readings.items()):
        if own == status:
            first, last = first or time, time
        elif own == "00" and first is not None and last is not None:
            end = min(last + _width(station, channel, last), time)
            if end - first >= LONGEST[status]:
                spans.add((first, end))
                resolved = time
            first = last = None
    if first is not None and last is not None:
        end = last + _width(station, channel, last)
        if end - first >= LONGEST[status]:
            spans.add((first, end))
            resolved = None
    return Alert(frozenset(spans), resolved) if spans else None


def _width(station: Station, channel: Channel, stamp: datetime) -> timedelta:
    return timedelta(minutes=station.interval(channel, counted_at(station, stamp).date()))
