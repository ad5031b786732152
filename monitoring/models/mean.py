from __future__ import annotations

from fractions import Fraction

from django.db import models
from django.utils.translation import gettext_lazy as _

from monitoring.models.plane import ExactField, OfStation


class Mean(OfStation):
    """The slots of a channel in a period: their exact sum as a fraction, and how many there are.

    `basis` is "" for values as they are, or the reference oxygen in percent that each slot was
    first brought to; `expected` leaves out idle slots, which `idle` counts.
    """

    slot = models.PositiveSmallIntegerField()
    start = models.DateTimeField()
    basis = models.CharField(max_length=20, blank=True, default="")
    numerator = ExactField(default=0)
    denominator = ExactField(default=1)
    n = models.PositiveSmallIntegerField(_("filled slots"))
    expected = models.PositiveSmallIntegerField(_("expected slots"))
    calibrating = models.PositiveSmallIntegerField(_("slots in calibration"), default=0)
    faulty = models.PositiveSmallIntegerField(_("slots with a fault"), default=0)
    idle = models.PositiveSmallIntegerField(_("idle slots"), default=0)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    newest = models.DateTimeField(
        null=True, help_text="When the newest delivery under this mean was received."
    )

    class Meta:
        abstract = True

    @property
    def total(self) -> Fraction:
        return Fraction(self.numerator) / Fraction(self.denominator)

    @property
    def value(self) -> float | None:
        return float(self.total / self.n) if self.n else None


class HourMean(Mean):
    pk = models.CompositePrimaryKey("station_id", "slot", "start", "basis")

    class Meta:
        verbose_name = _("hour mean")
        verbose_name_plural = _("hour means")
        indexes = [models.Index(fields=("station", "start"), name="hour_mean_of_station")]


class DayMean(Mean):
    pk = models.CompositePrimaryKey("station_id", "slot", "start", "basis")

    class Meta:
        verbose_name = _("day mean")
        verbose_name_plural = _("day means")
        indexes = [models.Index(fields=("station", "start"), name="day_mean_of_station")]


class DayTotal(OfStation):
    """A day's volume (m³, of a flow) or load (kg, of a concentration with the outflow), exactly.

    `n` slots had what it needs, of `expected`; the amount is of these slots alone.
    """

    pk = models.CompositePrimaryKey("station_id", "slot", "start")
    slot = models.PositiveSmallIntegerField()
    start = models.DateTimeField()
    unit = models.CharField(max_length=10)
    numerator = ExactField(default=0)
    denominator = ExactField(default=1)
    n = models.PositiveSmallIntegerField(_("filled slots"))
    expected = models.PositiveSmallIntegerField(_("expected slots"))

    class Meta:
        verbose_name = _("day total")
        verbose_name_plural = _("day totals")
        indexes = [models.Index(fields=("station", "start"), name="day_total_of_station")]

    @property
    def amount(self) -> Fraction:
        return Fraction(self.numerator) / Fraction(self.denominator)


class DayBalance(OfStation):
    """What flowed in and out of a station's works on a day (m³), over the `n` slots of the outflow
    in which both are filled, of `expected`.
    """

    pk = models.CompositePrimaryKey("station_id", "start")
    start = models.DateTimeField()
    in_numerator = ExactField(default=0)
    in_denominator = ExactField(default=1)
    out_numerator = ExactField(default=0)
    out_denominator = ExactField(default=1)
    n = models.PositiveSmallIntegerField(_("filled slots"))
    expected = models.PositiveSmallIntegerField(_("expected slots"))

    class Meta:
        verbose_name = _("day's balance of flows")
        verbose_name_plural = _("days' balances of flows")

    @property
    def inflow(self) -> Fraction:
        return Fraction(self.in_numerator) / Fraction(self.in_denominator)

    @property
    def outflow(self) -> Fraction:
        return Fraction(self.out_numerator) / Fraction(self.out_denominator)


class StationHour(OfStation):
    """The worst thing in an hour of a station: one cell of the 24-hour strip."""

    pk = models.CompositePrimaryKey("station_id", "start")
    start = models.DateTimeField()
    state = models.CharField(max_length=20)
    channel = models.CharField(max_length=20, blank=True)
    filled = models.PositiveSmallIntegerField(default=0)
    expected = models.PositiveSmallIntegerField(default=0)
