"""What people ask of the desk beforehand: how they want to hear, and what they announce."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from pgtrigger import Delete, Protect

from alerts.domain.muting import MAY_BE_HELD_BACK
from alerts.models.alert import Kind, Severity
from alerts.models.channels import Digest
from stations.models import Station


class Subscription(models.Model):
    """How one person wants to hear of alerts in their reach."""

    class Pace(models.TextChoices):
        AT_ONCE = "at_once", _("at once")
        HOURLY = "hourly", _("hourly")
        DAILY = "daily", _("daily")

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="subscriptions"
    )
    kinds = ArrayField(
        models.CharField(max_length=30, choices=Kind.choices),
        verbose_name=_("kinds"),
        default=list,
        blank=True,
        help_text=_("Empty: all kinds."),
    )
    facilities = models.ManyToManyField(
        "stations.Facility", verbose_name=_("facilities"), blank=True, related_name="+"
    )
    least_severity = models.PositiveSmallIntegerField(
        _("from this severity"), choices=Severity.choices, default=Severity.NOTICE
    )
    pace = models.CharField(_("pace"), max_length=10, choices=Pace.choices, default=Pace.AT_ONCE)
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)
    quiet_until = models.TimeField(_("quiet until"), null=True, blank=True)

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        ordering = ("person", "pk")
        constraints = [
            models.CheckConstraint(
                name="quiet_hours_have_both_ends",
                condition=Q(quiet_from=None, quiet_until=None)
                | Q(quiet_from__isnull=False, quiet_until__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.person} – {self.get_pace_display()}"


class MaintenanceQuerySet(models.QuerySet["Maintenance"]):
    def for_user(
        self, user: AbstractBaseUser | AnonymousUser, permission: str = "view_links"
    ) -> MaintenanceQuerySet:
        """Announcements at stations that this person may see, their lines at least.

        They name no value, so who looks after the lines alone sees them too.
        """
        seen = Station.objects.for_user(user, permission)  # type: ignore[arg-type]
        return self.filter(station__in=seen.values("pk"))

    def waiting(self) -> MaintenanceQuerySet:
        """Announcements that nobody decided yet, nor took back."""
        return self.filter(decision="", cancelled_at=None)

    def standing(self) -> MaintenanceQuerySet:
        """Announcements that hold or may come to hold: neither refused nor taken back."""
        return self.exclude(decision=Maintenance.Decision.REFUSED).filter(cancelled_at=None)

    def approved(self) -> MaintenanceQuerySet:
        """Announcements that the department agreed to."""
        return self.filter(decision=Maintenance.Decision.APPROVED, cancelled_at=None)

    def overlapping(self, start: datetime, end: datetime) -> MaintenanceQuerySet:
        """Announcements with a moment in [start, end)."""
        return self.filter(start__lt=end, end__gt=start)


class Maintenance(models.Model):
    """Work or a stop at a station, announced by its operator, decided by the department."""

    class What(models.TextChoices):
        MAINTENANCE = "maintenance", _("maintenance")
        CALIBRATION = "calibration", _("calibration")
        STOP = "stop", _("stopped discharge")

    class Decision(models.TextChoices):
        APPROVED = "approved", _("approved")
        REFUSED = "refused", _("refused")

    station = models.ForeignKey(
        "stations.Station",
        verbose_name=_("station"),
        on_delete=models.PROTECT,
        related_name="maintenances",
    )
    what = models.CharField(_("what"), max_length=20, choices=What.choices)
    parameters = ArrayField(
        models.CharField(max_length=40),
        verbose_name=_("parameters"),
        default=list,
        blank=True,
        help_text=_("Empty: the whole station."),
    )
    start = models.DateTimeField(_("from"))
    end = models.DateTimeField(_("until"))
    reason = models.TextField(_("reason"))
    declared_at = models.DateTimeField(_("announced"))
    declared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("announced by"),
        on_delete=models.PROTECT,
        related_name="+",
    )
    decision = models.CharField(_("decision"), max_length=10, choices=Decision.choices, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("decided by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )

    holds_back = ArrayField(
        models.CharField(max_length=30, choices=Kind.choices),
        verbose_name=_("kinds that are held back"),
        default=list,
        blank=True,
        help_text=_("As the province's rule said on the day of the approval."),
    )
    decision_note = models.CharField(_("note"), max_length=500, blank=True)
    cancelled_at = models.DateTimeField(_("taken back"), null=True, blank=True)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("taken back by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    cancelled_reason = models.CharField(_("reason"), max_length=500, blank=True)
    planned_end = models.DateTimeField(_("planned until"), null=True, blank=True)
    ended_early_at = models.DateTimeField(_("ended early"), null=True, blank=True)
    ended_early_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("ended early by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )

    objects = MaintenanceQuerySet.as_manager()

    class Meta:
        verbose_name = _("announced work or stop")
        verbose_name_plural = _("announced works and stops")
        ordering = ("-start",)
        indexes = [models.Index(fields=("station", "start"), name="maintenance_of_station")]
        constraints = [
            models.CheckConstraint(
                name="announced_work_ends_after_it_starts", condition=Q(end__gt=F("start"))
            ),
            models.CheckConstraint(
                name="decided_by_whom_and_when",
                condition=Q(decision="", decided_at=None, decided_by=None)
                | (~Q(decision="") & Q(decided_at__isnull=False, decided_by__isnull=False)),
            ),
            models.CheckConstraint(
                name="taken_back_by_whom_and_when",
                condition=Q(cancelled_at=None, cancelled_by=None)
                | Q(cancelled_at__isnull=False, cancelled_by__isnull=False),
            ),
            models.CheckConstraint(name="announced_work_says_why", condition=~Q(reason="")),
            models.CheckConstraint(
                name="approved_work_never_holds_back_what_was_measured",
                condition=Q(holds_back__contained_by=list(MAY_BE_HELD_BACK)),
            ),
            models.CheckConstraint(
                name="only_approved_work_holds_back",
                condition=Q(decision="approved") | Q(holds_back=[]),
            ),
            models.CheckConstraint(
                name="announced_work_is_refused_with_a_reason",
                condition=~Q(decision="refused") | ~Q(decision_note=""),
            ),
            models.CheckConstraint(
                name="announced_work_is_taken_back_with_a_reason",
                condition=Q(cancelled_at=None, cancelled_reason="")
                | (Q(cancelled_at__isnull=False) & ~Q(cancelled_reason="")),
            ),
            models.CheckConstraint(
                name="ended_early_by_whom_when_and_planned_until_when",
                condition=Q(planned_end=None, ended_early_at=None, ended_early_by=None)
                | Q(
                    planned_end__gt=F("end"),
                    ended_early_at__isnull=False,
                    ended_early_by__isnull=False,
                ),
            ),
        ]
        triggers = [Protect(name="announced_works_are_never_deleted", operation=Delete)]

    def __str__(self) -> str:
        return f"{self.station}: {self.get_what_display()}"

    @property
    def declared_afterwards(self) -> bool:
        """Whether it was announced only after it had begun."""
        return self.declared_at > self.start


class WorkNews(models.Model):
    """One step of announced work, to be told to one address: quietly, never as an alert."""

    class Step(models.TextChoices):
        ANNOUNCED = "announced", _("announced")
        APPROVED = "approved", _("approved")
        REFUSED = "refused", _("refused")
        WITHDRAWN = "withdrawn", _("taken back")
        ENDED = "ended", _("ended early")

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        GROUPED = "grouped", _("in a mail")
        DROPPED = "dropped", _("dropped")

    work = models.ForeignKey(
        Maintenance,
        verbose_name=_("announced work or stop"),
        on_delete=models.PROTECT,
        related_name="news",
    )
    step = models.CharField(_("step"), max_length=10, choices=Step.choices)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("by"),
        on_delete=models.PROTECT,
        related_name="+",
    )
    at = models.DateTimeField(_("at"))
    decides = models.BooleanField(_("to who may decide"), default=False)
    address = models.EmailField(_("address"))
    name = models.CharField(_("name"), max_length=200, blank=True)
    language = models.CharField(_("language"), max_length=5)
    person_id = models.BigIntegerField(null=True, blank=True)
    due_at = models.DateTimeField(_("due"))
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.WAITING
    )
    why = models.CharField(_("why"), max_length=300, blank=True)
    message = models.ForeignKey(
        "alerts.Message",
        verbose_name=_("mail"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="work_news",
    )

    class Meta:
        verbose_name = _("news of announced work")
        verbose_name_plural = _("news of announced works")
        ordering = ("due_at", "pk")
        indexes = [
            models.Index(
                fields=("due_at",), condition=Q(state="waiting"), name="work_news_waiting"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="work_news_in_a_mail_names_it",
                condition=Q(state="grouped", message__isnull=False)
                | (~Q(state="grouped") & Q(message=None)),
            ),
            models.CheckConstraint(
                name="dropped_work_news_says_why", condition=~Q(state="dropped") | ~Q(why="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_step_display()} → {self.address}"


class QuietLetters(models.Model):
    """How one person wants the letters that no duty asks for: news of announced work, digests."""

    class Pace(models.TextChoices):
        SOON = "at_once", _("at once")
        HOURLY = "hourly", _("hourly")
        DAILY = "daily", _("daily")
        NEVER = "never", _("not at all")

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        verbose_name=_("person"),
        on_delete=models.CASCADE,
        related_name="quiet_letters",
    )
    works = models.CharField(
        _("news of announced work"), max_length=10, choices=Pace.choices, default=Pace.SOON
    )
    without = ArrayField(
        models.CharField(max_length=10, choices=Digest.Sort.choices),
        verbose_name=_("digests that are not sent"),
        default=list,
        blank=True,
    )

    class Meta:
        verbose_name = _("quiet letters of a person")
        verbose_name_plural = _("quiet letters of people")

    def __str__(self) -> str:
        return f"{self.person} – {self.get_works_display()}"
