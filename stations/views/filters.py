"""The filter row of a list: it lives in the address, and only what it knows is taken from there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.http import HttpRequest
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

LONGEST_SEARCH = 100
ROWS_A_PAGE = 50


@dataclass
class Filter:
    """One field of the row: a choice among `options`, a search, or a day."""

    name: str
    label: str
    kind: str = "choice"
    options: Sequence[tuple[str, str]] = ()
    value: str = field(default="", init=False)

    def take(self, given: str) -> None:
        """What the address gives, if it is one of the options, a day, or a short search."""
        if self.kind == "choice":
            known = {value for value, _word in self.options}
            self.value = given if given in known else ""
        elif self.kind == "date":
            self.value = given if _day(given) else ""
        else:
            self.value = given.strip()[:LONGEST_SEARCH]


def choice(name: str, label: str, options: Iterable[tuple[str, Any]], *, every: str = "") -> Filter:
    """A choice; first comes "all"."""
    words = [(str(value), str(word)) for value, word in options]
    return Filter(name, label, options=[("", every or _("All")), *words])


def search(label: str) -> Filter:
    """Free words, as `q`."""
    return Filter("q", label, kind="search")


def day(name: str, label: str) -> Filter:
    """A calendar day."""
    return Filter(name, label, kind="date")


class Filters:
    """The fields of a list with what this address asks of them."""

    def __init__(self, request: HttpRequest, *fields: Filter) -> None:
        self.fields = list(fields)
        for each in self.fields:
            each.take(request.GET.get(each.name, ""))

    def __getitem__(self, name: str) -> str:
        return next(each.value for each in self.fields if each.name == name)

    def day(self, name: str) -> date | None:
        """The day that a field asks for."""
        return _day(self[name])

    @property
    def filtered(self) -> bool:
        """Whether anything is asked for."""
        return any(each.value for each in self.fields)

    def address(self, **changes: Any) -> str:
        """The query of this list with some fields changed, "?" when nothing is left."""
        asked = {each.name: each.value for each in self.fields} | changes
        return f"?{urlencode({name: value for name, value in asked.items() if value})}"


def page_of(rows: Any, filters: Filters, request: HttpRequest) -> tuple[Page[Any], dict[str, Any]]:
    """One page of a counted list, and what components/pagination.html needs."""
    page = Paginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page"))
    return page, {
        "words": f"{page.start_index()}–{page.end_index()} / {page.paginator.count}",
        "previous": filters.address(page=page.previous_page_number())
        if page.has_previous()
        else None,
        "next": filters.address(page=page.next_page_number()) if page.has_next() else None,
    }


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None
