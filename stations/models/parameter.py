from __future__ import annotations

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class Medium(models.TextChoices):
    WASTEWATER = "wastewater", _("wastewater")
    EMISSION = "emission", _("emission")
    AMBIENT_AIR = "ambient_air", _("ambient air")
    SURFACE_WATER = "surface_water", _("surface water")


@pghistory.track()
class Parameter(models.Model):
    """What is measured, by the symbol that station files use."""

    symbol = models.CharField(_("symbol"), max_length=20, unique=True)
    name_vi = models.CharField(_("Vietnamese name"), max_length=120)
    name_en = models.CharField(_("English name"), max_length=120)
    units = models.JSONField(
        _("unit of each medium"), help_text=_("For example: wastewater → mg/L.")
    )
    aliases = ArrayField(
        models.CharField(max_length=40), verbose_name=_("other spellings"), default=list, blank=True
    )
    slow_minutes = models.PositiveSmallIntegerField(
        _("minutes of one result"),
        null=True,
        blank=True,
        help_text=_("How long one result may take, so how long an unchanged value is normal."),
    )
    range_low = models.DecimalField(
        _("lowest possible"), max_digits=20, decimal_places=6, null=True, blank=True
    )
    range_high = models.DecimalField(
        _("highest possible"), max_digits=20, decimal_places=6, null=True, blank=True
    )
    can_be_negative = models.BooleanField(_("can be negative"), default=False)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("parameter")
        verbose_name_plural = _("parameters")
        ordering = ("position", "symbol")

    def __str__(self) -> str:
        return self.symbol

    @property
    def name(self) -> str:
        return self.name_en if (get_language() or "vi").startswith("en") else self.name_vi


@pghistory.track()
class UnitOfMeasure(models.Model):
    """A unit of measure and the spellings of it that loggers write."""

    code = models.CharField(_("unit"), max_length=20, unique=True)
    spellings = ArrayField(
        models.CharField(max_length=30), verbose_name=_("spellings"), default=list, blank=True
    )

    class Meta:
        verbose_name = _("unit of measure")
        verbose_name_plural = _("units of measure")
        ordering = ("code",)

    def __str__(self) -> str:
        return self.code


@pghistory.track()
class UnitConversion(models.Model):
    """An exact conversion, used forwards only: value in `to` = value in `from` × factor."""

    from_unit = models.CharField(_("from"), max_length=20)
    to_unit = models.CharField(_("to"), max_length=20)
    factor = models.DecimalField(_("multiply by"), max_digits=20, decimal_places=10)

    class Meta:
        verbose_name = _("conversion of units")
        verbose_name_plural = _("conversions of units")
        ordering = ("from_unit", "to_unit")
        constraints = [
            models.UniqueConstraint(fields=("from_unit", "to_unit"), name="one_conversion_each_way")
        ]

    def __str__(self) -> str:
        return f"{self.from_unit} → {self.to_unit}"
