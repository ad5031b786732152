from __future__ import annotations

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from stations.models.dated import Dated, no_overlap, ordered_days
from stations.models.parameter import Parameter
from stations.models.regulation import Confirmed, Period
from stations.models.station import Station


@pghistory.track()
class Channel(models.Model):
    """One station's parameter for life, and one place (`slot`, from 1) in its reading arrays."""

    station = models.ForeignKey(
        Station, verbose_name=_("station"), on_delete=models.CASCADE, related_name="channels"
    )
    parameter = models.ForeignKey(
        Parameter, verbose_name=_("parameter"), on_delete=models.PROTECT, related_name="channels"
    )
    slot = models.PositiveSmallIntegerField(
        _("slot"), editable=False, validators=[MinValueValidator(1)]
    )
    symbol = models.CharField(
        _("symbol"),
        max_length=20,
        help_text=_("The parameter's, unless two analysers measure it at the same time."),
    )
    unit = models.CharField(_("unit"), max_length=20)
    ended_on = models.DateField(_("last day"), null=True, blank=True)

    class Meta:
        verbose_name = _("channel")
        verbose_name_plural = _("channels")
        ordering = ("station", "slot")
        constraints = [
            models.UniqueConstraint(fields=("station", "slot"), name="one_channel_a_slot"),
            models.UniqueConstraint(fields=("station", "symbol"), name="one_channel_a_symbol"),
        ]

    def __str__(self) -> str:
        return f"{self.station} {self.symbol}"


class OfChannel(Dated):
    channel = models.ForeignKey(
        Channel, verbose_name=_("channel"), on_delete=models.CASCADE, related_name="%(class)ss"
    )

    class Meta:
        abstract = True
        ordering = ("channel", "valid_from")

    def __str__(self) -> str:
        return str(self.channel)


@pghistory.track()
class ChannelInterval(OfChannel):
    """A channel's own interval, where it is not the station's."""

    minutes = models.PositiveSmallIntegerField(_("minutes"), validators=[MinValueValidator(1)])

    class Meta(OfChannel.Meta):
        verbose_name = _("interval of a channel")
        verbose_name_plural = _("intervals of a channel")
        constraints = [
            ordered_days("channel_interval_days_are_in_order"),
            no_overlap("one_channel_interval_at_a_time", "channel"),
            models.CheckConstraint(
                name="channel_interval_fits_the_hour_and_the_day",
                condition=Q(
                    minutes__in=[
                        n for n in range(1, 1441) if 1440 % n == 0 and (60 % n == 0 or n % 60 == 0)
                    ]
                ),
            ),
        ]


LONGEST_STILL = 1440
"""Minutes: a value that stands still for a whole day is told of, whatever the instrument."""


@pghistory.track()
class Instrument(OfChannel):
    """The analyser in a channel: its range, how its rows are to be read, and for how long what it
    measures may stand still."""

    serial = models.CharField(_("serial number"), max_length=80, blank=True)
    model = models.CharField(_("make and model"), max_length=120, blank=True)
    range_low = models.DecimalField(
        _("range from"), max_digits=20, decimal_places=6, null=True, blank=True
    )
    range_high = models.DecimalField(
        _("range to"), max_digits=20, decimal_places=6, null=True, blank=True
    )
    aliases = ArrayField(
        models.CharField(max_length=40), verbose_name=_("aliases"), default=list, blank=True
    )
    factor = models.DecimalField(_("factor"), max_digits=20, decimal_places=10, default=1)
    file_unit = models.CharField(
        _("unit in the files"),
        max_length=20,
        blank=True,
        help_text=_("A unit that this channel alone takes as its own, such as ppm."),
    )
    still_minutes = models.PositiveSmallIntegerField(
        _("minutes that a value may stand still"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_STILL)],
        help_text=_(
            "Only where what is measured stands still by nature at this instrument's resolution,"
            " such as a river at 0.1 °C; never above a day."
        ),
    )
    still_source = models.CharField(
        _("who says that it may stand still"),
        max_length=200,
        blank=True,
        help_text=_("The paper, or the data in which it was seen."),
    )

    class Meta(OfChannel.Meta):
        verbose_name = _("instrument")
        verbose_name_plural = _("instruments")
        constraints = [
            ordered_days("instrument_days_are_in_order"),
            no_overlap("one_instrument_at_a_time", "channel"),
            models.CheckConstraint(
                name="instrument_stands_still_for_a_day_at_most",
                condition=Q(still_minutes__isnull=True)
                | Q(still_minutes__range=(1, LONGEST_STILL)),
            ),
            models.CheckConstraint(
                name="instrument_that_may_stand_still_says_who_says_so",
                condition=Q(still_minutes__isnull=True, still_source="")
                | (Q(still_minutes__isnull=False) & ~Q(still_source="")),
                violation_error_message=_(
                    "The minutes that a value may stand still go with who says so."
                ),
            ),
        ]


@pghistory.track()
class PermitLimit(OfChannel, Confirmed):
    """A limit of the facility's own permit. It takes no factors (judging.md §3)."""

    period = models.CharField(_("averaging period"), max_length=10, choices=Period.choices)
    minimum = models.DecimalField(
        _("minimum"), max_digits=20, decimal_places=6, null=True, blank=True
    )
    maximum = models.DecimalField(
        _("maximum"), max_digits=20, decimal_places=6, null=True, blank=True
    )
    source = models.CharField(_("source"), max_length=200, blank=True)
    permit = models.ForeignKey(
        "stations.Permit",
        verbose_name=_("permit"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="limits",
    )
    printed_c = models.DecimalField(
        _("C as printed"),
        max_digits=20,
        decimal_places=6,
        null=True,
        blank=True,
        help_text=_("Before the permit's own factors; kept to be compared with Cmax."),
    )
    replaces = models.BooleanField(
        _("replaces the regulation"),
        default=False,
        help_text=_("For the same parameter and period; else the stricter counts."),
    )
    min_capture = models.DecimalField(
        _("minimum capture"), max_digits=4, decimal_places=3, null=True, blank=True
    )
    grace_minutes = models.PositiveSmallIntegerField(_("grace, minutes"), null=True, blank=True)
    reference_oxygen = models.DecimalField(
        _("reference oxygen, %"), max_digits=5, decimal_places=2, null=True, blank=True
    )

    class Meta(OfChannel.Meta):
        verbose_name = _("limit of a permit")
        verbose_name_plural = _("limits of permits")
        constraints = [
            ordered_days("permit_limit_days_are_in_order"),
            no_overlap("permit_limits_of_one_source_never_overlap", "channel", "source", "period"),
            models.CheckConstraint(
                name="permit_limit_has_a_side",
                condition=Q(minimum__isnull=False) | Q(maximum__isnull=False),
            ),
        ]
