"""Secrets of machines are shown once, kept as digests, and known to the doors."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from stations.models import Token
from stations.services.accounts import (
    accounts_changed,
    accounts_snapshot,
    digest_of,
    new_person_token,
    new_station_token,
    set_ftp_password,
    token_of,
)
from tests.factories import FtpAccountFactory, PersonFactory, StationFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def announcements():
    heard: list[object] = []

    def hear(sender: object, **_: object) -> None:
        heard.append(sender)

    accounts_changed.connect(hear)
    yield heard
    accounts_changed.disconnect(hear)


def test_a_digest_depends_on_the_secret_key(settings):
    before = digest_of("secret")
    assert digest_of("secret") == before
    settings.SECRET_KEY = "another"
    assert digest_of("secret") != before


def test_a_new_ftp_secret_is_long_and_kept_only_as_a_digest():
    account = FtpAccountFactory()
    secret = set_ftp_password(account=account)
    account.refresh_from_db()
    assert len(secret) >= 26
    assert account.digest == digest_of(secret)


def test_a_told_ftp_secret_is_taken():
    account = FtpAccountFactory()
    assert set_ftp_password(account=account, secret="kiem-thu") == "kiem-thu"
    assert account.digest == digest_of("kiem-thu")


def test_a_token_leads_to_its_station_or_person():
    station, person = StationFactory(), PersonFactory()
    assert token_of(new_station_token(station=station)).station == station
    assert token_of(new_person_token(person=person)).person == person
    assert token_of("nothing") is None


def test_a_token_ends_after_its_days():
    secret = new_person_token(person=PersonFactory(), days=2)
    assert token_of(secret) is not None
    Token.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert token_of(secret) is None


def test_the_snapshot_holds_what_a_door_needs():
    station = StationFactory()
    other = StationFactory()
    FtpAccountFactory(username="b", stations=[other, station])
    FtpAccountFactory(username="a")
    secret = new_station_token(station=station)
    new_person_token(person=PersonFactory())
    station.fileprefixs.create(prefix="BG_A", valid_from=date(2024, 1, 1))
    assert accounts_snapshot() == {
        "accounts": [
            {"username": "a", "digest": "", "stations": []},
            {"username": "b", "digest": "", "stations": [station.pk, other.pk]},
        ],
        "tokens": [{"digest": digest_of(secret), "station": station.pk}],
        "prefixes": [
            {
                "prefix": "BG_A",
                "station": station.pk,
                "valid_from": date(2024, 1, 1),
                "valid_until": None,
            }
        ],
    }


def test_accounts_that_rest_and_tokens_that_ended_are_left_out():
    FtpAccountFactory(active=False)
    new_station_token(station=StationFactory(), days=1)
    Token.objects.update(expires_at=timezone.now())
    snapshot = accounts_snapshot()
    assert snapshot["accounts"] == snapshot["tokens"] == []


def test_the_doors_are_told_once_it_is_committed(announcements, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        set_ftp_password(account=FtpAccountFactory())
        assert announcements == []
    assert len(announcements) == 1


def test_the_doors_are_told_of_a_new_register(announcements, load):
    load("units: [{code: U, kind: district, name: U}]")
    assert len(announcements) == 1


def test_a_command_prints_a_persons_token_as_the_last_word(capsys):
    PersonFactory(username="ai")
    call_command("create_token", "ai", "--days", "3")
    token = token_of(capsys.readouterr().out.split()[-1])
    assert token.person.username == "ai"
    assert timedelta(days=2) < token.expires_at - timezone.now() <= timedelta(days=3)


def test_a_command_prints_a_stations_token_as_the_last_word(capsys):
    StationFactory(code="T1")
    call_command("station_token", "T1")
    assert token_of(capsys.readouterr().out.split()[-1]).station.code == "T1"


@pytest.mark.parametrize(
    "command",
    [("create_token", "nobody"), ("station_token", "NONE"), ("create_token", "ai", "--days", "0")],
)
def test_a_command_says_what_it_cannot_do(command: tuple[str, ...]):
    PersonFactory(username="ai")
    with pytest.raises(CommandError):
        call_command(*command)
