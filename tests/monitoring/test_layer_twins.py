"""The approved layer says what the data as sent of a twin say that never sent what is excluded.

Two stations get the same files, the twin without the excluded readings; the judge that made the
twin's verdicts knows nothing of exclusions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from monitoring.models import Layer, Verdict
from monitoring.services import exclusions
from monitoring.services.exclusions import Wanted
from monitoring.services.receive import store_entries
from stations.models import Channel, Document, PermitLimit, StampSetting, Station
from tests.factories import ChannelFactory, PersonFactory
from tests.flow.register import file_of, station_with
from tests.monitoring.timeline import DAY, HOUR, MIDNIGHT, settle

Spans = Sequence[tuple[datetime, datetime]]
Said = dict[tuple[str, datetime, str], tuple[str, int, int, Decimal, Decimal]]
"""By period kind, start and basis: result, slots filled and expected, the exact sum."""

BEGIN, HOURS = MIDNIGHT + 18 * HOUR, 12
"""From 18:00 over midnight to 06:00."""


@dataclass(frozen=True)
class Kind:
    """A kind of station: how it is made, its interval, how late a stamp is for its slot."""

    make: Callable[[], Station]
    interval: int
    late: timedelta = timedelta()
    excluded: str = "COD"


def plain() -> Station:
    """COD judged by the hour, the running 8 hours and the day."""
    return with_limits(station_with(interval=10, maximum="30"), "COD")


def with_limits(station: Station, symbol: str, **columns: object) -> Station:
    channel = Channel.objects.get(station=station, symbol=symbol)
    for period in ("hours8", "day"):
        PermitLimit.objects.create(
            channel=channel, period=period, maximum=Decimal(30), source="GPMT", **columns
        )
    return station


def closing() -> Station:
    """The same, with stamps that close their window."""
    station = plain()
    StampSetting.objects.create(station=station, closes_window=True)
    return station


def slow() -> Station:
    """Slots of two hours."""
    return with_limits(station_with(interval=120, maximum="30"), "COD")


def stack() -> Station:
    """SO₂ at 7 % oxygen, with its O₂."""
    station = station_with(interval=10, symbols=("SO2",), medium="emission", maximum="30")
    PermitLimit.objects.filter(channel__station=station).update(reference_oxygen=Decimal(7))
    ChannelFactory(station=station, symbol="O2")
    return with_limits(station, "SO2", reference_oxygen=Decimal(7))


KINDS = {
    "plain": Kind(plain, 10),
    "stamps that close": Kind(closing, 10, late=timedelta(minutes=10)),
    "slots of two hours": Kind(slow, 120),
    "at reference oxygen": Kind(stack, 10, excluded="SO2"),
    "oxygen excluded": Kind(stack, 10, excluded="O2"),
}


def send(station: Station, kind: Kind, values: Sequence[int], without: Spans) -> None:
    """A file a slot; in the twin's the excluded parameter is missing. O₂ stays below idling."""
    symbols = list(station.channels.order_by("slot").values_list("symbol", flat=True))
    files = []
    for number, value in enumerate(values):
        begins = BEGIN + number * timedelta(minutes=kind.interval)
        stamp = begins + kind.late
        counts = stamp - timedelta(seconds=1) if kind.late else stamp
        gone = any(start <= counts < end for start, end in without)
        said = [
            (symbol, str(10 + value % 8) if symbol == "O2" else str(value), "00")
            for symbol in symbols
            if not (gone and symbol == kind.excluded)
        ]
        if said:
            files.append(file_of(station, stamp, *said))
    store_entries(files, now=max(file.received_at for file in files))


def said_of(station: Station, layer: str) -> Said:
    rows = Verdict.objects.in_effect(layer).filter(station=station)
    return {
        (row.period, row.start, row.basis): (
            row.result, row.n, row.expected, row.numerator, row.denominator,
        )
        for row in rows
    }  # fmt: skip


def both(kind: Kind, values: Sequence[int], spans: Spans) -> tuple[Said, Said, Said]:
    """The approved verdicts of a station, its data as sent, and those of its twin."""
    station, twin = kind.make(), kind.make()
    send(station, kind, values, [])
    send(twin, kind, values, spans)
    now = MIDNIGHT + 3 * DAY
    settle(now)
    paper = Document.objects.get_or_create(number="BB số 7")[0]
    channel = Channel.objects.get(station=station, symbol=kind.excluded)
    officer = PersonFactory()
    for start, end in spans:
        wanted = Wanted(channel, start, end, "fault", "Hỏng.", paper)
        exclusions.enter(wanted=wanted, by=officer, now=now)
    return said_of(station, Layer.APPROVED), said_of(station, Layer.RAW), said_of(twin, Layer.RAW)


def assert_twins(kind: Kind, values: Sequence[int], spans: Spans) -> None:
    approved, raw, twin = both(kind, values, spans)
    assert approved
    assert raw | approved == twin
    for key in raw.keys() - approved.keys():
        assert raw[key] == twin[key]


SPAN = (BEGIN + 2 * HOUR + timedelta(minutes=17), BEGIN + 7 * HOUR + timedelta(minutes=3))
STEADY = [(7 * n) % 50 for n in range(HOURS * 6)]


@pytest.mark.django_db
@pytest.mark.parametrize("name", KINDS)
def test_a_span_over_midnight(name: str) -> None:
    kind = KINDS[name]
    assert_twins(kind, STEADY[: HOURS * 60 // kind.interval], [SPAN])


@pytest.mark.django_db
def test_something_is_changed_by_it() -> None:
    """Else the comparison above would prove nothing."""
    approved, raw, _ = both(KINDS["plain"], STEADY, [SPAN])
    turned = {key[0] for key in approved if approved[key][0] != raw[key][0]}
    assert {"hour", "hours8"} <= turned


minutes = st.integers(min_value=10, max_value=HOURS * 60)
"""After the first reading, which must stay: with it judging begins."""


class TwinsOfAnySpans(TestCase):
    @settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        name=st.sampled_from(sorted(KINDS)),
        values=st.lists(st.integers(0, 60), min_size=72, max_size=72),
        edges=st.lists(st.tuples(minutes, minutes), min_size=1, max_size=3),
    )
    @example(name="slots of two hours", values=STEADY, edges=[(120, 121)])
    def test_any_spans_of_any_kind(
        self, name: str, values: list[int], edges: list[tuple[int, int]]
    ) -> None:
        kind = KINDS[name]
        spans = [
            (
                BEGIN + timedelta(minutes=min(edge), seconds=1),
                BEGIN + timedelta(minutes=max(edge) + 1),
            )
            for edge in edges
        ]
        sent = values[: HOURS * 60 // kind.interval]
        approved, raw, twin = both(kind, sent, spans)
        assert raw | approved == twin
