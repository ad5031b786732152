"""What announced work holds back: dated data that the department edits."""

from __future__ import annotations

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from alerts.domain.muting import MAY_BE_HELD_BACK
from alerts.models.alert import Kind
from alerts.models.people import Maintenance
from stations.models.dated import Dated, no_overlap, ordered_days


@pghistory.track()
class WorkHolds(Dated):
    """Of which kinds announced work holds the mails back while it goes on, by its sort.

    Work keeps what holds on the day on which it is approved. Never what was measured: an exceedance
    with status 00, or the sign of one, is told whatever was announced.
    """

    what = models.CharField(_("what"), max_length=20, choices=Maintenance.What.choices)
    kinds = ArrayField(
        models.CharField(max_length=30, choices=Kind.choices),
        verbose_name=_("kinds that are held back"),
        default=list,
        blank=True,
    )
    source = models.CharField(_("source"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("what announced work holds back")
        verbose_name_plural = _("what announced work holds back")
        ordering = ("what", "valid_from")
        constraints = [
            ordered_days("work_holds_days_are_in_order"),
            no_overlap("one_list_of_work_holds_at_a_time", "what"),
            models.CheckConstraint(
                name="work_never_holds_back_what_was_measured",
                condition=Q(kinds__contained_by=list(MAY_BE_HELD_BACK)),
                violation_error_message=_("What was measured is told, whatever was announced."),
            ),
        ]

    def __str__(self) -> str:
        return self.get_what_display()
