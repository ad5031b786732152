"""Any order of processing of one history of reception gives the same (judging.md §4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from uuid_utils.compat import uuid7

from alerts.models import Alert
from monitoring.models import Delivery, DirtyHour, HourMean, Reading, Revision, Verdict
from monitoring.services.partitions import ensure_partitions
from monitoring.services.receive import store_entries
from monitoring.services.settle import settle_dirty, settle_due
from monitoring.services.spool import Entry
from monitoring.services.store import slots_of
from stations.models import PermitLimit, Station
from tests.flow import model
from tests.flow.model import Expected, File, Line, expected_of
from tests.flow.register import prefix_of, station_with

pytestmark = pytest.mark.django_db

MIDNIGHT = datetime(2024, 5, 20, 17, 0, tzinfo=UTC)  # Vietnamese midnight: minute 0 of the model
RECEIVED = MIDNIGHT + timedelta(hours=20)
UNTIL = 26 * 60  # minutes; the day has been judged
NOW = MIDNIGHT + timedelta(minutes=UNTIL)
SYMBOLS = {1: "COD", 2: "TSS"}

minutes = st.sampled_from([*range(600, 720, 15), 607, 655, 660, 725])
values = st.sampled_from(["10", "59.9", "60", "60.1", "90", "0.1", "---", "ERR"])
lines = st.builds(
    Line,
    minutes,
    st.sampled_from(["COD", "TSS"]),
    values,
    st.sampled_from(["00", "00", "01", "02", "02"]),
)
files = st.builds(
    File,
    st.sampled_from(["20240521100000", "20240521110000"]),
    st.lists(lines, min_size=1, max_size=6).map(tuple),
)
histories = st.lists(files, min_size=1, max_size=3).flatmap(
    lambda few: st.lists(st.one_of(st.sampled_from(few), files), min_size=1, max_size=8)
)


@dataclass(frozen=True)
class Processing:
    """An order of the history's numbers in batches; some come twice."""

    batches: tuple[tuple[int, ...], ...]
    settles_between: bool


@st.composite
def processings(draw: st.DrawFn, count: int) -> Processing:
    order = draw(st.permutations(range(count)))
    again = draw(st.lists(st.sampled_from(range(count)), max_size=2))
    cuts = sorted(draw(st.sets(st.integers(1, max(count - 1, 1)), max_size=3)))
    edges = [0, *cuts, count]
    batches = [tuple(order[a:b]) for a, b in pairwise(edges)]
    batches.append(tuple(dict.fromkeys(again)))
    return Processing(tuple(b for b in batches if b), draw(st.booleans()))


@st.composite
def stories(draw: st.DrawFn) -> tuple[list[File], Processing]:
    history = draw(histories)
    return history, draw(processings(len(history)))


@pytest.fixture
def station() -> Station:
    """COD under an hour's limit, TSS under a day's."""
    station = station_with(interval=model.INTERVAL, symbols=("COD", "TSS"), min_capture="0.5")
    PermitLimit.objects.filter(channel__symbol="TSS").update(
        period="day", maximum=Decimal(50), min_capture=Decimal("0.03")
    )
    ensure_partitions([MIDNIGHT])
    return station


A, B = (
    File("20240521100000", (Line(600, "COD", value, "00"), Line(615, "COD", value, "00")))
    for value in ("90", "10")
)


@given(stories())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@example(([A, B, A], Processing(((2,), (1,), (0,)), settles_between=True)))
@example(([A, B, A], Processing(((2, 0), (1,)), settles_between=False)))
def test_the_order_of_processing_never_matters(
    station: Station, story: tuple[list[File], Processing]
) -> None:
    history, processing = story
    wanted = expected_of(history, UNTIL)
    entries = entries_of(station, history)
    with rolled_back():
        for batch in processing.batches:
            store_entries([entries[number] for number in batch], now=NOW)
            if processing.settles_between:
                settle()
        settle()
        numbers = {entry.id: number for number, entry in enumerate(entries)}
        compare(found_of(station, numbers), wanted)


@contextmanager
def rolled_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def entries_of(station: Station, history: list[File]) -> list[Entry]:
    """The history as a door lays it down: two a minute, so that the spool id tells them apart."""
    return [
        Entry(
            id=uuid7(),
            received_at=RECEIVED + timedelta(minutes=number // 2),
            door="ftp",
            account=f"logger-{station.code}",
            peer="127.0.0.1",
            name=f"{prefix_of(station)}_{file.name}.txt",
            raw="".join(map(_written, file.lines)).encode(),
        )
        for number, file in enumerate(history)
    ]


def _written(line: Line) -> str:
    at = datetime(2024, 5, 21) + timedelta(minutes=line.minute)
    return f"{line.symbol}\t{line.value}\t\t{at:%Y%m%d%H%M%S}\t{line.status}\n"


def settle() -> None:
    while settle_dirty(now=NOW) + settle_due(now=NOW):
        continue
    assert not DirtyHour.objects.exists()


def found_of(station: Station, numbers: dict[object, int]) -> Expected:
    """What the program has come to, in the words of the model."""
    return Expected(
        cells={
            (minute_of(row.time), SYMBOLS[slot]): (written(value), status)
            for row in Reading.objects.filter(station=station)
            for slot, (value, status) in slots_of(row.values, row.statuses).items()
        },
        revisions=Counter(
            (
                *(numbers[row.delivery], minute_of(row.time), SYMBOLS[row.slot]),
                (written(row.old_value), row.old_status),
                (written(row.value), row.status),
            )
            for row in Revision.objects.filter(station=station)
        ),
        deliveries={
            numbers[row.id]: (row.outcome, row.readings, row.revisions)
            for row in Delivery.objects.filter(station=station)
        },
        means={
            (SYMBOLS[row.slot], minute_of(row.start)): (row.total, row.n)
            for row in HourMean.objects.filter(station=station, basis="", n__gt=0)
        },
        verdicts={
            (row.symbol, minute_of(row.start)): (
                *(row.result, row.n),
                row.total / row.n if row.n else None,
            )
            for row in Verdict.objects.in_effect().filter(station=station)
        },
        alerts=found_alerts(station),
    )


def found_alerts(
    station: Station,
) -> dict[tuple[str, str], tuple[frozenset[tuple[int, int]], bool]]:
    """The alerts that stand: what an earlier settle said and a later one took back is left out."""
    found = {}
    for alert in Alert.objects.filter(station=station, withdrawn=False):
        spans = alert.spans.filter(withdrawn_at=None)
        found[alert.kind, alert.parameter] = (
            frozenset((minute_of(span.start), minute_of(span.end)) for span in spans),
            alert.resolved_at is not None,
        )
    return found


def compare(found: Expected, wanted: Expected) -> None:
    assert found.deliveries == wanted.deliveries
    assert found.cells == {key: (plain(v), s) for key, (v, s) in wanted.cells.items()}
    assert found.revisions == Counter(
        {
            (n, m, symbol, (plain(old), a), (plain(new), b)): count
            for (n, m, symbol, (old, a), (new, b)), count in wanted.revisions.items()
        }
    )
    assert found.means == wanted.means
    assert found.verdicts == wanted.verdicts
    assert found.alerts == wanted.alerts


def minute_of(at: datetime) -> int:
    return int((at - MIDNIGHT) / timedelta(minutes=1))


def written(value: float | None) -> Fraction | None:
    return None if value is None else Fraction(str(value))


def plain(value: str | None) -> Fraction | None:
    return None if value is None else Fraction(value)
