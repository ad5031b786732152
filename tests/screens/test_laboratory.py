"""The laboratory's pages: who finds them, and a question from its form to its sheet."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from monitoring.models import Study
from monitoring.services.studies import study_one
from tests.screens.conftest import Province
from tests.screens.test_cases import page


def filled(**changes: str) -> dict[str, str]:
    today = timezone.localdate()
    rows = {
        f"limit-{n}-{name}": "" for n in range(4) for name in ("parameter", "minimum", "maximum")
    }
    return {
        "name": "COD 30",
        "medium": "wastewater",
        "facility": "",
        "rule": "",
        "source_type": "",
        "first": f"{today - timedelta(days=10)}",
        "last": f"{today}",
        "limit-TOTAL_FORMS": "4",
        "limit-INITIAL_FORMS": "0",
        **{f"limit-{n}-period": "day" for n in range(4)},
        **rows,
        "limit-0-parameter": "COD",
        "limit-0-maximum": "30,5",
        **changes,
    }


@pytest.mark.parametrize("name", ["nguoidong", "chutay", "theodoi", "tin", "ban"])
def test_only_who_keeps_the_rules_of_the_province_finds_the_laboratory(province, name) -> None:
    client = province.client(name)
    assert client.get("/laboratory/").status_code == 404
    assert client.get("/laboratory/new/").status_code == 404
    assert client.post("/laboratory/new/", filled()).status_code == 404
    assert not Study.objects.exists()


def test_a_question_is_asked_answered_and_printed(province: Province) -> None:
    client = province.client("canbo")
    assert "Chưa có nghiên cứu nào" in page(client, "/laboratory/")
    answer = client.post("/laboratory/new/", filled())
    study = Study.objects.get()
    assert answer["Location"] == f"/laboratory/{study.pk}/"
    assert "Đang tính trạm đầu tiên" in page(client, answer["Location"])
    while study_one(now=timezone.now()):
        pass
    shown = page(client, answer["Location"])
    assert "COD ≤\u00a030,5" in shown
    assert "HOANGHON-NT01" in shown
    assert "hx-trigger" not in shown.partition('id="answer"')[2].partition("</div>")[0]
    sheet = page(client, f"/laboratory/{study.pk}/HOANGHON/")
    assert "BINHMINH" not in sheet
    assert client.get(f"/laboratory/{study.pk}/KHONGCO/").status_code == 404
    assert "COD 30" in page(client, "/laboratory/")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"limit-0-parameter": "", "limit-0-maximum": ""}, "Hãy chọn quy chuẩn cần thử"),
        ({"limit-0-maximum": "ba mươi"}, "Đây không phải là số"),
        ({"limit-0-maximum": "NaN"}, "Đây không phải là số"),
        ({"limit-0-maximum": ""}, "ít nhất một phía"),
        ({"last": "2001-01-01"}, "Ngày cuối đứng trước ngày đầu"),
        ({"first": "2020-01-01"}, "tối đa hai năm"),
        ({"rule": "QCVN 19:2009/BTNMT|A"}, "loại trạm khác"),
    ],
)
def test_a_mistake_is_told_beside_its_field(province, wrong, said) -> None:
    answer = province.client("canbo").post("/laboratory/new/", filled(**wrong))
    assert answer.status_code == 400
    assert said in answer.content.decode()
    assert not Study.objects.exists()
