"""A station that changes what it sent is told of, by measured day (judging.md §5)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from alerts.models import Alert, AlertSpan
from monitoring.services import reread
from monitoring.services.receive import store_entries
from monitoring.services.spool import Entry
from stations.models import RuleSetting, Station
from tests.flow.playing import rolled_back
from tests.flow.register import NOON, file_of, station_with
from tests.flow.rereading import instrument, reread_of
from tests.monitoring.timeline import DAY, HOUR, MIDNIGHT, MINUTE, settle, whats

pytestmark = pytest.mark.django_db

EVENING = MIDNIGHT + DAY + HOUR
"""The day is over."""


@pytest.fixture
def station() -> Station:
    return station_with(interval=60, maximum="1000")


def day_of_files(
    station: Station, *, day: datetime = MIDNIGHT, value: str = "10", hours: int = 24
) -> list[Entry]:
    """A reading an hour."""
    return [
        file_of(station, day + hour * HOUR, ("COD", value, "00"), received=day + hour * HOUR)
        for hour in range(hours)
    ]


def changing(
    station: Station, hours: Sequence[int], *, day: datetime = MIDNIGHT, **named: object
) -> list[Entry]:
    """Files that say otherwise, received in the evening."""
    return [
        file_of(
            station,
            day + hour * HOUR,
            ("COD", "11", "00"),
            received=day + DAY + 10 * MINUTE,
            **named,  # type: ignore[arg-type]
        )
        for hour in hours
    ]


def sent(entries: Sequence[Entry], *, now: datetime = EVENING) -> None:
    store_entries(list(entries), now=now)
    settle(now)


def alert() -> Alert | None:
    return Alert.objects.filter(kind="changed_values").first()


def test_more_than_the_share_of_a_day_opens_an_alert(station: Station) -> None:
    """2 of 24 are 8.3 %."""
    sent(day_of_files(station) + changing(station, [3, 4]))
    found = alert()
    assert found is not None
    assert (found.starts_at, found.ends_at) == (MIDNIGHT, MIDNIGHT + DAY)
    assert found.evidence["changed"] == 2
    assert found.evidence["readings"] == 24


@pytest.mark.parametrize(("changed", "told"), [([3, 4, 5], True), ([3], False)])
def test_less_than_the_share_opens_none(station: Station, changed: list[int], told: bool) -> None:
    sent(day_of_files(station) + changing(station, changed))
    assert (alert() is not None) == told


@pytest.mark.parametrize(
    ("share", "told"), [("0.083333", True), ("0.125", False), ("0.124999", True)]
)
def test_exactly_the_share_is_not_more(station: Station, share: str, told: bool) -> None:
    RuleSetting.objects.filter(key="changed_values_share").update(value=Decimal(share))
    sent(day_of_files(station) + changing(station, [3, 4, 5]))
    assert (alert() is not None) == told


def test_the_setting_of_the_measured_day_counts(station: Station) -> None:
    setting = RuleSetting.objects.get(key="changed_values_share")
    setting.valid_until = date(2024, 5, 21)
    setting.save()
    RuleSetting.objects.create(
        key=setting.key, value=Decimal("0.5"), source="thử", valid_from=date(2024, 5, 22)
    )
    tomorrow = MIDNIGHT + DAY
    sent(day_of_files(station) + day_of_files(station, day=tomorrow), now=tomorrow + DAY + HOUR)
    sent(changing(station, [1, 2], day=tomorrow), now=tomorrow + DAY + HOUR)
    assert alert() is None


def test_one_value_changed_often_is_one_value(station: Station) -> None:
    again = [
        file_of(station, NOON, ("COD", value, "00"), received=NOON + HOUR + i * MINUTE)
        for i, value in enumerate(("11", "12", "13"))
    ]
    sent(day_of_files(station) + again)
    assert alert() is None


def test_while_the_day_runs_it_is_compared_with_the_whole_day(station: Station) -> None:
    """1 of the first 2 readings is no sign; 2 of the day's 24 are, whatever is still to come."""
    sent(day_of_files(station, hours=2), now=MIDNIGHT + 2 * HOUR)
    first = file_of(station, MIDNIGHT, ("COD", "11", "00"), received=MIDNIGHT + 90 * MINUTE)
    sent([first], now=MIDNIGHT + 2 * HOUR)
    assert alert() is None
    second = file_of(
        station, MIDNIGHT + HOUR, ("COD", "11", "00"), received=MIDNIGHT + 100 * MINUTE
    )
    sent([second], now=MIDNIGHT + 2 * HOUR)
    assert alert() is not None


def test_a_day_that_ends_with_few_readings_is_judged_by_the_clock(station: Station) -> None:
    first = file_of(station, MIDNIGHT, ("COD", "11", "00"), received=MIDNIGHT + 90 * MINUTE)
    sent([*day_of_files(station, hours=4), first], now=MIDNIGHT + 5 * HOUR)
    assert alert() is None
    settle(EVENING)
    found = alert()
    assert found is not None
    assert found.evidence["readings"] == 4


def test_the_next_day_without_changes_ends_it(station: Station) -> None:
    sent(day_of_files(station) + changing(station, [3, 4]))
    sent(day_of_files(station, day=MIDNIGHT + DAY), now=MIDNIGHT + 2 * DAY - MINUTE)
    found = alert()
    assert found is not None
    assert found.resolved_at is None
    settle(MIDNIGHT + 2 * DAY + HOUR)
    found.refresh_from_db()
    assert found.resolved_at == MIDNIGHT + 2 * DAY


def test_a_day_without_data_ends_nothing(station: Station) -> None:
    sent(day_of_files(station) + changing(station, [3, 4]))
    settle(MIDNIGHT + 3 * DAY)
    found = alert()
    assert found is not None
    assert found.resolved_at is None


def test_days_that_follow_are_one_alert(station: Station) -> None:
    for number in range(2):
        day = MIDNIGHT + number * DAY
        sent(day_of_files(station, day=day), now=day + DAY)
        sent(changing(station, [3, 4], day=day), now=day + DAY + HOUR)
    assert Alert.objects.filter(kind="changed_values").count() == 1
    assert AlertSpan.objects.filter(alert__kind="changed_values").count() == 2


def test_what_came_of_another_map_is_not_the_loggers_change(station: Station) -> None:
    sent(day_of_files(station))
    instrument(station, factor=Decimal(2))
    again = [Entry(*_renamed(entry, number)) for number, entry in enumerate(day_of_files(station))]
    sent(again)
    assert Alert.objects.filter(kind="changed_values").count() == 0
    sent(changing(station, [3, 4]))
    assert Alert.objects.filter(kind="changed_values").count() == 1


def _renamed(entry: Entry, number: int) -> list[object]:
    """The same rows under another name, so that it is no repetition."""
    name = f"{entry.name[:-4]}_b{number}.txt"
    at = EVENING - HOUR + 30 * MINUTE
    return [entry.id, at, entry.door, entry.account, entry.peer, name, entry.raw]


def test_a_re_read_that_takes_the_difference_away_withdraws(station: Station) -> None:
    """A wrong alias let one file say two things of COD; without it nothing was changed."""
    wrong = instrument(station, aliases=["COD_IN"])
    other = [
        file_of(
            station, MIDNIGHT + hour * HOUR, ("COD_IN", "70", "00"), received=EVENING - HOUR / 2
        )
        for hour in (3, 4)
    ]
    sent(day_of_files(station) + other)
    found = alert()
    assert found is not None
    wrong.delete()
    assert reread.apply(reread_of(station, at=EVENING), now=EVENING)[0] == 2
    found.refresh_from_db()
    assert found.withdrawn


def test_a_file_that_contradicts_itself_changed_nothing_that_was_sent(station: Station) -> None:
    twice = [
        file_of(station, MIDNIGHT + hour * HOUR, ("COD", "1", "00"), ("COD", "2", "00"))
        for hour in range(24)
    ]
    sent(twice)
    assert alert() is None


def test_what_a_command_brings_mails_nobody(station: Station) -> None:
    sent(day_of_files(station))
    sent(changing(station, [3, 4], mail=False))
    found = alert()
    assert found is not None
    assert not found.notifications.exists()


@given(
    st.lists(st.integers(0, 5), min_size=1, max_size=6),
    st.permutations(range(6 + 24)),
    st.booleans(),
)
@hypothesis_settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_order_of_processing_never_matters(
    station: Station, hours: list[int], order: list[int], settles: bool
) -> None:
    entries = day_of_files(station) + changing(station, hours)
    chosen = [entries[number] for number in order if number < len(entries)]
    found = []
    for sequence in (entries, chosen):
        with rolled_back():
            for number, entry in enumerate(sequence):
                store_entries([entry], now=EVENING)
                if settles and number % 10 == 0:
                    settle(EVENING)
            settle(EVENING)
            rows = AlertSpan.objects.filter(alert__kind="changed_values", withdrawn_at=None)
            found.append(list(rows.values_list("start", "end", "evidence")))
    assert found[0] == found[1]
    assert bool(found[0]) == (len(set(hours)) > 1)


def test_the_story_is_short(station: Station) -> None:
    sent(day_of_files(station) + changing(station, [3, 4]))
    for hour in (5, 6, 7):
        sent(changing(station, [hour]))
    found = alert()
    assert found is not None
    assert [what for what in whats(found) if what != "mailed"] == ["opened"]
    assert found.evidence["changed"] == 5
