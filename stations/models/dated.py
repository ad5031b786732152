"""What holds from one day to another: the base of every dated row of the register."""

from __future__ import annotations

from datetime import date

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _


class DateRange(Func):
    """`daterange(valid_from, valid_until, '[]')`: both ends belong to it, no end is endless."""

    function = "daterange"
    output_field = DateRangeField()


def no_overlap(name: str, *columns: str) -> ExclusionConstraint:
    """A constraint: two rows that agree in `columns` never hold on the same day."""
    same = [(F(column), RangeOperators.EQUAL) for column in columns]
    days = DateRange(F("valid_from"), F("valid_until"), Value("[]"))
    return ExclusionConstraint(
        name=name,
        expressions=[*same, (days, RangeOperators.OVERLAPS)],
        violation_error_message=_("Another entry of the same kind already holds on these days."),
    )


def ordered_days(name: str) -> models.CheckConstraint:
    """A constraint: the last day is not before the first."""
    return models.CheckConstraint(
        name=name,
        condition=Q(valid_from__isnull=True)
        | Q(valid_until__isnull=True)
        | Q(valid_until__gte=F("valid_from")),
        violation_error_message=_("The last day lies before the first."),
    )


class DatedQuerySet(models.QuerySet):
    def in_force(self, on: date) -> DatedQuerySet:
        """Rows that hold on this Vietnamese calendar day."""
        return self.filter(in_force(on))


def in_force(on: date, prefix: str = "") -> Q:
    """The condition that a dated row, reached by `prefix`, holds on this day."""
    begun = Q(**{f"{prefix}valid_from__isnull": True}) | Q(**{f"{prefix}valid_from__lte": on})
    going = Q(**{f"{prefix}valid_until__isnull": True}) | Q(**{f"{prefix}valid_until__gte": on})
    return begun & going


class Dated(models.Model):
    """A fact with its first and last day, both inclusive, and the paper it rests on."""

    valid_from = models.DateField(_("from"), null=True, blank=True)
    valid_until = models.DateField(
        _("until"), null=True, blank=True, help_text=_("The last day included; empty: no end.")
    )
    document = models.ForeignKey(
        "stations.Document",
        verbose_name=_("document"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        abstract = True
