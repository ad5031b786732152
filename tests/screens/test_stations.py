"""The list of stations and the page of one."""

from __future__ import annotations

import json
import re

import pytest
from django.test import Client

from monitoring.models import Verdict
from stations.domain.folding import folded, found_in
from stations.models import Channel, Instrument
from tests.screens.conftest import Province


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def rows(text: str) -> list[str]:
    return re.findall(r'<tr data-live="([^"]+)"', text)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("doi ngo", True),
        ("ĐỒI NGÔ", True),
        ("ngô đồi", True),
        ("doi  ngoc", False),
        ("", True),
    ],
)
def test_words_are_found_without_accents(typed: str, found: bool) -> None:
    assert found_in(typed, "CCN Đồi Ngô", "NT02") is found


def test_every_vietnamese_letter_has_a_plain_one() -> None:
    assert folded("ẮẶẰ ÊỆ ƠỢ ƯỰ Đđ ỹ") == "aaa ee oo uu dd y"


EVERY = ["BINHMINH-NT01", "BINHMINH-NT02", "HOANGHON-NT01", "KCNCHUNG-NT01"]
FOUND = {
    "": EVERY,
    "?q=binh minh": EVERY[:2],
    "?q=o giua": EVERY[3:],
    "?q=khong co": [],
    "?unit=TAY": EVERY[2:],
    "?zone=KCNCHUNG": EVERY[3:],
    "?state=silent": EVERY[:1],
    "?state=not_connected": EVERY[1:2],
    "?medium=wastewater": EVERY,
    "?medium=emission": EVERY,  # nobody here has any, so it is no choice
}


def test_the_filter_lives_in_the_address(province: Province) -> None:
    client = province.client("canbo")
    for query, codes in FOUND.items():
        assert sorted(rows(page(client, f"/stations/{query}"))) == codes, query


def test_the_worst_station_stands_first(province: Province) -> None:
    assert rows(page(province.client("canbo"), "/stations/"))[0] == "HOANGHON-NT01"


def test_an_empty_list_says_what_to_do(province: Province) -> None:
    assert "Không có trạm nào khớp" in page(province.client("canbo"), "/stations/?q=khong co")
    assert "Chưa có trạm nào thuộc phạm vi" in page(province.client("congthuong"), "/stations/")


def test_a_station_shows_each_parameter_against_its_limit(province: Province) -> None:
    shown = page(province.client("canbo"), "/stations/HOANGHON-NT01/")
    assert "92,4" in shown
    assert "GPMT số 2" in shown
    assert "QCVN 40:2011/BTNMT cột B" in shown
    assert "Trực ca Hoàng Hôn" in shown
    assert "logger-hoanghon" in shown


def test_a_station_says_which_values_may_stand_still_and_who_says_so(province: Province) -> None:
    channel = Channel.objects.get(station__code="BINHMINH-NT01", symbol="COD")
    address = "/stations/BINHMINH-NT01/"
    said = "được phép đứng yên 1\u00a0giờ 30\u00a0phút (GCN 12)"
    assert said not in page(province.client("canbo"), address)
    Instrument.objects.filter(channel=channel).update(still_minutes=90, still_source="GCN 12")
    assert said in page(province.client("canbo"), address)


def test_the_derivation_is_there_on_demand(province: Province) -> None:
    shown = page(province.client("canbo"), "/stations/KCNCHUNG-NT01/")
    assert "<b>Kf = 0,9</b>" in shown
    assert "lưu lượng thiết kế 9.000 m³/ngày" in shown
    assert "75 × 1 × 0,9 = 67,5" in shown


def test_the_chart_is_told_where_its_values_are(province: Province) -> None:
    shown = page(province.client("nguoitay"), "/stations/HOANGHON-NT01/")
    told = json.loads(
        re.search(r'<script id="chart-data" type="application/json">(.*?)</script>', shown)[1]
    )
    assert told["url"] == "/api/v1/stations/HOANGHON-NT01/series/"
    assert [each["symbol"] for each in told["parameters"]] == ["COD", "pH"]
    assert any(mark["state"] == "exceeded" for mark in told["alerts"])
    answer = province.client("nguoitay").get(told["url"], {"parameter": "COD", "step": "hour"})
    assert answer.status_code == 200


def test_a_superseded_verdict_is_marked(province: Province) -> None:
    verdict = Verdict.objects.filter(station__code="HOANGHON-NT01", period="day").first()
    Verdict.objects.filter(id=verdict.id).update(superseded_at=province.now)
    assert "được thay lúc" in page(province.client("canbo"), "/stations/HOANGHON-NT01/")


def test_a_station_never_heard_says_what_to_do(province: Province) -> None:
    shown = page(province.client("canbo"), "/stations/BINHMINH-NT02/")
    assert "Trạm này chưa gửi tệp nào" in shown
    assert "Chưa kết nối" in shown


def test_a_strangers_station_is_not_there(province: Province) -> None:
    assert province.client("chutay").get("/stations/BINHMINH-NT01/").status_code == 404
    assert province.client("canbo").get("/stations/KHONG-CO/").status_code == 404
