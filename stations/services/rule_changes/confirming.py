"""An officer compares a rule with its paper: who, when, which."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from stations.models import Document, EditionLimit, JudgedBy, Permit, PermitLimit, Person
from stations.models.regulation import Confirmed
from stations.services.rule_changes.placing import CannotStand, change_by

LONGEST = Confirmed._meta.get_field("confirmed").max_length or 0


def confirm_rule(*, rule: JudgedBy, document: Document, by: Person) -> None:
    """The edition and column that a station is judged by; with it every limit of the law there."""
    with change_by(by):
        _sign([rule], document, by)


def confirm_permit(*, permit: Permit, document: Document, by: Person) -> int:
    """A permit with everything that it prints; how many limits that are."""
    with change_by(by):
        limits = list(permit.limits.select_for_update())
        _sign([permit, *limits], document, by)
    return len(limits)


def confirm_limits(
    *, limits: Iterable[EditionLimit] | Iterable[PermitLimit], document: Document, by: Person
) -> int:
    """Single numbers: cells of an edition, or limits whose permit is not in the register."""
    rows = list(limits)
    if not rows:
        raise CannotStand(_("Choose at least one number."), field="limits")
    with change_by(by):
        _sign(rows, document, by)
    return len(rows)


def _sign(rows: Iterable[Any], document: Document, by: Person) -> None:
    """The paper stands with the row too, unless another stands there already."""
    if len(document.number) > LONGEST:
        raise CannotStand(_("The number of the document is too long."), field="document")
    now = timezone.now()
    for row in rows:
        row.confirmed, row.confirmed_by, row.confirmed_at = document.number, by, now
        row.document = row.document or document
        row.save(update_fields=["confirmed", "confirmed_by", "confirmed_at", "document"])
