from __future__ import annotations

from datetime import date

import pghistory
from django.contrib.auth.models import AnonymousUser
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from stations.models.access import Person
from stations.models.dated import Dated, no_overlap, ordered_days
from stations.models.facility import Facility
from stations.models.names import Named
from stations.models.parameter import Medium
from stations.models.regulation import Confirmed, Edition


class StationQuerySet(models.QuerySet):
    def for_user(
        self,
        user: Person | AnonymousUser,
        permission: str = "view_readings",
        on: date | None = None,
    ) -> StationQuerySet:
        """The stations that this person may see with this permission, today."""
        if getattr(user, "is_superuser", False) and user.is_active:
            return self.filter(synthetic=False)
        facilities = Facility.objects.for_user(user, permission, on=on).values("pk")
        return self.filter(facility__in=facilities, synthetic=False)


@pghistory.track()
class Station(Named):
    """A station for life. One that splits or merges is a new station; the old one ends."""

    code = models.CharField(_("code"), max_length=60, unique=True)
    facility = models.ForeignKey(
        Facility, verbose_name=_("facility"), on_delete=models.PROTECT, related_name="stations"
    )
    medium = models.CharField(_("medium"), max_length=20, choices=Medium.choices)
    latitude = models.FloatField(_("latitude"), null=True, blank=True)
    longitude = models.FloatField(_("longitude"), null=True, blank=True)
    ended_on = models.DateField(_("last day"), null=True, blank=True)
    synthetic = models.BooleanField(
        default=False, editable=False, help_text="Sends our own probes; nobody's station."
    )

    objects = StationQuerySet.as_manager()

    class Meta:
        verbose_name = _("station")
        verbose_name_plural = _("stations")
        ordering = ("code",)

    def __str__(self) -> str:
        return self.code

    @property
    def position(self) -> tuple[float, float] | None:
        """Latitude and longitude: the station's own, else its facility's."""
        for place in (self, self.facility):
            if place.latitude is not None and place.longitude is not None:
                return place.latitude, place.longitude
        return None


class OfStation(Dated):
    """A dated fact of a station; one at a time."""

    station = models.ForeignKey(
        Station, verbose_name=_("station"), on_delete=models.CASCADE, related_name="%(class)ss"
    )

    class Meta:
        abstract = True
        ordering = ("station", "valid_from")

    def __str__(self) -> str:
        return str(self.station)


@pghistory.track()
class FilePrefix(OfStation):
    """What stands before `_yyyyMMddHHmmss.txt` in the names of this station's files."""

    prefix = models.CharField(_("file prefix"), max_length=120)

    class Meta(OfStation.Meta):
        verbose_name = _("file prefix")
        verbose_name_plural = _("file prefixes")
        constraints = [
            ordered_days("file_prefix_days_are_in_order"),
            no_overlap("one_file_prefix_at_a_time", "station"),
            no_overlap("a_file_prefix_names_one_station", "prefix"),
        ]


@pghistory.track()
class SamplingInterval(OfStation):
    """Minutes between two readings; time is cut into these slots from midnight."""

    minutes = models.PositiveSmallIntegerField(_("minutes"), validators=[MinValueValidator(1)])

    class Meta(OfStation.Meta):
        verbose_name = _("interval")
        verbose_name_plural = _("intervals")
        constraints = [
            ordered_days("interval_days_are_in_order"),
            no_overlap("one_interval_at_a_time", "station"),
            models.CheckConstraint(
                name="interval_fits_the_hour_and_the_day",
                condition=Q(
                    minutes__in=[
                        n for n in range(1, 1441) if 1440 % n == 0 and (60 % n == 0 or n % 60 == 0)
                    ]
                ),
            ),
        ]


@pghistory.track()
class StampSetting(OfStation):
    """Whether a time stamp closes its window, so that 00:00:00 belongs to the day before."""

    closes_window = models.BooleanField(_("stamp closes its window"))

    class Meta(OfStation.Meta):
        verbose_name = _("time stamp setting")
        verbose_name_plural = _("time stamp settings")
        constraints = [
            ordered_days("stamp_setting_days_are_in_order"),
            no_overlap("one_stamp_setting_at_a_time", "station"),
        ]


@pghistory.track()
class GasFlow(OfStation):
    """Flue gas flow of the source, m³/h: gives Kp."""

    m3_per_hour = models.DecimalField(_("m³/h"), max_digits=20, decimal_places=6)

    class Meta(OfStation.Meta):
        verbose_name = _("gas flow")
        verbose_name_plural = _("gas flows")
        constraints = [
            ordered_days("gas_flow_days_are_in_order"),
            no_overlap("one_gas_flow_at_a_time", "station"),
        ]


@pghistory.track()
class KvZone(OfStation):
    """Zone 1 to 5 of the place of the source: gives Kv."""

    zone = models.PositiveSmallIntegerField(_("zone"))

    class Meta(OfStation.Meta):
        verbose_name = _("Kv zone")
        verbose_name_plural = _("Kv zones")
        constraints = [
            ordered_days("kv_zone_days_are_in_order"),
            no_overlap("one_kv_zone_at_a_time", "station"),
        ]


@pghistory.track()
class SourceType(OfStation):
    """The type of source in editions that set limits by it, such as QCVN 19:2024."""

    source_type = models.CharField(_("type of source"), max_length=60)

    class Meta(OfStation.Meta):
        verbose_name = _("type of source")
        verbose_name_plural = _("types of source")
        constraints = [
            ordered_days("source_type_days_are_in_order"),
            no_overlap("one_source_type_at_a_time", "station"),
        ]


@pghistory.track()
class AirClass(OfStation):
    """What an ambient air station may publish; without one, concentrations only."""

    class Kind(models.TextChoices):
        INDEX = "index", _("concentrations and the air quality index")
        REFERENCE = "reference", _("concentrations only (reference station)")

    kind = models.CharField(_("may publish"), max_length=20, choices=Kind.choices)

    class Meta(OfStation.Meta):
        verbose_name = _("class of an air station")
        verbose_name_plural = _("classes of air stations")
        constraints = [
            ordered_days("air_class_days_are_in_order"),
            no_overlap("one_air_class_at_a_time", "station"),
        ]


@pghistory.track()
class JudgedBy(OfStation, Confirmed):
    """The edition and column that a station is judged by. This alone decides (judging.md §3)."""

    edition = models.ForeignKey(
        Edition, verbose_name=_("edition"), on_delete=models.PROTECT, related_name="+"
    )
    column = models.CharField(_("column"), max_length=10)

    class Meta(OfStation.Meta):
        verbose_name = _("judged by")
        verbose_name_plural = _("judged by")
        constraints = [
            ordered_days("judged_by_days_are_in_order"),
            no_overlap("one_rule_at_a_time", "station"),
        ]
