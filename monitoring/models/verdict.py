from __future__ import annotations

from fractions import Fraction
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from monitoring.models.plane import ExactField, OfStation
from stations.models import Period, Person, Station


class Layer(models.TextChoices):
    """Of which data a verdict speaks."""

    RAW = "raw", _("data as sent")
    APPROVED = "approved", _("approved data")


class VerdictQuerySet(models.QuerySet):
    def for_user(
        self, user: Person | AnonymousUser, permission: str = "view_readings"
    ) -> VerdictQuerySet:
        return self.filter(station__in=Station.objects.for_user(user, permission).values("pk"))

    def of_id(
        self, pk: UUID | str, user: Person | AnonymousUser, permission: str = "view_readings"
    ) -> VerdictQuerySet:
        """The one of this id, if it is this person's to see.

        The key is (station, id) and nothing else leads to an id: named one by one, the stations
        are as many short searches, where a subquery could be one through everybody's verdicts.
        """
        stations = Station.objects.for_user(user, permission).values_list("pk", flat=True)
        return self.filter(station__in=list(stations), id=pk)

    def in_effect(self, layer: str = Layer.RAW) -> VerdictQuerySet:
        """Those not superseded, of one layer: of the data as sent unless asked otherwise."""
        return self.filter(superseded_at=None, layer=layer)


class Verdict(OfStation):
    """A mean held against a limit, with its arithmetic. A newer one supersedes it; it stays."""

    class Result(models.TextChoices):
        WITHIN = "within", _("Within the limit")
        EXCEEDED = "exceeded", _("Limit exceeded")
        NOT_ENOUGH_DATA = "not_enough_data", _("Not enough data to judge")

    pk = models.CompositePrimaryKey("station_id", "id")
    id = models.UUIDField(db_default=models.Func(function="gen_random_uuid"))
    slot = models.PositiveSmallIntegerField()
    symbol = models.CharField(max_length=20)
    unit = models.CharField(max_length=20)
    period = models.CharField(max_length=10, choices=Period.choices)
    start = models.DateTimeField()
    end = models.DateTimeField()
    basis = models.CharField(max_length=20, blank=True)
    result = models.CharField(_("verdict"), max_length=20, choices=Result.choices)
    numerator = ExactField(default=0)
    denominator = ExactField(default=1)
    n = models.PositiveIntegerField()
    expected = models.PositiveIntegerField()
    mean = models.FloatField(null=True)
    capture = models.FloatField(null=True)
    ratio = models.FloatField(null=True)
    distance = models.FloatField(null=True)
    minimum = models.DecimalField(max_digits=30, decimal_places=12, null=True)
    maximum = models.DecimalField(max_digits=30, decimal_places=12, null=True)
    source = models.CharField(max_length=300)
    confirmed = models.CharField(max_length=300, blank=True)
    limit = models.JSONField(default=dict)
    layer = models.CharField(
        _("layer"), max_length=10, choices=Layer.choices, default=Layer.RAW, db_default=Layer.RAW
    )
    newest = models.DateTimeField(
        null=True, help_text="The readings' version: when the newest under it was received."
    )
    correction = models.BigIntegerField(
        null=True, help_text="The correction that made it, where no file and no clock did."
    )
    judged_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)

    objects = VerdictQuerySet.as_manager()

    class Meta:
        verbose_name = _("verdict")
        verbose_name_plural = _("verdicts")
        indexes = [
            models.Index(fields=("station", "slot", "period", "start"), name="verdict_of_period"),
            models.Index(fields=("-start", "station"), name="verdict_newest"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=("station", "slot", "period", "start", "basis", "layer"),
                condition=Q(superseded_at=None),
                name="one_verdict_in_effect",
            )
        ]

    @property
    def total(self) -> Fraction:
        return Fraction(self.numerator) / Fraction(self.denominator)


class Frontier(OfStation):
    """From where to where the periods of a channel's limit have been judged, empty ones too."""

    pk = models.CompositePrimaryKey("station_id", "slot", "period")
    slot = models.PositiveSmallIntegerField()
    period = models.CharField(max_length=10, choices=Period.choices)
    since = models.DateTimeField()
    until = models.DateTimeField()
    next_due = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=("next_due",), name="frontier_next_due")]
