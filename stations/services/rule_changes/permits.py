"""A facility's permit and the limits that it prints, kept together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from stations.models import Channel, Facility, Permit, PermitLimit, Person
from stations.services.rule_changes.papers import Paper
from stations.services.rule_changes.placing import (
    ONE_DAY,
    CannotStand,
    change_by,
    place,
    take_out,
)

NOT_CONFIRMED: Mapping[str, Any] = {"confirmed": "", "confirmed_by": None, "confirmed_at": None}


@dataclass(frozen=True)
class PrintedLimit:
    """One line of a permit's table; `row` is the limit that it corrects."""

    channel: Channel
    period: str
    maximum: Decimal | None
    minimum: Decimal | None
    printed_c: Decimal | None = None
    replaces: bool = False
    row: PermitLimit | None = None


def keep_permit(
    *,
    facility: Facility,
    values: Mapping[str, Any],
    since: date | None,
    until: date | None,
    limits: Sequence[PrintedLimit],
    paper: Paper,
    by: Person,
    permit: Permit | None = None,
    instead_of: Permit | None = None,
) -> Permit:
    """A new permit with its limits, or another wording of `permit`. Raises CannotStand.

    `limits` are all that it prints: a line of `permit` that is not among them goes. `instead_of`
    ends the day before. Whatever is written anew waits to be confirmed.
    """
    _check(limits)
    number = values["number"]
    with change_by(by):
        if instead_of is not None:
            _end(instead_of, since)
        kept = place(
            facility.permits.filter(number=number),
            since=since,
            until=until,
            columns={**values, **NOT_CONFIRMED},
            row=permit,
            paper=paper,
            facility=facility,
        )
        _end_with_their_permits(facility.permits.filter(number=number).exclude(pk=kept.pk))
        _keep_limits(kept, limits, paper)
    return kept


def _check(limits: Sequence[PrintedLimit]) -> None:
    seen = set()
    for line in limits:
        told = {"symbol": line.channel.symbol, "station": line.channel.station.code}
        if line.maximum is None and line.minimum is None:
            message = _("%(symbol)s of %(station)s: a limit needs a maximum, a minimum, or both.")
            raise CannotStand(message % told)
        if line.maximum is not None and line.minimum is not None and line.minimum > line.maximum:
            message = _("%(symbol)s of %(station)s: the minimum lies above the maximum.")
            raise CannotStand(message % told)
        key = (line.channel.pk, line.period)
        if key in seen:
            message = _("%(symbol)s of %(station)s has two limits for the same period.")
            raise CannotStand(message % told)
        seen.add(key)


def _keep_limits(permit: Permit, limits: Sequence[PrintedLimit], paper: Paper) -> None:
    kept = {line.row.pk for line in limits if line.row is not None}
    for gone in permit.limits.exclude(pk__in=kept):
        take_out(gone, reason=paper.reason)
    for line in limits:
        place(
            PermitLimit.objects.filter(
                channel=line.channel, source=permit.number, period=line.period
            ),
            since=permit.valid_from,
            until=permit.valid_until,
            columns={
                "channel": line.channel,
                "source": permit.number,
                "period": line.period,
                "permit": permit,
                "maximum": line.maximum,
                "minimum": line.minimum,
                "printed_c": line.printed_c,
                "replaces": line.replaces,
                **NOT_CONFIRMED,
            },
            row=line.row,
            paper=paper,
        )


def _end(permit: Permit, since: date | None) -> None:
    """The last day of a permit and of its limits is the day before another begins."""
    if since is None or (permit.valid_from is not None and permit.valid_from >= since):
        message = _("%(number)s begins on the same day or later, so it cannot be replaced then.")
        raise CannotStand(message % {"number": permit.number}, field="instead_of")
    if permit.valid_until is None or permit.valid_until >= since:
        permit.valid_until = since - ONE_DAY
        permit.save(update_fields=["valid_until"])
    _end_with_their_permits([permit])


def _end_with_their_permits(permits: Iterable[Permit]) -> None:
    """No limit holds longer than the permit that prints it."""
    for permit in permits:
        longer = Q(valid_until=None) | Q(valid_until__gt=permit.valid_until)
        if permit.valid_until is not None:
            for limit in permit.limits.filter(longer):
                limit.valid_until = permit.valid_until
                limit.save(update_fields=["valid_until"])
