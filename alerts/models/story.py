"""What an alert covers, and what happened with it."""

from __future__ import annotations

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from pgtrigger import Delete, Protect, Update

from alerts.domain.spans import Span
from alerts.models.alert import Alert, Severity, exact_number


class AlertSpan(models.Model):
    """One period of an alert, with the evidence as it was told.

    A closed period keeps what was said; a later correction is kept beside it. A course that still
    grows (an early warning, a silence) has the newest evidence, and its story what was said when.
    """

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="spans")
    start = models.DateTimeField(_("from"))
    end = models.DateTimeField(_("until"))
    late = models.BooleanField(_("from late data"), default=False)
    severity = models.PositiveSmallIntegerField(_("severity"), choices=Severity.choices)
    value = exact_number(_("value"))
    minimum = exact_number(_("minimum"))
    maximum = exact_number(_("maximum"))
    unit = models.CharField(_("unit"), max_length=40, blank=True)
    ratio = exact_number(_("ratio to the limit"))
    source = models.CharField(_("source of the limit"), max_length=300, blank=True)
    level = models.PositiveSmallIntegerField(_("highest level reached"), default=0)
    limit_confirmed = models.BooleanField(_("limit confirmed"), default=True)
    evidence = models.JSONField(_("evidence"), default=dict, encoder=DjangoJSONEncoder)
    told_at = models.DateTimeField(_("told"))
    corrected_at = models.DateTimeField(_("corrected"), null=True, blank=True)
    corrected_value = exact_number(_("corrected value"))
    corrected_evidence = models.JSONField(
        _("corrected evidence"), null=True, blank=True, encoder=DjangoJSONEncoder
    )
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)
    withdrawn_reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("period of an alert")
        verbose_name_plural = _("periods of an alert")
        ordering = ("alert", "start", "end")
        constraints = [
            models.UniqueConstraint(
                fields=("alert", "start", "end"), name="one_span_of_an_alert_and_period"
            ),
            models.CheckConstraint(
                name="span_ends_after_it_starts", condition=Q(end__gte=F("start"))
            ),
            models.CheckConstraint(
                name="withdrawn_when_and_why",
                condition=Q(withdrawn_at=None, withdrawn_reason="")
                | (Q(withdrawn_at__isnull=False) & ~Q(withdrawn_reason="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.start:%Y-%m-%d %H:%M} – {self.end:%Y-%m-%d %H:%M}"

    def as_span(self) -> Span:
        """The time it covers."""
        return Span(self.start, self.end)


class What(models.TextChoices):
    OPENED = "opened", _("opened")
    JOINED = "joined", _("a further period joined")
    RECURRED = "recurred", _("came again")
    REOPENED = "reopened", _("reopened")
    GREW = "grew", _("became graver")
    CORRECTED = "corrected", _("value corrected")
    WITHDRAWN = "withdrawn", _("withdrawn")
    REINSTATED = "reinstated", _("withdrawal taken back")
    RESOLVED = "resolved", _("over, by the data")
    UNRESOLVED = "unresolved", _("not over after all")
    TAKEN_OVER = "taken_over", _("taken over by an exceedance")
    ACKNOWLEDGED = "acknowledged", _("acknowledged")
    ANSWERED = "answered", _("explained by the operator")
    RETURNED = "returned", _("sent back for more")
    VERIFIED = "verified", _("explanation verified")
    LAPSED = "lapsed", _("acknowledgement lapsed")
    REMINDED = "reminded", _("reminded")
    ESCALATED = "escalated", _("told to the next level")
    ASSIGNED = "assigned", _("assigned")
    HANDED_OVER = "handed_over", _("handed over")
    CALLED = "called", _("phone call")
    VISITED = "visited", _("visit")
    SAMPLED = "sampled", _("control sample")
    FILED = "filed", _("file added")
    REPLIED = "replied", _("answered by mail")
    FLAPPING = "flapping", _("comes and goes")
    STEADY = "steady", _("no longer comes and goes")
    HELD_BACK = "held_back", _("mail held back")
    LET_GO = "let_go", _("mail no longer held back")
    CLOSED = "closed", _("closed")
    NOTE = "note", _("note")
    EXCLUDED = "excluded", _("data excluded from the approved layer")
    INCLUDED = "included", _("exclusion taken back")
    MAILED = "mailed", _("mail sent")
    MAIL_FAILED = "mail_failed", _("mail refused")


class AlertEvent(models.Model):
    """One line of an alert's story. Only ever added, never changed: the database sees to it."""

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="events")
    what = models.CharField(_("event"), max_length=20, choices=What.choices)
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    note = models.TextField(_("note"), blank=True)
    data = models.JSONField(_("data"), default=dict, encoder=DjangoJSONEncoder)

    class Meta:
        verbose_name = _("event of an alert")
        verbose_name_plural = _("events of an alert")
        ordering = ("at", "pk")
        indexes = [models.Index(fields=("alert", "at"), name="event_of_alert")]
        triggers = [Protect(name="alert_events_are_only_added", operation=Update | Delete)]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.what}"
