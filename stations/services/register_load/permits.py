"""The limits of a facility's own permit, for one channel."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from stations.domain.dated import Dated, in_force
from stations.models import Channel, JudgedBy, Period, Permit, PermitLimit
from stations.services.register_load.confirmation import confirmation
from stations.services.register_load.dated import check_days, keep_dated, stated_of
from stations.services.register_load.facility_permits import permit_of
from stations.services.register_load.register import Register
from stations.services.register_load.shelf import ref
from stations.services.register_load.tree import Node
from stations.services.register_load.values import (
    Entry,
    Problems,
    Wrong,
    any_text,
    code,
    column,
    day,
    entry,
    flag,
    list_of,
    optional,
)

_AMOUNT = column(PermitLimit, "maximum")


def between(node: Node, problems: Problems) -> tuple[Decimal, Decimal]:
    """[minimum, maximum], both within."""
    if not isinstance(node.value, list) or len(node.value) != 2:
        raise Wrong(node.place, _("must be two numbers: [lowest, highest]"))
    low, high = (_AMOUNT(item, problems) for item in node.value)
    if low > high:
        raise Wrong(node.place, _("the lower number must stand first"))
    return low, high


def share(node: Node, problems: Problems) -> Decimal:
    """More than 0 and at most 1."""
    number: Decimal = column(PermitLimit, "min_capture")(node, problems)
    if not 0 < number <= 1:
        raise Wrong(node.place, _("must be above 0 and at most 1"))
    return number


LIMIT = entry(
    {
        "max": _AMOUNT,
        "min": _AMOUNT,
        "between": between,
        "period": column(PermitLimit, "period"),
        "from": day,
        "until": day,
        "source": column(PermitLimit, "source"),
        "permit": optional(code),
        "printed_c": optional(column(PermitLimit, "printed_c")),
        "confirmed": any_text,
        "replaces": flag,
        "min_capture": optional(share),
        "grace_minutes": optional(column(PermitLimit, "grace_minutes")),
        "reference_oxygen_percent": optional(column(PermitLimit, "reference_oxygen")),
    }
)


def limits(node: Node, problems: Problems) -> list[Entry]:
    """One limit or a list of limits, each with exactly one of max, min, between."""
    if node.value is None:
        return []
    one = not isinstance(node.value, list)
    entries: list[Entry] = [LIMIT(node, problems)] if one else list_of(LIMIT)(node, problems)
    for each in entries:
        if sum(side in each.places for side in ("max", "min", "between")) != 1:
            problems.append(Wrong(each.place, _("a limit has one of: max, min, between")).problem)
    return entries


def keep_permits(register: Register, channel: Channel, found: Entry, known: list[Permit]) -> None:
    """Limits of one source and period follow one another; those of others stand beside.

    A limit that names a permit of the facility (`known`) and no source has the permit as source.
    """
    histories: dict[tuple[str, str], list[Entry]] = {}
    for each in found.get("limit", []):
        period = each.get("period") or _usual_period(register, channel, each.get("from"))
        histories.setdefault((_source(each), period), []).append(each)
    shelf = register.facts[PermitLimit]
    for (source, period), entries in histories.items():
        rows = [
            row for row in shelf.of(ref(channel)) if (row.source, row.period) == (source, period)
        ]
        stated = [
            (stated_of(each, each), _columns(each, rows) | _permit(register, each, known))
            for each in entries
        ]
        check_days([one for one, _columns_ in stated], register.problems)
        keep_dated(shelf, rows, stated, channel=channel, source=source, period=period)


def _source(each: Entry) -> str:
    source: str = each.get("source") or each.get("permit", "")
    return source


def _permit(register: Register, each: Entry, known: list[Permit]) -> dict[str, Any]:
    """The permit that a limit names; one that the facility does not have is a problem."""
    if "permit" not in each.values:
        return {}
    number = each.get("permit")
    permit = permit_of(known, number, each.get("from"))
    if permit is None and number is not None:
        message = _("“%s” is no permit of this facility")
        register.refuse(each.at("permit"), message % number)
    return {"permit": permit}


def _usual_period(register: Register, channel: Channel, since: date | None) -> str:
    """That of the regulation by which the station is judged when the limit begins, else the day."""
    periods = {edition.pk: edition.period for edition in register.editions.values()}
    rows = register.facts[JudgedBy].of(register.channels.key(channel))
    rules = [Dated(periods[row.edition_id], row.valid_from, row.valid_until) for row in rows]
    starts = [since] if since else sorted(row.valid_from or date.min for row in rows)[:1]
    return (in_force(rules, starts[0]) if starts else None) or Period.DAY


def _columns(each: Entry, rows: list[PermitLimit]) -> dict[str, Any]:
    low, high = each.get("between", (each.get("min"), each.get("max")))
    known = next((row for row in rows if row.valid_from == each.get("from")), None)
    return {
        "minimum": low,
        "maximum": high,
        **each.given(
            replaces="replaces",
            min_capture="min_capture",
            grace_minutes="grace_minutes",
            reference_oxygen="reference_oxygen_percent",
            printed_c="printed_c",
        ),
        **confirmation(each, known),
    }
