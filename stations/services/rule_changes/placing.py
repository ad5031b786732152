"""A dated row finds its place in the history of one thing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any, TypeVar

import pghistory
from django.db import IntegrityError, models, transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from stations.models import Person
from stations.models.dated import Dated
from stations.services.rule_changes.papers import Paper

ONE_DAY = timedelta(days=1)
D = TypeVar("D", bound=Dated)


class CannotStand(Exception):
    """A change that the register does not allow, as a sentence; `field` is what it is about."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@contextmanager
def change_by(person: Person) -> Iterator[None]:
    """One transaction whose history names the person; what the database refuses is a sentence."""
    try:
        with pghistory.context(user=person.pk), transaction.atomic():
            yield
    except IntegrityError as error:
        raise CannotStand(_refused(error)) from error


def _refused(error: IntegrityError) -> str:
    name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") or ""
    if name.endswith("in_order"):
        return _("The last day lies before the first.")
    if "overlap" in name or "at_a_time" in name:
        return _("Another entry of the same kind already holds on these days.")
    if name.endswith("has_a_side"):
        return _("A limit needs a maximum, a minimum, or both.")
    return _("the register does not allow it: %s") % name


def place(
    history: models.QuerySet[D],
    *,
    since: date | None,
    until: date | None,
    columns: dict[str, Any],
    row: D | None = None,
    paper: Paper,
    **of: Any,
) -> D:
    """Puts a new row, or `row` with other days and columns, among the rows of one thing.

    What began earlier and still holds ends the day before; where something begins later, the row
    ends the day before that. `of` are the columns that make it one thing. Raises CannotStand.
    """
    if since and until and until < since:
        raise CannotStand(_("The last day lies before the first."), field="until")
    known = history.select_for_update().order_by(models.F("valid_from").asc(nulls_first=True))
    others = [one for one in known if row is None or one.pk != row.pk]
    _refuse_the_same_day(others, since)
    last = _last_day(others, since, until)
    for one in others:
        going = one.valid_until is None or one.valid_until >= _day(since)
        if since is not None and _begins(one) < since and going:
            one.valid_until = since - ONE_DAY
            one.save(update_fields=["valid_until"])
    told = {**columns, **paper.columns(), "valid_from": since, "valid_until": last}
    if row is None:
        return history.model._default_manager.create(**of, **told)  # type: ignore[return-value]
    for name, value in told.items():
        setattr(row, name, value)
    row.save(update_fields=list(told))
    return row


def take_out(row: Dated, *, reason: str) -> None:
    """A row that should never have been goes. Its history stays, with who took it out and why."""
    longest = row._meta.get_field("reason").max_length or 0
    row.reason = (_("taken out: %s") % reason)[:longest]
    row.save(update_fields=["reason"])
    row.delete()


def _refuse_the_same_day(others: list[D], since: date | None) -> None:
    if any(one.valid_from == since for one in others):
        message = _("Another value begins on the same day: correct that one instead.")
        raise CannotStand(message, field="since")


def _last_day(others: list[D], since: date | None, until: date | None) -> date | None:
    """The last day asked for, at most the day before what begins later."""
    later = [one.valid_from for one in others if one.valid_from and one.valid_from > _day(since)]
    if not later:
        return until
    last = min(later) - ONE_DAY
    if until is not None and until > last:
        told = {"day": date_format(min(later), "d/m/Y")}
        message = _("From %(day)s another value holds: end before it, or change that one.") % told
        raise CannotStand(message, field="until")
    return last if until is None else until


def _begins(row: Dated) -> date:
    return _day(row.valid_from)


def _day(since: date | None) -> date:
    return since or date.min
