"""Two people act on one case at once, each with a connection of their own: the second is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from alerts.models import Alert, HandOver, Maintenance
from alerts.services import acknowledge, close, handling, records, report
from alerts.services.handling import AlreadyHandled, CannotBeDone, Explanation, answer, send_back
from alerts.services.handling import verify as accept
from monitoring.services import announcing
from monitoring.services.announcing import AlreadyDecided, Announced
from stations.models import Agency, Person
from tests.alerts.factories import HOUR, JUDGED, agency, exceedance, person, station
from tests.flow.together import Gate, wait_for_a_waiting_lock, wait_for_a_waiting_row, workers

pytestmark = pytest.mark.django_db(transaction=True)

SAID = Explanation(cause="process", words="Bể hiếu khí quá tải")
NOW = JUDGED + 2 * HOUR
Step = Callable[..., Any]


def case(*before: Step) -> Alert:
    """An exceedance, brought as far as these steps bring it."""
    alert = report(exceedance(station()), now=JUDGED)
    for step in before:
        step(alert, person())
        alert.refresh_from_db()
    return alert


def take(alert: Alert, by: Person) -> Any:
    return acknowledge(alert=alert, by=by, now=NOW)


def explain(alert: Alert, by: Person) -> Any:
    return answer(alert=alert, by=by, said=SAID, now=NOW)


def verify(alert: Alert, by: Person) -> Any:
    return accept(alert=alert, by=by, now=NOW)


def back(alert: Alert, by: Person) -> Any:
    return send_back(alert=alert, by=by, reason="Thiếu nhật ký", now=NOW)


def end(alert: Alert, by: Person) -> Any:
    return close(alert=alert, by=by, note="Đã khắc phục", now=NOW)


def call(alert: Alert, by: Person) -> Any:
    return records.note_call(
        alert=alert, by=by, called_at=NOW, whom="Trực ca", words="Đang kiểm tra", now=NOW
    )


def twice(
    monkeypatch: pytest.MonkeyPatch, alert: Alert, module: Any, first: Step, second: Step
) -> str:
    """The first step is held before it is committed, while another person takes the second; what
    the second is told. Both have seen the same case."""
    seen = Alert.objects.get(pk=alert.pk)
    gate = Gate(monkeypatch, module, "tell")
    with workers() as start:
        done = start(first, Alert.objects.get(pk=alert.pk), person(name="Người trước"))
        gate.wait_reached()
        late = start(second, seen, person(name="Người sau"))
        wait_for_a_waiting_row()
        gate.open()
        done.result()
        with pytest.raises(CannotBeDone) as refusal:
            late.result()
    return str(refusal.value)


@pytest.mark.parametrize(
    ("before", "first", "second"),
    [
        ((), take, take),
        ((), explain, take),
        ((), take, explain),
        ((take,), end, explain),
        ((take,), explain, end),
        ((take, explain), verify, verify),
        ((take, explain), back, verify),
        ((take, explain), verify, back),
        ((take, explain), back, back),
        ((take, explain, verify), end, end),
        ((take, explain, verify), end, back),
        ((take, explain, verify), back, end),
        ((take, explain, back), explain, end),
    ],
    ids=lambda given: given.__name__ if callable(given) else "-".join(s.__name__ for s in given),
)
def test_of_two_steps_at_once_one_is_taken_and_the_other_is_told(
    monkeypatch: pytest.MonkeyPatch, before: tuple[Step, ...], first: Step, second: Step
) -> None:
    alert = case(*before)
    events = alert.events.count()
    told = twice(monkeypatch, alert, handling, first, second)
    alert.refresh_from_db()
    assert alert.events.count() == events + 1
    assert "Người trước" in told or "Người sau" not in told


def test_of_two_explanations_both_are_kept_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """From one state the second would overwrite nothing: it is told, and may look again."""
    alert = case(take)
    assert "Người trước" in twice(monkeypatch, alert, handling, explain, explain)
    assert alert.answers.count() == 1
    explain(Alert.objects.get(pk=alert.pk), person())
    assert alert.answers.count() == 2


def test_a_record_that_meets_the_closing_of_the_case_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    alert = case(take)
    assert "Người trước" in twice(monkeypatch, alert, handling, end, call)
    assert not alert.phonecalls.exists()


def test_of_two_who_assign_the_second_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    alert, mine, other = case(), person(name="Người được giao"), person()

    def to(whom: Person) -> Step:
        return lambda alert, by: records.assign(alert=alert, by=by, to=whom, now=NOW)

    assert "Người được giao" in twice(monkeypatch, alert, records, to(mine), to(other))
    alert.refresh_from_db()
    assert alert.assigned_to == mine


def test_of_two_who_hand_over_the_second_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    alert, board, district = case(), agency("zones_board"), agency("district_committee")

    def to(whom: Agency) -> Step:
        return lambda alert, by: records.hand_over(
            alert=alert, by=by, to_agency=whom, reason="Địa bàn", now=NOW
        )

    assert board.name in twice(monkeypatch, alert, records, to(board), to(district))
    alert.refresh_from_db()
    assert (alert.held_by, HandOver.objects.count()) == (board, 1)


def test_a_lapse_that_meets_progress_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    alert = case(take)
    seen = Alert.objects.get(pk=alert.pk)
    gate = Gate(monkeypatch, handling, "tell")
    with workers() as start:
        done = start(explain, Alert.objects.get(pk=alert.pk), person())
        gate.wait_reached()
        lapsing = start(handling.lapse, alert=seen, now=NOW + 100 * HOUR)
        wait_for_a_waiting_row()
        gate.open()
        done.result()
        assert lapsing.result() is None
    alert.refresh_from_db()
    assert alert.state == "answered"


def announced() -> Maintenance:
    wanted = Announced(station(), "stop", NOW + HOUR, NOW + 9 * HOUR, "Nghỉ Tết")
    return announcing.announce(wanted=wanted, by=person(), now=NOW)


def approving(work: Maintenance, by: Person) -> Any:
    return announcing.approve(work=work, by=by, now=NOW)


def refusing(work: Maintenance, by: Person) -> Any:
    return announcing.refuse(work=work, by=by, note="Không", now=NOW)


def withdrawing(work: Maintenance, by: Person) -> Any:
    return announcing.withdraw(work=work, by=by, reason="Hoãn", now=NOW)


def ending(work: Maintenance, by: Person) -> Any:
    return announcing.end_early(work=work, by=by, now=NOW + 2 * HOUR)


@pytest.mark.parametrize(
    ("before", "first", "second"),
    [
        ((), approving, approving),
        ((), approving, refusing),
        ((), refusing, approving),
        ((), withdrawing, approving),
        ((), withdrawing, refusing),
        ((), refusing, withdrawing),
        ((), approving, withdrawing),
        ((approving,), withdrawing, withdrawing),
        ((approving,), withdrawing, ending),
        ((approving,), ending, ending),
    ],
    ids=lambda given: given.__name__ if callable(given) else "-".join(s.__name__ for s in given),
)
def test_of_two_who_decide_on_announced_work_the_second_is_told(
    monkeypatch: pytest.MonkeyPatch, before: tuple[Step, ...], first: Step, second: Step
) -> None:
    work = announced()
    for step in before:
        work = step(work, person())
    gate = Gate(monkeypatch, announcing, "_take")
    with workers() as start:
        done = start(first, work, person(name="Người trước"))
        gate.wait_reached()
        late = start(second, Maintenance.objects.get(pk=work.pk), person(name="Người sau"))
        wait_for_a_waiting_lock()
        gate.open()
        done.result()
        with pytest.raises(AlreadyDecided, match="Người trước"):
            late.result()


def test_the_one_who_was_first_is_named() -> None:
    alert = case()
    seen = Alert.objects.get(pk=alert.pk)
    take(alert, person(name="Người trước"))
    with pytest.raises(AlreadyHandled, match="Người trước"):
        take(seen, person(name="Người sau"))
    assert timedelta(hours=2) == NOW - JUDGED
