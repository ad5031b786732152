"""Addresses that refuse: marked by what a server said, mended by somebody who looked into it."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from alerts.domain import kinds
from alerts.domain.severity import SERIOUS, WARNING
from alerts.models import Alert, Message, RefusedAddress
from alerts.services.easing import resolve
from alerts.services.findings import Finding
from alerts.services.raising import report
from alerts.services.readers import reading_anew
from stations.models import Contact, Facility, Person, Station

REFUSED_ADDRESS, NO_RECIPIENT = "refused_address", "no_recipient"
"""What an own fault is about: the first word of its `source`."""


@transaction.atomic
def mark_refused(*, address: str, reply: str, message: Message | None, now: datetime) -> bool:
    """An address takes no mail any more: no more is sent to it, and the department is told.

    False where it was marked already.
    """
    key = address.strip().lower()
    try:
        with transaction.atomic():
            RefusedAddress.objects.create(
                address=address.strip(), since=now, reply=reply[:2000], message=message
            )
    except IntegrityError:
        return False
    with reading_anew():
        report(
            Finding(
                kind=kinds.OWN_FAULT,
                station_id=None,
                start=now,
                end=now,
                source=_source(key),
                severity=WARNING,
                evidence={"address": address.strip(), "reply": reply[:500]},
            ),
            now=now,
        )
    return True


@transaction.atomic
def mend(*, refused: RefusedAddress, by: Person, now: datetime | None = None) -> bool:
    """The address is right again; False where somebody was first."""
    at = now or timezone.now()
    unmended = RefusedAddress.objects.filter(pk=refused.pk, cleared_at=None)
    if not unmended.update(cleared_at=at, cleared_by=by):
        return False
    resolve(
        kind=kinds.OWN_FAULT,
        station_id=None,
        source=_source(refused.address.strip().lower()),
        at=at,
        now=at,
        by_what={"by": str(by)},
    )
    return True


def _source(key: str) -> str:
    return f"{REFUSED_ADDRESS}:{key}"[:300]


def check_reach(*, now: datetime) -> int:
    """Tell the department of each facility at which nobody can be written to, and of each that
    can be written to again; how many of both."""
    refused = {
        address.strip().lower()
        for address in RefusedAddress.objects.filter(cleared_at=None).values_list(
            "address", flat=True
        )
    }
    reached = {
        operator
        for operator, address in Contact.objects.in_force(timezone.localdate(now))
        .exclude(email="")
        .values_list("operator_id", "email")
        if address.strip().lower() not in refused
    }
    stations: dict[int, Station] = {}
    for station in Station.objects.filter(synthetic=False).order_by("-code"):
        stations[station.facility_id] = station  # the first by its code speaks for its facility
    changed = 0
    with reading_anew():
        for facility in Facility.objects.filter(pk__in=stations).order_by("pk"):
            station = stations[facility.pk]
            changed += (
                _reached(station, now=now)
                if facility.operator_id in reached
                else _unreached(station, now=now)
            )
    return changed


def _unreached(station: Station, *, now: datetime) -> int:
    standing = Alert.objects.filter(
        kind=kinds.OWN_FAULT, station=station, source=NO_RECIPIENT, resolved_at=None
    )
    if standing.unclosed().exists():
        return 0
    report(
        Finding(
            kind=kinds.OWN_FAULT,
            station_id=station.pk,
            start=now,
            end=now,
            source=NO_RECIPIENT,
            severity=SERIOUS,
        ),
        now=now,
    )
    return 1


def _reached(station: Station, *, now: datetime) -> int:
    return resolve(
        kind=kinds.OWN_FAULT, station_id=station.pk, source=NO_RECIPIENT, at=now, now=now
    )
