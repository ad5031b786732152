"""A case to pass on by hand: its text and its chart on the page, for who may see them."""

from __future__ import annotations

import pytest

from tests.screens.conftest import Province
from tests.screens.test_cases import page


def test_the_page_of_a_case_has_a_text_and_a_chart_to_send(province: Province) -> None:
    alert = province.alert("HOANGHON-NT01")
    shown = page(province.client("canbo"), f"/alerts/{alert.pk}/")
    assert "Sao chép để gửi Zalo" in shown
    text = shown.partition("data-pass-text>")[2].partition("</textarea>")[0]
    first, second, *rest = text.splitlines()
    assert first.startswith("Vượt giá trị giới hạn: COD 92,4")
    assert "Giải trình trong vụ việc trước" in second
    assert rest[-1].endswith(f"/alerts/{alert.pk}/")
    assert len(text) < 700
    assert f"/alerts/{alert.pk}/chart.png" in shown


def test_the_chart_is_a_picture_on_paper_for_who_may_see_the_case(province: Province) -> None:
    pytest.importorskip("PIL", reason="Pillow is not installed")
    alert = province.alert("HOANGHON-NT01")
    address = f"/alerts/{alert.pk}/chart.png"
    answer = province.client("canbo").get(address)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
    assert answer.content.startswith(b"\x89PNG")
    assert province.client("nguoidong").get(address).status_code == 404
    silent = province.alert("BINHMINH-NT01", kind="silent_station")
    assert province.client("canbo").get(f"/alerts/{silent.pk}/chart.png").status_code == 404
