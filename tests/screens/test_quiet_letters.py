"""On the page of wishes: news of announced work, and digests, can be switched off."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from alerts.models import QuietLetters
from stations.models import Membership, Person
from tests.alerts.factories import agency, person

pytestmark = pytest.mark.django_db

PAGE = "mail-wishes"


def signed_in(who: Person) -> Client:
    client = Client()
    client.force_login(who)
    return client


@pytest.fixture
def officer() -> Person:
    made = person(email="canbo@stnmt.example")
    Membership.objects.create(person=made, agency=agency(), role="officer")
    return made


def keep(who: Person, **given: object) -> int:
    told = {f"quiet-{name}": value for name, value in given.items()}
    return signed_in(who).post(reverse("mail-wishes-quiet"), told).status_code


def test_an_officer_is_offered_the_digest_of_the_morning_and_no_other(officer: Person) -> None:
    page = signed_in(officer).get(reverse(PAGE)).content.decode()
    assert 'value="morning"' in page
    assert 'value="week"' not in page
    assert 'value="month"' not in page


def test_who_gets_no_digest_is_offered_none() -> None:
    page = signed_in(person(email="ai@mau.example")).get(reverse(PAGE)).content.decode()
    assert "quiet-works" in page
    assert "quiet-digests" not in page


def test_what_is_not_ticked_is_not_sent(officer: Person) -> None:
    assert keep(officer, works="daily") == 302
    kept = QuietLetters.objects.get(person=officer)
    assert (kept.works, kept.without) == ("daily", ["morning"])


def test_what_is_ticked_is_sent(officer: Person) -> None:
    keep(officer, works="never")
    keep(officer, works="at_once", digests=["morning"])
    assert QuietLetters.objects.get(person=officer).without == []


def test_what_is_offered_no_more_keeps_what_was_said_of_it(officer: Person) -> None:
    QuietLetters.objects.create(person=officer, without=["week"])
    keep(officer, works="at_once", digests=["morning"])
    assert QuietLetters.objects.get(person=officer).without == ["week"]


@pytest.mark.parametrize("given", [{"works": "often"}, {"works": "daily", "digests": ["week"]}])
def test_what_is_not_offered_is_refused(officer: Person, given: dict[str, object]) -> None:
    assert keep(officer, **given) == 400
    assert not QuietLetters.objects.exists()
