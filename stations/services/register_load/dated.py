"""Things that change with time: "one value, or [{value, from, until}]"."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from itertools import pairwise
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from stations.services.register_load.shelf import Shelf
from stations.services.register_load.tree import Node, Problem
from stations.services.register_load.values import (
    ONE_DAY,
    Entry,
    Problems,
    Reader,
    Stated,
    Wrong,
    day,
    entry,
)

DAYS: Mapping[str, Reader] = {"from": day, "until": day}


def dated(reader: Reader) -> Reader:
    """One value that always holds, or a list of values each with its days; null says nothing."""
    one = entry({"value": reader, **DAYS}, required=("value",))

    def read(node: Node, problems: Problems) -> list[Stated]:
        if node.value is None:
            return []
        if not _items(node):
            return [Stated(reader(node, problems), None, None, node.place)]
        stated = []
        for item in _items(node):
            try:
                stated.append(stated_of(one(item, problems)))
            except Wrong as wrong:
                problems.append(wrong.problem)
        check_days(stated, problems)
        return [each for each in stated if each.value is not None]

    return read


def _items(node: Node) -> list[Node]:
    """The mappings of a history; a list of anything else is one value: aliases, or a range."""
    items = node.value if isinstance(node.value, list) else []
    return items if all(isinstance(item.value, dict) for item in items) else []


def stated_of(found: Entry, value: Any = None) -> Stated:
    """An entry that carries its own days. Without `value` its key of that name is the value."""
    content = found.get("value") if value is None else value
    return Stated(content, found.get("from"), found.get("until"), found.place)


def check_days(stated: Iterable[Stated], problems: Problems) -> None:
    """Refuses a last day before the first, and entries of one thing that hold at the same time."""
    ordered = sorted(stated, key=_beginning)
    for each in ordered:
        if each.since and each.until and each.until < each.since:
            problems.append(Problem(each.place, _("the last day lies before the first")))
    for one, after in pairwise(ordered):
        same = one.since == after.since
        if same or (one.until is not None and after.since is not None and one.until >= after.since):
            problems.append(
                Problem(after.place, _("these days overlap with those of: %s") % one.place)
            )


def _beginning(each: Stated | models.Model) -> date:
    since: date | None = each.since if isinstance(each, Stated) else each.valid_from  # type: ignore[attr-defined]
    return since or date.min


def keep_dated(
    shelf: Shelf[Any],
    rows: list[Any],
    stated: Iterable[tuple[Stated, Mapping[str, Any]]],
    **parent: Any,
) -> None:
    """Brings what the file states into the history `rows` of one thing.

    An entry is known by its first day: the same day is corrected, another one added. A later entry
    ends the earlier the day before, whether it stands in the file or stood in the register.
    """
    history = {row.valid_from: row for row in rows}
    for each, columns in stated:
        row = history.get(each.since)
        if row is None:
            history[each.since] = shelf.add(
                **parent, valid_from=each.since, valid_until=each.until, **columns
            )
        else:
            shelf.change(row, valid_until=each.until, **columns)
    for one, after in pairwise(sorted(history.values(), key=_beginning)):
        last = after.valid_from - ONE_DAY
        if one.valid_until is None or one.valid_until > last:
            shelf.change(one, valid_until=last)
