"""What people change about the past: excluded data, closed months, corrections asked for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pghistory
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from stations.models import Station


def _person(verbose_name: Any, *, null: bool = True) -> models.ForeignKey:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=verbose_name,
        null=null,
        blank=null,
        on_delete=models.PROTECT,
        related_name="+",
    )


class OfStationQuerySet(models.QuerySet):
    def for_user(
        self, user: AbstractBaseUser | AnonymousUser, permission: str = "view_readings"
    ) -> OfStationQuerySet:
        """Those of the stations that this person may see with this permission."""
        stations = Station.objects.for_user(user, permission)  # type: ignore[arg-type]
        return self.filter(station__in=stations.values("pk"))

    def overlapping(self, start: datetime, end: datetime) -> OfStationQuerySet:
        """Those with a moment in [start, end)."""
        return self.filter(start__lt=end, end__gt=start)


class ChangesClosed(models.Model):
    """A change that touches a closed month carries the head's leave and reason."""

    head = _person(_("allowed by"))
    head_reason = models.CharField(_("reason of the head"), max_length=500, blank=True)

    class Meta:
        abstract = True


@pghistory.track()
class Exclusion(ChangesClosed):
    """A span of a channel that does not count in the approved data. The data as sent stay.

    Asked for by an operator, or entered by an officer; decided by an officer; can be taken back.
    """

    class Why(models.TextChoices):
        CALIBRATION = "calibration", _("calibration that was not marked")
        FAULT = "fault", _("device fault, confirmed")
        STOP = "stop", _("stop without discharge")
        MAINTENANCE = "maintenance", _("maintenance")
        OTHER = "other", _("another reason")

    class State(models.TextChoices):
        ASKED = "asked", _("waiting for approval")
        APPROVED = "approved", _("approved")
        REFUSED = "refused", _("refused")
        REVOKED = "revoked", _("taken back")

    station = models.ForeignKey(
        "stations.Station",
        verbose_name=_("station"),
        on_delete=models.PROTECT,
        related_name="exclusions",
    )
    channel = models.ForeignKey(
        "stations.Channel",
        verbose_name=_("parameter"),
        on_delete=models.PROTECT,
        related_name="exclusions",
    )
    start = models.DateTimeField(_("from"))
    end = models.DateTimeField(_("until"))
    why = models.CharField(_("reason"), max_length=20, choices=Why.choices)
    words = models.TextField(_("explanation"))
    document = models.ForeignKey(
        "stations.Document",
        verbose_name=_("document"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.ASKED)
    asked_by = _person(_("asked by"), null=False)
    asked_at = models.DateTimeField(_("asked"))
    decided_by = _person(_("decided by"))
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decision_note = models.CharField(_("note"), max_length=500, blank=True)
    revoked_by = _person(_("taken back by"))
    revoked_at = models.DateTimeField(_("taken back"), null=True, blank=True)
    revoked_reason = models.CharField(_("why taken back"), max_length=500, blank=True)

    objects = OfStationQuerySet.as_manager()

    class Meta:
        verbose_name = _("excluded data")
        verbose_name_plural = _("excluded data")
        ordering = ("-start", "pk")
        indexes = [models.Index(fields=("station", "start"), name="exclusion_of_station")]
        constraints = [
            models.CheckConstraint(
                name="exclusion_ends_after_it_starts", condition=Q(end__gt=F("start"))
            ),
            models.CheckConstraint(
                name="exclusion_is_decided_by_whom_and_when",
                condition=Q(state="asked", decided_by=None, decided_at=None)
                | (~Q(state="asked") & Q(decided_by__isnull=False, decided_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="exclusion_is_taken_back_by_whom_when_and_why",
                condition=(
                    Q(state="revoked", revoked_by__isnull=False, revoked_at__isnull=False)
                    & ~Q(revoked_reason="")
                )
                | (~Q(state="revoked") & Q(revoked_by=None, revoked_at=None, revoked_reason="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.start:%Y-%m-%d %H:%M} – {self.end:%Y-%m-%d %H:%M}"


@pghistory.track()
class ClosedMonth(models.Model):
    """A month of a station that an officer closed: from now on only the head lets it change."""

    station = models.ForeignKey(
        "stations.Station",
        verbose_name=_("station"),
        on_delete=models.PROTECT,
        related_name="closed_months",
    )
    month = models.DateField(_("month"), help_text=_("Its first day."))
    closed_by = _person(_("closed by"), null=False)
    closed_at = models.DateTimeField(_("closed"))
    note = models.CharField(_("note"), max_length=500, blank=True)

    objects = OfStationQuerySet.as_manager()

    class Meta:
        verbose_name = _("closed month")
        verbose_name_plural = _("closed months")
        ordering = ("-month", "station")
        constraints = [
            models.UniqueConstraint(fields=("station", "month"), name="a_month_is_closed_once"),
            models.CheckConstraint(
                name="a_month_begins_on_its_first_day", condition=Q(month__day=1)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.station} {self.month:%Y-%m}"


class Correction(ChangesClosed):
    """The past of a station to be judged or read anew, on purpose and with a reason.

    The row is the order, the queue and the record: `done_at` is set in the transaction that did
    it. Rows of one act share `batch`.
    """

    class What(models.TextChoices):
        RULES = "rules", _("limits of the past")
        READINGS = "readings", _("files read again")
        EXCLUSION = "exclusion", _("excluded data")

    station = models.ForeignKey(
        "stations.Station",
        verbose_name=_("station"),
        on_delete=models.PROTECT,
        related_name="corrections",
    )
    what = models.CharField(_("what"), max_length=10, choices=What.choices)
    batch = models.UUIDField()
    start = models.DateTimeField(_("from"))
    end = models.DateTimeField(_("until"))
    reason = models.CharField(_("reason"), max_length=500)
    document = models.ForeignKey(
        "stations.Document",
        verbose_name=_("document"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    mail = models.BooleanField(
        _("mail about what it finds"), default=False, help_text=_("Else nobody is mailed.")
    )
    asked_by = _person(_("asked by"), null=False)
    asked_at = models.DateTimeField(_("asked"))
    done_at = models.DateTimeField(_("done"), null=True, blank=True)
    readings_changed = models.PositiveIntegerField(_("readings changed"), null=True, blank=True)
    verdicts_changed = models.PositiveIntegerField(_("verdicts changed"), null=True, blank=True)
    failure = models.TextField(_("why it could not be done"), blank=True)

    objects = OfStationQuerySet.as_manager()

    class Meta:
        verbose_name = _("correction")
        verbose_name_plural = _("corrections")
        ordering = ("-asked_at", "station")
        indexes = [
            models.Index(
                fields=("asked_at", "id"), condition=Q(done_at=None), name="correction_to_do"
            ),
            models.Index(fields=("batch",), name="correction_of_batch"),
        ]
        constraints = [
            models.CheckConstraint(
                name="correction_ends_after_it_starts", condition=Q(end__gt=F("start"))
            ),
            models.CheckConstraint(name="correction_has_a_reason", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.station}: {self.get_what_display()}"


class ReadMap(models.Model):
    """How files were read: what stands behind the fingerprint that a delivery keeps."""

    fingerprint = models.CharField(primary_key=True, max_length=64)
    content = models.JSONField()
    first_used_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.fingerprint


class Study(models.Model):
    """A question put to past data: another edition, column or permit. Changes nothing."""

    name = models.CharField(_("name"), max_length=200)
    asked_by = _person(_("asked by"), null=False)
    asked_at = models.DateTimeField(_("asked"))
    question = models.JSONField(_("question"))
    result = models.JSONField(_("result"), null=True, blank=True)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)
    failure = models.TextField(_("why it could not be done"), blank=True)

    class Meta:
        verbose_name = _("study of limits")
        verbose_name_plural = _("studies of limits")
        ordering = ("-asked_at", "-pk")

    def __str__(self) -> str:
        return self.name
