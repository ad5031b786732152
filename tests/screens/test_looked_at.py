"""What was found by looking at the pages: announced work, the value that speaks, raw errors."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from alerts.models import Alert, KindRule, Maintenance, What
from alerts.services import Finding, report
from alerts.services.cases import tell
from alerts.views.replies import reply_words
from monitoring.models import Correction, StationState, Study
from monitoring.views.failures import failure_words
from monitoring.views.fleet import speaks_for
from tests.screens.conftest import Province
from tests.screens.test_laboratory import filled

RAW = 'ProgrammingError: relation "x" does not exist at /srv/app.py'


def work(province: Province, code: str, **changes: object) -> Maintenance:
    officer = province.person("canbo")
    given = {
        "what": "stop",
        "start": province.now - timedelta(hours=5),
        "end": province.now + timedelta(hours=5),
        "reason": "Ngừng sản xuất",
        "declared_at": province.now - timedelta(days=1),
        "declared_by": officer,
        "decision": "approved",
        "decided_at": province.now - timedelta(hours=20),
        "decided_by": officer,
    }
    return Maintenance.objects.create(station=province.station(code), **(given | changes))


def cells(province: Province, state: str) -> int:
    text = province.client("canbo").get("/").content.decode().partition('id="strip"')[2]
    row = text.partition('<tr data-live="BINHMINH-NT01">')[2].partition("</tr>")[0]
    return row.count(f"cell-{state}")


def test_silent_hours_under_approved_work_have_its_mark_and_its_word(province: Province) -> None:
    silent, scant = cells(province, "silent"), cells(province, "not_enough_data")
    assert silent
    work(province, "BINHMINH-NT01")
    explained = cells(province, "maintenance")
    assert cells(province, "silent") == 0
    assert explained + cells(province, "not_enough_data") == silent + scant
    text = province.client("canbo").get("/").content.decode()
    assert "Dừng xả (đã duyệt)" in text


@pytest.mark.parametrize(
    "changes",
    [
        {"decision": "", "decided_at": None, "decided_by": None},
        {"parameters": ["pH"]},
        {"end": None},
    ],
    ids=["not decided", "of one parameter", "over before"],
)
def test_what_does_not_explain_a_silence_leaves_it(province: Province, changes: dict) -> None:
    if "end" in changes:
        changes = {
            "start": province.now - timedelta(days=3),
            "end": province.now - timedelta(days=2),
        }
    silent = cells(province, "silent")
    work(province, "BINHMINH-NT01", **changes)
    assert (cells(province, "silent"), cells(province, "maintenance")) == (silent, 0)


def test_a_station_at_approved_work_is_counted_so_and_not_as_silent(province: Province) -> None:
    client = province.client("canbo")
    assert "BINHMINH-NT01" in client.get("/stations/?state=silent").content.decode()
    work(province, "BINHMINH-NT01")
    text = client.get("/stations/?state=maintenance").content.decode()
    assert re.findall(r'<tr data-live="([^"]+)"', text) == ["BINHMINH-NT01"]


def channel(symbol: str, state: str, ratio: float | None) -> dict[str, object]:
    return {"symbol": symbol, "state": state, "ratio": ratio, "limit": {"max": 1}}


def test_the_channel_that_gives_the_state_speaks_for_the_station() -> None:
    temperature, solids = channel("Temp", "within", 0.9), channel("TSS", "exceeded", 0.7)
    drawn = StationState(state="exceeded", worst_symbol="Temp", channels=[temperature, solids])
    assert speaks_for(drawn) == solids
    drawn.state = "silent"
    assert speaks_for(drawn) == temperature
    assert speaks_for(StationState(state="silent", worst_symbol="", channels=[])) is None


def test_a_value_that_is_within_again_is_called_so(province: Province) -> None:
    drawn = StationState.objects.get(station__code="HOANGHON-NT01")
    for each in drawn.channels:
        if each["symbol"] == "COD":
            each |= {"state": "exceeded", "ratio": 0.5, "day": 35.0, "hour": 35.0}
    drawn.state = "exceeded"
    drawn.save(update_fields=["state", "channels"])
    text = province.client("canbo").get("/stations/").content.decode()
    assert "nay trong giới hạn, trước đó vượt" in text


def test_no_page_shows_the_text_of_an_error(province: Province) -> None:
    officer = province.person("canbo")
    province.client("canbo").post("/laboratory/new/", filled())
    study = Study.objects.get()
    Study.objects.update(failure=RAW)
    Correction.objects.create(
        station=province.station("HOANGHON-NT01"),
        what=Correction.What.READINGS,
        start=province.now - timedelta(days=1),
        end=province.now,
        reason="Thử",
        batch=uuid4(),
        asked_by=officer,
        asked_at=province.now,
        failure=RAW,
    )
    for address in (f"/laboratory/{study.pk}/", "/laboratory/", "/rereads/"):
        text = province.client("canbo").get(address).content.decode()
        assert "ProgrammingError" not in text, address
    assert "Việc tính toán dừng do lỗi của hệ thống này" in text


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        ("", ""),
        ("OperationalError: canceling statement due to statement timeout", "Mất nhiều thời gian"),
        (RAW, "Việc tính toán dừng"),
    ],
)
def test_why_it_failed_is_a_sentence(failure: str, words: str) -> None:
    said = failure_words(failure)
    assert said.startswith(words)
    assert bool(said) is bool(words)


def test_a_long_run_of_further_periods_is_folded(province: Province) -> None:
    alert: Alert = province.alert("HOANGHON-NT01")
    for number in range(5):
        data = {"from": (province.now - timedelta(days=9 - number)).isoformat()}
        tell(alert, What.JOINED, at=province.now, data=data)
    text = province.client("canbo").get(f"/alerts/{alert.pk}/").content.decode()
    folded = text.partition("story-more")[2].partition("</details>")[0]
    joined = alert.events.filter(what=What.JOINED).count()
    assert f"Thêm {joined} kỳ, từ " in folded
    assert folded.count("<li>") == joined >= 5


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ("gaierror: [Errno -2] Name or service not known", "Không tìm thấy máy chủ có tên này."),
        ("TimeoutError: timed out", "Máy chủ không trả lời kịp thời gian."),
        ("550 5.1.1 no such user", "550 5.1.1 no such user"),
        ("", ""),
    ],
)
def test_an_error_of_the_line_is_a_sentence_and_a_servers_answer_stays(
    reply: str, said: str
) -> None:
    assert reply_words(reply) == said


def test_our_own_faults_say_on_the_desk_which_they_are(province: Province) -> None:
    for source, evidence in (("mail_route", {}), ("refused_address:x", {"address": "x@y.example"})):
        finding = Finding(
            kind="own_fault",
            station_id=None,
            source=source,
            start=province.now,
            end=province.now,
            evidence=evidence,
        )
        report(finding, now=province.now)
    client = province.client("canbo")
    for address in ("/", "/alerts/"):
        text = client.get(address).content.decode()
        assert "Thư thử không đến nơi" in text, address
        assert "Địa chỉ từ chối thư: x@y.example" in text, address


def test_a_value_without_a_limit_is_told_without_one(province: Province) -> None:
    station = province.station("HOANGHON-NT01")
    finding = Finding(
        kind="out_of_range",
        station_id=station.pk,
        parameter="COD",
        unit="mg/L",
        value=Decimal(620),
        start=province.now,
        end=province.now,
        evidence={"range": ["0", "500"]},
    )
    alert = report(finding, now=province.now)
    text = province.client("canbo").get(f"/alerts/{alert.pk}/").content.decode()
    assert "0–500 mg/L" in text
    assert "giới hạn —" not in text


def test_the_history_of_a_rule_tells_lengths_of_time_in_words(province: Province) -> None:
    rule = KindRule.objects.get(kind="exceedance")
    text = province.client("canbo").get(f"/policy/kind/{rule.pk}/").content.decode()
    assert "2 giờ" in text.replace("\u00a0", " ")
    assert "2:00:00" not in text
    assert "Mức độ" in text
