"""From wherever a verdict is told one comes to how it was computed."""

from __future__ import annotations

import re

from django.conf import settings

from alerts.models import Message
from monitoring.models import Verdict
from tests.screens.conftest import Province

VERDICT = re.compile(r"/verdicts/([0-9a-f-]{36})/")


def leads_to(text: str) -> set[str]:
    """The verdicts that a text has the address of."""
    return set(VERDICT.findall(text))


def test_a_case_leads_to_the_verdict_it_rests_on(province: Province) -> None:
    alert = province.alert("HOANGHON-NT01")
    page = province.client("canbo").get(f"/alerts/{alert.pk}/").content.decode()
    assert "Xem cách tính" in page
    assert alert.evidence["verdict"] in leads_to(page)
    told = province.client("canbo").get(f"/verdicts/{alert.evidence['verdict']}/")
    assert told.status_code == 200
    assert f"/alerts/{alert.pk}/" in told.content.decode()


def test_each_period_of_a_case_leads_to_its_own(province: Province) -> None:
    alert = province.alert("HOANGHON-NT01")
    spans = {span.evidence["verdict"] for span in alert.spans.all()}
    page = province.client("canbo").get(f"/alerts/{alert.pk}/").content.decode()
    assert spans <= leads_to(page)


def test_the_mail_about_an_exceedance_names_the_address(province: Province) -> None:
    exceedances = Message.objects.filter(notifications__alert__kind="exceedance")
    assert exceedances.exists()
    known = {str(pk) for pk in Verdict.objects.values_list("id", flat=True)}
    for mail in exceedances:
        assert f"Cách tính: {settings.SITE_URL}/verdicts/" in mail.text
        assert leads_to(mail.text) <= known
        assert leads_to(mail.text) == leads_to(mail.html)


def test_the_line_keeper_finds_no_verdict(province: Province) -> None:
    verdict = Verdict.objects.filter(station=province.station("HOANGHON-NT01")).first()
    assert verdict is not None
    for username, status in (("tin", 404), ("nguoidong", 404), ("nguoitay", 200), ("chutay", 200)):
        client = province.client(username)
        for address in (f"/verdicts/{verdict.id}/", "/stations/HOANGHON-NT01/calendar/"):
            assert client.get(address).status_code == status, (username, address)
