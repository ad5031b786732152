"""The truth itself, against what is worked out by hand from judging.md; no program is asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from tests.week.province import HOUR, MINUTE, Station, small_province
from tests.week.stories import (
    MONDAY,
    Stories,
    absent,
    always,
    calibrating,
    faulty,
    moment,
    times,
)
from tests.week.stream import LOST, Cut, Play, files_of
from tests.week.truth import Case, truth_of

STATIONS = small_province()
QUICK = next(s for s in STATIONS if s.interval == 5 and s.medium == "wastewater")
STACK = next(s for s in STATIONS if s.interval == 5 and s.medium == "emission")

Tells = Callable[[Stories], None]


@pytest.fixture(autouse=True)
def no_losses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every upload arrives at once, and once."""
    assert LOST > 0
    monkeypatch.setattr("tests.week.stream.LOST", 0)
    monkeypatch.setattr("tests.week.stream.TWICE", 0)


def truth(tells: Tells, stations: Sequence[Station] = (QUICK, STACK)) -> list[Case]:
    """What is true of a day of these stations, looked at every five minutes."""
    tell = Stories(MONDAY, stations)
    tells(tell)
    play: Play = tell.play(1)
    looks = range(play.begin + 5 * MINUTE, play.end + 1, 5 * MINUTE)
    settled = {station.code: looks for station in stations}
    return truth_of(play, files_of(play), steps=looks, settled=settled)


def kinds(cases: list[Case]) -> list[str]:
    return sorted(case.identity.kind for case in cases)


def shown(second: int | None) -> str:
    """A moment of the day."""
    if second is None:
        return "–"
    return f"{(second - MONDAY) // HOUR:02}:{(second - MONDAY) % HOUR // MINUTE:02}"


def shaped(
    station: Station, symbol: str, clock: str, minutes: int, says: Callable[[int, str], object]
) -> Tells:
    def tells(tell: Stories) -> None:
        tell.shape(station, symbol, moment(0, clock), minutes * MINUTE, says)  # type: ignore[arg-type]

    return tells


def test_on_a_calm_day_nothing_is_true() -> None:
    assert truth(lambda _tell: None) == []


@pytest.mark.parametrize(
    ("tells", "kind"),
    [
        (shaped(QUICK, "COD", "10:00", 55, faulty), ""),
        (shaped(QUICK, "COD", "10:00", 60, faulty), "device_fault"),
        (shaped(QUICK, "COD", "10:00", 235, calibrating), ""),
        (shaped(QUICK, "COD", "10:00", 240, calibrating), "long_calibration"),
        (shaped(QUICK, "COD", "10:00", 85, always("31.50")), ""),
        (shaped(QUICK, "COD", "10:00", 90, always("31.50")), "stuck_value"),
        (shaped(QUICK, "pH", "10:00", 55, always("7.00")), ""),
        (shaped(QUICK, "pH", "10:00", 60, always("7.00")), "stuck_value"),
        (shaped(QUICK, "NH4", "10:00", 150, always("2.00")), ""),
        (shaped(QUICK, "NH4", "10:00", 180, always("2.00")), "stuck_value"),
        (shaped(QUICK, "FlowOut", "00:00", 1440, always("0")), ""),
        (shaped(QUICK, "NH4", "00:00", 1435, always("0")), ""),
        (shaped(QUICK, "NH4", "00:00", 1440, always("0")), "stuck_value"),
        (shaped(QUICK, "COD", "10:00", 10, always("501")), ""),
        (shaped(QUICK, "COD", "10:00", 15, always("501")), "out_of_range"),
        (shaped(QUICK, "COD", "10:00", 15, always("500")), ""),
        (shaped(QUICK, "COD", "10:00", 15, absent), ""),
        (shaped(QUICK, "COD", "10:00", 25, absent), "silent_parameter"),
    ],
)
def test_both_sides_of_an_edge(tells: Tells, kind: str) -> None:
    found = [case for case in truth(tells) if case.identity.kind != "early_warning"]
    assert kinds(found) == [kind][: bool(kind)]


def test_an_hour_above_its_limit_is_told_when_due_and_over_with_the_next() -> None:
    found = truth(shaped(STACK, "SO2", "07:00", 60, times(3.4)))
    case = next(case for case in found if case.identity.kind == "exceedance")
    span = case.spans[0]
    assert [*map(shown, (span.start, span.end, span.told, case.resolved))] == [
        "07:00",
        "08:00",
        "08:30",
        "09:00",
    ]
    assert not span.late


def test_the_warning_before_it_ends_when_its_hour_is_judged() -> None:
    found = truth(shaped(STACK, "SO2", "07:00", 60, times(3.4)))
    case = next(case for case in found if case.identity.kind == "early_warning")
    assert [*map(shown, (case.spans[0].start, case.opened, case.resolved))] == [
        "07:00",
        "07:45",  # nine of twelve slots
        "08:00",
    ]


def test_a_station_is_silent_after_its_allowance_and_the_gathering() -> None:
    def tells(tell: Stories) -> None:
        tell.cut(QUICK, moment(0, "10:04"), moment(0, "12:00"), keeps=False)

    (case,) = truth(tells)
    received = case.spans[0].start
    assert shown(received) in ("10:00", "10:01")
    assert shown(case.opened) == "10:25"  # 20 min, 3 min, and the next look
    assert shown(case.resolved) in ("12:00", "12:01")


@pytest.mark.parametrize(("minutes", "told"), [(20, []), (30, ["silent_station"])])
def test_a_short_silence_is_none(minutes: int, told: list[str]) -> None:
    def tells(tell: Stories) -> None:
        tell.cut(QUICK, moment(0, "10:04"), moment(0, "10:04") + minutes * MINUTE)

    assert kinds(truth(tells)) == told


def test_a_zone_that_falls_silent_together_is_one_outage_and_no_silence() -> None:
    def tells(tell: Stories) -> None:
        tell.line("CCN1", moment(0, "10:04"), moment(0, "11:00"))

    assert kinds(truth(tells, STATIONS)) == ["silent_station"] * 2  # two are no line

    def zone(tell: Stories) -> None:
        tell.line("KCN1", moment(0, "10:04"), moment(0, "11:30"))

    assert kinds(truth(zone, STATIONS)) == ["line_outage"]


def test_nobody_is_silent_while_our_door_is_shut() -> None:
    assert kinds(truth(lambda tell: tell.our_door(moment(0, "10:00"), moment(0, "14:00")))) == [
        "own_fault"
    ]


def test_what_came_in_time_decides_what_is_late() -> None:
    """The last quarter of an hour comes hours later; nine of twelve slots were there."""

    def tells(tell: Stories) -> None:
        tell.shape(STACK, "SO2", moment(0, "07:00"), HOUR, times(3.4))
        begin = MONDAY + moment(0, "07:45")
        tell.script(STACK).cuts.append(Cut(begin, begin + 2 * HOUR))

    case = next(c for c in truth(tells) if c.identity.kind == "exceedance")
    assert [span.late for span in case.spans] == [False]

    def later(tell: Stories) -> None:
        tell.shape(STACK, "SO2", moment(0, "07:00"), HOUR, times(3.4))
        begin = MONDAY + moment(0, "07:40")
        tell.script(STACK).cuts.append(Cut(begin, begin + 2 * HOUR))

    case = next(c for c in truth(later) if c.identity.kind == "exceedance")
    assert [span.late for span in case.spans] == [True]


def test_the_same_seed_gives_the_same_files() -> None:
    tell, other = Stories(MONDAY, STATIONS), Stories(MONDAY, STATIONS, seed=2)
    assert files_of(tell.play(1)) == files_of(tell.play(1))
    assert files_of(tell.play(1)) != files_of(other.play(1))
