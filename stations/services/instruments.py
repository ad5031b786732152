"""How the files of a channel name and measure it, changed from a day on."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from stations.models import Channel, Document, Instrument

ONE_DAY = timedelta(days=1)


class CannotRead(Exception):
    """The change would not say clearly how files are to be read; the text tells why."""


@transaction.atomic
def change_reading(
    *,
    channel: Channel,
    since: date,
    alias: str = "",
    file_unit: str = "",
    factor: Decimal | None = None,
    reason: str = "",
    document: Document | None = None,
) -> Instrument:
    """Add an alias, set the unit of the files or the factor of a channel, from a day on.

    It holds as long as the instrument of that day: what is in its place later is another device.
    Raises CannotRead.
    """
    Channel.objects.select_for_update().get(pk=channel.pk)
    alias, file_unit = alias.strip(), file_unit.strip()
    _check(channel, since, alias, file_unit, factor)
    instrument = _from(channel, since)
    if alias and alias not in instrument.aliases:
        instrument.aliases = [*instrument.aliases, alias]
    if file_unit:
        instrument.file_unit = file_unit
    if factor is not None:
        instrument.factor = factor
    instrument.reason = reason.strip()[:300]
    instrument.document = document or instrument.document
    instrument.save()
    return instrument


def instrument_on(channel: Channel, day: date) -> Instrument | None:
    """The instrument that is in the channel on a day."""
    found: Instrument | None = channel.instruments.in_force(day).first()
    return found


def _check(
    channel: Channel, since: date, alias: str, file_unit: str, factor: Decimal | None
) -> None:
    if not alias and not file_unit and factor is None:
        raise CannotRead(_("Give an alias, a unit or a factor."))
    if factor is not None and factor <= 0:
        raise CannotRead(_("The factor is more than 0."))
    if alias and any(character.isspace() for character in alias):
        raise CannotRead(_("An alias has no blanks."))
    other = _other_of(channel, alias, since) if alias else None
    if other is not None:
        raise CannotRead(
            _("%(alias)s already means %(symbol)s at this station.")
            % {"alias": alias, "symbol": other.symbol}
        )


def _other_of(channel: Channel, alias: str, since: date) -> Channel | None:
    """Another channel of the station that bears this name on that day or later."""
    others = Channel.objects.filter(station=channel.station_id).exclude(pk=channel.pk)
    named: Channel | None = others.filter(symbol=alias).first()
    if named is not None:
        return named
    rows = Instrument.objects.filter(channel__in=others, aliases__contains=[alias])
    going = rows.filter(Q(valid_until=None) | Q(valid_until__gte=since)).select_related("channel")
    row = going.first()
    return row.channel if row else None


def _from(channel: Channel, since: date) -> Instrument:
    """The instrument of that day, cut off from what it was before the day."""
    current = instrument_on(channel, since)
    if current is None:
        return Instrument(
            channel=channel, valid_from=since, valid_until=_until_next(channel, since)
        )
    if current.valid_from == since:
        return current
    until = current.valid_until
    current.valid_until = since - ONE_DAY
    current.save(update_fields=["valid_until"])
    return Instrument(
        channel=channel,
        serial=current.serial,
        model=current.model,
        range_low=current.range_low,
        range_high=current.range_high,
        aliases=list(current.aliases),
        factor=current.factor,
        file_unit=current.file_unit,
        still_minutes=current.still_minutes,
        still_source=current.still_source,
        document=current.document,
        valid_from=since,
        valid_until=until,
    )


def _until_next(channel: Channel, since: date) -> date | None:
    later = channel.instruments.filter(valid_from__gt=since).order_by("valid_from")
    begins = later.values_list("valid_from", flat=True).first()
    return begins - ONE_DAY if begins else None
