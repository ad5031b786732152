"""To whom a mail went, as far as this reader may know."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from alerts.models import Message, Notification
from alerts.models.policy import Audience
from alerts.views.words import sentence
from stations.models import Agency, Membership, Person
from stations.models.scope import sees_province


@dataclass(frozen=True)
class Addresses:
    """The addresses that a reader may see in full: all of them, or their own and their agency's."""

    everything: bool
    own: frozenset[str]

    @classmethod
    def seen_by(cls, user: Person) -> Addresses:
        """Who sees the province sees every address."""
        if sees_province(user, "view_readings"):
            return cls(True, frozenset())
        here = Membership.objects.in_force(timezone.localdate()).filter(person=user)
        boxes = here.values_list("agency__emails", flat=True)
        own = {address.casefold() for box in boxes for address in box}
        return cls(False, frozenset(own | {user.email.casefold()}))

    def of(self, messages: Iterable[Message]) -> dict[int, str]:
        """By mail: the address, or only what kind of agency it is."""
        mails = {message.pk: message for message in messages}
        rows = Notification.objects.filter(message__in=mails)
        sorts: dict[int | None, tuple[str, str]] = {
            mail: (audience, kind)
            for mail, audience, kind in rows.values_list("message_id", "audience", "agency_kind")
        }
        return {pk: self._shown(mail, *sorts.get(pk, ("", ""))) for pk, mail in mails.items()}

    def _shown(self, message: Message, audience: str, agency_kind: str) -> str:
        if (
            self.everything
            or audience == Audience.OPERATOR
            or message.to.casefold() in self.own - {""}
        ):
            return message.to
        names = dict(Agency.Kind.choices)
        return sentence(names[agency_kind]) if agency_kind in names else _("An agency")
