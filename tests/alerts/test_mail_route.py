"""The daily test of the mail route, out by SMTP and back by IMAP; its silence is an alarm."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from alerts import mail
from alerts.domain.digests import VIETNAM
from alerts.mail.digests import route_mail
from alerts.mail.inbox import read_inbox
from alerts.models import Alert, InboundMail, Message, RouteTest, Webhook, WebhookCall
from alerts.services.route_test import WITHIN, lay_route_test, look_at_route
from alerts.tasks import test_the_route as route_task
from tests.alerts.factories import DAY, MINUTE, agency
from tests.alerts.imap import imap_server
from tests.alerts.servers import Postman, smtp_server

pytestmark = [pytest.mark.django_db, pytest.mark.servers]
SIX = datetime(2024, 5, 21, 6, tzinfo=VIETNAM)
CONTROL = "qttd@so.example"


@pytest.fixture
def postman(settings: Any) -> Iterator[Postman]:
    with smtp_server(settings) as running:
        yield running


def lay(now: datetime) -> RouteTest | None:
    return lay_route_test(control=CONTROL, composed=route_mail(now), now=now)


def test_it_goes_out_once_a_day_from_six() -> None:
    assert lay(SIX - MINUTE) is None
    assert lay(SIX) is not None
    assert lay(SIX + MINUTE) is None
    assert lay(SIX + DAY) is not None
    assert Message.objects.filter(purpose="test", to=CONTROL).count() == 2


def test_without_a_control_mailbox_nothing_is_tested() -> None:
    assert lay_route_test(control="", composed=route_mail(SIX), now=SIX) is None


def test_what_comes_back_is_seen_and_nobody_hears_of_it(postman: Postman) -> None:
    agency(email="so@stnmt.example")
    lay(SIX)
    mail.send_due(now=SIX)
    with imap_server() as box:
        box.mails.append(postman.taken[0].as_bytes())
        assert read_inbox(now=SIX + MINUTE, inbox=box.inbox) == 1
    test = RouteTest.objects.get()
    assert test.seen_at == SIX + MINUTE
    assert InboundMail.objects.get().sort == "test"
    assert look_at_route(now=SIX + DAY) == 0
    assert not Alert.objects.exists()


def test_its_silence_is_an_alarm_on_the_desk_and_by_webhook_and_ends_with_the_next() -> None:
    agency(email="so@stnmt.example")
    Webhook.objects.create(name="SOC", url="https://soc.example/", secret="whsec_AAAA")
    lay(SIX)
    assert look_at_route(now=SIX + WITHIN - MINUTE) == 0
    assert look_at_route(now=SIX + WITHIN) == 1
    assert look_at_route(now=SIX + WITHIN + MINUTE) == 0
    fault = Alert.objects.get()
    assert (fault.kind, fault.source, fault.severity) == ("own_fault", "mail_route", 4)
    assert WebhookCall.objects.get().event.alert == fault
    lay(SIX + DAY)
    assert look_at_route(now=SIX + DAY + WITHIN) == 1, "a second day of it"
    RouteTest.objects.filter(day=SIX.date()).update(seen_at=None)
    RouteTest.objects.exclude(day=SIX.date()).update(seen_at=SIX + DAY + 2 * WITHIN)
    assert look_at_route(now=SIX + DAY + 2 * WITHIN) == 1
    fault.refresh_from_db()
    assert fault.resolved_at == SIX + DAY + 2 * WITHIN
    assert Alert.objects.count() == 1


def test_a_test_that_the_server_refuses_is_an_alarm_at_once(postman: Postman) -> None:
    lay(SIX)
    postman.answers_to_rcpt = ["554 5.7.1 relay access denied"]
    mail.send_due(now=SIX)
    assert look_at_route(now=SIX + MINUTE) == 1
    assert "relay" in Alert.objects.get().evidence["reply"]


def test_the_task_tests_nothing_without_server_and_inbox() -> None:
    assert route_task() == 0
    assert not RouteTest.objects.exists()
