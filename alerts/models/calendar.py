"""Working time in Viet Nam, as dated data: hours of the week, days off, swapped working days."""

from __future__ import annotations

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from stations.models.dated import Dated, no_overlap, ordered_days
from stations.models.regulation import Provenance


@pghistory.track()
class WorkingHours(Dated):
    """When an office works: weekdays (1 Monday … 7 Sunday), and the two halves of such a day."""

    weekdays = ArrayField(models.PositiveSmallIntegerField(), verbose_name=_("weekdays"))
    morning_from = models.TimeField(_("morning from"))
    morning_until = models.TimeField(_("morning until"))
    afternoon_from = models.TimeField(_("afternoon from"))
    afternoon_until = models.TimeField(_("afternoon until"))
    source = models.CharField(_("source"), max_length=300)

    class Meta:
        verbose_name = _("working hours")
        verbose_name_plural = _("working hours")
        ordering = ("valid_from",)
        constraints = [
            ordered_days("working_hours_days_are_in_order"),
            no_overlap("one_set_of_working_hours_at_a_time"),
            models.CheckConstraint(
                name="working_hours_are_in_order",
                condition=Q(morning_from__lt=F("morning_until"))
                & Q(morning_until__lte=F("afternoon_from"))
                & Q(afternoon_from__lt=F("afternoon_until")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.morning_from:%H:%M} – {self.afternoon_until:%H:%M}"


@pghistory.track()
class SpecialDay(models.Model):
    """A day that is not what its weekday says: off, or worked for another one."""

    class Kind(models.TextChoices):
        OFF = "off", _("day off")
        WORKED = "worked", _("working day (swapped)")

    day = models.DateField(_("day"), unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=200)
    source = models.CharField(_("source"), max_length=300)
    provenance = models.CharField(
        _("provenance"), max_length=1, choices=Provenance.choices, default=Provenance.OFFICER
    )

    class Meta:
        verbose_name = _("special day")
        verbose_name_plural = _("special days")
        ordering = ("day",)
        constraints = [
            models.CheckConstraint(
                name="a_special_day_is_off_or_worked", condition=Q(kind__in=("off", "worked"))
            )
        ]

    def __str__(self) -> str:
        return f"{self.day:%d/%m/%Y} {self.name}"
