"""Channels: one parameter and one slot of a station, for life."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Max
from django.http import HttpRequest
from django.utils.translation import gettext as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from stations.admin.base import RegisterAdmin
from stations.admin.dated import DatedInline, StackedDatedInline, grouped
from stations.models import Channel, ChannelInterval, Instrument, PermitLimit


class InstrumentInline(StackedDatedInline):
    model = Instrument


class ChannelIntervalInline(DatedInline):
    model = ChannelInterval


class PermitLimitInline(StackedDatedInline):
    model = PermitLimit
    formset = grouped("source", "period")
    autocomplete_fields = ("document", "permit")
    readonly_fields = ("confirmed_by", "confirmed_at")


class ChannelForm(forms.ModelForm):
    """A new channel takes its parameter's symbol, and the unit of its station's medium."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "symbol" in self.fields:
            self.fields["symbol"].required = False

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        station, parameter = told.get("station"), told.get("parameter")
        if self.instance.pk or station is None or parameter is None:
            return told
        told["symbol"] = told.get("symbol") or parameter.symbol
        unit = parameter.units.get(station.medium)
        if unit is None:
            medium = station.get_medium_display()
            words = {"code": parameter.symbol, "medium": medium}
            self.add_error("parameter", _("%(code)s is not measured in: %(medium)s") % words)
        self.instance.unit = unit or ""
        highest = station.channels.aggregate(highest=Max("slot"))["highest"]
        self.instance.slot = (highest or 0) + 1
        return told


@admin.register(Channel)
class ChannelAdmin(RegisterAdmin):
    synthetic_by = "station__synthetic"
    lasting = True
    form = ChannelForm
    list_display = ("__str__", "parameter", "unit", "slot", "ended_on")
    list_filter = (("parameter", AutocompleteSelectFilter), ("station", AutocompleteSelectFilter))
    list_filter_submit = True
    list_select_related = ("station", "parameter")
    search_fields = ("symbol", "station__code", "station__name")
    autocomplete_fields = ("station", "parameter")
    inlines = (PermitLimitInline, InstrumentInline, ChannelIntervalInline)
    readonly_fields = ("slot", "unit")
    fields = ("station", "parameter", "symbol", "unit", "slot", "ended_on")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fixed = super().get_readonly_fields(request, obj)
        return (*fixed, "station", "parameter", "symbol") if obj else fixed
