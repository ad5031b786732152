"""Stations and what is dated about them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter

from stations.admin.base import RegisterAdmin, StaffOnly
from stations.admin.dated import DatedFormSet, DatedInline
from stations.domain.dated import Dated, overlaps
from stations.models import (
    AirClass,
    Channel,
    FilePrefix,
    GasFlow,
    JudgedBy,
    KvZone,
    SamplingInterval,
    SourceType,
    StampSetting,
    Station,
)
from stations.services.accounts import announce_accounts


class FilePrefixFormSet(DatedFormSet):
    """A prefix names one station at a time."""

    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        for form in self.forms:
            if self._counts(form) and (other := self._other_station(form.instance)):
                message = _("On these days this is the prefix of %(station)s.")
                form.add_error("prefix", message % {"station": other})

    def _other_station(self, row: FilePrefix) -> Station | None:
        mine = Dated(row, row.valid_from, row.valid_until)
        others = FilePrefix.objects.filter(prefix=row.prefix).exclude(station=self.instance.pk)
        for other in others.select_related("station"):
            if overlaps([mine, Dated(other, other.valid_from, other.valid_until)]):
                return other.station
        return None


class FilePrefixInline(DatedInline):
    model = FilePrefix
    formset = FilePrefixFormSet


class SamplingIntervalInline(DatedInline):
    model = SamplingInterval


class StampSettingInline(DatedInline):
    model = StampSetting


class GasFlowInline(DatedInline):
    model = GasFlow


class KvZoneInline(DatedInline):
    model = KvZone


class SourceTypeInline(DatedInline):
    model = SourceType


class AirClassInline(DatedInline):
    model = AirClass


class JudgedByInline(DatedInline):
    model = JudgedBy
    autocomplete_fields = ("edition", "document")
    readonly_fields = ("confirmed_by", "confirmed_at")


class ChannelInline(StaffOnly, TabularInline):
    """The channels of the station, each with a link to its own page."""

    lasting = True
    model = Channel
    fields = ("slot", "symbol", "parameter", "unit", "ended_on")
    readonly_fields = fields
    extra = max_num = 0
    tab = True
    hide_title = True
    show_change_link = True


@admin.register(Station)
class StationAdmin(RegisterAdmin):
    synthetic_by = "synthetic"
    lasting = True
    list_display = ("code", "name", "facility", "medium", "ended_on")
    list_filter = (
        ("medium", ChoicesDropdownFilter),
        ("facility__zone", AutocompleteSelectFilter),
    )
    list_filter_submit = True
    list_select_related = ("facility",)
    search_fields = ("code", "name", "facility__name", "facility__code", "fileprefixs__prefix")
    autocomplete_fields = ("facility",)
    inlines = (
        ChannelInline,
        JudgedByInline,
        FilePrefixInline,
        SamplingIntervalInline,
        StampSettingInline,
        GasFlowInline,
        KvZoneInline,
        SourceTypeInline,
        AirClassInline,
    )
    fieldsets = (
        (None, {"fields": ("code", "name", "facility", "medium", "ended_on")}),
        (_("Where it lies, if not with its facility"), {"fields": ("latitude", "longitude")}),
    )

    def get_readonly_fields(self, request: Any, obj: Any = None) -> Any:
        """The medium gives the channels their units, so it stays once there are any."""
        fixed = super().get_readonly_fields(request, obj)
        return (*fixed, "medium") if obj and obj.channels.exists() else fixed

    def after_saving(self) -> None:
        announce_accounts()
