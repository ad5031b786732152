"""To whom a mail went, as far as this reader may know."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from alerts.models import Message, Notification
from alerts.services.addresses import KnownAddresses
from alerts.views.words import sentence
from stations.models import Agency, Person


@dataclass(frozen=True)
class Addresses:
    """The addresses that a reader may see in full: all of them, or their own and their agency's."""

    known: KnownAddresses

    @classmethod
    def seen_by(cls, user: Person) -> Addresses:
        """Who sees the province sees every address."""
        return cls(KnownAddresses.to(user))

    def of(self, messages: Iterable[Message]) -> dict[int, str]:
        """By mail: the address, or only what kind of agency it is."""
        mails = {message.pk: message for message in messages}
        rows = Notification.objects.filter(message__in=mails)
        sorts: dict[int | None, tuple[str, str]] = {
            mail: (audience, kind)
            for mail, audience, kind in rows.values_list("message_id", "audience", "agency_kind")
        }
        return {pk: self.shown(mail.to, *sorts.get(pk, ("", ""))) for pk, mail in mails.items()}

    def shown(self, address: str, audience: str, agency_kind: str) -> str:
        """The address, or only what kind of agency it is."""
        if self.known.knows(address, audience):
            return address
        names = dict(Agency.Kind.choices)
        return sentence(names[agency_kind]) if agency_kind in names else _("An agency")
