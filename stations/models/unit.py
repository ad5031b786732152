from __future__ import annotations

import pghistory
from django.db import models
from django.utils.translation import gettext_lazy as _

from stations.models.dated import DatedQuerySet, ordered_days
from stations.models.names import Named


@pghistory.track()
class Unit(Named):
    """An administrative unit. Units that are gone stay, with their last day."""

    class Kind(models.TextChoices):
        PROVINCE = "province", _("province")
        DISTRICT = "district", _("district, town or city")
        COMMUNE = "commune", _("commune or ward")

    code = models.SlugField(_("code"), max_length=40, unique=True)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices, default=Kind.DISTRICT)
    parent = models.ForeignKey(
        "self",
        verbose_name=_("part of"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="children",
    )
    valid_from = models.DateField(_("from"), null=True, blank=True)
    valid_until = models.DateField(_("until"), null=True, blank=True)
    latitude = models.FloatField(_("latitude"), null=True, blank=True)
    longitude = models.FloatField(_("longitude"), null=True, blank=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = _("administrative unit")
        verbose_name_plural = _("administrative units")
        ordering = ("sort_name",)
        constraints = [ordered_days("unit_days_are_in_order")]


@pghistory.track()
class Zone(Named):
    """An industrial zone (KCN) or an industrial cluster (CCN); it may lie in several units."""

    class Kind(models.TextChoices):
        ZONE = "zone", _("industrial zone (KCN)")
        CLUSTER = "cluster", _("industrial cluster (CCN)")

    code = models.SlugField(_("code"), max_length=40, unique=True)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    units = models.ManyToManyField(
        Unit, verbose_name=_("lies in"), related_name="zones", blank=True
    )
    latitude = models.FloatField(_("latitude"), null=True, blank=True)
    longitude = models.FloatField(_("longitude"), null=True, blank=True)

    class Meta:
        verbose_name = _("zone or cluster")
        verbose_name_plural = _("zones and clusters")
        ordering = ("sort_name",)
