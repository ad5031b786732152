from __future__ import annotations

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from stations.models.dated import Dated, no_overlap, ordered_days
from stations.models.parameter import Medium, Parameter


class Period(models.TextChoices):
    HOUR = "hour", _("hour")
    HOURS8 = "hours8", _("8 hours")
    DAY = "day", _("day")
    YEAR = "year", _("year")


class Provenance(models.TextChoices):
    READ = "S", _("read in its source")
    SECONDARY = "2", _("read in a secondary source")
    RECALLED = "M", _("general knowledge, not read")
    OFFICER = "O", _("entered by an officer")


class Confirmed(models.Model):
    """Who compared a rule with the paper, when, and which paper. Without it: "chưa xác nhận"."""

    confirmed = models.CharField(
        _("confirmed with"),
        max_length=200,
        blank=True,
        help_text=_("The document that an officer compared it with; empty: not confirmed."),
    )
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("confirmed by"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
    )
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True, editable=False)

    class Meta:
        abstract = True


@pghistory.track()
class Regulation(models.Model):
    """A technical regulation through all its editions, such as QCVN 40."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    title = models.CharField(_("title"), max_length=200)

    class Meta:
        verbose_name = _("regulation")
        verbose_name_plural = _("regulations")
        ordering = ("code",)

    def __str__(self) -> str:
        return self.code


@pghistory.track()
class Edition(models.Model):
    """One edition, such as QCVN 40:2011/BTNMT: its columns, factors and days in force.

    `factors` keeps the tables by which C is multiplied, as [[upper bound or null, factor], …]:
    `kq_river` (m³/s), `kq_lake` (m³), `kf` (m³/day), `kp` (m³/h); `kv` {zone: factor};
    `kq_unknown` {"river": …, "lake": …}.
    """

    regulation = models.ForeignKey(
        Regulation, verbose_name=_("regulation"), on_delete=models.PROTECT, related_name="editions"
    )
    code = models.CharField(_("code"), max_length=60, unique=True)
    medium = models.CharField(_("medium"), max_length=20, choices=Medium.choices)
    columns = ArrayField(models.CharField(max_length=10), verbose_name=_("columns"))
    in_force_from = models.DateField(_("in force from"), null=True, blank=True)
    in_force_until = models.DateField(_("in force until"), null=True, blank=True)
    period = models.CharField(
        _("averaging period"), max_length=10, choices=Period.choices, default=Period.DAY
    )
    min_capture = models.DecimalField(
        _("minimum capture"), max_digits=4, decimal_places=3, default="0.75"
    )
    grace_minutes = models.PositiveSmallIntegerField(_("grace, minutes"), default=30)
    reference_oxygen = models.DecimalField(
        _("reference oxygen, %"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    factors = models.JSONField(_("factor tables"), default=dict, blank=True)
    provenance = models.CharField(
        _("provenance"), max_length=1, choices=Provenance.choices, default=Provenance.OFFICER
    )
    document = models.ForeignKey(
        "stations.Document",
        verbose_name=_("document"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
    )
    note = models.TextField(_("note"), blank=True)

    class Meta:
        verbose_name = _("edition of a regulation")
        verbose_name_plural = _("editions of regulations")
        ordering = ("code",)

    def __str__(self) -> str:
        return self.code


@pghistory.track()
class EditionLimit(Dated, Confirmed):
    """One number of an edition: C for a parameter in a column, before any factor."""

    edition = models.ForeignKey(
        Edition, verbose_name=_("edition"), on_delete=models.CASCADE, related_name="limits"
    )
    parameter = models.ForeignKey(
        Parameter, verbose_name=_("parameter"), on_delete=models.PROTECT, related_name="+"
    )
    column = models.CharField(_("column"), max_length=10)
    source_type = models.CharField(_("type of source"), max_length=60, blank=True)
    period = models.CharField(_("averaging period"), max_length=10, choices=Period.choices)
    minimum = models.DecimalField(
        _("minimum"), max_digits=20, decimal_places=6, null=True, blank=True
    )
    maximum = models.DecimalField(
        _("maximum"), max_digits=20, decimal_places=6, null=True, blank=True
    )
    takes_factors = models.BooleanField(_("takes factors"), default=True)
    provenance = models.CharField(
        _("provenance"), max_length=1, choices=Provenance.choices, default=Provenance.OFFICER
    )
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("limit of an edition")
        verbose_name_plural = _("limits of editions")
        ordering = ("edition", "parameter", "column", "source_type", "period", "valid_from")
        constraints = [
            ordered_days("edition_limit_days_are_in_order"),
            no_overlap(
                "edition_limits_never_overlap",
                "edition",
                "parameter",
                "column",
                "source_type",
                "period",
            ),
            models.CheckConstraint(
                name="edition_limit_has_a_side",
                condition=Q(minimum__isnull=False) | Q(maximum__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.edition} {self.column} {self.parameter}"
