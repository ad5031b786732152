"""Officers and files at the same station at the same time, with connections of their own."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from monitoring.models import ClosedMonth, Exclusion, Layer, Verdict
from monitoring.services import exclusions, months, settle
from monitoring.services.exclusions import AlreadyDecided, Wanted
from monitoring.services.receive import store_entries
from monitoring.services.settle import settle_dirty, settle_due
from stations.models import Channel, Document, Person, Station
from tests.factories import PersonFactory
from tests.flow.register import NOON, hour_of_files, station_with
from tests.flow.together import Gate, wait_for_a_waiting_lock, workers

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = timedelta(hours=1)
LATER = NOON + 2 * HOUR
ASKED = NOON + 3 * HOUR


@pytest.fixture
def station() -> Station:
    """An hour above its limit, judged."""
    made = station_with()
    store_entries(hour_of_files(made, NOON, "90"), now=LATER)
    settle_dirty(now=LATER)
    settle_due(now=LATER)
    return made


@pytest.fixture
def request_to_exclude(station: Station) -> Exclusion:
    wanted = Wanted(
        Channel.objects.get(station=station),
        NOON,
        NOON + timedelta(minutes=10),
        "fault",
        "Điện cực hỏng.",
        Document.objects.create(number="BB số 7"),
    )
    return exclusions.ask(wanted=wanted, by=PersonFactory(), now=ASKED)


def said(station: Station) -> list[tuple[str, int, float | None]]:
    """The approved verdicts in effect."""
    rows = Verdict.objects.in_effect(Layer.APPROVED).filter(station=station)
    return list(rows.values_list("result", "n", "mean"))


def test_of_two_officers_at_once_the_second_is_told(
    monkeypatch: pytest.MonkeyPatch, station: Station, request_to_exclude: Exclusion
) -> None:
    first, second = PersonFactory(name="Người trước"), PersonFactory(name="Người sau")
    gate = Gate(monkeypatch, exclusions.approved, "apply")
    with workers() as start:
        approving = start(
            exclusions.approve, exclusion=request_to_exclude, by=first, now=ASKED + HOUR
        )
        gate.wait_reached()
        refusing = start(
            exclusions.refuse, exclusion=request_to_exclude, by=second, note="Không", now=ASKED
        )
        wait_for_a_waiting_lock()
        gate.open()
        approving.result()
        with pytest.raises(AlreadyDecided, match="Người trước"):
            refusing.result()
    request_to_exclude.refresh_from_db()
    assert (request_to_exclude.state, request_to_exclude.decided_by) == ("approved", first)
    assert said(station) == [("exceeded", 10, 90)]


def test_a_file_that_comes_while_an_officer_approves_reaches_both_layers(
    monkeypatch: pytest.MonkeyPatch, station: Station, request_to_exclude: Exclusion
) -> None:
    """The settler waits for the officer, then brings the approved layer along."""
    gate = Gate(monkeypatch, exclusions.approved, "apply")
    with workers() as start:
        approving = start(
            exclusions.approve, exclusion=request_to_exclude, by=PersonFactory(), now=ASKED
        )
        gate.wait_reached()
        receiving = start(_receive_and_settle, station, "20")
        wait_for_a_waiting_lock()
        gate.open()
        approving.result()
        receiving.result()
    assert Verdict.objects.in_effect().get(start=NOON).mean == 20
    assert said(station) == [("within", 10, 20)]


def test_an_officer_who_approves_while_a_file_is_settled_judges_what_it_brought(
    monkeypatch: pytest.MonkeyPatch, station: Station, request_to_exclude: Exclusion
) -> None:
    """The officer waits for the settler, whose work did not know of the exclusion yet."""
    store_entries(_corrected(station, "20"), now=ASKED)
    gate = Gate(monkeypatch, settle, "keep_in_step")
    with workers() as start:
        settling = start(settle_dirty, now=ASKED)
        gate.wait_reached()
        approving = start(
            exclusions.approve, exclusion=request_to_exclude, by=PersonFactory(), now=ASKED
        )
        wait_for_a_waiting_lock()
        gate.open()
        settling.result()
        approving.result()
    assert said(station) == [("within", 10, 20)]


def test_a_month_is_not_closed_over_the_head_of_a_decision(
    monkeypatch: pytest.MonkeyPatch, station: Station, request_to_exclude: Exclusion
) -> None:
    """Closing waits for the approval that began before it, and then finds nothing waiting."""
    end = NOON + timedelta(days=11)
    for _ in range(20):
        if not settle_dirty(now=end) + settle_due(now=end):
            break
    officer: Person = PersonFactory()
    gate = Gate(monkeypatch, exclusions.approved, "apply")
    with workers() as start:
        approving = start(exclusions.approve, exclusion=request_to_exclude, by=officer, now=end)
        gate.wait_reached()
        closing = start(
            months.close_month, station=station, month=date(2024, 5, 1), by=officer, now=end
        )
        wait_for_a_waiting_lock()
        gate.open()
        approving.result()
        closing.result()
    assert ClosedMonth.objects.filter(station=station).count() == 1
    assert said(station) == [("exceeded", 10, 90)]


def _corrected(station: Station, value: str) -> list:
    """The same hour sent again, with another value."""
    files = hour_of_files(station, NOON, value)
    for number, file in enumerate(files):
        object.__setattr__(file, "received_at", ASKED + timedelta(seconds=number))
    return files


def _receive_and_settle(station: Station, value: str) -> None:
    store_entries(_corrected(station, value), now=ASKED + HOUR)
    settle_dirty(now=ASKED + HOUR)
