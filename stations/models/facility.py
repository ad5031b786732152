from __future__ import annotations

from datetime import date

import pghistory
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from stations.models.access import Person
from stations.models.agency import Operator
from stations.models.dated import Dated, no_overlap, ordered_days
from stations.models.names import Named
from stations.models.scope import scope_of
from stations.models.unit import Unit, Zone


class FacilityQuerySet(models.QuerySet):
    def for_user(
        self,
        user: Person | AnonymousUser,
        permission: str = "view_readings",
        on: date | None = None,
    ) -> FacilityQuerySet:
        """The facilities that this person may see with this permission, today."""
        return self.filter(scope_of(user, permission, on=on), synthetic=False)


@pghistory.track()
class Facility(Named):
    """A plant, the infrastructure of a zone or cluster, or the public: who owns stations."""

    class Kind(models.TextChoices):
        ZONE_INFRASTRUCTURE = "zone_infrastructure", _("infrastructure of an industrial zone")
        CLUSTER_INFRASTRUCTURE = "cluster_infrastructure", _("infrastructure of a cluster")
        PLANT = "plant", _("plant")
        PUBLIC = "public", _("public")

    code = models.CharField(_("code"), max_length=60, unique=True)
    kind = models.CharField(_("kind"), max_length=30, choices=Kind.choices)
    zone = models.ForeignKey(
        Zone,
        verbose_name=_("zone or cluster"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="facilities",
    )
    owned_by_unit = models.ForeignKey(
        Unit,
        verbose_name=_("funded by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="owned_facilities",
    )
    operator = models.ForeignKey(
        Operator,
        verbose_name=_("operator"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="facilities",
    )
    latitude = models.FloatField(_("latitude"), null=True, blank=True)
    longitude = models.FloatField(_("longitude"), null=True, blank=True)
    synthetic = models.BooleanField(
        default=False, editable=False, help_text="Owns our own probes; nobody's facility."
    )

    objects = FacilityQuerySet.as_manager()

    class Meta:
        verbose_name = _("facility")
        verbose_name_plural = _("facilities")
        ordering = ("sort_name",)


class OfFacility(Dated):
    """A dated fact of a facility; one at a time."""

    facility = models.ForeignKey(
        Facility, verbose_name=_("facility"), on_delete=models.CASCADE, related_name="%(class)ss"
    )

    class Meta:
        abstract = True
        ordering = ("facility", "valid_from")

    def __str__(self) -> str:
        return str(self.facility)


@pghistory.track()
class FacilityUnit(OfFacility):
    """The unit in which a facility lies. Without one it lies in the units of its zone."""

    unit = models.ForeignKey(
        Unit, verbose_name=_("unit"), on_delete=models.PROTECT, related_name="facility_places"
    )

    class Meta(OfFacility.Meta):
        verbose_name = _("unit of a facility")
        verbose_name_plural = _("units of a facility")
        constraints = [
            ordered_days("facility_unit_days_are_in_order"),
            no_overlap("facility_is_in_one_unit_at_a_time", "facility"),
        ]


@pghistory.track()
class DesignFlow(OfFacility):
    """Total design capacity of all discharge works in the permit, m³/day (NĐ 08/2022, Art. 97)."""

    m3_per_day = models.DecimalField(_("m³/day"), max_digits=20, decimal_places=6)

    class Meta(OfFacility.Meta):
        verbose_name = _("design flow")
        verbose_name_plural = _("design flows")
        constraints = [
            ordered_days("design_flow_days_are_in_order"),
            no_overlap("one_design_flow_at_a_time", "facility"),
        ]


@pghistory.track()
class PollutingType(OfFacility):
    """Whether the facility is of a type with a risk of pollution (NĐ 08/2022, annex II)."""

    polluting = models.BooleanField(_("polluting type"))

    class Meta(OfFacility.Meta):
        verbose_name = _("polluting type")
        verbose_name_plural = _("polluting types")
        constraints = [
            ordered_days("polluting_type_days_are_in_order"),
            no_overlap("one_polluting_type_at_a_time", "facility"),
        ]


@pghistory.track()
class ReceivingWater(OfFacility):
    """The water that receives the discharge: a river's flow or a lake's volume give Kq."""

    class Kind(models.TextChoices):
        RIVER = "river", _("river")
        LAKE = "lake", _("lake")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    flow_m3_per_s = models.DecimalField(
        _("flow, m³/s"), max_digits=20, decimal_places=6, null=True, blank=True
    )
    volume_m3 = models.DecimalField(
        _("volume, m³"), max_digits=20, decimal_places=3, null=True, blank=True
    )

    class Meta(OfFacility.Meta):
        verbose_name = _("receiving water")
        verbose_name_plural = _("receiving waters")
        constraints = [
            ordered_days("receiving_water_days_are_in_order"),
            no_overlap("one_receiving_water_at_a_time", "facility"),
        ]
