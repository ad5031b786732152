"""Files of nobody that turn out to be somebody's (judging.md §4, contract "Whose file")."""

from __future__ import annotations

from datetime import date

import pytest

from alerts.models import Alert
from monitoring.models import NOBODY, ChannelLink, ClosedMonth, Delivery, Link, Reading, Verdict
from monitoring.services import reread
from monitoring.services.receive import store_entries
from monitoring.services.spool import Entry
from stations.models import FilePrefix, Station
from tests.factories import PersonFactory
from tests.flow.playing import rolled_back
from tests.flow.register import NOON, file_of, prefix_of, station_with
from tests.flow.rereading import everything, instrument, reread_of, settle
from tests.monitoring.timeline import DAY, HOUR, MINUTE

pytestmark = pytest.mark.django_db

LATER = NOON + 3 * HOUR


@pytest.fixture
def station() -> Station:
    return station_with()


def by_command(station: Station, minute: int, value: str, *, name: str = "") -> Entry:
    """A file that a command brings: its name alone says whose it is."""
    entry = file_of(station, NOON + minute * MINUTE, ("COD", value, "00"), name=name)
    return Entry(
        entry.id, entry.received_at, "command", None, "", entry.name, entry.raw, mail=False
    )


def hour_of_strays(station: Station) -> list[Entry]:
    """An hour beyond the limit under a prefix that the register does not know yet."""
    return [
        by_command(
            station, minute, "90", name=f"MOI_{NOON + 7 * HOUR + minute * MINUTE:%Y%m%d%H%M%S}.txt"
        )
        for minute in range(0, 60, 5)
    ]


def new_prefix(station: Station, prefix: str = "MOI") -> None:
    FilePrefix.objects.filter(station=station).update(valid_until=NOON.date() - DAY)
    FilePrefix.objects.create(station=station, prefix=prefix, valid_from=NOON.date())


def test_after_a_new_prefix_the_strays_that_bear_it_are_taken_over(station: Station) -> None:
    entries = hour_of_strays(station)
    store_entries(entries, now=LATER)
    kept = {d.id: (bytes(d.raw), d.received_at, d.stored_at) for d in Delivery.objects.all()}
    new_prefix(station)
    assert reread.apply(reread_of(station, at=LATER), now=LATER) == (12, 2)
    taken = Delivery.objects.filter(station=station)
    assert {d.id: (bytes(d.raw), d.received_at, d.stored_at) for d in taken} == kept
    assert set(taken.values_list("outcome", "readings")) == {("accepted", 1)}
    assert not Delivery.objects.filter(station=NOBODY).exists()
    assert Verdict.objects.get(start=NOON).result == "exceeded"


def test_all_stands_as_if_the_prefix_had_been_known_from_the_start(station: Station) -> None:
    own = [by_command(station, minute, "10") for minute in (0, 5)]
    strays = hour_of_strays(station)
    with rolled_back():
        store_entries(own, now=LATER)
        new_prefix(station)
        store_entries(strays, now=LATER)
        settle(LATER)
        wanted = everything(station)
    with rolled_back():
        store_entries(own, now=LATER)
        store_entries(strays, now=LATER)
        new_prefix(station)
        reread.apply(reread_of(station, at=LATER), now=LATER)
        settle(LATER)
        found = everything(station)
    for table in wanted:
        assert found[table] == wanted[table], table


def test_a_stray_keeps_its_place_in_the_order_of_reception(station: Station) -> None:
    """It was received first, so what was sent after it still counts."""
    stray = by_command(station, 0, "10", name="LA.txt")
    store_entries([stray], now=LATER)
    later = file_of(station, NOON, ("COD", "20", "00"), received=NOON + HOUR)
    store_entries([later], now=LATER)
    given = Delivery.objects.get(station=NOBODY)
    reread.give(reread_of(station, at=LATER), given, now=LATER)
    row = Reading.objects.get(station=station)
    assert row.values == [20]
    assert row.deliveries == [stray.id, later.id]


def test_an_officer_gives_one_stray_by_hand(station: Station) -> None:
    stray = by_command(station, 0, "10", name="LA.txt")
    store_entries([stray, by_command(station, 5, "11", name="LA2.txt")], now=LATER)
    given = Delivery.objects.get(id=stray.id)
    assert reread.give(reread_of(station, at=LATER), given, now=LATER)[0] == 1
    assert Delivery.objects.get(station=station).id == stray.id
    assert Delivery.objects.get(station=NOBODY).name == "LA2.txt"


def test_who_gives_it_a_second_time_is_told(station: Station) -> None:
    store_entries([by_command(station, 0, "10", name="LA.txt")], now=LATER)
    stray = Delivery.objects.get(station=NOBODY)
    reread.give(reread_of(station, at=LATER), stray, now=LATER)
    with pytest.raises(reread.NotNobodys):
        reread.give(reread_of(station_with(), at=LATER), stray, now=LATER)


def test_strays_of_others_stay_where_they_are(station: Station) -> None:
    entries = hour_of_strays(station)
    store_entries(
        [*entries, by_command(station, 0, "1", name="KHAC_20240521120000.txt")], now=LATER
    )
    new_prefix(station)
    reread.apply(reread_of(station, at=LATER), now=LATER)
    assert Delivery.objects.get(station=NOBODY).name == "KHAC_20240521120000.txt"


def test_strays_outside_the_span_stay_where_they_are(station: Station) -> None:
    store_entries(hour_of_strays(station), now=LATER)
    new_prefix(station)
    order = reread_of(station, at=LATER, since=NOON + 12 * HOUR, until=NOON + 24 * HOUR)
    assert reread.apply(order, now=LATER)[0] == 0
    assert Delivery.objects.filter(station=NOBODY).count() == 12


def test_what_the_station_already_has_is_a_repetition(station: Station) -> None:
    name = f"{prefix_of(station)}_20240521120000.txt"
    own = file_of(station, NOON, ("COD", "10", "00"), received=NOON + HOUR, name=name)
    store_entries([own], now=LATER)
    stray = Entry(
        *(by_command(station, 0, "10").id, NOON + 2 * HOUR, "ftp", "nobody", "", name, own.raw)
    )
    store_entries([stray], now=LATER)
    given = Delivery.objects.get(station=NOBODY)
    reread.give(reread_of(station, at=LATER), given, now=LATER)
    assert Delivery.objects.get(id=stray.id).outcome == "duplicate"
    assert Reading.objects.get(station=station).deliveries == [own.id]


def test_what_was_said_of_the_wrong_sender_stays(station: Station) -> None:
    other = station_with()
    wrong = file_of(other, NOON, ("COD", "10", "00"))
    wrong = Entry(
        *(wrong.id, wrong.received_at, "ftp", f"logger-{station.code}"), "", wrong.name, wrong.raw
    )
    store_entries([wrong], now=LATER)
    alert = Alert.objects.get(kind="wrong_sender")
    reread.give(reread_of(other, at=LATER), Delivery.objects.get(station=NOBODY), now=LATER)
    assert Delivery.objects.get().station_id == other.pk
    after = Alert.objects.get(kind="wrong_sender")
    assert (after.station_id, after.resolved_at, after.withdrawn) == (station.pk, None, False)
    assert after.events.count() == alert.events.count()


def test_what_was_never_finished_is_nothing_to_take_over(station: Station) -> None:
    entry = by_command(station, 0, "10", name="MOI_20240521120000.txt")
    cut = Entry(
        *(entry.id, entry.received_at, "ftp", "nobody", "", entry.name, entry.raw), unfinished=True
    )
    store_entries([cut], now=LATER)
    new_prefix(station)
    assert reread.apply(reread_of(station, at=LATER), now=LATER)[0] == 0
    assert Delivery.objects.get().station_id == NOBODY


def test_a_closed_month_changes_only_with_the_leave_of_a_head(station: Station) -> None:
    store_entries([file_of(station, NOON, ("COD_OUT", "10", "00"))], now=LATER)
    instrument(station, aliases=["COD_OUT"])
    head = PersonFactory()
    ClosedMonth.objects.create(
        station=station, month=date(2024, 5, 1), closed_by=head, closed_at=LATER
    )
    order = reread_of(station, at=LATER)
    with pytest.raises(reread.TouchesClosedMonth, match="05/2024"):
        reread.apply(order, now=LATER)
    order.head, order.head_reason = head, "Bổ sung ký hiệu"
    assert reread.apply(order, now=LATER)[0] == 1


def test_nobody_is_mailed_unless_it_was_asked_for(station: Station) -> None:
    store_entries(hour_of_strays(station), now=LATER)
    new_prefix(station)
    reread.apply(reread_of(station, at=LATER), now=LATER)
    alert = Alert.objects.get(kind="exceedance")
    assert not alert.late, "the files came in time, only their name was not known"
    assert not alert.notifications.exists()


def test_what_is_lost_leaves_the_newest_that_still_stands(station: Station) -> None:
    """An alias that was wrong is taken away: the channel spoke last where it still does."""
    wrong = instrument(station, aliases=["TSS_OUT"])
    store_entries([file_of(station, NOON, ("COD", "10", "00"))], now=LATER)
    store_entries([file_of(station, NOON + 5 * MINUTE, ("TSS_OUT", "70", "00"))], now=LATER)
    settle(LATER)
    wrong.delete()
    assert reread.apply(reread_of(station, at=LATER), now=LATER)[0] == 1
    assert Reading.objects.get(station=station).time == NOON
    assert ChannelLink.objects.get(station=station).newest_time == NOON
    assert Link.objects.get(station=station).newest_measured_at == NOON
    assert Verdict.objects.in_effect().get(start=NOON).n == 1
