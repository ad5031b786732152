from __future__ import annotations

import pghistory
from django.db import models
from django.utils.translation import gettext_lazy as _

from stations.models.dated import no_overlap, ordered_days
from stations.models.facility import OfFacility
from stations.models.regulation import Confirmed, Edition


@pghistory.track()
class Permit(OfFacility, Confirmed):
    """A facility's environmental permit, as its paper prints it.

    Its own factors and its flow stand here because the paper says them; the limits it prints are
    those that count (`PermitLimit`), whatever the register would compute.
    """

    number = models.CharField(_("number"), max_length=120)
    edition = models.ForeignKey(
        Edition,
        verbose_name=_("edition that it names"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    column = models.CharField(_("column"), max_length=10, blank=True)
    kq = models.DecimalField(_("Kq"), max_digits=6, decimal_places=3, null=True, blank=True)
    kf = models.DecimalField(_("Kf"), max_digits=6, decimal_places=3, null=True, blank=True)
    flow_m3_per_day = models.DecimalField(
        _("largest discharge, m³/day"), max_digits=20, decimal_places=6, null=True, blank=True
    )

    class Meta(OfFacility.Meta):
        verbose_name = _("environmental permit")
        verbose_name_plural = _("environmental permits")
        constraints = [
            ordered_days("permit_days_are_in_order"),
            no_overlap("one_permit_of_a_number_at_a_time", "facility", "number"),
        ]

    def __str__(self) -> str:
        return self.number
