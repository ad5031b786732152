"""A year of verdicts, day by day: over the API and on its page."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from monitoring.models import Verdict
from stations.models import PermitLimit
from tests.api.conftest import AsPerson, Place, Reader, row, store
from tests.api.test_verdicts import DAY, MIDNIGHT, exceeded, settle

__all__ = ["exceeded"]

ADDRESS = "stations/OWN-NT01/calendar/"
MAY = {"parameter": "COD", "year": 2024}


def days(reader: Reader, **asked: Any) -> dict[str, Any]:
    return {each["day"]: each for each in reader.read(ADDRESS, **{**MAY, **asked})["days"]}


def send_slots(place: Place, day: int, values: list[float]) -> None:
    """The first slots of a day after the 21st."""
    begin = MIDNIGHT + day * DAY
    lines = [row(begin + n * timedelta(minutes=5), value) for n, value in enumerate(values)]
    store(place.station, "".join(lines), name=f"d{day}", at=begin + DAY)
    settle(begin + DAY + timedelta(minutes=31))


@pytest.fixture
def three_days(exceeded: Place) -> Place:
    """The 21st above its limit, the 22nd within, the 23rd with too little data."""
    send_slots(exceeded, 1, [20.0] * 288)
    send_slots(exceeded, 2, [20.0] * 100)
    return exceeded


def test_each_day_has_its_verdict_and_its_data(three_days: Place, owner: Reader) -> None:
    told = days(owner)
    assert {day: each["verdict"] for day, each in told.items()} == {
        "2024-05-21": "exceeded",
        "2024-05-22": "within",
        "2024-05-23": "not_enough_data",
    }
    above = told["2024-05-21"]
    assert (above["mean"], above["max"], above["ratio"]) == (80.0, 67.5, 80 / 67.5)
    assert [each["capture"] for each in told.values()] == [1.0, 1.0, 100 / 288]
    verdict = Verdict.objects.get(id=above["id"])
    assert (verdict.start, verdict.period) == (MIDNIGHT, "day")
    assert above["url"] == f"/verdicts/{verdict.id}/"
    assert owner.read(ADDRESS, **MAY)["summary"] == {
        "within": 1,
        "exceeded": 1,
        "not_enough_data": 1,
    }


def test_of_hours_a_day_shows_the_worst_and_how_many(exceeded: Place, owner: Reader) -> None:
    PermitLimit.objects.create(
        channel=exceeded.station.channels.get(symbol="COD"),
        period="hour",
        maximum=Decimal(100),
        source="GPMT",
    )
    send_slots(exceeded, 1, [90.0] * 12 + [150.0] * 12 + [300.0] * 12 + [90.0] * 3)
    told = days(owner, period="hour")["2024-05-22"]
    assert told["verdict"] == "exceeded"
    assert (told["exceeded"], told["within"], told["not_enough_data"]) == (2, 1, 21)
    assert (told["mean"], told["ratio"]) == (300.0, 3.0)
    assert told["capture"] == 39 / 288


def test_a_superseded_verdict_is_not_in_the_calendar(exceeded: Place, owner: Reader) -> None:
    before = days(owner)["2024-05-21"]["id"]
    lines = [row(MIDNIGHT + n * timedelta(minutes=5), 20) for n in range(288)]
    store(exceeded.station, "".join(lines), name="again", at=MIDNIGHT + 2 * DAY)
    settle(MIDNIGHT + 2 * DAY)
    after = days(owner)["2024-05-21"]
    assert after["verdict"] == "within"
    assert after["id"] != before


def test_midnight_of_new_year_is_the_vietnamese_one(exceeded: Place, owner: Reader) -> None:
    assert days(owner, year=2023) == days(owner, year=2025) == {}


@pytest.mark.parametrize(
    ("asked", "wrong"),
    [
        ({"parameter": "COD", "year": "x"}, "year"),
        ({"parameter": "COD", "period": "year"}, "period"),
        ({"parameter": "COD", "layer": "none"}, "layer"),
        ({"parameter": "Zn"}, "parameter"),
        ({}, "parameter"),
    ],
)
def test_a_wrong_question_is_told_what_is_wrong(
    owner: Reader, asked: dict[str, str], wrong: str
) -> None:
    answer = owner.get(f"/api/v1/{ADDRESS}", asked)
    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == [wrong]


def page_of(reader: Reader, query: str = "parameter=COD&year=2024") -> str:
    answer = reader.get(f"/{ADDRESS}?{query}")
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_the_page_draws_each_day_and_leads_to_its_verdict(three_days: Place, owner: Reader) -> None:
    page = page_of(owner)
    told = days(owner)
    for day in told.values():
        cell = re.search(rf'<a class="cell cell-(\w+)"\s+href="{day["url"]}"', page)
        assert cell is not None
        assert cell[1] == day["verdict"]
    assert page.count('class="no-verdict"') == 366 - 3
    summary = re.sub(r"<[^>]+>", "", page)
    assert "Đạt 1" in summary
    assert "Chưa có 363" in summary
    assert "21/05/2024 · Vượt giá trị giới hạn · 80,0 / ≤\u00a067,5" in page
    table = page[page.index("exceeded-head") :]
    assert told["2024-05-21"]["url"] in table
    assert "23/05" in table


def test_the_cell_of_a_day_of_hours_leads_to_all_its_hours(exceeded: Place, owner: Reader) -> None:
    PermitLimit.objects.create(
        channel=exceeded.station.channels.get(symbol="COD"),
        period="hour",
        maximum=Decimal(100),
        source="GPMT",
    )
    send_slots(exceeded, 1, [90.0] * 12 + [150.0] * 12 + [300.0] * 12)
    hours = Verdict.objects.in_effect().filter(period="hour", start__gte=MIDNIGHT + DAY)
    query = "parameter=COD&year=2024&period=hour"
    assert "&amp;day=2024-05-22#of-day" in page_of(owner, query)
    listed = page_of(owner, f"{query}&day=2024-05-22").partition('id="of-day"')[2]
    of_day = listed.partition("</section>")[0]
    assert of_day.count("/verdicts/") == hours.filter(start__lt=MIDNIGHT + 2 * DAY).count() == 24
    for wrong in ("2024-13-01", "x", ""):
        assert 'id="of-day"' not in page_of(owner, f"{query}&day={wrong}")
    assert "chưa có kỳ nào được đánh giá" in page_of(owner, f"{query}&day=2023-01-01")


def test_a_page_without_a_question_shows_what_there_is(exceeded: Place, owner: Reader) -> None:
    page = page_of(owner, "")
    assert "Lịch 2024 · COD" in page
    for query in ("parameter=Zn&year=1&period=x&layer=y", "year=%00", "parameter=pH"):
        assert page_of(owner, query)


def test_a_station_without_verdicts_says_so(place: Place, owner: Reader) -> None:
    assert "chưa có kết quả đánh giá" in page_of(owner, "")


def test_the_station_and_the_verdict_lead_to_the_calendar_and_back(
    exceeded: Place, owner: Reader
) -> None:
    station = owner.get("/stations/OWN-NT01/").content.decode()
    verdict = Verdict.objects.get(station=exceeded.station)
    assert f'href="/verdicts/{verdict.id}/"' in station
    assert 'hx-get="/stations/OWN-NT01/calendar/?parameter=COD"' in station
    page = owner.get(f"/verdicts/{verdict.id}/").content.decode()
    assert "/stations/OWN-NT01/calendar/?parameter=COD&amp;year=2024&amp;period=day" in page


def test_a_calendar_is_its_owners(
    exceeded: Place, neighbour: Reader, stranger: Reader, as_person: AsPerson
) -> None:
    for reader in (neighbour, stranger, as_person(exceeded.line_keeper)):
        assert reader.status(ADDRESS, **MAY) == 404
        assert reader.get(f"/{ADDRESS}").status_code == 404
    assert as_person(exceeded.reader).status(ADDRESS, **MAY) == 200


def test_a_full_year_takes_the_same_queries(three_days: Place, owner: Reader) -> None:
    def asked() -> tuple[int, int]:
        counts = []
        for address in (f"/api/v1/{ADDRESS}", f"/{ADDRESS}"):
            owner.get(address, MAY)
            with CaptureQueriesContext(connection) as seen:
                owner.get(address, MAY)
            counts.append(len(seen))
        return counts[0], counts[1]

    few = asked()
    row = Verdict.objects.filter(superseded_at=None).first()
    assert row is not None
    for day in range(200):
        start = MIDNIGHT - (day + 1) * DAY
        values = {f.attname: getattr(row, f.attname) for f in Verdict._meta.concrete_fields}
        values |= {"start": start, "end": start + DAY}
        del values["id"]
        values.pop("pk", None)
        Verdict.objects.create(**values)
    assert len(days(owner)) > 100
    assert asked() == few
