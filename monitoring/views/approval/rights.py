"""What the person in front of the page may do with the data of which stations."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404

from monitoring.models import Exclusion
from stations.models import Person, Station


@dataclass(frozen=True, slots=True)
class Rights:
    """At one station: whether he decides on its data, leads who do, or answers for it."""

    decides: bool
    heads: bool
    answers: bool

    @property
    def writes(self) -> bool:
        return self.decides or self.answers


def rights_at(user: Person, station: Station) -> Rights:
    """What a person may do at a station."""

    def has(permission: str) -> bool:
        return Station.objects.for_user(user, permission).filter(pk=station.pk).exists()

    return Rights(has("decide_data"), has("change_closed"), has("answer_alerts"))


def station_of(user: Person, code: str) -> Station:
    """A station whose readings the person may see; 404 for a stranger."""
    rows = Station.objects.for_user(user).select_related("facility__zone", "facility__operator")
    station: Station = get_object_or_404(rows, code=code)
    return station


def writable(user: Person) -> list[Station]:
    """The stations of which he may exclude data, or ask for it."""
    deciding = Station.objects.for_user(user, "decide_data")
    answering = Station.objects.for_user(user, "answer_alerts")
    seen = Station.objects.for_user(user)
    rows = seen.filter(pk__in=deciding.values("pk")) | seen.filter(pk__in=answering.values("pk"))
    return list(rows.select_related("facility__zone").order_by("code"))


def exclusion_of(user: Person, pk: int) -> Exclusion:
    """An exclusion at a station whose readings the person may see; 404 for a stranger."""
    rows = Exclusion.objects.for_user(user).select_related(
        "station__facility__zone",
        "channel__parameter",
        "document",
        "asked_by",
        "decided_by",
        "revoked_by",
        "head",
    )
    exclusion: Exclusion = get_object_or_404(rows, pk=pk)
    return exclusion


def must_decide(user: Person, station: Station) -> None:
    """403 for who sees the data and does not decide on them."""
    if not rights_at(user, station).decides:
        raise PermissionDenied
