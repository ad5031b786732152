"""Facilities and what is dated about them."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
)

from stations.admin.base import RegisterAdmin, StaffOnly
from stations.admin.dated import DatedInline, StackedDatedInline, grouped
from stations.models import (
    DesignFlow,
    Facility,
    FacilityUnit,
    Permit,
    PollutingType,
    ReceivingWater,
    Station,
)


class FacilityUnitInline(DatedInline):
    model = FacilityUnit
    autocomplete_fields = ("unit", "document")


class DesignFlowInline(DatedInline):
    model = DesignFlow


class PollutingTypeInline(DatedInline):
    model = PollutingType


class ReceivingWaterInline(DatedInline):
    model = ReceivingWater


class PermitInline(StackedDatedInline):
    model = Permit
    formset = grouped("number")
    autocomplete_fields = ("edition", "document")
    readonly_fields = ("confirmed_by", "confirmed_at")


class StationInline(StaffOnly, TabularInline):
    """The stations of the facility, each with a link to its own page."""

    lasting = True
    model = Station
    fields = ("code", "name", "medium", "ended_on")
    readonly_fields = fields
    extra = max_num = 0
    tab = True
    hide_title = True
    show_change_link = True


@admin.register(Facility)
class FacilityAdmin(RegisterAdmin):
    synthetic_by = "synthetic"
    lasting = True
    list_display = ("name", "code", "kind", "zone", "operator")
    list_filter = (
        ("kind", ChoicesDropdownFilter),
        ("zone", AutocompleteSelectFilter),
        ("operator", AutocompleteSelectFilter),
    )
    list_filter_submit = True
    list_select_related = ("zone", "operator")
    search_fields = ("code", "name", "operator__name", "stations__code")
    autocomplete_fields = ("zone", "operator", "owned_by_unit")
    inlines = (
        StationInline,
        FacilityUnitInline,
        DesignFlowInline,
        ReceivingWaterInline,
        PollutingTypeInline,
        PermitInline,
    )
    fieldsets = (
        (None, {"fields": ("code", "name", "kind", "operator")}),
        (_("Where it lies"), {"fields": ("zone", "owned_by_unit", "latitude", "longitude")}),
    )
