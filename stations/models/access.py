"""People, machines, and how they prove who they are."""

from __future__ import annotations

import pghistory
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from stations.models.agency import Agency
from stations.models.dated import Dated, ordered_days


class Person(AbstractUser):
    """A person who signs in."""

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    name = models.CharField(_("name"), max_length=200, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    language = models.CharField(
        _("language"), max_length=5, choices=[("vi", "Tiếng Việt"), ("en", "English")], default="vi"
    )

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ("username",)

    def __str__(self) -> str:
        return self.name or self.username

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name or self.username


@pghistory.track()
class Membership(Dated):
    """A person's place in an agency. With the agency's jurisdictions it makes the grants."""

    class Role(models.TextChoices):
        VIEWER = "viewer", _("viewer")
        OFFICER = "officer", _("officer")
        HEAD = "head", _("head")

    person = models.ForeignKey(
        Person, verbose_name=_("person"), on_delete=models.CASCADE, related_name="memberships"
    )
    agency = models.ForeignKey(
        Agency, verbose_name=_("agency"), on_delete=models.CASCADE, related_name="memberships"
    )
    role = models.CharField(_("role"), max_length=20, choices=Role.choices, default=Role.VIEWER)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        ordering = ("person", "agency")
        constraints = [ordered_days("membership_days_are_in_order")]

    def __str__(self) -> str:
        return f"{self.person} – {self.agency}"


class FtpAccount(models.Model):
    """A logger's account: one station or several. Its secret is kept as a keyed digest only."""

    username = models.CharField(_("username"), max_length=80, unique=True)
    digest = models.CharField(max_length=64, editable=False, blank=True)
    stations = models.ManyToManyField(
        "stations.Station", verbose_name=_("stations"), related_name="ftp_accounts", blank=True
    )
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("FTP account")
        verbose_name_plural = _("FTP accounts")
        ordering = ("username",)

    def __str__(self) -> str:
        return self.username


class Token(models.Model):
    """A bearer's token of the HTTP API, for a person or for a station; kept as a keyed digest."""

    digest = models.CharField(max_length=64, unique=True, editable=False)
    person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.CASCADE, related_name="tokens"
    )
    station = models.ForeignKey(
        "stations.Station", null=True, blank=True, on_delete=models.CASCADE, related_name="tokens"
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)

    class Meta:
        verbose_name = _("token")
        verbose_name_plural = _("tokens")
        constraints = [
            models.CheckConstraint(
                name="token_is_a_persons_or_a_stations",
                condition=models.Q(person__isnull=True) ^ models.Q(station__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return str(self.person or self.station)
