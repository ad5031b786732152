"""A case in a line: a mean is told beside its limit, what no mean tells in words of its own."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import translation

from alerts.models import Alert
from alerts.services import report
from alerts.services.findings import Finding
from alerts.views.words import period, words
from tests.alerts.factories import HOUR, JUDGED, exceedance, silence, station

pytestmark = pytest.mark.django_db
LATER = JUDGED + 3 * HOUR


def told(finding: Finding) -> tuple[str, str]:
    alert = report(finding, now=JUDGED)
    with translation.override("vi"):
        return words(alert, alert.starts_at, LATER), period(alert, alert.starts_at, LATER)


def test_a_value_that_stands_still_is_no_mean() -> None:
    what, when = told(
        Finding(
            "stuck_value",
            station().pk,
            JUDGED - HOUR,
            JUDGED,
            parameter="pH",
            value=Decimal("7.19"),
        )
    )
    assert what == "pH 7,19: giá trị không đổi 4\xa0giờ"
    assert when.startswith("từ ")
    assert "trung bình" not in when


def test_a_mean_is_told_by_its_numbers_and_its_period() -> None:
    what, when = told(exceedance(station()))
    assert what == ""
    assert when.startswith("trung bình 24 giờ, ")


def test_a_silence_has_no_value_and_no_mean() -> None:
    what, when = told(silence(station(), since=JUDGED - timedelta(hours=2)))
    assert what.startswith("Mất kết nối ")
    assert when.startswith("từ ")
    assert Alert.objects.get().value is None
