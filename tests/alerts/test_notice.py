"""The form of the owner's notice of an interruption over 12 hours."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.template.loader import render_to_string

from alerts.mail import notice
from alerts.mail.notice import has_notice, notice_of
from alerts.models import Alert
from alerts.services import Finding, report
from alerts.services.handling import Explanation, answer
from tests.alerts.factories import HOUR, JUDGED, MIDNIGHT, agency, person, silence, station
from tests.alerts.test_digests import unpacked
from tests.alerts.test_letters import letter

pytestmark = pytest.mark.django_db
SILENT_SINCE = MIDNIGHT
NOON = MIDNIGHT + 12 * HOUR


@pytest.fixture
def case() -> Alert:
    agency(email="sotnmt@so.example")
    of = station(operator_email="chu@mau.example")
    finding = Finding(
        kind="silent_12h",
        station_id=of.pk,
        start=SILENT_SINCE,
        end=NOON,
        evidence={"last_measured": (SILENT_SINCE - HOUR).isoformat()},
    )
    return report(finding, now=NOON)


@pytest.fixture
def as_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """The form before it is made into a PDF."""
    monkeypatch.setattr(notice, "pdf_of", lambda name, told: render_to_string(name, told).encode())


def words(alert: Alert, **named: Any) -> str:
    page = notice_of(alert, now=NOON + HOUR, **named).content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.DOTALL))


def test_it_is_filled_in_from_the_register_and_the_silence(case: Alert, as_text: None) -> None:
    told = words(case)
    assert case.station is not None
    for known in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        case.station.code,
        case.station.facility.name,
        "Không nhận được số liệu từ: 00:00 21/05/2024",
        "giá trị cuối cùng đo lúc 23:00 20/05/2024",
        "Thời gian gián đoạn: 13\u00a0giờ".replace("\u00a0", " "),
        "chưa đối chiếu với mẫu của tỉnh",
    ):
        assert known in told.replace("\u00a0", " ")


def test_what_nobody_explained_is_left_to_be_written_by_hand(case: Alert, as_text: None) -> None:
    assert "Nguyên nhân: ......" in words(case)
    said = Explanation("power", "Mất điện <lưới>", "Dùng máy phát", NOON + 5 * HOUR)
    answer(alert=case, by=person(), said=said, now=NOON)
    told = words(case)
    assert "Nguyên nhân: mất điện. Mất điện &lt;lưới&gt;" in told
    assert "Biện pháp khắc phục: Dùng máy phát" in told
    assert "lúc: 17:00 21/05/2024" in told
    assert "Nguyên nhân: ......" not in told


def test_it_goes_with_the_mail_to_the_operator_and_with_no_other(case: Alert) -> None:
    to_operator = letter(case, now=NOON, audience="operator")
    (form,) = to_operator.enclosed
    assert case.station is not None
    assert form.name == f"thong-bao-gian-doan-{case.station.code}.pdf"
    assert form.content.startswith(b"%PDF-")
    pages = re.findall(rb"/Type ?/Page\b", unpacked(form.content) + form.content)
    assert len(pages) == 1
    assert f"/alerts/{case.pk}/notice.pdf" in to_operator.text
    assert letter(case, now=NOON, audience="agency").enclosed == ()


def test_a_form_that_cannot_be_made_holds_no_mail_up(
    case: Alert, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_given: Any) -> bytes:
        raise OSError("cannot load library 'pango'")

    monkeypatch.setattr(notice, "pdf_of", broken)
    assert letter(case, now=NOON, audience="operator").enclosed == ()


def test_only_an_interruption_over_12_hours_asks_for_it(case: Alert) -> None:
    short = report(silence(station()), now=JUDGED)
    assert has_notice(case)
    assert not has_notice(short)
    with pytest.raises(ValueError, match="asks for no notice"):
        notice_of(short, now=NOON)
