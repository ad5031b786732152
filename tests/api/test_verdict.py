"""One verdict over the API and on its page: the same numbers, for those whose station it is."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

from monitoring.models import Verdict
from tests.api.conftest import AsPerson, Place, Reader
from tests.api.test_verdicts import JUDGED, exceeded, send_day, settle
from tests.monitoring.exported import redo

__all__ = ["exceeded"]


def verdict_of(place: Place, **known: Any) -> Verdict:
    return Verdict.objects.get(station=place.station, superseded_at=None, **known)


def page_of(reader: Reader, verdict: Verdict) -> str:
    answer = reader.get(f"/verdicts/{verdict.id}/")
    assert answer.status_code == 200
    text = re.sub(r"<(script|style).*?</\1>", "", answer.content.decode(), flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


def test_a_verdict_is_told_with_all_that_redoing_it_needs(exceeded: Place, owner: Reader) -> None:
    verdict = verdict_of(exceeded)
    told = owner.read(f"verdicts/{verdict.id}/")
    (listed,) = owner.rows("verdicts/")
    assert listed.items() <= told.items()
    assert told["layer"] == "raw"
    assert len(told["slots"]) == 288
    assert {slot["state"] for slot in told["slots"]} == {"filled"}
    first = told["slots"][0]
    assert first["from"] == "2024-05-21T00:00:00+07:00"
    assert first["value"] == {"numerator": "80", "denominator": "1", "decimal": "80", "float": 80.0}
    (file,) = told["files"]
    assert first["files"] == [file["id"]]
    assert (file["slots"], file["repeats"]) == (288, False)
    assert file["raw"] == f"/api/v1/deliveries/{file['id']}/raw/"
    assert len(file["sha256"]) == 64
    arithmetic = told["arithmetic"]
    assert arithmetic["sum"]["decimal"] == "23040"
    assert arithmetic["comparisons"] == [
        {
            "side": "max",
            "limit": "67.5",
            "limit_times_n": {
                "numerator": "19440",
                "denominator": "1",
                "decimal": "19440",
                "float": 19440.0,
            },
            "sum_is": ">",
            "outside": True,
        }
    ]
    assert told["proof"]["agrees"] is True
    assert [step["why"] for step in told["history"]] == ["first"]


def test_the_page_shows_the_numbers_of_the_export(exceeded: Place, owner: Reader) -> None:
    page = page_of(owner, verdict_of(exceeded))
    assert "Vượt giá trị giới hạn (trung bình 24 giờ)" in page
    assert "Cmax = 67,5 mg/L" in page
    assert "Σ = 23.040 > Cmax × n = 67,5 × 288 = 19.440" in page
    assert "288 ÷ 288 = 100 % ≥ 75 %" in page
    assert "Σ ÷ n = 23.040 ÷ 288 = 80 mg/L" in page
    assert "80 ÷ 67,5 ≈ 1,1852" in page
    assert page.count(" 960 12 ") == 24  # each hour: Σ and n
    assert "22/05/2024 00:31:00" in page
    assert "đúng như đã lưu" in page


def test_the_superseded_one_keeps_its_values_and_says_why(exceeded: Place, owner: Reader) -> None:
    old = verdict_of(exceeded)
    send_day(exceeded, 60, at=JUDGED)
    settle(JUDGED + timedelta(minutes=1))
    new = verdict_of(exceeded)
    before, after = (owner.read(f"verdicts/{each.id}/") for each in (old, new))
    assert (before["mean"], after["mean"]) == (80.0, 60.0)
    assert before["slots"][0]["value"]["decimal"] == "80"
    assert after["slots"][0]["value"]["decimal"] == "60"
    assert (len(before["files"]), len(after["files"])) == (1, 2)
    assert [file["slots"] for file in after["files"]] == [0, 288]
    assert len(after["replaced"]) == 288
    assert after["replaced"][0]["old"] == {"value": "80", "status": "00"}
    assert [step["why"] for step in before["history"]] == ["first", "changed"]
    assert before["history"] == after["history"]
    page = page_of(owner, old)
    assert "không còn hiệu lực" in page
    assert f"/verdicts/{new.id}/" in owner.get(f"/verdicts/{old.id}/").content.decode()
    assert "Giá trị được gửi lại và thay đổi." in page_of(owner, new)


def test_a_verdict_that_its_files_do_not_give_is_said_plainly(
    exceeded: Place, owner: Reader, tmp_path: Path
) -> None:
    verdict = verdict_of(exceeded)
    Verdict.objects.filter(id=verdict.id).update(numerator=23041)
    told = owner.read(f"verdicts/{verdict.id}/")
    assert told["proof"]["agrees"] is False
    assert told["proof"]["stored"]["total"]["decimal"] == "23041"
    assert told["proof"]["made_anew"]["total"]["decimal"] == "23040"
    page = page_of(owner, verdict)
    assert "kết quả khác với kết quả đánh giá đã lưu" in page
    assert "Tổng 23.041 23.040" in page
    assert redo(tmp_path, told).returncode == 1


def test_what_is_fetched_from_the_page_is_redone_offline(
    exceeded: Place, owner: Reader, tmp_path: Path
) -> None:
    verdict = verdict_of(exceeded)
    page = owner.get(f"/verdicts/{verdict.id}/").content.decode()
    address = re.search(r'href="([^"]+)"\s+download="([^"]+)"', page)
    assert address is not None
    assert address[2] == "OWN-NT01-COD-day-202405210000.json"
    told = json.loads(owner.get(address[1]).content)
    redone = redo(tmp_path, told)
    assert redone.returncode == 0
    assert "AGREES" in redone.stdout


def test_a_verdict_is_its_owners(
    exceeded: Place, owner: Reader, neighbour: Reader, stranger: Reader, as_person: AsPerson
) -> None:
    verdict = verdict_of(exceeded)
    for reader in (neighbour, stranger, as_person(exceeded.line_keeper)):
        assert reader.status(f"verdicts/{verdict.id}/") == 404
        assert reader.get(f"/verdicts/{verdict.id}/").status_code == 404
    assert as_person(exceeded.reader).get(f"/verdicts/{verdict.id}/").status_code == 200
    assert Reader().get(f"/verdicts/{verdict.id}/").status_code == 302
    assert Reader().get(f"/api/v1/verdicts/{verdict.id}/").status_code in (401, 403)


def test_a_verdict_of_many_files_takes_no_more_queries(
    exceeded: Place, owner: Reader, django_assert_max_num_queries: Any
) -> None:
    verdict = verdict_of(exceeded)
    for _warm in range(2):
        with django_assert_max_num_queries(25):
            owner.read(f"verdicts/{verdict.id}/")
    with django_assert_max_num_queries(32):
        owner.get(f"/verdicts/{verdict.id}/")
