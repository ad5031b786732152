"""Agencies with what they answer for, and operators with whom to reach."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from stations.admin.base import RegisterAdmin
from stations.admin.dated import ListedInline
from stations.models import Agency, Contact, Jurisdiction, Membership, Operator
from stations.services.grants import rebuild_grants


class JurisdictionInline(ListedInline):
    model = Jurisdiction
    autocomplete_fields = ("unit", "zone", "operator", "document")


class MembershipInline(ListedInline):
    model = Membership
    autocomplete_fields = ("person", "document")


@admin.register(Agency)
class AgencyAdmin(RegisterAdmin):
    lasting = True
    list_display = ("name", "code", "kind", "unit")
    list_filter = (("kind", ChoicesDropdownFilter),)
    list_select_related = ("unit",)
    search_fields = ("code", "name")
    autocomplete_fields = ("unit", "operator")
    inlines = (JurisdictionInline, MembershipInline)
    fieldsets = (
        (None, {"fields": ("code", "name", "kind")}),
        (_("Where it is written to"), {"fields": ("emails", "language")}),
        (_("Belongs to"), {"fields": ("unit", "operator")}),
    )

    def after_saving(self) -> None:
        rebuild_grants()


class ContactInline(ListedInline):
    model = Contact


@admin.register(Operator)
class OperatorAdmin(RegisterAdmin):
    lasting = True
    list_display = ("name",)
    search_fields = ("name", "contacts__email", "contacts__phone", "contacts__name")
    inlines = (ContactInline,)
