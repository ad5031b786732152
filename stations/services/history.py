"""Who changed what, and when: the events that the database itself writes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ObjectDoesNotExist
from django.db import models
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from stations.domain import wording
from stations.domain.quantities import plain
from stations.models import Person

MOST_CHANGES = 300
SILENT = ("id", "sort_name", "digest", "slot")


@dataclass(frozen=True)
class FieldChange:
    """One column, before and after; empty text where there was nothing."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class Change:
    """One event of a row: added or changed."""

    at: datetime
    who: str
    what: str
    added: bool
    fields: tuple[FieldChange, ...]


def is_tracked(model: type[models.Model]) -> bool:
    """Whether the database writes down what happens to the rows of a table."""
    return _events(model) is not None


def changes_of(
    row: models.Model, belonging: Iterable[tuple[type[models.Model], str]] = ()
) -> list[Change]:
    """The changes of a row and of the rows that belong to it, the newest first.

    `belonging` are the tables of those rows, each with its foreign key to `row`. Rows that are
    gone are told of too. At most MOST_CHANGES.
    """
    found = list(_told(type(row), 0, pgh_obj_id=row.pk))
    for place, (model, foreign_key) in enumerate(belonging, start=1):
        found += _told(model, place, silent=foreign_key, **{f"{foreign_key}_id": row.pk})
    found.sort(key=lambda told: told[0], reverse=True)
    names = _names(who for _order, who, _change in found)
    return [
        Change(change.at, names.get(who, change.who), change.what, change.added, change.fields)
        for _order, who, change in found[:MOST_CHANGES]
    ]


Told = tuple[tuple[datetime, int, int], int | None, Change]


def _told(model: type[models.Model], place: int, *, silent: str = "", **of: Any) -> Iterator[Told]:
    """`place` orders what tables tell of one transaction, whose changes all bear its moment: what
    belongs to a row came after the row."""
    events = _events(model)
    if events is None:
        return
    before: dict[int, models.Model] = {}
    rows = events._default_manager.filter(**of).select_related("pgh_context").order_by("pgh_id")
    for event in rows:
        number = event.pgh_obj_id
        fields = tuple(_differences(model, before.get(number), event, silent))
        added = number not in before
        before[number] = event
        if fields:
            who, name = _author(event)
            change = Change(event.pgh_created_at, name, _title(model), added, fields)
            yield (event.pgh_created_at, place, event.pgh_id), who, change


def _events(model: type[models.Model]) -> Any:
    try:
        return model._meta.get_field("events").related_model
    except FieldDoesNotExist:
        return None


def _title(model: type[models.Model]) -> str:
    return str(model._meta.verbose_name)


def _differences(
    model: type[models.Model], before: models.Model | None, after: models.Model, silent: str
) -> Iterator[FieldChange]:
    for field in model._meta.concrete_fields:
        if field.name in (*SILENT, silent):
            continue
        old = getattr(before, field.attname) if before is not None else None
        new = getattr(after, field.attname)
        was_nothing = before is None and new in (None, "", [], {})
        if old != new and not was_nothing:
            shown = _shown(field, before), _shown(field, after)
            yield FieldChange(str(field.verbose_name), *shown)


def _shown(field: Any, event: models.Model | None) -> str:
    if event is None:
        return ""
    value = getattr(event, field.attname)
    if value in (None, ""):
        return ""
    if field.is_relation:
        try:
            return str(getattr(event, field.name))
        except ObjectDoesNotExist:
            return f"#{value}"
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, (date, timedelta)):
        return _time(value)
    return str(value)


def _time(value: date | timedelta) -> str:
    """A length of time in words, a day, or a moment."""
    if isinstance(value, timedelta):
        return wording.duration(value, language=(get_language() or "vi")[:2])
    return _day_or_moment(value)


def _day_or_moment(value: date) -> str:
    """A moment by the clock of Vietnam."""
    if isinstance(value, datetime):
        return date_format(timezone.localtime(value), "d/m/Y H:i")
    return date_format(value, "d/m/Y")


def _author(event: Any) -> tuple[int | None, str]:
    """The number of the person, or the words for what else it was."""
    told = event.pgh_context.metadata if event.pgh_context else {}
    if told.get("file"):
        return None, _("register file %s") % told["file"]
    if told.get("user"):
        return int(told["user"]), f"#{told['user']}"
    return None, _("the program")


def _names(people: Iterable[int | None]) -> dict[int | None, str]:
    wanted = {number for number in people if number is not None}
    return {person.pk: str(person) for person in Person.objects.filter(pk__in=wanted)}
