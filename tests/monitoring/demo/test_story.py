"""The story of the demonstration, told by arithmetic from the patterns themselves."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import chain, groupby
from pathlib import Path
from typing import Any

import pytest
import yaml

from monitoring.demo.fleet import Logger, Sensor, demonstration_fleet
from monitoring.demo.local_time import DAY, HOUR
from monitoring.demo.patterns import calm_value, reading, sent_at
from monitoring.demo.story import (
    CALIBRATIONS,
    EMISSION_HOURS,
    FAULTS,
    FLOODS_OUT,
    FLOW_DROPS,
    FLOW_PARTS,
    SILENCES,
    STILL_VALUES,
    TRACKS,
    WASTEWATER_DAYS,
    WASTEWATER_WARNINGS,
    Kind,
    Track,
    episode_at,
)
from monitoring.domain.runs import Stillness
from tests.monitoring.demo.cmax import permit_limits, register, regulation_limits

FACTS = Path(__file__).parents[3] / "stations" / "facts"
FIRST_DAY = 20_780  # 23/11/2026
WEEK = range(FIRST_DAY, FIRST_DAY + 7)
FORTNIGHT = range(FIRST_DAY - 14, FIRST_DAY)
RISING = [track for track in TRACKS if track.kind is Kind.RISES]


@cache
def logger_of(code: str) -> Logger:
    return next(logger for logger in demonstration_fleet() if logger.code == code)


@cache
def sensor_of(code: str, symbol: str) -> Sensor:
    return next(each for each in logger_of(code).sensors if each.symbol == symbol)


def measured(code: str, symbol: str, start: int, end: int) -> list[float]:
    """The values with status 00 in the channel's files of a span."""
    logger, sensor = logger_of(code), sensor_of(code, symbol)
    told = (reading(logger, sensor, m) for m in range(start, end, sensor.interval))
    return [value for value, status in told if status == "00" and value is not None]


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


def subjects_at(track: Track, minute: int, at_least: int = 0) -> Iterator[str]:
    """Who is in an episode of the track, begun at least so many minutes ago."""
    for episode in track.between(minute, minute + 1):
        if minute - episode.starts >= at_least and minute < episode.ends:
            yield episode.subject.station


def test_each_hour_of_a_week_some_stack_exceeds_its_hour() -> None:
    for hour in range(WEEK[0] * 24, (WEEK[-1] + 1) * 24):
        above = [
            subject
            for subject in EMISSION_HOURS.subjects
            if mean(measured(subject.station, subject.parameter, hour * 60, hour * 60 + 60))
            > subject.limit
        ]
        assert len(above) == 1, hour


@pytest.mark.parametrize("day", WEEK)
def test_each_day_some_wastewater_is_near_its_limit_after_three_hours(day: int) -> None:
    near = [
        subject
        for subject in WASTEWATER_WARNINGS.subjects
        for values in [measured(subject.station, subject.parameter, day * DAY, day * DAY + 180)]
        if 0.8 * subject.limit < mean(values) <= subject.limit
    ]
    assert near


def test_a_fortnight_has_several_days_above_the_limit() -> None:
    above = [
        (day, subject.station)
        for day in FORTNIGHT
        for subject in WASTEWATER_DAYS.subjects
        if mean(measured(subject.station, subject.parameter, day * DAY, (day + 1) * DAY))
        > subject.limit
    ]
    assert len(above) == 7


@pytest.mark.parametrize(
    ("track", "minutes"),
    [(SILENCES, 24), (FAULTS, 60), (CALIBRATIONS, 5)],
    ids=["silent", "fault", "calibrating"],
)
def test_at_any_moment_somebody_is_in_trouble_long_enough_to_be_seen(
    track: Track, minutes: int
) -> None:
    for minute in range(WEEK[0] * DAY, (WEEK[-1] + 1) * DAY, 5):
        seen = list(subjects_at(track, minute, minutes))
        assert 1 <= len(seen) <= 2, minute


def test_nobody_stands_in_two_pools_that_could_hide_each_other() -> None:
    silent = {s.station for t in TRACKS if t.kind is Kind.SILENT for s in t.subjects}
    others = [s for t in TRACKS if t.kind is not Kind.SILENT for s in t.subjects]
    pairs = [(subject.station, subject.parameter) for subject in others]
    assert not silent & {subject.station for subject in others}
    assert len(pairs) == len(set(pairs))


def test_an_episode_of_one_subject_is_over_before_its_next_one() -> None:
    for track in TRACKS:
        assert track.lasts <= len(track.subjects) * track.every


def test_the_limits_in_the_story_are_those_of_the_register() -> None:
    limits = regulation_limits()
    for subject in chain.from_iterable(track.subjects for track in RISING):
        assert subject.limit == pytest.approx(limits[subject.station, subject.parameter][1])


def test_faults_and_calibrations_name_channels_that_exist() -> None:
    for track in (FAULTS, CALIBRATIONS):
        for subject in track.subjects:
            assert sensor_of(subject.station, subject.parameter)


def test_all_the_others_stay_well_within_their_limits() -> None:
    """Below 0.8 of every maximum in each hour of a fortnight: nothing warns but the story."""
    rising = {(s.station, s.parameter) for track in RISING for s in track.subjects}
    permits = permit_limits()
    for (code, symbol), (low, high) in regulation_limits().items():
        sensors = {sensor.symbol for sensor in logger_of(code).sensors}
        if symbol not in sensors or (code, symbol) in rising:
            continue
        hours = [mean(values) for values in hours_of(code, symbol) if values]
        ceiling = min(high or 1e9, permits.get((code, symbol), 1e9))
        margin = 1.0 if low is not None else 0.8
        assert max(hours) * oxygen_factor(code) < margin * ceiling, (code, symbol)
        if low is not None:
            assert min(hours) > (low if high else low / 0.8), (code, symbol)


def hours_of(code: str, symbol: str) -> Iterator[list[float]]:
    for hour in range(FORTNIGHT[0] * 24, (FORTNIGHT[-1] + 1) * 24):
        yield measured(code, symbol, hour * HOUR, hour * HOUR + HOUR)


def oxygen_factor(code: str) -> float:
    """What a stack judged at 7 % oxygen is multiplied by, at its usual oxygen and 20 % more."""
    if code not in {"MH03-KT01", "MH04-KT01", "MH05-KT01", "MH10-KT01"}:
        return 1.0
    return 13.9 / (20.9 - 1.2 * sensor_of(code, "O2").usual)


def test_the_same_minute_is_always_told_the_same() -> None:
    logger = logger_of("KCNQC-NT01")
    minutes = range(FIRST_DAY * DAY, FIRST_DAY * DAY + HOUR, 5)
    once = [reading(logger, s, m) for s in logger.sensors for m in minutes]
    again = [reading(logger, s, m) for s in reversed(logger.sensors) for m in reversed(minutes)]
    assert once == again[::-1]


def test_a_slow_analyser_repeats_its_value_until_the_next_result() -> None:
    values = measured("MH12-NT01", "COD", FIRST_DAY * DAY, FIRST_DAY * DAY + 30)
    assert values[0] == values[1] == values[2] != values[3] == values[5]


def test_what_a_cut_line_held_up_comes_in_order_once_the_line_is_back() -> None:
    episode = SILENCES.episode(FIRST_DAY * DAY // SILENCES.every)
    logger = logger_of(episode.subject.station)
    first = -(-episode.starts // logger.interval) * logger.interval
    minutes = range(first, episode.ends + 60, logger.interval)
    moments = [sent_at(logger, minute) for minute in minutes]
    assert moments == sorted(moments)
    assert moments[0] == episode.ends * 60 + logger.delay
    assert moments[-1] == minutes[-1] * 60 + logger.delay


def test_an_episode_holds_its_first_minute_and_not_its_end() -> None:
    episode = FAULTS.episode(100_000)
    subject = episode.subject
    assert episode_at(subject.station, subject.parameter, episode.starts) == episode
    assert episode_at(subject.station, subject.parameter, episode.ends - 1) == episode
    assert episode_at(subject.station, subject.parameter, episode.starts - 1) is None
    assert episode_at(subject.station, subject.parameter, episode.ends) is None


def volume(code: str, symbol: str, day: int) -> float:
    """m³ of a whole day; the loggers of these stations measure each five minutes."""
    return sum(measured(code, symbol, day * DAY, (day + 1) * DAY)) / 12


def permitted(code: str) -> float:
    """m³ a day that the register's newest permit of the facility allows."""
    facility = next(f for f in register()["facilities"] if f["code"] == code.rpartition("-")[0])
    return float(facility["permits"][-1]["flow_m3_per_day"])


def test_some_days_of_a_fortnight_more_flows_out_than_is_permitted() -> None:
    codes = {subject.station for subject in FLOODS_OUT.subjects}
    above = [(d, c) for d in FORTNIGHT for c in codes if volume(c, "FlowOut", d) > permitted(c)]
    assert len(above) == 7
    for day, code in above:
        assert volume(code, "FlowOut", day) == pytest.approx(
            volume(code, "FlowIn", day) / 1.05, rel=0.05
        )


def test_some_days_much_less_flows_out_than_in() -> None:
    parted = [
        (day, subject.station)
        for day in FORTNIGHT
        for subject in FLOW_PARTS.subjects
        if volume(subject.station, "FlowOut", day) < 0.8 * volume(subject.station, "FlowIn", day)
    ]
    assert 4 <= len(parted) <= 5


def test_now_and_then_the_outflow_drops_for_hours() -> None:
    for subject in FLOW_DROPS.subjects:
        episodes = [e for e in FLOW_DROPS.between(WEEK[0] * DAY, (WEEK[-1] + 1) * DAY) if e.subject == subject]  # noqa: E501  # fmt: skip
        assert episodes
        for episode in episodes:
            out = mean(measured(subject.station, "FlowOut", episode.starts, episode.ends))
            into = mean(measured(subject.station, "FlowIn", episode.starts, episode.ends))
            assert out < 0.15 * into


def test_twice_a_day_a_value_stands_still_for_longer_than_it_may() -> None:
    fleet = {logger.code: logger for logger in demonstration_fleet()}
    for episode in STILL_VALUES.between(0, 2 * DAY):
        logger = fleet[episode.subject.station]
        sensor = next(s for s in logger.sensors if s.symbol == episode.subject.parameter)
        minutes = range(episode.starts, episode.ends, logger.interval)
        said = {reading(logger, sensor, minute) for minute in minutes}
        assert len(said) == 1
        assert len(minutes) > 12
        assert reading(logger, sensor, episode.ends) not in said


def most_slots(code: str, channel: dict[str, Any]) -> int:
    """From how many slots on a value of a channel counts as stuck, as the register says."""
    sensor = sensor_of(code, channel.get("symbol", channel["parameter"]))
    still = Stillness(
        slow_minutes=slow_minutes().get(channel["parameter"], 0),
        still_minutes=channel.get("may_stand", {}).get("minutes", 0),
    )
    return still.least_slots(1.0, sensor.interval)


@cache
def slow_minutes() -> dict[str, int]:
    told = yaml.safe_load((FACTS / "parameters.yaml").read_text(encoding="utf-8"))
    return {each["symbol"]: each.get("slow_minutes", 0) for each in told}


def longest_rest(sensor: Sensor, days: range) -> int:
    """The most slots in a row for which a calm sensor writes the same value."""
    minutes = range(days[0] * DAY, (days[-1] + 1) * DAY, sensor.interval)
    decimals = sensor.nature.decimals
    told = (f"{calm_value(sensor, minute) / sensor.factor:.{decimals}f}" for minute in minutes)
    return max(len(list(same)) for _, same in groupby(told))


def test_nothing_stands_still_by_nature_for_longer_than_the_register_lets_it() -> None:
    """Else an officer would be told that a calm river is a broken probe."""
    stations = (s for facility in register()["facilities"] for s in facility.get("stations") or ())
    for station in stations:
        for channel in station["channels"]:
            sensor = sensor_of(station["code"], channel.get("symbol", channel["parameter"]))
            most = most_slots(station["code"], channel)
            assert longest_rest(sensor, FORTNIGHT) < most, (station["code"], sensor.symbol)


def test_a_probe_that_stands_still_in_the_story_is_let_off_by_nobody() -> None:
    stations = (s for facility in register()["facilities"] for s in facility.get("stations") or ())
    channels = {(s["code"], c["parameter"]): c for s in stations for c in s["channels"]}
    for subject in STILL_VALUES.subjects:
        channel = channels[subject.station, subject.parameter]
        interval = sensor_of(subject.station, subject.parameter).interval
        assert STILL_VALUES.lasts // interval > most_slots(subject.station, channel)
