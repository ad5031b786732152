"""Digests: once each, of what their reader may see, short, and with a sheet for the head."""

from __future__ import annotations

import re
import zlib
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from alerts.domain.digests import VIETNAM
from alerts.mail.digests import send_digests
from alerts.models import Digest, Message
from alerts.services import report
from alerts.services.subscribing import want_quiet_letters
from stations.models import Agency, Contact, Membership, Person, Unit
from stations.services.grants import rebuild_grants
from tests.alerts.factories import DAY, HOUR, agency, exceedance, person, silence, station

pytestmark = pytest.mark.django_db
WEDNESDAY = datetime(2024, 5, 22, 7, tzinfo=VIETNAM)
MONDAY = datetime(2024, 5, 27, 7, tzinfo=VIETNAM)
FIRST = datetime(2024, 6, 1, 7, tzinfo=VIETNAM)


def member(of: Agency, role: str, address: str) -> Person:
    someone = person(email=address, name=f"Người {address[:4]}")
    Membership.objects.create(person=someone, agency=of, role=role)
    rebuild_grants()
    return someone


def test_a_morning_tells_what_is_overdue_and_what_is_new_once() -> None:
    member(agency(), "officer", "canbo@stnmt.example")
    report(exceedance(station(), day=-3), now=WEDNESDAY - 2 * DAY)  # to be explained within a day
    report(silence(station(), since=WEDNESDAY - 5 * HOUR), now=WEDNESDAY - 4 * HOUR)
    assert send_digests(now=WEDNESDAY - HOUR) == 0
    assert send_digests(now=WEDNESDAY) == 1
    assert send_digests(now=WEDNESDAY + HOUR) == 0
    mail = Message.objects.get(purpose="digest")
    assert mail.to == "canbo@stnmt.example"
    assert mail.subject == "[QTTĐ] Sáng 22/05: 1 vụ quá hạn, 1 vụ mới từ lúc hết giờ làm việc"
    first, second, *rest = mail.text.splitlines()
    assert first == mail.subject.removeprefix("[QTTĐ] ")
    assert second == "Xử lý việc quá hạn trước."
    assert any("COD 92,0\u00a0mg/L (≤\u00a067,5)" in line for line in rest)
    assert any("Mất kết nối" in line for line in rest)
    assert any(re.search(r"COD.*: \d+\s(giờ|ngày)", line) for line in rest)


def test_a_calm_morning_sends_nothing() -> None:
    member(agency(), "officer", "canbo@stnmt.example")
    report(exceedance(station(), day=-30), now=WEDNESDAY - 29 * DAY, mail=False)
    assert send_digests(now=WEDNESDAY) == 0
    assert not Digest.objects.exists()


def test_a_district_reads_of_its_own_alone() -> None:
    unit = Unit.objects.create(code="XA", kind="district", name="Huyện Xa")
    member(agency("district_committee", what="unit", unit=unit), "officer", "huyen@xa.example")
    member(agency("district_committee", what="unit", unit=unit), "head", "truong@xa.example")
    report(exceedance(station()), now=WEDNESDAY - HOUR)
    assert send_digests(now=WEDNESDAY) == 0
    assert send_digests(now=MONDAY) == 1  # the head's week says that there was none
    assert "0 vụ việc" in Message.objects.get(to="truong@xa.example").subject


def test_the_week_of_a_head_is_short_and_has_a_sheet_of_a4() -> None:
    pytest.importorskip("weasyprint", reason="WeasyPrint is not installed")
    member(agency(), "head", "truong@stnmt.example")
    for number in range(12):
        finding = exceedance(station(), day=2, ratio=Decimal(2 + number), value=Decimal(100))
        report(finding, now=MONDAY - 3 * DAY)
    assert send_digests(now=MONDAY) == 1
    mail = Message.objects.get(purpose="digest")
    lines = [line for line in mail.text.splitlines() if line.startswith("- ")]
    assert 5 <= len(lines) <= 20
    assert "12 vụ việc" in mail.subject
    (sheet,) = mail.attachments.all()
    assert sheet.name == "QTTD-2024-tuan-21.pdf"
    assert bytes(sheet.content).startswith(b"%PDF-")
    assert re.search(rb"/MediaBox ?\[0 0 595", unpacked(bytes(sheet.content)))


def unpacked(pdf: bytes) -> bytes:
    """The objects of a PDF that lie in packed streams."""
    streams = re.findall(rb"stream\n(.*?)\nendstream", pdf, re.DOTALL)
    return b"\n".join(zlib.decompressobj().decompress(one) for one in streams if one[:1] == b"x")


def test_the_month_of_an_operator_tells_of_its_own_stations() -> None:
    mine, other = (
        station(operator_email="chu@mau.example"),
        station(operator_email="khac@mau.example"),
    )
    Contact.objects.filter(email="chu@mau.example").update(role="owner")
    report(exceedance(mine, day=2), now=FIRST - 9 * DAY)
    report(exceedance(mine, day=3, parameter="TSS", confirmed=False), now=FIRST - 8 * DAY)
    assert send_digests(now=FIRST) == 2
    mail = Message.objects.get(to="chu@mau.example")
    assert mail.subject == "[QTTĐ] Tháng 05/2024: 1 vụ việc tại trạm của đơn vị"
    assert other.code not in mail.text
    assert "TSS" not in mail.text, "a limit that nobody confirmed is told to no operator"
    assert "Không có vụ nào" in Message.objects.get(to="khac@mau.example").text


def test_a_digest_waits_for_its_reader_no_longer_than_it_is_useful() -> None:
    member(agency(), "officer", "canbo@stnmt.example")
    report(exceedance(station()), now=WEDNESDAY - HOUR)
    assert send_digests(now=WEDNESDAY + timedelta(hours=5)) == 0
    assert send_digests(now=WEDNESDAY + timedelta(hours=4, minutes=59)) == 1


@pytest.mark.parametrize(("without", "written"), [(["morning"], 0), (["week"], 1), ([], 1)])
def test_a_digest_that_is_not_wanted_is_not_written(without: list[str], written: int) -> None:
    officer = member(agency(), "officer", "canbo@stnmt.example")
    want_quiet_letters(person=officer, works="at_once", without=without)
    report(exceedance(station()), now=WEDNESDAY - HOUR)
    assert send_digests(now=WEDNESDAY) == written


def test_a_contact_who_signs_in_may_switch_off_the_month() -> None:
    station(operator_email="chu@mau.example")
    Contact.objects.filter(email="chu@mau.example").update(role="owner")
    someone = person(email="Chu@mau.example")
    want_quiet_letters(person=someone, works="at_once", without=["month"])
    assert send_digests(now=FIRST) == 0
