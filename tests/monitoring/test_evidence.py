"""A verdict made anew from the raw bytes of its files is the verdict, for every kind of it."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from alerts.models import Maintenance
from monitoring.models import Verdict
from monitoring.models.correction import Exclusion
from monitoring.services.approved import judge_approved
from monitoring.services.corrections import correct_one
from monitoring.services.evidence import Evidence, evidence_for
from monitoring.services.receive import store_entries
from monitoring.services.setup import setups_of
from monitoring.services.succession import succession
from stations.models import PermitLimit, Station
from tests.factories import ChannelFactory, PersonFactory
from tests.flow.register import file_of, station_with
from tests.flow.rereading import instrument, reread_of
from tests.monitoring.exported import SCRIPT, export, redo
from tests.monitoring.test_worked_cases import (
    DAY as CASE_DAY,
)
from tests.monitoring.test_worked_cases import (
    DAYS,
    at_clock,
    midnight,
    prepare,
    receive,
    rows_of,
    write,
)
from tests.monitoring.test_worked_cases import settle as settle_cases
from tests.monitoring.timeline import DAY, HOUR, MIDNIGHT, MINUTE, send, send_hour, settle

pytestmark = pytest.mark.django_db

SLOT = timedelta(minutes=5)


def only(station: Station, period: str = "hour", **known: Any) -> Verdict:
    rows = Verdict.objects.filter(station=station, period=period, **known)
    return rows.get(superseded_at=None)


def states(evidence: Evidence) -> dict[str, int]:
    found: dict[str, int] = {}
    for slot in evidence.slots:
        found[slot.state] = found.get(slot.state, 0) + 1
    return found


def stack() -> Station:
    """A stack whose NOx is judged by the hour at 8 % oxygen, with an O₂ channel."""
    station = station_with(symbols=())
    Station.objects.filter(pk=station.pk).update(medium="emission")
    station.refresh_from_db()
    ChannelFactory(station=station, symbol="O2")
    PermitLimit.objects.create(
        channel=ChannelFactory(station=station, symbol="NOx"),
        period="hour",
        maximum=Decimal(300),
        source="GPMT số 2",
        reference_oxygen=Decimal(8),
    )
    return station


def proven(verdict: Verdict) -> Evidence:
    """Its evidence, which must say what the verdict says."""
    evidence = evidence_for(verdict)
    assert [(c.what, c.stored, c.found) for c in evidence.checks if not c.agrees] == []
    return evidence


@pytest.mark.parametrize(
    "case", [c for c in DAYS if "days" not in c], ids=lambda case: case["name"]
)
@pytest.mark.usefixtures("cases_register", "data_dir")
def test_every_worked_day_is_found_again_in_its_files(case: dict[str, Any], tmp_path: Path) -> None:
    symbol = prepare(case)
    receive(
        write(tmp_path / "day", symbol, rows_of(case, CASE_DAY)), at="2024-05-22T02:00:00+07:00"
    )
    settle_cases(datetime(2024, 5, 21, 19, 0, tzinfo=UTC))
    if "then_received" in case:
        later = [(at_clock(CASE_DAY, clock), str(v), s) for clock, v, s in case["then_received"]]
        receive(write(tmp_path / "later", symbol, later), at="2024-05-22T03:00:00+07:00")
        settle_cases(datetime(2024, 5, 21, 20, 0, tzinfo=UTC))
    verdicts = list(Verdict.objects.filter(symbol=symbol, period="day", start=midnight(CASE_DAY)))
    assert len(verdicts) == 1 + len(case.get("superseded", []))
    redone = redo(tmp_path, *map(export, verdicts))
    assert redone.returncode == 0, redone.stdout + redone.stderr
    assert redone.stdout.count("AGREES") == len(verdicts)
    for verdict in verdicts:
        evidence = proven(verdict)
        assert len(evidence.slots) == verdict.expected
        assert sum(slot.state == "filled" for slot in evidence.slots) == verdict.n


def test_each_slot_tells_what_it_was() -> None:
    station = station_with()
    send(station, MIDNIGHT, ["10"] * 6)
    send(station, MIDNIGHT + 6 * SLOT, ["500"], status="01")
    send(station, MIDNIGHT + 7 * SLOT, ["0"], status="02")
    send(station, MIDNIGHT + 8 * SLOT, ["0"], status="77")
    settle(MIDNIGHT + 2 * HOUR)
    evidence = proven(only(station, start=MIDNIGHT))
    assert [slot.state for slot in evidence.slots[6:10]] == [
        "calibrating",
        "device_fault",
        "unknown_status",
        "missing",
    ]
    assert states(evidence)["filled"] == 6
    assert evidence.arithmetic.judgement.verdict == "not_enough_data"
    assert len(evidence.files) == 9


def test_a_slot_of_several_readings_enters_as_their_mean() -> None:
    station = station_with()
    send_hour(station, MIDNIGHT, "60")
    send(station, MIDNIGHT + MINUTE, ["61", "62"], interval=1)
    settle(MIDNIGHT + 2 * HOUR)
    slot = proven(only(station, start=MIDNIGHT)).slots[0]
    assert [read.value for read in slot.entered] == [60, 61, 62]
    assert slot.value == Fraction(60 + 61 + 62, 3)
    assert len(slot.deliveries) == 3


def test_a_superseded_verdict_is_shown_with_the_values_it_was_made_from() -> None:
    station = station_with()
    send_hour(station, MIDNIGHT, "50")
    settle(MIDNIGHT + 2 * HOUR)
    send(station, MIDNIGHT, ["300"], received=MIDNIGHT + 3 * HOUR)
    settle(MIDNIGHT + 3 * HOUR)
    send(station, MIDNIGHT, ["10"], received=MIDNIGHT + 4 * HOUR)
    settle(MIDNIGHT + 4 * HOUR)
    rows = Verdict.objects.filter(station=station, period="hour", start=MIDNIGHT)
    first, second, third = rows.order_by("judged_at")
    assert [proven(each).slots[0].value for each in (first, second, third)] == [50, 300, 10]
    assert [len(proven(each).files) for each in (first, second, third)] == [12, 13, 14]
    assert [len(proven(each).changes) for each in (first, second, third)] == [0, 1, 2]
    assert [step.why for step in succession(first)] == ["first", "changed", "changed"]
    assert [step.changed for step in succession(third)] == [0, 1, 1]


def test_a_file_received_earlier_but_stored_later_is_not_in_the_verdict_before() -> None:
    station = station_with()
    held_up = file_of(station, MIDNIGHT + 11 * SLOT, ("COD", "500", "00"), received=MIDNIGHT + HOUR)
    send(station, MIDNIGHT, ["50"] * 11, received=MIDNIGHT + 2 * HOUR)
    settle(MIDNIGHT + 2 * HOUR)
    store_entries([held_up], now=MIDNIGHT + 3 * HOUR)
    settle(MIDNIGHT + 3 * HOUR)
    before, after = Verdict.objects.filter(station=station, period="hour", start=MIDNIGHT).order_by(
        "judged_at"
    )
    assert (before.n, after.n) == (11, 12)
    assert proven(before).slots[11].state == "missing"
    assert proven(after).slots[11].value == 500


def test_a_repeat_is_told_and_enters_nothing() -> None:
    station = station_with()
    send_hour(station, MIDNIGHT, "50")
    send(station, MIDNIGHT, ["50"], received=MIDNIGHT + 30 * MINUTE)
    settle(MIDNIGHT + 2 * HOUR)
    files = proven(only(station, start=MIDNIGHT)).files
    assert [(file.slots, file.repeats) for file in files].count((1, False)) == 12
    assert [(file.slots, file.repeats) for file in files].count((0, True)) == 1


def test_data_that_came_late_are_told_as_the_cause() -> None:
    station = station_with()
    send(station, MIDNIGHT, ["50"] * 9)
    settle(MIDNIGHT + 2 * HOUR)
    send(station, MIDNIGHT + 9 * SLOT, ["90"] * 3, received=MIDNIGHT + DAY)
    settle(MIDNIGHT + DAY)
    steps = succession(only(station, start=MIDNIGHT))
    assert [(step.why, step.more) for step in steps] == [("first", None), ("late", 3)]


def test_stack_gas_enters_at_reference_oxygen(tmp_path: Path) -> None:
    station = stack()
    o2 = ["9.5"] * 9 + ["18"] * 2
    for number in range(12):
        said = [("NOx", str(200 + number), "00")]
        if number < len(o2):
            said.append(("O2", o2[number], "00"))
        at = MIDNIGHT + number * SLOT
        store_entries([file_of(station, at, *said)], now=at + MINUTE)
    settle(MIDNIGHT + 2 * HOUR)
    verdict = only(station, symbol="NOx", start=MIDNIGHT)
    evidence = proven(verdict)
    assert states(evidence) == {"filled": 9, "idle": 2, "no_oxygen": 1}
    first = evidence.slots[0]
    assert (first.measured, first.oxygen) == (200, Fraction(19, 2))
    assert first.value == 200 * Fraction("12.9") / Fraction("11.4")
    assert verdict.expected == 10
    redone = redo(tmp_path, export(verdict))
    assert redone.returncode == 0, redone.stdout


def test_a_verdict_from_before_files_were_read_again_is_read_as_they_were_then(
    tmp_path: Path,
) -> None:
    other = station_with()
    send_hour(other, MIDNIGHT, "7")
    station = station_with()
    send_hour(station, MIDNIGHT, "50")
    settle(MIDNIGHT + 2 * HOUR)
    instrument(station, factor=2)
    correction = reread_of(station, at=MIDNIGHT + 3 * HOUR)
    assert correct_one(now=MIDNIGHT + 3 * HOUR)
    before, after = Verdict.objects.filter(station=station, period="hour", start=MIDNIGHT).order_by(
        "judged_at"
    )
    assert [proven(each).slots[0].value for each in (before, after)] == [50, 100]
    steps = succession(before)
    assert [step.why for step in steps] == ["first", "readings"]
    assert steps[1].correction == correction
    redone = redo(tmp_path, export(before), export(after))
    assert redone.returncode == 0, redone.stdout


def test_eight_hours_are_the_mean_of_their_valid_hours(tmp_path: Path) -> None:
    station = station_with(period="hours8", maximum="50")
    for hour in range(8):
        count = 8 if hour == 2 else 12
        send(station, MIDNIGHT + hour * HOUR, [str(40 + hour)] * count)
    settle(MIDNIGHT + 9 * HOUR)
    verdict = only(station, "hours8", start=MIDNIGHT)
    evidence = proven(verdict)
    assert [part.valid for part in evidence.parts] == [True, True, False] + [True] * 5
    assert (verdict.n, verdict.expected) == (7, 8)
    assert evidence.arithmetic.mean.total == sum(range(40, 48)) - 42
    assert len(evidence.slots) == 96
    redone = redo(tmp_path, export(verdict))
    assert redone.returncode == 0, redone.stdout


def test_a_year_is_the_mean_of_its_valid_days_as_they_were(tmp_path: Path) -> None:
    station = station_with(interval=1440, period="year", maximum="25")
    new_year = datetime(2023, 12, 31, 17, tzinfo=UTC)
    send(station, new_year, ["30"] * 300, interval=1440)
    over = datetime(2024, 12, 31, 17, tzinfo=UTC) + 2 * HOUR
    settle(over)
    send(station, new_year + 9 * DAY, ["3"], received=over)
    settle(over + HOUR)
    rows = Verdict.objects.filter(station=station, period="year", start=new_year)
    before, after = rows.order_by("judged_at")
    for verdict, tenth in ((before, 30), (after, 3)):
        evidence = proven(verdict)
        assert (len(evidence.parts), verdict.n, evidence.unsure) == (366, 300, 0)
        assert evidence.parts[9].mean.total == tenth
    redone = redo(tmp_path, export(before), export(after))
    assert redone.returncode == 0, redone.stdout


def test_an_approved_verdict_leaves_out_what_an_officer_excluded(tmp_path: Path) -> None:
    station = station_with()
    send(station, MIDNIGHT, ["50"] * 9 + ["500"] * 3)
    settle(MIDNIGHT + 2 * HOUR)
    officer = PersonFactory()
    Exclusion.objects.create(
        station=station,
        channel=station.channels.get(),
        start=MIDNIGHT + 9 * SLOT,
        end=MIDNIGHT + HOUR,
        why="fault",
        words="Đầu đo hỏng",
        state="approved",
        asked_by=officer,
        asked_at=MIDNIGHT + 2 * HOUR,
        decided_by=officer,
        decided_at=MIDNIGHT + 3 * HOUR,
    )
    judge_approved(
        setups_of([station.pk])[station.pk],
        [(MIDNIGHT, MIDNIGHT + HOUR)],
        now=MIDNIGHT + 4 * HOUR,
        correction=None,
    )
    raw, approved = (only(station, start=MIDNIGHT, layer=layer) for layer in ("raw", "approved"))
    assert (raw.result, approved.result) == ("exceeded", "within")
    assert states(proven(raw)) == {"filled": 12}
    evidence = proven(approved)
    assert states(evidence) == {"filled": 9, "excluded": 3}
    assert [each.words for each in evidence.exclusions] == ["Đầu đo hỏng"]
    redone = redo(tmp_path, export(raw), export(approved))
    assert redone.returncode == 0, redone.stdout


def test_nothing_is_expected_of_an_approved_stop(tmp_path: Path) -> None:
    station = station_with()
    Maintenance.objects.create(
        station=station,
        what="stop",
        start=MIDNIGHT + 6 * SLOT,
        end=MIDNIGHT + HOUR,
        reason="Dừng xả",
        declared_by=PersonFactory(),
        declared_at=MIDNIGHT,
        decision="approved",
        decided_by=PersonFactory(),
        decided_at=MIDNIGHT,
    )
    send(station, MIDNIGHT, ["50"] * 7)
    settle(MIDNIGHT + 2 * HOUR)
    verdict = only(station, start=MIDNIGHT)
    assert (verdict.n, verdict.expected) == (7, 7)
    assert states(proven(verdict)) == {"filled": 7, "stopped": 5}
    redone = redo(tmp_path, export(verdict))
    assert redone.returncode == 0, redone.stdout


def test_an_export_that_was_tampered_with_differs(tmp_path: Path) -> None:
    station = station_with()
    send_hour(station, MIDNIGHT, "50")
    settle(MIDNIGHT + 2 * HOUR)
    told = export(only(station, start=MIDNIGHT))
    assert redo(tmp_path, told).returncode == 0
    for tamper in (
        lambda told: told["slots"][3]["readings"][0].update(value="50.1"),
        lambda told: told["slots"].pop(),
        lambda told: told.update(verdict="exceeded"),
        lambda told: told["limit_exact"].update(max="49"),
    ):
        changed = export(only(station, start=MIDNIGHT))
        tamper(changed)
        redone = redo(tmp_path, told, changed)
        assert redone.returncode == 1, redone.stdout
        assert redone.stdout.count("AGREES") == 1
        assert "DIFFERS" in redone.stdout
    assert redo(tmp_path, {"no": "verdict"}).returncode == 2


def test_the_script_stays_short_and_leans_on_the_standard_library() -> None:
    lines = SCRIPT.read_text(encoding="utf-8").splitlines()
    assert len(lines) < 100
    imported = {line.split()[1] for line in lines if line.startswith(("import ", "from "))}
    assert imported <= sys.stdlib_module_names
