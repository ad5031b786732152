"""Mails, the inbox and webhooks over TLS: certificates are looked at, nothing goes in the open."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from alerts import mail
from alerts.mail.inbox import InboxUnavailable, read_inbox
from alerts.mail.webhooks import call_due
from alerts.models import Attempt, Message, WebhookCall
from alerts.services import report
from tests.alerts.factories import JUDGED, exceedance, station
from tests.alerts.imap import imap_server
from tests.alerts.servers import smtp_server
from tests.alerts.test_webhooks import hook, receiver
from tests.certificates import Authority

pytestmark = [pytest.mark.django_db, pytest.mark.servers]
HERE, ELSEWHERE = "127.0.0.1", "noikhac.example"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority.made_in(tmp_path)


@pytest.fixture
def trusted(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine trusts the authority, as it would one of the system's."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.trusted))


def send(settings: Any, *, way: str) -> Attempt:
    """One mail over `tls` or `starttls`; its first attempt."""
    settings.EMAIL_USE_SSL, settings.EMAIL_USE_TLS = way == "tls", way == "starttls"
    report(exceedance(station()), now=JUDGED)
    mail.send_due(now=JUDGED)
    return Attempt.objects.get()


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("way", ["tls", "starttls"])
def test_a_mail_goes_encrypted(settings: Any, authority: Authority, way: str) -> None:
    with smtp_server(settings, **{way: authority.server(HERE)}) as postman:
        assert send(settings, way=way).outcome == "sent"
        assert len(postman.taken) == 1


@pytest.mark.parametrize("way", ["tls", "starttls"])
def test_a_certificate_that_nobody_vouches_for_is_not_believed(
    settings: Any, authority: Authority, way: str
) -> None:
    with smtp_server(settings, **{way: authority.server(HERE)}) as postman:
        attempt = send(settings, way=way)
        assert (attempt.outcome, postman.taken) == ("later", [])
        assert "CERTIFICATE_VERIFY_FAILED" in attempt.reply
        assert Message.objects.get().state == "waiting"


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("way", ["tls", "starttls"])
def test_the_certificate_of_another_server_is_not_believed(
    settings: Any, authority: Authority, way: str
) -> None:
    with smtp_server(settings, **{way: authority.server(ELSEWHERE)}) as postman:
        assert send(settings, way=way).outcome == "later"
        assert postman.taken == []


def test_a_server_that_cannot_encrypt_gets_nothing_in_the_open(settings: Any) -> None:
    with smtp_server(settings) as postman:
        attempt = send(settings, way="starttls")
        assert (attempt.outcome, postman.taken) == ("later", [])
        assert "STARTTLS" in attempt.reply


@pytest.mark.usefixtures("trusted")
def test_the_inbox_is_read_encrypted(settings: Any, authority: Authority) -> None:
    with imap_server(tls=authority.server(HERE)) as mailbox:
        settings.INBOX = mailbox.inbox
        mailbox.mails.append(b"From: ai@do.example\r\nSubject: xin chao\r\n\r\nchao\r\n")
        read_inbox(now=JUDGED)
        assert mailbox.seen == {1}


def test_no_password_goes_to_an_inbox_that_nobody_vouches_for(
    settings: Any, authority: Authority
) -> None:
    with imap_server(tls=authority.server(HERE)) as mailbox:
        settings.INBOX = mailbox.inbox
        with pytest.raises(InboxUnavailable, match="CERTIFICATE_VERIFY_FAILED"):
            read_inbox(now=JUDGED)
        assert mailbox.said == []


def call(settings: Any, url: str) -> WebhookCall:
    settings.WEBHOOK_NETWORKS = [HERE]
    hook(url.replace("http://127.0.0.1", "https://localhost"))
    report(exceedance(station()), now=JUDGED)
    call_due(now=JUDGED)
    return WebhookCall.objects.get()


@pytest.mark.usefixtures("trusted")
def test_a_webhook_calls_encrypted_by_the_name_of_the_receiver(
    settings: Any, authority: Authority
) -> None:
    with receiver(tls=authority.server("localhost")) as (url, came):
        assert call(settings, url).state == "sent"
        assert len(came) == 1


@pytest.mark.usefixtures("trusted")
def test_a_receiver_with_the_name_of_another_is_not_called(
    settings: Any, authority: Authority
) -> None:
    with receiver(tls=authority.server(ELSEWHERE)) as (url, came):
        assert call(settings, url).state == "waiting"
        assert came == []
