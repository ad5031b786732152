"""What the register and the line know of a station, for the foot of its page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from alerts.views.words import sentence
from monitoring.models import StationState
from monitoring.services.setup import StationSetup
from monitoring.views.fleet import Seen
from stations.domain import wording
from stations.models import Channel, Contact, Instrument, JudgedBy, Station
from stations.views.limits import FACTORS, language


def judged_by(station: Station, drawn: StationState | None) -> str:
    """QCVN 40:2011/BTNMT cột A · Kq 1 · Kf 0,9."""
    rule = JudgedBy.objects.filter(station=station).in_force(timezone.localdate())
    named = rule.select_related("edition").first()
    if named is None:
        return ""
    column = "" if named.column == "only" else _(" column %s") % named.column
    factors: dict[str, Any] = {}
    for channel in drawn.channels if drawn else []:
        for limit in channel["limits"]:
            factors |= limit["derivation"]
    told = [
        f"{name} {wording.exact(factors[name], language=language())}"
        for name in FACTORS
        if name in factors
    ]
    return " · ".join([f"{named.edition.code}{column}", *told])


def instruments(setup: StationSetup, channels: Mapping[int, Channel]) -> list[dict[str, Any]]:
    today = timezone.localdate()
    rows = Instrument.objects.filter(channel__in=channels.values()).in_force(today)
    fitted = {row.channel_id: row for row in rows}
    return [
        {
            "symbol": channel.symbol,
            "name": channels[channel.slot].parameter.name,
            "instrument": instrument.model if instrument else "",
            "serial": instrument.serial if instrument else "",
            "range": _range(instrument),
            "may_stand": _may_stand(instrument),
            "interval_minutes": channel.pace.interval(today),
            "from": instrument.valid_from if instrument else None,
        }
        for channel in setup.channels
        for instrument in [fitted.get(channels[channel.slot].pk)]
    ]


def _range(instrument: Instrument | None) -> str:
    if instrument is None or instrument.range_high is None:
        return ""
    low = wording.exact(instrument.range_low or 0, language=language())
    return f"{low}–{wording.exact(instrument.range_high, language=language())}"


def _may_stand(instrument: Instrument | None) -> str:
    if instrument is None or instrument.still_minutes is None:
        return ""
    long = wording.duration(timedelta(minutes=instrument.still_minutes), language=language())
    told = {"long": long, "source": instrument.still_source}
    return _("a value may stand still for %(long)s (%(source)s)") % told


def accounts(station: Station) -> list[tuple[str, str]]:
    """How its files come in: the prefix in force, and the account where it serves no stranger."""
    today = timezone.localdate()
    prefixes = station.fileprefixs.in_force(today).values_list("prefix", flat=True)
    facts = [(_("File prefix"), prefix) for prefix in prefixes]
    for account in station.ftp_accounts.prefetch_related("stations"):
        others = [
            each for each in account.stations.all() if each.facility_id != station.facility_id
        ]
        if not others:
            facts.append((_("FTP account"), account.username))
    return facts


def contacts(station: Station) -> list[tuple[str, str]]:
    """Who answers at the operator: role, name, telephone, address."""
    rows = Contact.objects.filter(operator=station.facility.operator_id)
    return [
        (
            sentence(row.get_role_display()),
            " · ".join(filter(None, (row.name, row.phone, row.email))),
        )
        for row in rows.in_force(timezone.localdate())
    ]


def link_facts(seen: Seen, now: datetime) -> list[tuple[str, Any]]:
    """The health of the line alone."""
    link = seen.link
    if link is None:
        return []

    def told(at: datetime) -> str:
        return wording.moment(at, now=now, language=language(), seconds=True)

    delay = wording.duration(link.newest_received_at - link.newest_measured_at, language=language())
    return [
        (_("First heard"), told(link.first_heard_at)),
        (_("Last measured"), told(link.newest_measured_at)),
        (_("Last received"), told(link.newest_received_at)),
        (_("From measuring to receiving"), delay),
        (_("Last file of any kind"), told(link.last_received_at)),
        (_("Counts as silent after"), told(link.silent_after)),
    ]
