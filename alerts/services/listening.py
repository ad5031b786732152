"""Who asked to hear, and how: subscriptions and addresses that refuse, read once for a round."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime

from alerts.domain.routing import address_key
from alerts.domain.wishes import Leaving, Wish, leaving
from alerts.models import Alert, RefusedAddress, Subscription, Webhook
from stations.models import Membership, Person
from stations.services.recipients import Recipient


class Wishes:
    """All subscriptions of people who may still sign in, addresses that refuse, and webhooks."""

    def __init__(self) -> None:
        self._of: dict[int, list[Wish]] = defaultdict(list)
        self._people: dict[int, Person] = {}
        rows = Subscription.objects.filter(person__is_active=True).select_related("person")
        for row in rows.prefetch_related("facilities").order_by("pk"):
            self._people[row.person_id] = row.person
            self._of[row.person_id].append(_wish(row))
        self._at = {
            address_key(person.email): person.pk
            for person in self._people.values()
            if person.email.strip()
        }
        self.webhooks = list(Webhook.objects.filter(active=True).order_by("pk"))
        refused = RefusedAddress.objects.filter(cleared_at=None)
        self.refused = {address_key(row.address): row.since for row in refused}

    def leaving(self, address: str, alert: Alert, *, severity: int, due: datetime) -> Leaving:
        """When a note to this address leaves."""
        person = self._at.get(address_key(address))
        if person is None:
            return Leaving(due)
        facility = alert.station.facility_id if alert.station else None
        return leaving(due, self._of[person], kind=alert.kind, severity=severity, facility=facility)

    def listeners(self, alert: Alert, *, severity: int, on: date) -> Iterator[Recipient]:
        """Who asked to hear of such a case and may see it."""
        if not self._people:
            return
        facility = alert.station.facility_id if alert.station else None
        for pk, person in self._people.items():
            asks = any(
                wish.fits(kind=alert.kind, severity=severity, facility=facility)
                for wish in self._of[pk]
            )
            if asks and person.email.strip() and _may_see(person, alert):
                yield _reader(person, on=on)


def wishes_of(person: int | None) -> list[Wish]:
    """The wishes of one person; none for who does not sign in."""
    if person is None:
        return []
    rows = Subscription.objects.filter(person=person, person__is_active=True)
    return [_wish(row) for row in rows.prefetch_related("facilities").order_by("pk")]


def _wish(row: Subscription) -> Wish:
    return Wish(
        kinds=frozenset(row.kinds),
        facilities=frozenset(each.pk for each in row.facilities.all()),
        least_severity=row.least_severity,
        pace=row.pace,
        quiet_from=row.quiet_from,
        quiet_until=row.quiet_until,
    )


def _may_see(person: Person, alert: Alert) -> bool:
    return Alert.objects.for_user(person).filter(pk=alert.pk).exists()


def _reader(person: Person, *, on: date) -> Recipient:
    rows: Iterable[Membership] = (
        Membership.objects.in_force(on).filter(person=person).select_related("agency")
    )
    kinds = [row.agency.kind for row in rows]
    operator = bool(kinds) and all(kind == "operator" for kind in kinds)
    return Recipient(
        address=person.email,
        name=str(person),
        language=person.language,
        audience="operator" if operator else "agency",
        agency_kind=None if operator else next((k for k in kinds if k != "operator"), ""),
        person_id=person.pk,
    )
