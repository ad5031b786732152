"""The digest of an operator's month tells the data capture that the page of the month shows."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from alerts.domain.digests import VIETNAM
from alerts.mail.digests import send_digests
from alerts.models import Message
from alerts.services.asking import captures_of_month
from monitoring.services.month_figures import month_figures
from stations.domain import wording
from stations.models import Contact, Operator, Station
from tests.flow.register import station_with
from tests.monitoring.timeline import HOUR, MIDNIGHT, MINUTE, send, settle

pytestmark = pytest.mark.django_db
FIRST = datetime(2024, 6, 1, 7, tzinfo=VIETNAM)
MAY = date(2024, 5, 1)


def owned(place: Station, address: str = "chu@mau.example") -> Operator:
    """The owner of a station, who gets the month."""
    operator = Operator.objects.create(name=f"Công ty {address}")
    Contact.objects.create(operator=operator, name="Chủ", role="owner", email=address)
    place.facility.operator = operator
    place.facility.save()
    return operator


@pytest.fixture
def place() -> Station:
    """Two hours of COD, the second of which lacks three of its twelve values; TSS never speaks."""
    made = station_with(symbols=("COD", "TSS"))
    send(made, MIDNIGHT, ["40"] * 12)
    send(made, MIDNIGHT + HOUR, ["40"] * 9)
    settle(MIDNIGHT + 3 * HOUR + 31 * MINUTE)
    return made


def test_each_parameter_that_was_judged_has_the_capture_of_the_months_page(place: Station) -> None:
    operator = owned(place)
    (shown,) = [each.raw for each in month_figures(place.pk, MAY) if each.symbol == "COD"]
    (told,) = [each for each in captures_of_month(operator.pk, MAY) if each.parameter == "COD"]
    assert (told.n, told.expected, told.capture) == (shown.n, shown.expected, shown.capture)
    assert (told.n, told.expected) == (21, 36)
    assert told.approved is None, "nothing was excluded"


def test_the_letter_tells_it_in_words_and_in_html(place: Station) -> None:
    owned(place)
    assert send_digests(now=FIRST) >= 1
    letter = Message.objects.get(to="chu@mau.example")
    assert f"Tỷ lệ số liệu: {place.code}" in letter.text
    assert f"- COD: {wording.percent(21 / 36)} (21/36)" in letter.text
    assert "(21/36)" in letter.html


def test_a_neighbours_capture_is_told_to_nobody_else(place: Station) -> None:
    owned(place)
    other = station_with()
    owned(other, "khac@mau.example")
    send_digests(now=FIRST)
    letter = Message.objects.get(to="khac@mau.example")
    assert place.code not in letter.text
    assert "Tỷ lệ số liệu" not in letter.text, "nothing of it was judged"


def test_another_month_has_none(place: Station) -> None:
    operator = owned(place)
    assert captures_of_month(operator.pk, date(2024, 4, 1)) == []
    assert captures_of_month(operator.pk, date(2024, 6, 1)) == []
