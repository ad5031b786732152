"""What every page of the register's desk has in common."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.forms import ModelForm
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.http.response import HttpResponse
from unfold.admin import ModelAdmin

from stations.admin.confirming import sign
from stations.admin.editing import FIELDS
from stations.services.history import changes_of, is_tracked


class StaffOnly:
    """Staff may do everything here, whatever Django's own permissions say; nobody else anything."""

    lasting = False
    """Whether rows stay for ever, because others lean on them."""

    def _is_staff(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and getattr(request.user, "is_staff", False))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._is_staff(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._is_staff(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._is_staff(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._is_staff(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._is_staff(request) and not self.lasting


class RegisterAdmin(StaffOnly, ModelAdmin):
    """A page of the register: staff only, compact, with its history."""

    compressed_fields = True
    warn_unsaved_form = True
    list_fullwidth = True
    list_per_page = 50
    formfield_overrides = FIELDS
    synthetic_by = ""
    """The lookup that finds what is there for our own probes; it is nobody's to edit."""

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        rows: models.QuerySet[Any] = super().get_queryset(request)
        return rows.exclude(**{self.synthetic_by: True}) if self.synthetic_by else rows

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        sign(form, request.user)
        super().save_model(request, obj, form, change)

    def save_formset(
        self, request: HttpRequest, form: ModelForm, formset: BaseInlineFormSet, change: bool
    ) -> None:
        for one in formset.forms:
            sign(one, request.user)
        super().save_formset(request, form, formset, change)

    def save_related(
        self, request: HttpRequest, form: ModelForm, formsets: Any, change: bool
    ) -> None:
        super().save_related(request, form, formsets, change)
        self.after_saving()

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)
        self.after_saving()

    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> None:
        super().delete_queryset(request, queryset)
        self.after_saving()

    def after_saving(self) -> None:
        """What follows from a change on this page; nothing, unless a page says so."""

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        told = {} if row is None else self._history(row)
        return super().history_view(request, object_id, {**told, **(extra_context or {})})

    def _history(self, row: models.Model) -> dict[str, Any]:
        belonging = [
            (inline.model, inline.fk_name or row._meta.model_name or "")
            for inline in self.inlines
            if is_tracked(inline.model)
        ]
        entries = LogEntry.objects.filter(
            content_type=ContentType.objects.get_for_model(row), object_id=str(row.pk)
        ).select_related("user")
        tracked = is_tracked(type(row))
        return {
            "changes": changes_of(row, belonging),
            "entries": [
                entry for entry in entries if not tracked or '"deleted"' in entry.change_message
            ],
        }
