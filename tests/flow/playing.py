"""Plays a history of reception through the real pipeline, and reads what it came to."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db import connection, transaction
from uuid_utils.compat import uuid7

from alerts.models import Alert as AlertRow
from monitoring.models import (
    DayMean,
    Delivery,
    DirtyHour,
    HourMean,
    Reading,
    Revision,
)
from monitoring.models import Verdict as VerdictRow
from monitoring.services.receive import store_entries
from monitoring.services.settle import settle_dirty, settle_due
from monitoring.services.spool import Entry
from monitoring.services.store import slots_of as stored_slots
from stations import models as register
from tests.flow.histories import Processing
from tests.flow.register import prefix_of
from tests.model.alerts import Alert, Identity
from tests.model.files import File, Said
from tests.model.outcome import Outcome
from tests.model.register import Station
from tests.model.slots import DAY, HOUR, filled, slots_of
from tests.model.verdicts import Key

VIETNAM = timezone(timedelta(hours=7))


def aware(moment: datetime) -> datetime:
    return moment.replace(tzinfo=VIETNAM).astimezone(UTC)


def local(moment: datetime) -> datetime:
    """A moment as the model has it."""
    return moment.astimezone(VIETNAM).replace(tzinfo=None)


@contextmanager
def rolled_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


class Killed(BaseException):
    """A worker died; nothing of the program may catch it."""


@contextmanager
def dying_after(statements: int) -> Iterator[None]:
    """Ends the work once it has spoken so often to the database; 0: it lives."""
    left = statements

    def count(execute: Callable[..., Any], *arguments: Any) -> Any:
        nonlocal left
        left -= 1
        if left == 0:
            raise Killed
        return execute(*arguments)

    with connection.execute_wrapper(count):
        yield


def entries_of(station: register.Station, history: Sequence[File]) -> list[Entry]:
    """The history as a door lays it down; equal moments are told apart by the spool id."""
    return [
        Entry(
            id=uuid7(),
            received_at=aware(file.received),
            door="ftp",
            account=f"logger-{station.code}",
            peer="127.0.0.1",
            name=f"{prefix_of(station)}_{file.name}.txt",
            raw=file.text.encode(),
        )
        for file in history
    ]


def settle(now: datetime) -> None:
    """Every due step of averaging and judging."""
    for _ in range(50):
        if not settle_dirty(now=now) + settle_due(now=now):
            return
    raise AssertionError("settling finds work for ever")


def play(entries: Sequence[Entry], processing: Processing, now: datetime) -> None:
    """Process the history in this order; a worker that dies is followed by another."""
    deaths = iter(processing.kills)
    for batch in processing.batches:
        survive(deaths, store_entries, [entries[number] for number in batch], now=now)
        if processing.settles:
            survive(deaths, settle, now)
    survive(deaths, settle, now)
    settle(now)


def survive(deaths: Iterator[int], step: Callable[..., Any], *arguments: Any, **named: Any) -> None:
    """Do a step; where the worker dies in it, begin it anew."""
    try:
        with transaction.atomic(), dying_after(next(deaths, 0)):
            step(*arguments, **named)
    except Killed:
        step(*arguments, **named)


def play_in_time(entries: Sequence[Entry], until: datetime) -> None:
    """Each file is stored and settled when it comes, and the clock goes on by the hour."""
    clock = entries[0].received_at
    for entry in entries:
        while clock + HOUR < entry.received_at:
            clock += HOUR
            settle(clock)
        clock = entry.received_at
        store_entries([entry], now=clock)
        settle(clock)
    settle(until)


def check(
    station: register.Station,
    known: Station,
    history: Sequence[File],
    wanted: Outcome,
    entries: Sequence[Entry],
) -> None:
    """Everything that the program came to is what the model says."""
    assert not DirtyHour.objects.exists()
    numbers = {entry.id: number for number, entry in enumerate(entries)}
    symbols = dict(station.channels.values_list("slot", "symbol"))
    assert found_deliveries(station, numbers) == wanted.readings.deliveries
    same(found_cells(station, symbols), wanted.readings.cells, "readings")
    same(found_revisions(station, symbols, numbers), wanted.readings.revisions, "revisions")
    check_outcome(station, known, wanted)


def check_outcome(station: register.Station, known: Station, wanted: Outcome) -> None:
    """Means, verdicts and alerts: what no order of arrival may change where nothing conflicts."""
    symbols = dict(station.channels.values_list("slot", "symbol"))
    for table, length in ((HourMean, HOUR), (DayMean, DAY)):
        check_means(station, symbols, known, wanted, table, length)
    in_effect, before = found_verdicts(station)
    judged = {
        key: (
            verdict.result,
            verdict.mean.total,
            verdict.mean.n,
            verdict.mean.expected,
            verdict.limit.maximum,
            verdict.limit.minimum,
            verdict.limit.source,
            verdict.limit.confirmed,
        )
        for key, verdict in wanted.verdicts.items()
    }
    same(in_effect, judged, "verdicts")
    same(found_alerts(station), wanted.alerts(before), "alerts")


def same(found: Mapping[Any, Any], wanted: Mapping[Any, Any], what: str) -> None:
    """Both say the same; what differs is named, and nothing else."""
    differing = [
        f"{key}: found {found.get(key)}, wanted {wanted.get(key)}"
        for key in dict.fromkeys([*found, *wanted])
        if found.get(key) != wanted.get(key)
    ]
    assert not differing, "\n".join([what, *differing[:10]])


def found_deliveries(
    station: register.Station, numbers: dict[Any, int]
) -> list[tuple[str, int, int]]:
    found = {
        numbers[row.id]: (row.outcome, row.readings, row.revisions)
        for row in Delivery.objects.filter(station=station)
    }
    return [said for _, said in sorted(found.items())]


def found_cells(
    station: register.Station, symbols: dict[int, str]
) -> dict[tuple[str, datetime], Said]:
    return {
        (symbols[slot], local(row.time)): (written(value), status)
        for row in Reading.objects.filter(station=station)
        for slot, (value, status) in stored_slots(row.values, row.statuses).items()
    }


def found_revisions(
    station: register.Station, symbols: dict[int, str], numbers: dict[Any, int]
) -> Counter[Any]:
    return Counter(
        (
            numbers[row.delivery],
            (symbols[row.slot], local(row.time)),
            (written(row.old_value), row.old_status),
            (written(row.value), row.status),
        )
        for row in Revision.objects.filter(station=station)
    )


def check_means(
    station: register.Station,
    symbols: dict[int, str],
    known: Station,
    wanted: Outcome,
    table: Any,
    length: timedelta,
) -> None:
    """Each stored mean of values as they are; none is missing where a slot was filled."""
    stored = {
        (symbols[row.slot], local(row.start)): (row.total, row.n, row.expected)
        for row in table.objects.filter(station=station, basis="", n__gt=0)
    }
    expected = {}
    for channel in known.channels:
        slots = slots_of(known, channel, wanted.readings.of(channel.symbol))
        data = filled(known, channel, slots, None, None)
        for slot in slots:
            begin = slot.replace(minute=0) if length == HOUR else slot.replace(hour=0, minute=0)
            mean = data.mean(begin, begin + length)
            expected[channel.symbol, begin] = mean.total, mean.n, mean.expected
    same(stored, expected, f"{table.__name__}s")


Compared = tuple[str, Fraction, int, int, Fraction | None, Fraction | None, str, bool]


def found_verdicts(
    station: register.Station,
) -> tuple[dict[Key, Compared], dict[Key, list[str]]]:
    """Those in effect, and what the superseded ones had said, oldest first."""
    in_effect: dict[Key, Compared] = {}
    before: dict[Key, list[tuple[datetime, str]]] = defaultdict(list)
    for row in VerdictRow.objects.filter(station=station, layer="raw"):
        key = row.symbol, row.period, local(row.start), written(row.basis or None)
        if row.superseded_at is not None:
            before[key].append((row.superseded_at, row.result))
            continue
        in_effect[key] = (
            *(row.result, row.total, row.n, row.expected),
            *(written(row.maximum), written(row.minimum), row.source, bool(row.confirmed)),
        )
    return in_effect, {key: _in_order(said) for key, said in before.items()}


def _in_order(said: list[tuple[datetime, str]]) -> list[str]:
    return [result for _, result in sorted(said, key=lambda each: each[0])]


def found_alerts(station: register.Station) -> dict[Identity, Alert]:
    """The alerts that stand and that readings decide.

    What tells of a running period has no place in the end; files that cannot be read and clocks
    that go ahead are counted as files arrive.
    """
    found = {}
    rows = AlertRow.objects.filter(station=station, withdrawn=False)
    for row in rows.exclude(kind__in=("early_warning", "unreadable_files", "wrong_clock")):
        spans = row.spans.filter(withdrawn_at=None)
        identity = row.kind, row.parameter, row.period, row.source
        assert identity not in found
        found[identity] = Alert(
            frozenset((local(span.start), local(span.end)) for span in spans),
            None if row.resolved_at is None else local(row.resolved_at),
        )
    return found


def written(value: float | Decimal | str | None) -> Fraction | None:
    return None if value is None else Fraction(str(value))
