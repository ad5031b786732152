"""What came in, file by file."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from monitoring.models import NOBODY, Delivery
from monitoring.problems import MESSAGES
from tests.screens.conftest import Province


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def names(text: str) -> list[str]:
    return re.findall(r'class="row-link plain mono"\s+href="[^"]+">([^<]+)<', text)


def sent_by(code: str) -> Delivery:
    return Delivery.objects.filter(station__code=code).first()


def test_problems_stand_at_their_lines(province: Province) -> None:
    delivery = sent_by("HOANGHON-NT01")
    shown = page(province.client("nguoitay"), f"/deliveries/{delivery.id}/")
    lines = re.findall(r'<span class="line([^"]*)"([^>]*)>', shown)
    assert len(lines) == bytes(delivery.raw).decode().count("\n")
    assert [bool(mark.strip()) for mark, _ in lines] == [False] * (len(lines) - 1) + [True]
    assert str(MESSAGES["bad_value"]) in lines[-1][1]
    assert "bad_value" in shown


def test_the_bytes_can_be_fetched_as_they_came(province: Province) -> None:
    delivery = sent_by("HOANGHON-NT01")
    answer = province.client("nguoitay").get(f"/deliveries/{delivery.id}/raw/")
    assert answer.content == bytes(delivery.raw)
    assert answer["Content-Disposition"] == f'attachment; filename="{delivery.name}"'


def test_a_strangers_file_is_not_there(province: Province) -> None:
    delivery = sent_by("HOANGHON-NT01")
    for username in ("nguoidong", "chudong", "ban", "tin"):
        for tail in ("", "raw/"):
            address = f"/deliveries/{delivery.id}/{tail}"
            assert province.client(username).get(address).status_code == 404, (username, tail)


def test_what_belongs_to_nobody_is_for_the_whole_province_alone(province: Province) -> None:
    strays = list(Delivery.objects.filter(station=NOBODY))
    assert {code for delivery in strays for code in delivery.codes} == {
        "wrong_station",
        "unknown_station",
    }
    for delivery in strays:
        assert delivery.name in names(page(province.client("canbo"), "/deliveries/"))
        for username in ("nguoitay", "nguoidong", "chutay"):
            assert delivery.name not in page(province.client(username), "/deliveries/")
            address = f"/deliveries/{delivery.id}/"
            assert province.client(username).get(address).status_code == 404


FOUND = {
    "?station=HOANGHON-NT01&outcome=partial": 1,
    "?station=HOANGHON-NT01&outcome=duplicate": 0,
    "?station=-": 2,
    "?code=bad_value": 3,
    "?code=bad_value&door=command": 3,
    "?code=bad_value&door=http": 0,
    "?code=bad_value&from=2020-01-01&to=2020-01-02": 0,
    "?code=bad_value&from=2020-01-01": 3,
    "?code=bad_value&from=2020-99-01": 3,
    "?q=KCNCHUNG": 1,
}


def test_the_list_is_narrowed_by_the_address(province: Province) -> None:
    client = province.client("canbo")
    for query, many in FOUND.items():
        assert len(names(page(client, f"/deliveries/{query}"))) == many, query


def test_a_long_list_goes_on_page_by_page(
    province: Province, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitoring.views.deliveries.ROWS_A_PAGE", 2)
    client = province.client("canbo")
    seen: list[str] = []
    address = "/deliveries/"
    for _ in range(10):
        shown = page(client, address)
        seen += names(shown)
        following = re.search(r'rel="next" href="([^"]+)"', shown)
        if following is None:
            break
        address = "/deliveries/" + following[1].replace("&amp;", "&")
    assert len(seen) == len(set(seen)) == Delivery.objects.count()


def test_a_damaged_address_shows_the_newest(province: Province) -> None:
    assert names(page(province.client("canbo"), "/deliveries/?before=gestern,nichts"))
