"""Who sees which page of the rules, and who may write on it."""

from __future__ import annotations

import pytest
from django.test import Client

from stations.models import Edition, Facility, JudgedBy, Permit
from tests.rules.conftest import Province

pytestmark = pytest.mark.django_db

EAST, WEST = "BINHMINH", "HOANGHON"


@pytest.fixture
def permit(province: Province) -> Permit:
    return Permit.objects.create(facility=Facility.objects.get(code=EAST), number="GPMT số 1")


def addresses(permit: Permit) -> dict[str, list[str]]:
    """Pages by who may see them."""
    edition = Edition.objects.get(code="QCVN 40:2011/BTNMT").pk
    cell = Edition.objects.get(pk=edition).limits.first().pk
    rule = JudgedBy.objects.get(station__code="BINHMINH-NT01").pk
    return {
        "everybody": [
            "/rules/",
            f"/rules/{edition}/",
            f"/rules/{edition}/history/",
            f"/rules/{edition}/edition.yaml",
            f"/rules/{edition}/edition.xlsx",
            "/rules/unconfirmed/",
            "/rules/corrections/",
            "/rules/documents/",
        ],
        "readers of the east": [
            f"/facilities/{EAST}/basis/",
            f"/facilities/{EAST}/rules/",
            f"/facilities/{EAST}/permits/{permit.pk}/",
        ],
        "keepers of the east": [
            f"/facilities/{EAST}/basis/design_flow/",
            f"/facilities/{EAST}/basis/receiving_water/",
            "/stations/BINHMINH-NT01/basis/judged_by/",
            f"/stations/BINHMINH-NT01/basis/judged_by/{rule}/",
            f"/facilities/{EAST}/permits/new/",
            f"/facilities/{EAST}/permits/{permit.pk}/edit/",
            f"/rules/confirm/rule/{rule}/",
            f"/rules/confirm/permit/{permit.pk}/",
        ],
        "keepers of the law": [
            "/rules/new/",
            "/rules/file/",
            f"/rules/{edition}/edit/",
            f"/rules/{edition}/numbers/new/",
            f"/rules/{edition}/numbers/{cell}/",
            f"/rules/{edition}/confirm/",
            "/rules/documents/new/",
        ],
    }


ALL = "everybody", "readers of the east", "keepers of the east", "keepers of the law"
ANSWERS = {
    # an owner, a neighbour, a stranger, and those of the department
    "canbo": (200, 200, 200, 200),
    "theodoi": (200, 200, 403, 403),
    "nguoidong": (200, 200, 403, 403),
    "chudong": (200, 200, 403, 403),
    "nguoitay": (200, 404, 404, 403),
    "chutay": (200, 404, 404, 403),
    "tin": (200, 404, 404, 403),
}


@pytest.mark.parametrize("username", ANSWERS)
def test_each_sees_what_is_his(province: Province, permit: Permit, username: str) -> None:
    client = province.client(username)
    for who, status in zip(ALL, ANSWERS[username], strict=True):
        for address in addresses(permit)[who]:
            assert client.get(address).status_code == status, (username, address)


def test_who_did_not_sign_in_is_sent_to_the_door(province: Province, permit: Permit) -> None:
    for pages in addresses(permit).values():
        for address in pages:
            assert Client().get(address).status_code == 302, address


@pytest.mark.parametrize("username", ["theodoi", "nguoidong", "chudong", "chutay"])
def test_a_reader_who_writes_changes_nothing(
    province: Province, permit: Permit, username: str
) -> None:
    client = province.client(username)
    told = {"m3_per_day": "1", "since": "2020-01-01", "reason": "x", "step": "save"}
    pages = addresses(permit)
    for address in pages["keepers of the east"] + pages["keepers of the law"]:
        assert client.post(address, told).status_code in (403, 404), address
    assert Facility.objects.get(code=EAST).designflows.count() == 1


def test_a_reader_is_offered_nothing_to_write(province: Province) -> None:
    seen = province.client("chudong").get(f"/facilities/{EAST}/basis/").content.decode()
    assert "7.000 m³/ngày" in seen
    assert "Thay đổi từ một ngày" not in seen
    assert "Nhập giấy phép" not in seen
    kept = province.client("canbo").get(f"/facilities/{EAST}/basis/").content.decode()
    assert "Thay đổi từ một ngày" in kept


def test_the_basis_of_a_station_is_on_its_facilitys_page(province: Province) -> None:
    answer = province.client("chudong").get("/stations/BINHMINH-NT01/basis/")
    assert answer.url == f"/facilities/{EAST}/basis/#BINHMINH-NT01"
    assert province.client("chutay").get("/stations/BINHMINH-NT01/basis/").status_code == 404


def test_an_edition_without_numbers_says_so(province: Province) -> None:
    edition = Edition.objects.get(code="QCVN 40:2025/BTNMT")
    seen = province.client("chudong").get(f"/rules/{edition.pk}/").content.decode()
    assert "Quy chuẩn này chưa có giá trị nào" in seen
    listed = province.client("chudong").get("/rules/").content.decode()
    assert "chưa có giá trị" in listed


def test_reading_costs_no_more_for_more_stations(
    province: Province, django_assert_max_num_queries
) -> None:
    client = province.client("canbo")
    for address, most in {"/rules/": 12, f"/facilities/{EAST}/basis/": 50}.items():
        with django_assert_max_num_queries(most):
            client.get(address)
