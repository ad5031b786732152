"""Accounts of loggers, and tokens."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action

from stations.admin.base import RegisterAdmin
from stations.models import FtpAccount, Token
from stations.services.accounts import announce_accounts, set_ftp_password


@admin.register(FtpAccount)
class FtpAccountAdmin(RegisterAdmin):
    """A secret is made by the machine and shown once; nobody can read it later."""

    synthetic_by = "stations__synthetic"
    list_display = ("username", "active", "has_secret")
    list_filter = ("active",)
    search_fields = ("username", "stations__code", "stations__name")
    autocomplete_fields = ("stations",)
    readonly_fields = ("has_secret",)
    actions = ("give_secrets",)
    actions_submit_line = ("give_secret",)

    @admin.display(description=gettext_lazy("has a secret"), boolean=True)
    def has_secret(self, account: FtpAccount) -> bool:
        return bool(account.digest)

    @action(description=gettext_lazy("Save and make a new secret"))
    def give_secret(self, request: HttpRequest, obj: FtpAccount) -> None:
        self._show(request, obj, set_ftp_password(account=obj))

    @admin.action(description=gettext_lazy("Make new secrets"))
    def give_secrets(self, request: HttpRequest, queryset: QuerySet[FtpAccount]) -> None:
        for account in queryset:
            self._show(request, account, set_ftp_password(account=account))

    def save_model(
        self, request: HttpRequest, obj: FtpAccount, form: ModelForm, change: bool
    ) -> None:
        super().save_model(request, obj, form, change)
        if not change:
            self._show(request, obj, set_ftp_password(account=obj))

    def after_saving(self) -> None:
        announce_accounts()

    def _show(self, request: HttpRequest, account: FtpAccount, secret: str) -> None:
        told = {"username": account.username, "secret": secret}
        message = _("The secret of %(username)s, shown this once: %(secret)s") % told
        messages.success(request, message)
        self.log_change(request, account, _("A new secret was made."))


@admin.register(Token)
class TokenAdmin(RegisterAdmin):
    """Tokens are made by commands; here they are seen and taken back."""

    list_display = ("id", "person", "station", "created_at", "expires_at")
    list_select_related = ("person", "station")
    search_fields = ("person__username", "station__code")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def after_saving(self) -> None:
        announce_accounts()
