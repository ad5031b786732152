"""Re-reads from the pages: seen first, ordered with a reason; changed values with both files."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from monitoring.models import NOBODY, Correction, Delivery, Reading, Revision, Verdict
from monitoring.services.corrections import correct_one
from monitoring.services.receive import store_entries
from monitoring.services.settle import settle_dirty
from monitoring.services.spool import Entry
from stations.models import FtpAccount, Instrument, Station
from tests.flow.register import file_of
from tests.screens.conftest import Province

CODE = "HOANGHON-NT01"


def sent(
    province: Province,
    *rows: tuple[str, str, str],
    measured: datetime | None = None,
    later: int = 0,
) -> Entry:
    """A file of the western station, measured a few minutes ago, at a second of its own."""
    station = province.station(CODE)
    moment = measured or province.now.replace(second=17) - timedelta(minutes=7)
    made = file_of(station, moment, *rows, received=province.now + timedelta(seconds=later))
    prefix = station.fileprefixs.first().prefix
    stamp = made.name.rpartition("_")[2]
    account = FtpAccount.objects.filter(stations=station).first().username
    return Entry(
        *(made.id, made.received_at, "ftp", account, "10.0.0.1", f"{prefix}_{stamp}", made.raw)
    )


@pytest.fixture
def unknown(province: Province) -> Delivery:
    """A file under a name of COD that nobody knows."""
    entry = sent(province, ("COD_OUT", "33.5", "00"))
    store_entries([entry], now=province.now)
    return Delivery.objects.get(id=entry.id)


def form(province: Province, **changes: str) -> dict[str, str]:
    today = timezone.localdate().isoformat()
    yesterday = (timezone.localdate() - timedelta(days=1)).isoformat()
    return {
        "parameter": "COD",
        "alias": "COD_OUT",
        "since": yesterday,
        "start": yesterday,
        "end": today,
        **changes,
    }


def where() -> str:
    return reverse("reread-station", args=[CODE])


def test_from_a_file_with_an_unknown_name_an_officer_is_led_to_the_mending(
    province: Province, unknown: Delivery
) -> None:
    page = province.client("canbo").get(f"/deliveries/{unknown.id}/").content.decode()
    assert f"{where()}?file={unknown.id}" in page
    answer = province.client("canbo").get(f"{where()}?file={unknown.id}")
    assert 'name="alias" value="COD_OUT"' in " ".join(answer.content.decode().split())


def test_what_would_change_is_seen_and_nothing_is_written(
    province: Province, unknown: Delivery
) -> None:
    before = (Reading.objects.count(), Instrument.objects.count(), Correction.objects.count())
    page = province.client("canbo").post(where(), form(province, look="1")).content.decode()
    assert "33,5" in page
    assert unknown.name in page
    assert (
        Reading.objects.count(),
        Instrument.objects.count(),
        Correction.objects.count(),
    ) == before
    unknown.refresh_from_db()
    assert unknown.outcome == "rejected"


def test_it_is_ordered_with_a_reason_and_done(province: Province, unknown: Delivery) -> None:
    client = province.client("canbo")
    assert client.post(where(), form(province, order="1")).status_code == 422
    assert not Correction.objects.exists()
    answer = client.post(where(), form(province, order="1", reason="Đổi tên cột"))
    assert answer.status_code == 302
    assert Instrument.objects.get(channel__symbol="COD", aliases__contains=["COD_OUT"])
    assert correct_one(now=timezone.now())
    order = Correction.objects.get()
    assert (order.reason, order.readings_changed, order.failure) == ("Đổi tên cột", 1, "")
    unknown.refresh_from_db()
    assert (unknown.outcome, unknown.readings) == ("accepted", 1)
    assert "Đổi tên cột" in client.get(reverse("reread-list")).content.decode()


@pytest.mark.parametrize(
    "wrong",
    [
        {"alias": "pH"},
        {"alias": "", "factor": "abc"},
        {"alias": "", "factor": "0"},
        {"since": ""},
        {"start": "2024-05-02", "end": "2024-05-01"},
        {"parameter": ""},
    ],
)
def test_what_cannot_be_is_said_and_not_entered(
    province: Province, unknown: Delivery, wrong: dict[str, str]
) -> None:
    before = Instrument.objects.count()
    for step in ({"look": "1"}, {"order": "1", "reason": "x"}):
        answer = province.client("canbo").post(where(), form(province, **wrong, **step))
        assert answer.status_code == 422
        assert 'class="error"' in answer.content.decode()
    assert Instrument.objects.count() == before
    assert not Correction.objects.exists()


def test_a_reader_may_not_and_a_stranger_finds_nothing(
    province: Province, unknown: Delivery
) -> None:
    for username, status in (("nguoitay", 403), ("chutay", 403), ("nguoidong", 404)):
        client = province.client(username)
        assert client.get(where()).status_code == status, username
        answer = client.post(where(), form(province, order="1", reason="x"))
        assert answer.status_code == status, username
    assert not Correction.objects.exists()
    page = province.client("nguoitay").get(f"/deliveries/{unknown.id}/").content.decode()
    assert where() not in page


def test_an_officer_gives_a_stray_to_its_station(province: Province) -> None:
    stray = Delivery.objects.get(station=NOBODY, codes__contains=["unknown_station"])
    address = reverse("delivery-give", args=[stray.id])
    client = province.client("canbo")
    seen = client.get(f"{address}?station={CODE}").content.decode()
    assert "<textarea" in seen
    assert client.post(address, {"station": CODE}).status_code == 422
    assert Delivery.objects.get(id=stray.id).station_id == NOBODY
    answer = client.post(address, {"station": CODE, "reason": "Tên tệp gõ nhầm"})
    assert answer.status_code == 302
    given = Delivery.objects.get(id=stray.id)
    assert given.station_id == province.station(CODE).pk
    assert (bytes(given.raw), given.received_at) == (bytes(stray.raw), stray.received_at)
    order = Correction.objects.get()
    assert (order.reason, order.asked_by.username) == ("Tên tệp gõ nhầm", "canbo")
    assert order.done_at is not None


def test_nobody_but_an_officer_of_the_whole_province_gives_strays_away(province: Province) -> None:
    stray = Delivery.objects.get(station=NOBODY, codes__contains=["unknown_station"])
    address = reverse("delivery-give", args=[stray.id])
    assert province.client("nguoitay").get(address).status_code == 404
    for username in ("nguoitay", "chutay"):
        answer = province.client(username).post(address, {"station": CODE, "reason": "x"})
        assert answer.status_code == 404, username
    assert Delivery.objects.get(id=stray.id).station_id == NOBODY


@pytest.fixture
def changed(province: Province) -> tuple[Delivery, Delivery]:
    """Two files of one second that disagree on two values."""
    first = sent(province, ("COD", "10", "00"), ("pH", "7", "00"))
    second = sent(province, ("COD", "15", "00"), ("pH", "7.2", "00"), later=30)
    store_entries([first, second], now=province.now)
    settle_dirty(now=province.now)
    return Delivery.objects.get(id=first.id), Delivery.objects.get(id=second.id)


def rows(client: Client, query: str = "") -> list[str]:
    page = client.get(reverse("change-list") + query).content.decode()
    return re.findall(r'href="(/changes/[0-9a-f-]+/[0-9a-f-]+/)"', page)


def test_a_resend_is_one_row_however_many_values_it_changed(
    province: Province, changed: tuple[Delivery, Delivery]
) -> None:
    assert Revision.objects.filter(delivery=changed[1].id).count() == 2
    assert rows(province.client("canbo")) == [f"/changes/{changed[0].id}/{changed[1].id}/"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (f"?station={CODE}", 1),
        ("?station=KCNCHUNG-NT01", 0),
        ("?parameter=COD", 1),
        ("?parameter=pH", 1),
        ("?size=0.1", 1),
        ("?size=0.5", 0),
        ("?size=status", 0),
        ("?from=2001-01-01", 1),
        ("?to=2001-01-01", 0),
    ],
)
def test_the_filter_lives_in_the_address(
    province: Province, changed: tuple[Delivery, Delivery], query: str, found: int
) -> None:
    assert len(rows(province.client("canbo"), query)) == found


def test_both_files_stand_side_by_side_with_the_changed_lines_marked(
    province: Province, changed: tuple[Delivery, Delivery]
) -> None:
    page = province.client("canbo").get(f"/changes/{changed[0].id}/{changed[1].id}/")
    shown = page.content.decode()
    assert shown.count("is-changed") == 4
    for file in changed:
        assert file.name in shown
    assert "10.0.0.1" in shown
    assert "+50" in shown


def test_changes_of_a_neighbour_are_not_there(
    province: Province, changed: tuple[Delivery, Delivery]
) -> None:
    assert rows(province.client("nguoidong")) == []
    address = f"/changes/{changed[0].id}/{changed[1].id}/"
    assert province.client("nguoidong").get(address).status_code == 404
    assert province.client("nguoitay").get(address).status_code == 200


def test_two_files_that_do_not_disagree_have_no_page(
    province: Province, changed: tuple[Delivery, Delivery]
) -> None:
    address = f"/changes/{changed[1].id}/{changed[0].id}/"
    assert province.client("canbo").get(address).status_code == 404


def test_what_it_did_to_an_hour_is_told(province: Province) -> None:
    """The hour was judged before the second file came."""
    station: Station = province.station(CODE)
    verdict = Verdict.objects.in_effect().filter(station=station, n__gt=0).order_by("start").last()
    row = Reading.objects.filter(
        station=station, time__gte=verdict.start, time__lt=verdict.end
    ).first()
    old = Delivery.objects.get(id=row.deliveries[-1])
    again = sent(province, (verdict.symbol, "1", "00"), measured=row.time, later=60)
    later = timezone.now() + timedelta(minutes=5)
    store_entries([again], now=later)
    settle_dirty(now=later)
    page = province.client("canbo").get(f"/changes/{old.id}/{again.id}/").content.decode()
    assert "/verdicts/" in page
