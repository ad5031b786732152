from __future__ import annotations

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from stations.models.dated import Dated, ordered_days
from stations.models.names import Named
from stations.models.unit import Unit, Zone


@pghistory.track()
class Operator(Named):
    """Who runs a facility."""

    class Meta:
        verbose_name = _("operator")
        verbose_name_plural = _("operators")
        ordering = ("sort_name",)
        constraints = [models.UniqueConstraint(fields=("name",), name="one_operator_of_a_name")]


@pghistory.track()
class Contact(Dated):
    """A person or a mailbox of an operator: owner, shift, or maintenance (regulation.md §1)."""

    class Role(models.TextChoices):
        OWNER = "owner", _("owner")
        SHIFT = "shift", _("shift")
        MAINTENANCE = "maintenance", _("maintenance")
        MAILBOX = "mailbox", _("mailbox")

    operator = models.ForeignKey(
        Operator, verbose_name=_("operator"), on_delete=models.CASCADE, related_name="contacts"
    )
    name = models.CharField(_("name"), max_length=200, blank=True)
    role = models.CharField(_("role"), max_length=20, choices=Role.choices, default=Role.MAILBOX)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    language = models.CharField(_("language"), max_length=5, default="vi")

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        ordering = ("operator", "role", "name", "email")
        constraints = [
            ordered_days("contact_days_are_in_order"),
            models.CheckConstraint(
                name="contact_can_be_reached", condition=~Q(email="") | ~Q(phone="")
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email


@pghistory.track()
class Agency(Named):
    """An authority, or the staff of an operator, to which people belong."""

    class Kind(models.TextChoices):
        ENVIRONMENT = "environment_department", _("environment department")
        SUB_DEPARTMENT = "sub_department", _("sub-department")
        INFORMATION = "information_department", _("information department")
        INDUSTRY_TRADE = "industry_trade_department", _("industry and trade department")
        ZONES_BOARD = "zones_board", _("industrial-zones board")
        DISTRICT = "district_committee", _("district committee")
        LEADERSHIP = "province_leadership", _("province leadership")
        MINISTRY = "ministry", _("ministry")
        OPERATOR = "operator", _("operator")

    code = models.CharField(_("code"), max_length=60, unique=True)
    kind = models.CharField(_("kind"), max_length=40, choices=Kind.choices)
    emails = ArrayField(models.EmailField(), verbose_name=_("e-mails"), default=list, blank=True)
    language = models.CharField(_("language"), max_length=5, default="vi")
    unit = models.ForeignKey(
        Unit, verbose_name=_("unit"), null=True, blank=True, on_delete=models.PROTECT
    )
    operator = models.OneToOneField(
        Operator,
        verbose_name=_("operator"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="agency",
    )

    class Meta:
        verbose_name = _("agency")
        verbose_name_plural = _("agencies")
        ordering = ("sort_name",)


@pghistory.track()
class Jurisdiction(Dated):
    """What an agency answers for, and since when. Rights are granted on these objects only."""

    class What(models.TextChoices):
        PROVINCE = "province", _("the province")
        UNIT = "unit", _("a unit")
        ZONE = "zone", _("a zone or cluster")
        ALL_ZONES = "all_zones", _("all industrial zones")
        ALL_CLUSTERS = "all_clusters", _("all industrial clusters")
        LINKS = "links", _("all links, no readings")
        OPERATOR = "operator", _("an operator's facilities")

    agency = models.ForeignKey(
        Agency, verbose_name=_("agency"), on_delete=models.CASCADE, related_name="jurisdictions"
    )
    what = models.CharField(_("what"), max_length=20, choices=What.choices)
    unit = models.ForeignKey(
        Unit, verbose_name=_("unit"), null=True, blank=True, on_delete=models.PROTECT
    )
    zone = models.ForeignKey(
        Zone, verbose_name=_("zone"), null=True, blank=True, on_delete=models.PROTECT
    )
    operator = models.ForeignKey(
        Operator, verbose_name=_("operator"), null=True, blank=True, on_delete=models.CASCADE
    )

    class Meta:
        verbose_name = _("jurisdiction")
        verbose_name_plural = _("jurisdictions")
        default_permissions = ("add", "change", "delete", "view")
        permissions = [
            ("view_links", _("see stations and the health of their links")),
            ("view_readings", _("see readings, verdicts and alerts")),
            ("handle_alerts", _("acknowledge and close alerts")),
            ("answer_alerts", _("explain an alert for the operator")),
            ("edit_rules", _("keep limits, permits and how files are read")),
            ("decide_data", _("exclude data and close months")),
            ("change_closed", _("change a closed month, with a reason")),
        ]
        constraints = [
            ordered_days("jurisdiction_days_are_in_order"),
            models.CheckConstraint(
                name="jurisdiction_names_what_it_covers",
                condition=(
                    Q(what="unit", unit__isnull=False, zone=None, operator=None)
                    | Q(what="zone", zone__isnull=False, unit=None, operator=None)
                    | Q(what="operator", operator__isnull=False, unit=None, zone=None)
                    | Q(
                        what__in=("province", "all_zones", "all_clusters", "links"),
                        unit=None,
                        zone=None,
                        operator=None,
                    )
                ),
            ),
        ]

    def __str__(self) -> str:
        return (
            f"{self.agency}: {self.unit or self.zone or self.operator or self.get_what_display()}"
        )
