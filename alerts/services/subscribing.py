"""How people change what they want to hear. Each for themselves alone."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import time

from django.db import transaction

from alerts.models import QuietLetters, Subscription
from stations.models import Facility, Person


@dataclass(frozen=True, slots=True)
class Wanted:
    """A subscription as it is asked for; empty `kinds` or `facilities` are all."""

    kinds: Collection[str]
    facilities: Collection[Facility]
    least_severity: int
    pace: str
    quiet_from: time | None = None
    quiet_until: time | None = None


@transaction.atomic
def subscribe(*, person: Person, wanted: Wanted, number: int | None = None) -> Subscription:
    """Keep a wish, in the place of the person's own with this number where one is named.

    Raises Subscription.DoesNotExist for a number of someone else.
    """
    kept = Subscription(person=person)
    if number is not None:
        kept = Subscription.objects.select_for_update().get(pk=number, person=person)
    kept.kinds = sorted(wanted.kinds)
    kept.least_severity, kept.pace = wanted.least_severity, wanted.pace
    kept.quiet_from, kept.quiet_until = wanted.quiet_from, wanted.quiet_until
    kept.save()
    kept.facilities.set(wanted.facilities)
    return kept


def unsubscribe(*, person: Person, number: int) -> bool:
    """Forget a wish; False where the person has no such one."""
    found, _of_what = Subscription.objects.filter(pk=number, person=person).delete()
    return bool(found)


def want_quiet_letters(*, person: Person, works: str, without: Collection[str]) -> QuietLetters:
    """How news of announced work comes, and which digests do not."""
    told = {"works": works, "without": sorted(set(without))}
    row, _made = QuietLetters.objects.update_or_create(person=person, defaults=told)
    return row


def speak(*, person: Person, language: str) -> None:
    """The language in which mails are written to a person."""
    Person.objects.filter(pk=person.pk).update(language=language)
