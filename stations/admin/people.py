"""People who sign in, and where they belong."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from stations.admin.base import RegisterAdmin
from stations.admin.dated import ListedInline
from stations.models import Membership, Person
from stations.services.grants import rebuild_grants

POWERS = ("is_staff", "is_superuser")


class MembershipInline(ListedInline):
    model = Membership
    autocomplete_fields = ("agency", "document")


@admin.register(Person)
class PersonAdmin(RegisterAdmin, UserAdmin):  # type: ignore[misc]
    """Only a superuser gives powers, or touches those who have them."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    lasting = True
    list_display = ("username", "name", "email", "phone", "is_active", "is_staff")
    list_filter = ("is_active", "is_staff", ("memberships__agency", RelatedDropdownFilter))
    search_fields = ("username", "name", "email", "phone")
    ordering = ("username",)
    filter_horizontal = ()
    inlines = (MembershipInline,)
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("username", "password", "name", "email", "phone", "language")}),
        (_("May sign in"), {"fields": ("is_active", *POWERS)}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (None, {"fields": ("username", "name", "email", "phone", "password1", "password2")}),
    )

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        beyond = isinstance(obj, Person) and (obj.is_superuser or obj.is_staff)
        return allowed and (not beyond or _is_superuser(request) or obj == request.user)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fixed = super().get_readonly_fields(request, obj)
        return fixed if _is_superuser(request) else (*fixed, *POWERS)

    def after_saving(self) -> None:
        rebuild_grants()


def _is_superuser(request: HttpRequest) -> bool:
    return bool(getattr(request.user, "is_superuser", False))
