"""Whom the desk writes to, and when: dated data that the department edits."""

from __future__ import annotations

from datetime import date, timedelta

import pghistory
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from alerts.domain.routing import Rule
from alerts.models.alert import Kind
from stations.models.agency import Agency
from stations.models.dated import Dated, DatedQuerySet, no_overlap, ordered_days


class Audience(models.TextChoices):
    OPERATOR = "operator", _("operator")
    AGENCY = "agency", _("agency")


class NotificationPolicyQuerySet(DatedQuerySet):
    def rules(self, kind: str, *, on: date) -> list[Rule]:
        """The lines of the policy for a kind of alert on a Vietnamese day."""
        return [policy.as_rule() for policy in self.in_force(on).filter(kind=kind).order_by("pk")]


@pghistory.track()
class NotificationPolicy(Dated):
    """One kind of alert and one sort of reader: whether, when and how often they are mailed."""

    kind = models.CharField(_("kind"), max_length=30, choices=Kind.choices)
    audience = models.CharField(_("audience"), max_length=10, choices=Audience.choices)
    agency_kind = models.CharField(
        _("kind of agency"),
        max_length=40,
        blank=True,
        choices=[choice for choice in Agency.Kind.choices if choice[0] != "operator"],
    )
    delay = models.DurationField(
        _("delay"), default=timedelta(0), help_text=_("Counted from the start of the event.")
    )
    above_ratio = models.DecimalField(
        _("only above this ratio to the limit"),
        max_digits=6,
        decimal_places=3,
        null=True,
        blank=True,
    )
    once_a_day = models.BooleanField(_("at most once a parameter and day"), default=False)
    if_unconfirmed = models.BooleanField(_("also for an unconfirmed limit"), default=False)
    tell_resolved = models.BooleanField(_("tell also when it is over"), default=True)

    objects = NotificationPolicyQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        verbose_name = _("mailing rule")
        verbose_name_plural = _("mailing rules")
        ordering = ("kind", "audience", "agency_kind", "valid_from")
        constraints = [
            ordered_days("mailing_rule_days_are_in_order"),
            no_overlap("one_mailing_rule_at_a_time", "kind", "audience", "agency_kind"),
            models.CheckConstraint(
                name="mailing_rule_names_its_agencies",
                condition=Q(audience="operator", agency_kind="")
                | (Q(audience="agency") & ~Q(agency_kind="")),
            ),
        ]

    def __str__(self) -> str:
        reader = self.get_agency_kind_display() or self.get_audience_display()
        return f"{self.get_kind_display()} → {reader}"

    def as_rule(self) -> Rule:
        """The line as the routing of the domain reads it."""
        return Rule(
            audience=self.audience,
            agency_kind=self.agency_kind,
            delay=self.delay,
            above_ratio=self.above_ratio,
            once_a_day=self.once_a_day,
            if_unconfirmed=self.if_unconfirmed,
            tell_resolved=self.tell_resolved,
        )
