"""Permits, and the numbers and tables that rules need."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter

from stations.admin.base import RegisterAdmin, StaffOnly
from stations.admin.dated import DatedForm
from stations.models import AirClass, IndexTable, Permit, PermitLimit, Provenance, RuleSetting


class StandingAloneForm(DatedForm):
    """A dated row on a page of its own: the constraints see its neighbours and speak."""

    def validate_constraints(self) -> None:
        try:
            self.instance.validate_constraints(exclude=self._get_validation_exclusions())  # type: ignore[attr-defined]
        except ValidationError as error:
            self._update_errors(error)  # type: ignore[attr-defined]


class PermitLimitsInline(StaffOnly, TabularInline):
    """What the permit limits, each with a link to the page of its channel."""

    lasting = True
    model = PermitLimit
    fields = ("channel", "period", "minimum", "maximum", "printed_c", "valid_from", "valid_until")
    readonly_fields = fields
    extra = max_num = 0
    tab = True
    hide_title = True


@admin.register(Permit)
class PermitAdmin(RegisterAdmin):
    lasting = True
    form = StandingAloneForm
    list_display = ("number", "facility", "valid_from", "valid_until", "confirmed")
    list_filter = (("facility", AutocompleteSelectFilter),)
    list_filter_submit = True
    list_select_related = ("facility",)
    search_fields = ("number", "facility__code", "facility__name")
    autocomplete_fields = ("facility", "edition", "document")
    readonly_fields = ("confirmed_by", "confirmed_at")
    inlines = (PermitLimitsInline,)


class OfficersNumber(RegisterAdmin):
    """A number or a table that a person changes is no longer one that was read elsewhere."""

    lasting = True
    form = StandingAloneForm
    readonly_fields = ("provenance",)
    autocomplete_fields = ("document",)
    numbers: frozenset[str] = frozenset()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change or self.numbers & set(form.changed_data):
            obj.provenance = Provenance.OFFICER
        super().save_model(request, obj, form, change)


@admin.register(RuleSetting)
class RuleSettingAdmin(OfficersNumber):
    list_display = ("key", "value", "valid_from", "valid_until", "source", "provenance")
    list_filter = (("key", ChoicesDropdownFilter),)
    search_fields = ("key", "source")
    numbers = frozenset({"value"})


@admin.register(IndexTable)
class IndexTableAdmin(OfficersNumber):
    list_display = ("code", "valid_from", "valid_until", "source", "provenance")
    search_fields = ("code", "source")
    numbers = frozenset({"content"})


@admin.register(AirClass)
class AirClassAdmin(RegisterAdmin):
    form = StandingAloneForm
    list_display = ("station", "kind", "valid_from", "valid_until")
    list_filter = (("kind", ChoicesDropdownFilter), ("station", AutocompleteSelectFilter))
    list_filter_submit = True
    list_select_related = ("station",)
    search_fields = ("station__code", "station__name")
    autocomplete_fields = ("station", "document")
