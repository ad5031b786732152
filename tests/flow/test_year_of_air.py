"""A year of real hourly air, with its long and short gaps, under QCVN 05:2023 (tests/air).

Every file goes through the command's door and the whole pipeline; every verdict on an hour, on
eight hours, on a day and on the year is held against the model of `tests/model`.
"""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import StringIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from monitoring.models import Verdict
from stations.models import Station
from tests.flow.playing import aware, check_outcome, settle
from tests.flow.register import prefix_of
from tests.flow.worlds import World, always, laid_down
from tests.model import register
from tests.model.editions import QCVN_05_2023
from tests.model.files import File
from tests.model.outcome import Outcome, outcome_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("data_dir")]

MEASURED = Path(__file__).parents[1] / "air" / "aotizhongxin-2014.csv.gz"
YEARS_ON = 11
SYMBOLS = ("PM2.5", "PM10", "SO2", "NO2", "CO", "O3")
STEP = datetime(2026, 1, 1)

AIR = World(
    "a year of air",
    register.Station(
        tuple(register.Channel(symbol) for symbol in SYMBOLS),
        intervals=always(60),
        judged_by=always(register.JudgedBy(QCVN_05_2023, "only")),
    ),
    "ambient_air",
    (),
    (),
)


def hours(begin: datetime, end: datetime) -> Iterator[tuple[datetime, str]]:
    """The moments of [begin, end) and what a logger would have written of each."""
    with gzip.open(MEASURED, "rt", encoding="utf-8", newline="") as table:
        for row in csv.DictReader(table):
            measured = datetime.strptime(row["hour"], "%Y-%m-%dT%H")  # noqa: DTZ007
            at = measured.replace(year=measured.year + YEARS_ON)
            if begin <= at < end:
                stamp = f"{at:%Y%m%d%H%M%S}"
                yield at, "".join(f"{s}\t{row[s]}\t\t{stamp}\t00\n" for s in SYMBOLS)


def received_and_judged(
    station: Station, stretches: list[tuple[datetime, datetime]], folder: Path
) -> Outcome:
    """Send these stretches one after the other, each when it is over; what the model says then."""
    history, at = [], stretches[0][1]
    for number, (begin, end) in enumerate(stretches):
        at = max(at, end)
        (folder / str(number)).mkdir()
        for measured, text in hours(begin, end):
            name = f"{prefix_of(station)}_{measured:%Y%m%d%H%M%S}.txt"
            (folder / str(number) / name).write_text(text, encoding="utf-8")
            history.append(File(f"{measured:%Y%m%d%H%M%S}", text, at))
        sent: dict[str, Any] = {"at": aware(at), "json": True, "stdout": StringIO()}
        call_command("receive", str(folder / str(number)), **sent)
        settle(aware(at))
    now = at + timedelta(days=1)
    settle(aware(now))
    return outcome_of(AIR.station, history, now)


def results() -> dict[str, Counter[str]]:
    """How often each result stands, by kind of period."""
    found: dict[str, Counter[str]] = {}
    for period, result in Verdict.objects.in_effect().values_list("period", "result"):
        found.setdefault(period, Counter())[result] += 1
    return found


def test_a_month_around_the_step_of_pm25_with_the_long_gap_before_it(tmp_path: Path) -> None:
    station = laid_down(AIR)
    stretches = [(datetime(2025, 12, 10), STEP), (STEP, datetime(2026, 1, 10))]
    wanted = received_and_judged(station, stretches, tmp_path)
    check_outcome(station, AIR.station, wanted)
    limits = Verdict.objects.in_effect().filter(symbol="PM2.5", period="day").order_by("start")
    assert list(limits.values_list("maximum", flat=True)) == [50] * 22 + [45] * 9


@pytest.mark.long
def test_a_year_in_months_of_which_one_comes_late(tmp_path: Path) -> None:
    station = laid_down(AIR)
    firsts = [datetime(2025, month, 1) for month in range(1, 13)] + [STEP, datetime(2026, 2, 1)]
    months = list(pairwise(firsts))
    months.insert(7, months.pop(4))  # May comes after August
    wanted = received_and_judged(station, months, tmp_path)
    check_outcome(station, AIR.station, wanted)
    found = results()
    assert {period: sum(said.values()) for period, said in found.items()} == {
        "hour": 4 * 9527 - 2,
        "hours8": 2 * 9526,
        "day": 4 * 396,
        "year": 4,
    }
    for period in ("hour", "hours8", "day"):
        assert set(found[period]) == {"exceeded", "within", "not_enough_data"}
    assert found["hour"]["not_enough_data"] > 1000
