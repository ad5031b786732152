"""Dated rows on the page of what they belong to: histories that stay clean."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable
from datetime import date
from itertools import pairwise
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.models import BaseInlineFormSet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.admin import StackedInline, TabularInline

from stations.admin.base import StaffOnly
from stations.admin.editing import FIELDS
from stations.services.register_load.values import ONE_DAY

EXPLAINS = {"reason", "document", "valid_until", "confirmed", "note"}
"""Columns that may change without a word about why."""
DAYS_AND_PAPERS = (
    "valid_from",
    "valid_until",
    "confirmed",
    "confirmed_by",
    "confirmed_at",
    "reason",
    "document",
)


class DatedForm(forms.ModelForm):
    """A row with its days. Correcting what has held already asks for a reason."""

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        begun, ended = told.get("valid_from"), told.get("valid_until")
        if begun and ended and ended < begun:
            self.add_error("valid_until", _("The last day lies before the first."))
        if self._corrects_the_past() and not told.get("reason"):
            self.add_error(
                "reason", _("Say why the past is corrected, or add a row from a day on.")
            )
        return told

    def _corrects_the_past(self) -> bool:
        before = self.initial.get("valid_from")
        held_already = before is None or before <= timezone.localdate()
        return bool(self.instance.pk and held_already and set(self.changed_data) - EXPLAINS)

    def validate_constraints(self) -> None:
        """All but those about other rows: the formset compares the whole history."""
        exclude = {*self._get_validation_exclusions(), "valid_from"}  # type: ignore[attr-defined]
        try:
            self.instance.validate_constraints(exclude=exclude)
        except ValidationError as error:
            self._update_errors(error)  # type: ignore[attr-defined]


class DatedFormSet(BaseInlineFormSet):
    """The history of one thing: a later row ends the earlier the day before."""

    grouped_by: tuple[str, ...] = ()
    """Columns of which each combination has a history of its own."""

    def clean(self) -> None:
        super().clean()
        self.closed: list[Any] = []
        if any(self.errors):
            return
        histories: dict[Hashable, list[forms.ModelForm]] = defaultdict(list)
        for form in self.forms:
            if self._counts(form):
                key = tuple(getattr(form.instance, name) for name in self.grouped_by)
                histories[key].append(form)
        for history in histories.values():
            self._close(sorted(history, key=_beginning))

    def _counts(self, form: forms.ModelForm) -> bool:
        gone = self.can_delete and form.cleaned_data.get("DELETE")
        return not gone and bool(form.instance.pk or form.has_changed())

    def _close(self, history: list[forms.ModelForm]) -> None:
        for one, after in pairwise(history):
            begins, row = after.instance.valid_from, one.instance
            if begins is None or begins == row.valid_from:
                after.add_error("valid_from", _("Another row begins on the same day."))
            elif row.valid_until is None:
                row.valid_until = begins - ONE_DAY
                self.closed.append(row)
            elif row.valid_until >= begins:
                after.add_error("valid_from", _("These days overlap with those of another row."))

    def save(self, commit: bool = True) -> Any:
        """What ends is written first, so that what follows finds its place."""
        if commit:
            for row in self.closed:
                if row.pk:
                    row.save(update_fields=["valid_until"])
        return super().save(commit)


def _beginning(form: forms.ModelForm) -> date:
    return form.instance.valid_from or date.min


def grouped(*columns: str) -> type[DatedFormSet]:
    """A formset in which each combination of these columns has a history of its own."""
    return type("GroupedFormSet", (DatedFormSet,), {"grouped_by": columns})


class HistoryOptions(StaffOnly):
    """The rows of a history in a tab of their own: what they say first, their days after it."""

    form: type[forms.ModelForm] = DatedForm
    formset: Any = DatedFormSet
    extra = 0
    tab = True
    hide_title = True
    autocomplete_fields: Any = ("document",)
    formfield_overrides = FIELDS

    def get_fields(self, request: Any, obj: Any = None) -> Any:
        names = super().get_fields(request, obj)  # type: ignore[misc]
        last = [name for name in DAYS_AND_PAPERS if name in names]
        return [*(name for name in names if name not in last), *last]

    def get_queryset(self, request: Any) -> Any:
        rows = super().get_queryset(request)  # type: ignore[misc]
        return rows.order_by("valid_from", "pk")


class DatedInline(HistoryOptions, TabularInline):
    """A history of a few columns, a line a row."""


class StackedDatedInline(HistoryOptions, StackedInline):
    """A history of many columns, a block a row."""


class ListedInline(DatedInline):
    """Dated rows that may hold at the same time, such as contacts."""

    form = forms.ModelForm
    formset = BaseInlineFormSet
