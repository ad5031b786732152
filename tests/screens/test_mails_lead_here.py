"""Where the button of a mail lands, and the pages of what mails tell of this system itself."""

from __future__ import annotations

import re

from django.test import Client
from django.utils import timezone

from alerts.models import Alert, Attachment, Message, RefusedAddress
from alerts.services.refusing import mark_refused
from stations.models import Person
from tests.screens.conftest import Province
from tests.screens.test_cases import page


def test_the_button_of_a_mail_lands_on_the_case_after_sign_in(province: Province) -> None:
    alert = province.alert("HOANGHON-NT01")
    mail = Message.objects.filter(notifications__alert=alert).latest("pk")
    link = re.search(r'href="[^"]*(/alerts/\d+/)"', mail.html)
    assert link is not None
    assert link[1] == f"/alerts/{alert.pk}/"
    someone = Person.objects.get(username="canbo")
    someone.set_password("mật khẩu để thử")
    someone.save()
    client = Client()
    asked = client.get(link[1])
    assert asked.status_code == 302
    landed = client.post(
        asked["Location"], {"username": "canbo", "password": "mật khẩu để thử"}, follow=True
    )
    assert landed.redirect_chain[-1][0] == link[1]
    assert "COD" in landed.content.decode()


def test_an_address_that_refuses_is_a_case_for_the_province_and_mended_on_its_page(
    province: Province,
) -> None:
    assert mark_refused(
        address="vanhanh@cu.example", reply="550 5.1.1 no", message=None, now=timezone.now()
    )
    fault = Alert.objects.get(kind="own_fault")
    officer, district = province.client("canbo"), province.client("nguoidong")
    assert "vanhanh@cu.example" in page(officer, f"/alerts/{fault.pk}/")
    assert "vanhanh@cu.example" in page(officer, "/mails/refused/")
    assert district.get(f"/alerts/{fault.pk}/").status_code == 404
    assert district.get("/mails/refused/").status_code == 404
    mark = RefusedAddress.objects.get()
    assert district.post(f"/mails/refused/{mark.pk}/mend/").status_code == 404
    shown = officer.post(f"/mails/refused/{mark.pk}/mend/", follow=True).content.decode()
    assert "Lại gửi thư đến vanhanh@cu.example" in shown
    fault.refresh_from_db()
    assert fault.resolved_at is not None


def test_what_went_with_a_mail_is_seen_by_who_reads_the_mail(province: Province) -> None:
    alert = province.alert("HOANGHON-NT01")
    mail = Message.objects.filter(notifications__alert=alert).latest("pk")
    mail.attachments.all().delete()
    kept = Attachment.objects.create(
        message=mail,
        name="COD.png",
        content_type="image/png",
        content=b"\x89PNG",
        content_id="<a@b>",
    )
    address = f"/mails/{mail.pk}/files/{kept.pk}/"
    officer = province.client("canbo")
    assert address in page(officer, f"/mails/{mail.pk}/")
    answer = officer.get(address)
    assert (answer.content, answer["Content-Type"]) == (b"\x89PNG", "image/png")
    assert province.client("nguoidong").get(address).status_code == 404
