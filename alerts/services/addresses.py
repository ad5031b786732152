"""Which mail addresses a person may see in full."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone

from alerts.models.policy import Audience
from stations.models import Membership, Person
from stations.models.scope import sees_province


@dataclass(frozen=True)
class KnownAddresses:
    """Every address, or a person's own and those of their agencies; and those of operators."""

    everything: bool
    own: frozenset[str]

    @classmethod
    def to(cls, user: Person) -> KnownAddresses:
        """Who sees the province sees every address."""
        if sees_province(user, "view_readings"):
            return cls(True, frozenset())
        here = Membership.objects.in_force(timezone.localdate()).filter(person=user)
        boxes = here.values_list("agency__emails", flat=True)
        own = {address.casefold() for box in boxes for address in box}
        return cls(False, frozenset(own | {user.email.casefold()}))

    def knows(self, address: str, audience: str) -> bool:
        """Whether this address may be shown as it is."""
        return (
            self.everything
            or audience == Audience.OPERATOR
            or address.casefold() in self.own - {""}
        )
