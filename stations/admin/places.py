"""Units, zones and clusters."""

from __future__ import annotations

from django.contrib import admin
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from stations.admin.base import RegisterAdmin
from stations.models import Unit, Zone


@admin.register(Unit)
class UnitAdmin(RegisterAdmin):
    lasting = True
    list_display = ("name", "code", "kind", "parent", "valid_from", "valid_until")
    list_filter = (("kind", ChoicesDropdownFilter),)
    list_select_related = ("parent",)
    search_fields = ("code", "name")
    autocomplete_fields = ("parent",)


@admin.register(Zone)
class ZoneAdmin(RegisterAdmin):
    lasting = True
    list_display = ("name", "code", "kind")
    list_filter = (("kind", ChoicesDropdownFilter),)
    search_fields = ("code", "name")
    autocomplete_fields = ("units",)
