"""What is measured, in which unit, and what the law says about it."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
)

from stations.admin.base import RegisterAdmin
from stations.admin.dated import DatedInline, grouped
from stations.models import (
    Document,
    Edition,
    EditionLimit,
    Parameter,
    Regulation,
    UnitConversion,
    UnitOfMeasure,
)


@admin.register(Parameter)
class ParameterAdmin(RegisterAdmin):
    lasting = True
    list_display = ("symbol", "name_vi", "name_en", "slow_minutes", "can_be_negative")
    search_fields = ("symbol", "name_vi", "name_en")


@admin.register(UnitOfMeasure)
class UnitOfMeasureAdmin(RegisterAdmin):
    lasting = True
    list_display = ("code", "spellings")
    search_fields = ("code",)


@admin.register(UnitConversion)
class UnitConversionAdmin(RegisterAdmin):
    list_display = ("from_unit", "to_unit", "factor")
    search_fields = ("from_unit", "to_unit")


@admin.register(Regulation)
class RegulationAdmin(RegisterAdmin):
    lasting = True
    list_display = ("code", "title")
    search_fields = ("code", "title")


class EditionLimitInline(DatedInline):
    model = EditionLimit
    formset = grouped("parameter_id", "column", "source_type", "period")
    autocomplete_fields = ("parameter", "document")
    readonly_fields = ("provenance", "confirmed_by", "confirmed_at")
    ordering = ("parameter__position", "column", "source_type", "period", "valid_from")

    def get_queryset(self, request: object) -> object:
        rows = super().get_queryset(request).select_related("parameter", "confirmed_by")
        return rows.order_by(*self.ordering)


@admin.register(Edition)
class EditionAdmin(RegisterAdmin):
    lasting = True
    list_display = ("code", "medium", "in_force_from", "in_force_until", "period", "provenance")
    list_filter = (("medium", ChoicesDropdownFilter), ("regulation", AutocompleteSelectFilter))
    search_fields = ("code", "regulation__title")
    autocomplete_fields = ("regulation", "document")
    inlines = (EditionLimitInline,)
    fieldsets = (
        (None, {"fields": ("regulation", "code", "medium", "columns")}),
        (_("In force"), {"fields": ("in_force_from", "in_force_until", "document", "note")}),
        (
            _("How it judges"),
            {
                "fields": (
                    "period",
                    "min_capture",
                    "grace_minutes",
                    "reference_oxygen",
                    "factors",
                    "provenance",
                )
            },
        ),
    )


@admin.register(Document)
class DocumentAdmin(RegisterAdmin):
    lasting = True
    list_display = ("number", "date", "issuer", "title")
    list_filter = (("issuer", admin.AllValuesFieldListFilter),)
    search_fields = ("number", "title", "issuer")
    date_hierarchy = "date"
