"""Both sides of every edge between two causes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alerts.domain.spans import Span
from monitoring.domain.explaining import Asked, Cause, Gap, Hour, Told, explain, longest_gap

HOUR = datetime(2024, 5, 21, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
END = HOUR + 60 * MINUTE
DUE = END + 30 * MINUTE
WHOLE = Hour(
    start=HOUR, now=HOUR + timedelta(days=1), first=HOUR - timedelta(days=9),
    slots=12, expected=12, filled=12,
)  # fmt: skip
BY_HOUR = Asked("hour", HOUR, END, DUE, result="within", expected=12, passed=True)


def asked(**changed: Any) -> Hour:
    return replace(WHOLE, limits=(replace(BY_HOUR, **changed),))


def told(kind: str, *, period: str = "", withdrawn: bool = False) -> tuple[Told, ...]:
    return (Told(7, kind, period, withdrawn),)


@pytest.mark.parametrize(
    ("hour", "cause"),
    [
        (WHOLE, Cause.NO_LIMIT),
        (asked(), Cause.WITHIN),
        (asked(result="not_enough_data"), Cause.NOT_ENOUGH_DATA),
        (asked(result="not_enough_data", expected=0), Cause.STOPPED),
        (replace(asked(result="not_enough_data", expected=0), idle=12), Cause.IDLE),
        (asked(result="exceeded"), Cause.UNKNOWN),
        (replace(asked(result="exceeded"), marked=True), Cause.NOT_PROCESSED),
        (replace(asked(result="exceeded"), told=told("exceedance", period="hour")), Cause.ALERTED),
        (replace(asked(result="exceeded"), told=told("exceedance", period="day")), Cause.ALERTED),
        (replace(asked(), told=told("exceedance", period="hour", withdrawn=True)), Cause.WITHDRAWN),
        (replace(asked(), told=told("early_warning", period="day")), Cause.ALERTED),
        (replace(asked(result=None, passed=False), now=DUE - MINUTE), Cause.NOT_DUE),
        (replace(asked(result=None, passed=False), now=DUE), Cause.NOT_PROCESSED),
        (replace(asked(result=None, passed=False), now=DUE + 2 * MINUTE), Cause.UNKNOWN),
        (asked(result=None, passed=True), Cause.ENTERED_LATER),
        (asked(result=None, before_first=True), Cause.NOT_CONNECTED),
        (replace(WHOLE, now=HOUR), Cause.TO_COME),
        (replace(WHOLE, now=HOUR + MINUTE), Cause.NO_LIMIT),
        (replace(WHOLE, first=END), Cause.NOT_CONNECTED),
        (replace(WHOLE, first=END - MINUTE), Cause.NO_LIMIT),
        (replace(WHOLE, first=None), Cause.NOT_CONNECTED),
        (replace(WHOLE, ended=True), Cause.ENDED),
    ],
)
def test_what_was_said_of_the_value(hour: Hour, cause: Cause) -> None:
    assert explain(hour).value.cause == cause


def test_a_limit_that_was_exceeded_without_an_alert_is_not_hidden_behind_another_alert() -> None:
    by_day = replace(BY_HOUR, period="day", result="exceeded")
    hour = replace(WHOLE, limits=(BY_HOUR, by_day), told=told("early_warning", period="hour"))
    assert Cause.UNKNOWN in {reason.cause for reason in explain(hour).reasons}


SILENT = Gap(HOUR, HOUR + 20 * MINUTE, None)


def gone(minutes: int, **more: Any) -> Hour:
    """Nothing newer than the start of the hour until so many minutes later."""
    gap = replace(SILENT, until=HOUR + minutes * MINUTE)
    return replace(WHOLE, filled=3, gap=gap, **more)


@pytest.mark.parametrize(
    ("hour", "cause"),
    [
        (WHOLE, Cause.COMPLETE),
        (replace(WHOLE, slots=0, expected=0, filled=0), Cause.NO_SLOT),
        (replace(WHOLE, expected=0, filled=0), Cause.STOPPED),
        (replace(WHOLE, filled=0, idle=12), Cause.IDLE),
        (replace(WHOLE, filled=11), Cause.SOME_MISSING),
        (replace(WHOLE, filled=0, marked=True), Cause.NOT_PROCESSED),
        (replace(WHOLE, filled=0, faulty=12, long_fault=True, marked=True), Cause.NOT_PROCESSED),
        (replace(WHOLE, marked=True), Cause.COMPLETE),
        (replace(WHOLE, filled=11, announced=True), Cause.ANNOUNCED),
        (replace(WHOLE, filled=3, now=HOUR + 20 * MINUTE), Cause.RUNNING),
        (replace(WHOLE, filled=0, faulty=11), Cause.SHORT_FAULT),
        (replace(WHOLE, filled=0, faulty=12, long_fault=True), Cause.UNKNOWN),
        (replace(WHOLE, filled=0, calibrating=12), Cause.SHORT_CALIBRATION),
        (replace(WHOLE, filled=0, calibrating=12, long_calibration=True), Cause.UNKNOWN),
        (replace(WHOLE, filled=3, gap=SILENT, now=HOUR + 20 * MINUTE), Cause.ON_THE_WAY),
        (replace(WHOLE, filled=3, gap=SILENT, now=HOUR + 21 * MINUTE), Cause.GATHERING),
        (replace(WHOLE, filled=3, gap=SILENT, now=HOUR + 25 * MINUTE), Cause.UNKNOWN),
        (gone(20), Cause.SOME_MISSING),
        (gone(21), Cause.GATHERING),
        (gone(24), Cause.GATHERING),
        (gone(25), Cause.UNKNOWN),
        (gone(25, marked=True), Cause.UNKNOWN),
        (gone(25, line_outage=True), Cause.LINE_OUTAGE),
        (gone(25, own_outage=True), Cause.OWN_OUTAGE),
        (gone(25, announced=True), Cause.ANNOUNCED),
        (gone(25, told=told("silent_station")), Cause.ALERTED),
        (gone(25, told=told("silent_station", withdrawn=True)), Cause.UNKNOWN),
    ],
)
def test_what_was_said_of_the_data(hour: Hour, cause: Cause) -> None:
    assert explain(hour).data.cause == cause


def test_an_hour_with_values_is_about_its_value_and_an_empty_one_about_its_data() -> None:
    assert not explain(asked()).about_data
    assert explain(replace(asked(), filled=0)).about_data
    exceeded = replace(asked(), filled=0, told=told("exceedance", period="day"))
    assert explain(exceeded).main.kind == "exceedance"


def test_the_longest_gap_is_the_one_that_the_hour_touches() -> None:
    before = Gap(HOUR - 90 * MINUTE, HOUR - 70 * MINUTE, HOUR)
    short = Gap(HOUR, HOUR + 20 * MINUTE, HOUR + 5 * MINUTE)
    long = Gap(HOUR + 5 * MINUTE, HOUR + 25 * MINUTE, HOUR + 40 * MINUTE)
    hour = Span(HOUR, END)
    assert longest_gap([before, short, long], hour, END) == long
    assert longest_gap([before], hour, END) is None
