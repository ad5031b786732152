"""The alert: one cause, one row, from its opening to its closing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Case, F, Q, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from alerts.domain import kinds, severity, states
from alerts.domain.muting import MAY_BE_HELD_BACK
from stations.models import Station
from stations.models.scope import sees_lines, sees_province

REOPENS_WITHIN = timedelta(days=7)


def exact_number(verbose_name: Any) -> models.DecimalField[Any, Any]:
    """A column for a value or a limit, wide enough never to round what was compared."""
    return models.DecimalField(
        verbose_name, max_digits=40, decimal_places=20, null=True, blank=True
    )


class Kind(models.TextChoices):
    EXCEEDANCE = kinds.EXCEEDANCE, _("limit exceeded")
    EARLY_WARNING = kinds.EARLY_WARNING, _("signs of exceedance")
    SILENT_STATION = kinds.SILENT_STATION, _("connection lost")
    SILENT_PARAMETER = kinds.SILENT_PARAMETER, _("parameter without data")
    SILENT_12H = kinds.SILENT_12H, _("silent for more than 12 hours")
    LINE_OUTAGE = kinds.LINE_OUTAGE, _("transmission line down")
    DEVICE_FAULT = kinds.DEVICE_FAULT, _("device fault")
    LONG_CALIBRATION = kinds.LONG_CALIBRATION, _("long calibration")
    WRONG_CLOCK = kinds.WRONG_CLOCK, _("wrong logger clock")
    WRONG_SENDER = kinds.WRONG_SENDER, _("file of another station")
    CHANGED_VALUES = kinds.CHANGED_VALUES, _("values changed afterwards")
    STUCK_VALUE = kinds.STUCK_VALUE, _("value does not change")
    OUT_OF_RANGE = kinds.OUT_OF_RANGE, _("value outside the instrument's range")
    UNREADABLE_FILES = kinds.UNREADABLE_FILES, _("unreadable files")
    OWN_FAULT = kinds.OWN_FAULT, _("fault of this system")


class State(models.TextChoices):
    OPEN = states.OPEN, _("new")
    ACKNOWLEDGED = states.ACKNOWLEDGED, _("acknowledged")
    ANSWERED = states.ANSWERED, _("explained")
    VERIFIED = states.VERIFIED, _("verified")
    RETURNED = states.RETURNED, _("sent back")
    CLOSED = states.CLOSED, _("closed")


class Severity(models.IntegerChoices):
    NOTICE = severity.NOTICE, _("notice")
    WARNING = severity.WARNING, _("warning")
    SERIOUS = severity.SERIOUS, _("serious")
    CRITICAL = severity.CRITICAL, _("critical")


def _person(verbose_name: Any) -> models.ForeignKey[Any, Any]:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=verbose_name,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )


class AlertQuerySet(models.QuerySet["Alert"]):
    def for_user(
        self, user: AbstractBaseUser | AnonymousUser, permission: str = "view_alerts"
    ) -> AlertQuerySet:
        """The alerts that this person may see, or handle with another permission of the register.

        `view_alerts`: those of stations whose readings the person may see, and alerts about the
        line of stations whose links they may see. What names strangers is for the province alone.
        """
        if getattr(user, "is_superuser", False) and user.is_active:
            return self
        if permission != "view_alerts":
            return self._at(user, permission)._fit_for(user, permission)
        readable = self._at(user, "view_readings")._fit_for(user, "view_readings")
        lines = self._at(user, "view_links").filter(kind__in=kinds.LINK_KINDS)
        found = Q(pk__in=readable.values("pk")) | Q(pk__in=lines.values("pk"))
        if sees_lines(user):
            found |= Q(station=None, kind__in=kinds.KEEPERS_KINDS)
        return self.filter(found)

    def _at(self, user: AbstractBaseUser | AnonymousUser, permission: str) -> AlertQuerySet:
        stations = Station.objects.for_user(user, permission)  # type: ignore[arg-type]
        here = Q(station__in=stations.values("pk"))
        if sees_province(user, permission):
            here |= Q(station=None)  # a line, or this system itself
        return self.filter(here)

    def _fit_for(self, user: AbstractBaseUser | AnonymousUser, permission: str) -> AlertQuerySet:
        if sees_province(user, permission):
            return self
        return self.exclude(kind__in=kinds.DEPARTMENT_KINDS)

    def unclosed(self) -> AlertQuerySet:
        """Alerts that still wait for someone."""
        return self.exclude(state=State.CLOSED)

    def unresolved(self) -> AlertQuerySet:
        """Alerts whose cause goes on, as far as the data say."""
        return self.filter(resolved_at=None, withdrawn=False)

    def overdue(self, now: datetime) -> AlertQuerySet:
        """Cases of which a deadline that runs has passed."""
        taking = Q(state=State.OPEN, acknowledge_due_at__lte=now)
        explaining = Q(state__in=("open", "acknowledged", "returned"), answer_due_at__lte=now)
        return self.filter(taking | explaining, withdrawn=False)

    def to_handle(self, now: datetime | None = None) -> AlertQuerySet:
        """What still needs someone, the most pressing first: causes that go on, and exceedances
        until they are closed. What has calmed down by itself can wait; so can what announced work
        explains, as long as it goes on at `now`."""
        lasting = Q(resolved_at=None) | Q(kind=Kind.EXCEEDANCE)
        explained = Q(held_back_by__end__gt=now, held_back_by__cancelled_at=None)
        return (
            self.unclosed()
            .filter(lasting, withdrawn=False)
            .exclude(explained if now is not None else Q(pk__in=[]))
            .order_by(F("resolved_at").asc(nulls_first=True), "-severity", "-raised_at", "-pk")
        )

    def by_deadline(self) -> AlertQuerySet:
        """The next deadline first, of what still waits for somebody; then the rest."""
        waiting = ("open", "acknowledged", "returned")
        due = Case(
            When(
                state="open",
                withdrawn=False,
                then=Coalesce("acknowledge_due_at", "answer_due_at"),
            ),
            When(state__in=waiting, withdrawn=False, then=F("answer_due_at")),
            output_field=models.DateTimeField(),
        )
        return self.order_by(due.asc(nulls_last=True), "-severity", "-raised_at", "-pk")

    def with_for_list(self) -> AlertQuerySet:
        """What a list shows, in one query; newest course first."""
        return self.select_related(
            "station__facility__operator", "station__facility__zone", "zone", "acknowledged_by"
        ).order_by("-raised_at", "-pk")


class Alert(models.Model):
    """One cause at one place. `value`, limit and evidence are those of its latest period.

    `resolved_at` is what the data say and `state` what people did; neither changes the other.
    """

    kind = models.CharField(_("kind"), max_length=30, choices=Kind.choices)
    station = models.ForeignKey(
        "stations.Station",
        verbose_name=_("station"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="alerts",
    )
    zone = models.ForeignKey(
        "stations.Zone",
        verbose_name=_("zone or cluster"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="alerts",
    )
    parameter = models.CharField(_("parameter"), max_length=40, blank=True)
    period = models.CharField(_("period"), max_length=10, blank=True)
    source = models.CharField(_("source of the limit"), max_length=300, blank=True)

    state = models.CharField(_("state"), max_length=20, choices=State.choices, default=State.OPEN)
    severity = models.PositiveSmallIntegerField(_("severity"), choices=Severity.choices)
    opened_at = models.DateTimeField(_("opened"))
    raised_at = models.DateTimeField(_("raised"))
    acknowledged_at = models.DateTimeField(_("acknowledged"), null=True, blank=True)
    acknowledged_by = _person(_("acknowledged by"))
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    closed_by = _person(_("closed by"))
    closing_note = models.TextField(_("closing note"), blank=True)
    answered_at = models.DateTimeField(_("explained"), null=True, blank=True)
    answered_by = _person(_("explained by"))
    returned_at = models.DateTimeField(_("sent back"), null=True, blank=True)
    returned_by = _person(_("sent back by"))
    returned_reason = models.TextField(_("what is missing"), blank=True)
    verified_at = models.DateTimeField(_("verified"), null=True, blank=True)
    verified_by = _person(_("verified by"))
    assigned_to = _person(_("assigned to"))
    held_by = models.ForeignKey(
        "stations.Agency",
        verbose_name=_("held by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    held_since = models.DateTimeField(_("held since"), null=True, blank=True)
    policy = models.JSONField(
        _("rules that it began with"), default=dict, encoder=DjangoJSONEncoder
    )
    acknowledge_due_at = models.DateTimeField(_("to be acknowledged by"), null=True, blank=True)
    answer_due_at = models.DateTimeField(_("to be explained by"), null=True, blank=True)
    steps_taken = models.PositiveSmallIntegerField(_("steps of escalation"), default=0)
    next_step_at = models.DateTimeField(null=True, blank=True, editable=False)
    progress_at = models.DateTimeField(null=True, blank=True, editable=False)
    flapping_since = models.DateTimeField(_("comes and goes since"), null=True, blank=True)
    held_back_by = models.ForeignKey(
        "alerts.Maintenance",
        verbose_name=_("covered by the announced work"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    resolved_at = models.DateTimeField(_("resolved by the data"), null=True, blank=True)
    resolved_after = models.DateTimeField(null=True, blank=True, editable=False)
    late = models.BooleanField(_("from late data"), default=False)
    withdrawn = models.BooleanField(_("withdrawn"), default=False)

    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    value = exact_number(_("value"))
    minimum = exact_number(_("minimum"))
    maximum = exact_number(_("maximum"))
    limit = models.CharField(_("limit"), max_length=80, blank=True)
    unit = models.CharField(_("unit"), max_length=40, blank=True)
    ratio = exact_number(_("ratio to the limit"))
    limit_confirmed = models.BooleanField(_("limit confirmed"), default=True)
    evidence = models.JSONField(_("evidence"), default=dict, encoder=DjangoJSONEncoder)
    previous = models.ForeignKey(
        "self",
        verbose_name=_("earlier alert of the same cause"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="later",
    )
    taken_over_by = models.ForeignKey(
        "self",
        verbose_name=_("taken over by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="taken_over",
    )

    objects = AlertQuerySet.as_manager()

    class Meta:
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        ordering = ("-raised_at", "-pk")
        indexes = [
            models.Index(fields=("station", "kind", "parameter"), name="alert_of_station"),
            models.Index(fields=("state", "-raised_at"), name="alert_by_state"),
            models.Index(fields=("-raised_at",), name="alert_newest"),
            models.Index(
                fields=("next_step_at",),
                condition=Q(next_step_at__isnull=False),
                name="alert_step_due",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=("kind", "station", "zone", "parameter", "period", "source"),
                condition=~Q(state="closed"),
                nulls_distinct=False,
                name="one_unclosed_alert_of_an_identity",
            ),
            models.CheckConstraint(
                name="acknowledged_by_whom_and_when",
                condition=Q(acknowledged_at=None, acknowledged_by=None)
                | Q(acknowledged_at__isnull=False, acknowledged_by__isnull=False),
            ),
            models.CheckConstraint(
                name="an_acknowledged_alert_knows_by_whom",
                condition=Q(state="open", acknowledged_at=None)
                | Q(state__in=("answered", "returned"))
                | Q(acknowledged_at__isnull=False),
            ),
            models.CheckConstraint(
                name="explained_by_whom_and_when",
                condition=Q(answered_at=None, answered_by=None)
                | Q(answered_at__isnull=False, answered_by__isnull=False),
            ),
            models.CheckConstraint(
                name="only_what_was_explained_is_looked_at",
                condition=~Q(state__in=("answered", "verified", "returned"))
                | Q(answered_at__isnull=False),
            ),
            models.CheckConstraint(
                name="sent_back_by_whom_when_and_why",
                condition=Q(returned_at=None, returned_by=None, returned_reason="")
                | (
                    Q(returned_at__isnull=False, returned_by__isnull=False) & ~Q(returned_reason="")
                ),
            ),
            models.CheckConstraint(
                name="only_what_was_sent_back_is_returned",
                condition=~Q(state="returned") | Q(returned_at__isnull=False),
            ),
            models.CheckConstraint(
                name="verified_by_whom_and_when",
                condition=Q(verified_at=None, verified_by=None)
                | Q(verified_at__isnull=False, verified_by__isnull=False),
            ),
            models.CheckConstraint(
                name="only_what_was_verified_is_verified",
                condition=~Q(state="verified") | Q(verified_at__isnull=False),
            ),
            models.CheckConstraint(
                name="held_by_whom_and_since_when",
                condition=Q(held_by=None, held_since=None)
                | Q(held_by__isnull=False, held_since__isnull=False),
            ),
            models.CheckConstraint(
                name="closed_by_whom_when_and_why",
                condition=(~Q(state="closed") & Q(closed_at=None, closed_by=None, closing_note=""))
                | (
                    Q(state="closed", closed_at__isnull=False, closed_by__isnull=False)
                    & ~Q(closing_note="")
                ),
            ),
            models.CheckConstraint(
                name="alert_ends_after_it_starts", condition=Q(ends_at__gte=F("starts_at"))
            ),
            models.CheckConstraint(
                name="what_was_measured_is_never_held_back",
                condition=Q(held_back_by=None) | Q(kind__in=MAY_BE_HELD_BACK),
            ),
            models.CheckConstraint(
                name="resolved_when_and_after_what",
                condition=Q(resolved_at=None, resolved_after=None)
                | Q(resolved_at__isnull=False, resolved_after__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        place = self.station or self.zone or ""
        return " ".join(filter(None, (self.get_kind_display(), str(place), self.parameter)))

    def is_closed(self) -> bool:
        """Whether someone ended the case."""
        return self.state == State.CLOSED

    @property
    def told_since(self) -> datetime | None:
        """Of a cause that comes and goes: the onset of which people were told last."""
        return None if self.flapping_since is None else self.flapping_since

    def may_reopen(self, now: datetime) -> bool:
        """Whether a recurrence now belongs to this closed alert (judging.md §5: 7 days)."""
        return self.closed_at is not None and now - self.closed_at <= REOPENS_WITHIN
