"""Thử một quy tắc: chosen, changed, played, read; for who keeps the rules alone."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from django.utils import timezone

from monitoring.models import Trial
from monitoring.services.timeline.shipped import one_shipped
from stations.models import Person
from tests.screens.conftest import Province
from tests.screens.test_cases import page

TEXT = """name: two slots
day: 2024-05-21
until: "12:00"
steps:
  - files: {station: NT01, from: "08:00", until: "10:00", every: 15 min, values: {COD: 1234.5}}
  - {at: "10:30", person: canbo, does: acknowledge, alert: {kind: exceedance}, note: Đã xem}
expect:
  alerts:
    - {kind: exceedance, parameter: COD, station: NT01, opened: "10:00", state: acknowledged}
  mails:
    - {to: ca@mau.example, between: ["10:00", "10:05"], says: Vượt}
"""


def ended(trial: Trial, **differences: Any) -> None:
    at = "2024-05-21T03:00:00+00:00"
    story = {
        "happened": [
            {"at": at, "what": "alert", "event": "opened", "case": 1, "kind": "exceedance",
             "place": "NT01", "parameter": "COD", "period": "day", "by": "", "note": ""},
            {"at": at, "what": "mail", "to": "ca@mau.example", "subject": "Vượt <giới hạn>",
             "text": "Trung bình 92 mg/L"},
        ],
        "left_out": 0, "refused": [], "mails": 1, "settled": 9,
    }  # fmt: skip
    played = {"name": "x", "seconds": 1.25, "story": story, "differences": [], **differences}
    Trial.objects.filter(pk=trial.pk).update(
        state="done", done_at=timezone.now(), result={"timelines": [played]}
    )


@pytest.mark.parametrize("name", ["theodoi", "tin", "nguoitay", "ban", "chutay"])
def test_nobody_else_finds_it(province: Province, name: str) -> None:
    officer, other = province.client("canbo"), province.client(name)
    officer.post("/trial/new/", {"text": TEXT})
    own = Trial.objects.get()
    for address in (
        "/trial/", "/trial/new/", f"/trial/{own.pk}/", f"/trial/{own.pk}/timeline.yaml",
        "/trial/shipped/stuck_value-1.yaml",
    ):  # fmt: skip
        assert other.get(address).status_code == 404
    assert other.post("/trial/new/", {"text": TEXT}).status_code == 404
    assert Trial.objects.count() == 1
    assert "/trial/" not in page(other, "/policy/")


def test_what_an_officer_tries_is_his_own(province: Province) -> None:
    Person.objects.create_superuser("quantri", password="x")
    province.client("canbo").post("/trial/new/", {"text": TEXT})
    trial = Trial.objects.get()
    other = province.client("quantri")
    assert other.get(f"/trial/{trial.pk}/").status_code == 404
    assert other.get(f"/trial/new/?again={trial.pk}").status_code == 404
    assert f"/trial/{trial.pk}/" not in page(other, "/trial/")


def test_timelines_are_listed_by_chapter_in_vietnamese_and_found_by_words(
    province: Province,
) -> None:
    officer = province.client("canbo")
    assert "/trial/" in page(officer, "/policy/")
    shown = page(officer, "/trial/")
    assert shown.count("data-trial>") > 120
    assert "Mất kết nối, đường truyền" in shown
    assert "/trial/new/?from=stuck_value-1" in shown
    some = page(officer, "/trial/?q=hiệu chuẩn")
    assert 0 < some.count("data-trial>") < 20
    assert "Không có kịch bản nào" in page(officer, "/trial/?q=xyzzy")


def test_a_shipped_timeline_is_read_in_words_and_kept_as_a_file(province: Province) -> None:
    officer = province.client("canbo")
    shown = page(officer, "/trial/new/?from=stuck_value-1")
    assert "mỗi 5 phút một tệp" in shown.replace("\xa0", " ")
    assert "Thư gửi ca1@mau.example" in shown
    assert "name: &quot;twelve slots" in shown
    kept = officer.get("/trial/shipped/stuck_value-1.yaml")
    chosen = one_shipped("stuck_value-1")
    assert chosen is not None
    assert kept.content.decode() == chosen.text
    assert "attachment" in kept["Content-Disposition"]
    assert officer.get("/trial/new/?from=nothing-1").status_code == 404


def test_a_mistake_is_told_with_its_line_and_nothing_is_played(province: Province) -> None:
    officer = province.client("canbo")
    answer = officer.post("/trial/new/", {"text": TEXT.replace("person", "prson")})
    assert answer.status_code == 422
    shown = answer.content.decode()
    assert "bước 2 (dòng 6)" in shown
    assert 'data-wrong-line="6"' in shown
    assert "prson" in shown
    answer = officer.post("/trial/new/", {"text": TEXT + "  - ["})
    assert "không đọc được YAML" in answer.content.decode()
    file = BytesIO(b"\xff\xfe\x00")
    file.name = "x.yaml"
    answer = officer.post("/trial/new/", {"text": "", "file": file})
    assert "không phải văn bản UTF-8" in answer.content.decode()
    assert not Trial.objects.exists()


def test_it_may_only_be_read(province: Province) -> None:
    answer = province.client("canbo").post("/trial/new/", {"text": TEXT, "look": "1"})
    shown = answer.content.decode()
    assert answer.status_code == 200
    assert "COD 1.234,5" in shown
    assert "canbo tiếp nhận hồ sơ: Vượt giá trị giới hạn – “Đã xem”" in shown
    assert not Trial.objects.exists()


def test_a_file_takes_the_place_of_the_text(province: Province) -> None:
    file = BytesIO(TEXT.replace("two slots", "from a file").encode())
    file.name = "x.yaml"
    answer = province.client("canbo").post("/trial/new/", {"text": "x", "file": file})
    trial = Trial.objects.get()
    assert answer["Location"] == f"/trial/{trial.pk}/"
    assert trial.name == "from a file"


def test_a_second_trial_waits_for_the_first(province: Province) -> None:
    officer = province.client("canbo")
    officer.post("/trial/new/", {"text": TEXT})
    answer = officer.post("/trial/new/", {"text": TEXT})
    assert answer.status_code == 422
    assert "đang chạy: hãy chờ" in answer.content.decode()
    assert Trial.objects.count() == 1


def test_the_page_of_a_trial_renews_itself_until_it_is_played(province: Province) -> None:
    officer = province.client("canbo")
    officer.post("/trial/new/", {"text": TEXT})
    trial = Trial.objects.get()
    waiting = page(officer, f"/trial/{trial.pk}/")
    assert "hx-trigger" in waiting
    assert "Sắp chạy" in waiting
    ended(trial)
    shown = page(officer, f"/trial/{trial.pk}/")
    assert "hx-trigger" not in shown
    assert "Đúng như mong đợi" in shown
    assert "Vượt &lt;giới hạn&gt;" in shown
    assert "Trung bình 92 mg/L" in shown
    assert "chạy trong 1,3 giây" in shown or "chạy trong 1,2 giây" in shown
    assert f"/trial/{trial.pk}/" in page(officer, "/trial/")
    assert officer.get(f"/trial/{trial.pk}/timeline.yaml").content.decode() == TEXT
    assert "two slots" in page(officer, f"/trial/new/?again={trial.pk}")


def test_what_differs_stands_beside_what_was_expected(province: Province) -> None:
    officer = province.client("canbo")
    officer.post("/trial/new/", {"text": TEXT})
    trial = Trial.objects.get()
    ended(
        trial,
        differences=[
            {"words": "thư mong đợi 1 không đến", "about": "mails", "number": 1},
            {"words": "một cảnh báo lạ", "about": "alerts", "number": None},
        ],
    )
    shown = page(officer, f"/trial/{trial.pk}/")
    assert "Khác mong đợi" in shown
    assert "thư mong đợi 1 không đến" in shown
    assert "Xảy ra ngoài mong đợi" in shown
    assert "một cảnh báo lạ" in shown


def test_why_it_could_not_be_played_is_told(province: Province) -> None:
    officer = province.client("canbo")
    officer.post("/trial/new/", {"text": TEXT})
    trial = Trial.objects.get()
    Trial.objects.filter(pk=trial.pk).update(
        state="failed", failure="too_long", done_at=timezone.now()
    )
    assert "chạy quá lâu" in page(officer, f"/trial/{trial.pk}/")
    assert "chạy quá lâu" in page(officer, "/trial/")
