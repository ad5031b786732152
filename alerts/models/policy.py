"""Whom the desk writes to, and when: dated data that the department edits."""

from __future__ import annotations

from datetime import date, timedelta

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from alerts.domain import bands
from alerts.domain.routing import Rule
from alerts.models.alert import Kind, Severity
from stations.models.access import Membership
from stations.models.agency import Agency, Contact
from stations.models.dated import Dated, DatedQuerySet, no_overlap, ordered_days


class Clock(models.TextChoices):
    """How a time that somebody has is counted."""

    CLOCK = "clock", _("by the clock")
    WORKING = "working", _("in working time")


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


@pghistory.track()
class KindRule(Dated):
    """A kind of alert as the department handles it: how grave, who must answer, by when."""

    kind = models.CharField(_("kind"), max_length=30, choices=Kind.choices)
    severity = models.PositiveSmallIntegerField(
        _("severity"), choices=Severity.choices, default=Severity.WARNING
    )
    acknowledge_within = models.DurationField(_("to be acknowledged within"), null=True, blank=True)
    acknowledge_clock = models.CharField(
        _("counted"), max_length=10, choices=Clock.choices, default=Clock.WORKING
    )
    answer_within = models.DurationField(
        _("to be explained within"),
        null=True,
        blank=True,
        help_text=_("Empty: no explanation is asked of the operator."),
    )
    answer_clock = models.CharField(
        _("counted"), max_length=10, choices=Clock.choices, default=Clock.CLOCK
    )
    lapses_after = models.DurationField(
        _("acknowledgement lapses without progress after"),
        null=True,
        blank=True,
        help_text=_("Working time."),
    )
    source = models.CharField(_("source"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("rule of a kind")
        verbose_name_plural = _("rules of the kinds")
        ordering = ("kind", "valid_from")
        constraints = [
            ordered_days("kind_rule_days_are_in_order"),
            no_overlap("one_kind_rule_at_a_time", "kind"),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


@pghistory.track()
class EscalationStep(Dated):
    """What happens when nobody acknowledges or explains: remind, then tell the next level.

    `after` counts from the deadline; negative: before it. A running case keeps the steps that it
    began with.
    """

    class Missing(models.TextChoices):
        ACKNOWLEDGEMENT = "acknowledgement", _("not acknowledged")
        ANSWER = "answer", _("not explained")

    class What(models.TextChoices):
        REMIND = "remind", _("remind")
        ESCALATE = "escalate", _("tell the next level")

    kind = models.CharField(
        _("kind"), max_length=30, choices=Kind.choices, blank=True, help_text=_("Empty: all.")
    )
    missing = models.CharField(_("when"), max_length=20, choices=Missing.choices)
    number = models.PositiveSmallIntegerField(_("step"))
    what = models.CharField(_("what"), max_length=10, choices=What.choices)
    after = models.DurationField(_("after the deadline"), default=timedelta(0))
    clock = models.CharField(
        _("counted"), max_length=10, choices=Clock.choices, default=Clock.WORKING
    )
    audience = models.CharField(_("audience"), max_length=10, choices=Audience.choices)
    contact_role = models.CharField(
        _("contact"), max_length=20, blank=True, choices=Contact.Role.choices
    )
    agency_kind = models.CharField(
        _("kind of agency"),
        max_length=40,
        blank=True,
        choices=[choice for choice in Agency.Kind.choices if choice[0] != "operator"],
    )
    member_role = models.CharField(
        _("role"), max_length=20, blank=True, choices=Membership.Role.choices
    )

    class Meta:
        verbose_name = _("step of escalation")
        verbose_name_plural = _("steps of escalation")
        ordering = ("kind", "missing", "number", "valid_from")
        constraints = [
            ordered_days("escalation_step_days_are_in_order"),
            no_overlap("one_escalation_step_at_a_time", "kind", "missing", "number"),
            models.CheckConstraint(
                name="escalation_step_names_its_readers",
                condition=Q(audience="operator", agency_kind="", member_role="")
                | (Q(audience="agency", contact_role="") & ~Q(agency_kind="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_missing_display()} {self.number}"


@pghistory.track()
class RatioBand(Dated):
    """Where a band of exceedance begins, by the measure of its sort of limit (domain/bands.py)."""

    class Measure(models.TextChoices):
        MAXIMUM = bands.MAXIMUM, _("maximum: mean ÷ limit")
        MINIMUM = bands.MINIMUM, _("minimum: limit ÷ mean")
        RANGE = bands.RANGE, _("range: distance outside ÷ width")

    measure = models.CharField(_("measure"), max_length=10, choices=Measure.choices)
    number = models.PositiveSmallIntegerField(_("band"))
    at_least = models.DecimalField(_("from"), max_digits=8, decimal_places=4)
    severity = models.PositiveSmallIntegerField(
        _("at least this severity"), choices=Severity.choices, null=True, blank=True
    )
    source = models.CharField(_("source"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("band of exceedance")
        verbose_name_plural = _("bands of exceedance")
        ordering = ("measure", "number", "valid_from")
        constraints = [
            ordered_days("ratio_band_days_are_in_order"),
            no_overlap("one_ratio_band_at_a_time", "measure", "number"),
        ]

    def __str__(self) -> str:
        return f"{self.get_measure_display()} {self.number}"


@pghistory.track()
class Clause(models.Model):
    """A clause of the province's own rule, tied to the setting that carries it out."""

    class Setting(models.TextChoices):
        KIND_RULE = "kind_rule", _("rule of a kind")
        ESCALATION = "escalation", _("escalation")
        MAILING = "mailing", _("mailing rule")
        RULE_SETTING = "rule_setting", _("number of a rule")
        CALENDAR = "calendar", _("working time")
        BANDS = "bands", _("bands of exceedance")
        WORKS = "works", _("what announced work holds back")

    setting = models.CharField(_("setting"), max_length=20, choices=Setting.choices)
    key = models.CharField(
        _("which"), max_length=60, blank=True, help_text=_("A kind of alert, or a number's name.")
    )
    article = models.CharField(_("clause"), max_length=120, blank=True)
    quote = models.TextField(_("words of the clause"), blank=True)
    document = models.ForeignKey(
        "stations.Document",
        verbose_name=_("document"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    compared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("compared by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    compared_at = models.DateTimeField(_("compared"), null=True, blank=True)

    class Meta:
        verbose_name = _("clause of the province's rule")
        verbose_name_plural = _("clauses of the province's rule")
        ordering = ("setting", "key")
        constraints = [
            models.UniqueConstraint(fields=("setting", "key"), name="one_clause_of_a_setting"),
            models.CheckConstraint(
                name="compared_by_whom_and_when",
                condition=Q(compared_by=None, compared_at=None)
                | Q(compared_by__isnull=False, compared_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_setting_display()} {self.key}".strip()
