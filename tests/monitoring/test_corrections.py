"""Corrections: asked for with a reason, done one by one, each as a whole or not at all."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import OperationalError
from psycopg.errors import DeadlockDetected

from monitoring import tasks
from monitoring.models import ClosedMonth, Correction, Verdict
from monitoring.services import corrections
from monitoring.services import settle as settle_module
from monitoring.services.corrections import ask_correction, correct_one
from monitoring.services.locks import lock_stations
from monitoring.services.months import NeedsLeave, StillWaiting, close_month
from stations.models import PermitLimit, Person, Station
from stations.services.grants import rebuild_grants
from tests.alerts.factories import person
from tests.factories import AgencyFactory, JurisdictionFactory, MembershipFactory
from tests.flow.register import NOON, station_with
from tests.monitoring.timeline import DAY, HOUR, MIDNIGHT, results, send_hour, settle

pytestmark = pytest.mark.django_db

LATER = NOON + 30 * DAY


@pytest.fixture
def station() -> Station:
    return judged_station()


def judged_station() -> Station:
    """COD at most 60 in the mean of an hour; one hour of 50."""
    station = station_with()
    send_hour(station, NOON, "50")
    settle(NOON + 2 * HOUR)
    return station


def ask(*stations: Station, **named: Any) -> list[Correction]:
    batch = ask_correction(
        **{
            "stations": stations,
            "what": Correction.What.RULES,
            "start": MIDNIGHT,
            "end": MIDNIGHT + DAY,
            "reason": "Giấy phép nhập nhầm",
            "by": person(),
            "now": LATER,
            **named,
        }
    )
    return list(Correction.objects.filter(batch=batch))


def head_of_department() -> Person:
    agency = AgencyFactory()
    JurisdictionFactory(agency=agency)
    head = person()
    MembershipFactory(person=head, agency=agency, role="head")
    rebuild_grants()
    return head


def close_may(station: Station) -> None:
    ClosedMonth.objects.create(
        station=station, month=date(2024, 5, 1), closed_by=person(), closed_at=LATER
    )


def test_one_row_a_station_in_one_batch(station: Station) -> None:
    rows = ask(station, station_with())
    assert len(rows) == 2
    assert {row.done_at for row in rows} == {None}


def test_a_waiting_correction_is_done_and_counted(station: Station) -> None:
    PermitLimit.objects.update(maximum=Decimal(45))
    ask(station)
    assert correct_one(now=LATER + HOUR) is True
    row = Correction.objects.get()
    assert (row.done_at, row.readings_changed, row.verdicts_changed) == (LATER + HOUR, 0, 1)
    assert results(station)[NOON] == "exceeded"


def test_when_none_waits_there_was_nothing_to_do(station: Station) -> None:
    ask(station)
    assert correct_one(now=LATER) is True
    assert correct_one(now=LATER) is False


def test_one_that_fails_keeps_the_reason_and_holds_up_no_other(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = judged_station()
    PermitLimit.objects.update(maximum=Decimal(45))
    ask(station)
    ask(other, now=LATER + HOUR)
    judge_again = corrections.judge_again

    def fails_there(correction: Correction, **named: Any) -> tuple[int, int]:
        done = judge_again(correction, **named)
        if correction.station_id == station.pk:
            raise ValueError("a register nobody thought of")
        return done

    monkeypatch.setitem(corrections.APPLYING, Correction.What.RULES, fails_there)
    assert [correct_one(now=LATER) for _ in range(3)] == [True, True, False]
    failed = Correction.objects.get(station=station)
    assert (failed.done_at, failed.failure) == (None, "ValueError: a register nobody thought of")
    assert results(station)[NOON] == "within"
    assert results(other)[NOON] == "exceeded"


def test_a_closed_month_is_refused_without_the_head(station: Station) -> None:
    close_may(station)
    with pytest.raises(NeedsLeave):
        ask(station)
    assert not Correction.objects.exists()


def test_a_closed_month_is_refused_without_the_heads_reason(station: Station) -> None:
    close_may(station)
    with pytest.raises(NeedsLeave):
        ask(station, head=head_of_department(), head_reason=" ")


def test_nobody_else_gives_the_heads_leave(station: Station) -> None:
    close_may(station)
    with pytest.raises(NeedsLeave):
        ask(station, head=person(), head_reason="Kết luận thanh tra")


def test_a_closed_month_changes_with_the_heads_reason(station: Station) -> None:
    close_may(station)
    head = head_of_department()
    row = ask(station, head=head, head_reason="Kết luận thanh tra")[0]
    assert (row.head, row.head_reason) == (head, "Kết luận thanh tra")


def test_the_month_after_a_closed_one_is_open(station: Station) -> None:
    close_may(station)
    june = MIDNIGHT + 11 * DAY
    assert ask(station, start=june, end=june + DAY)


def test_the_last_moment_of_a_closed_month_is_closed(station: Station) -> None:
    close_may(station)
    june = MIDNIGHT + 11 * DAY
    with pytest.raises(NeedsLeave):
        ask(station, start=june - HOUR / 60, end=june + DAY)


def test_a_span_that_ends_where_a_closed_month_begins_is_open(station: Station) -> None:
    close_may(station)
    may = MIDNIGHT - 20 * DAY
    assert ask(station, start=may - DAY, end=may)


def test_the_worker_does_all_that_waits(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "CORRECTING_SECONDS", 60.0)
    PermitLimit.objects.update(maximum=Decimal(45))
    ask(station)
    ask(station_with())
    assert tasks.correct_waiting() == 2
    assert not Correction.objects.filter(done_at=None).exists()


def test_a_worker_that_has_corrected_for_long_lets_new_readings_have_their_turn(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[str] = []
    monkeypatch.setattr(tasks, "ring", rung.append)
    monkeypatch.setattr(tasks, "CORRECTING_SECONDS", -1.0)
    ask(station, station_with())
    assert tasks.correct_waiting() == 1
    assert tasks.CORRECT in rung


def test_each_verdict_names_its_correction(station: Station) -> None:
    PermitLimit.objects.update(maximum=Decimal(45))
    row = ask(station)[0]
    correct_one(now=LATER)
    assert Verdict.objects.in_effect().get(start=NOON).correction == row.pk


def test_a_round_that_began_before_a_correction_does_not_undo_it(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The round reads the register, then waits for the station, which is being corrected."""
    asked: list[Correction] = []

    def lock_when_corrected(ids: list[int]) -> None:
        if not asked:
            PermitLimit.objects.update(maximum=Decimal(40))
            asked.extend(ask(station))
            assert correct_one(now=LATER)
        lock_stations(ids)

    send_hour(station, NOON, "51", received=NOON + 3 * HOUR)
    monkeypatch.setattr(settle_module, "lock_stations", lock_when_corrected)
    settle(NOON + 4 * HOUR)
    assert asked
    assert results(station)[NOON] == "exceeded"
    assert Verdict.objects.in_effect().get(start=NOON).mean == 51


def test_a_correction_that_met_another_transaction_is_tried_again(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deadlocked(*_: Any, **__: Any) -> Any:
        raise OperationalError("deadlock detected") from DeadlockDetected()

    (asked,) = ask(station)
    with monkeypatch.context() as patched:
        patched.setitem(corrections.APPLYING, Correction.What.RULES, deadlocked)
        with pytest.raises(OperationalError):
            correct_one(now=LATER)
    assert correct_one(now=LATER)
    asked.refresh_from_db()
    assert (asked.failure, asked.done_at) == ("", LATER)


def test_a_month_is_not_closed_before_what_was_ordered_for_it_is_done(station: Station) -> None:
    settle(LATER)
    ask(station)
    with pytest.raises(StillWaiting):
        close_month(station=station, month=date(2024, 5, 1), by=person(), now=LATER)
    assert correct_one(now=LATER)
    assert close_month(station=station, month=date(2024, 5, 1), by=person(), now=LATER)
