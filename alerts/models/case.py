"""What people add to a case: the operator's answer, calls, visits, samples, papers, hand-overs.

Every row names who and when. Nothing here is changed or deleted once written: what was wrong is
said in a further row.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from pgtrigger import Delete, Protect, Update

from alerts.models.alert import Alert


def _person(verbose_name: Any, *, null: bool = False) -> models.ForeignKey:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=verbose_name,
        null=null,
        blank=null,
        on_delete=models.PROTECT,
        related_name="+",
    )


class OfCase(models.Model):
    """A row of a case: which, by whom, when it was written down."""

    alert = models.ForeignKey(
        Alert, verbose_name=_("alert"), on_delete=models.PROTECT, related_name="%(class)ss"
    )
    by = _person(_("by"))
    at = models.DateTimeField(_("at"))

    class Meta:
        abstract = True
        ordering = ("at", "pk")


class Answer(OfCase):
    """Giải trình: what the operator says happened, what is done, until when."""

    class Cause(models.TextChoices):
        PROCESS = "process", _("treatment process")
        OVERLOAD = "overload", _("inflow or load above design")
        DEVICE = "device", _("measuring device")
        CALIBRATION = "calibration", _("calibration or maintenance")
        LOGGER = "logger", _("logger or its settings")
        LINE = "line", _("transmission line")
        POWER = "power", _("power failure")
        WEATHER = "weather", _("weather, flood")
        STOPPED = "stopped", _("production stopped")
        OTHER = "other", _("another cause")

    cause = models.CharField(_("cause"), max_length=20, choices=Cause.choices)
    words = models.TextField(_("explanation"))
    measure = models.TextField(_("corrective measure"), blank=True)
    expected_end = models.DateTimeField(_("expected to be mended"), null=True, blank=True)

    class Meta(OfCase.Meta):
        verbose_name = _("explanation of an operator")
        verbose_name_plural = _("explanations of operators")
        constraints = [models.CheckConstraint(name="answer_says_something", condition=~Q(words=""))]
        triggers = [Protect(name="answers_are_only_added", operation=Update | Delete)]

    def __str__(self) -> str:
        return str(self.get_cause_display())


class PhoneCall(OfCase):
    """A call about a case: with whom, when, what was said."""

    called_at = models.DateTimeField(_("called"))
    whom = models.CharField(_("with whom"), max_length=200)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    words = models.TextField(_("what was said"))

    class Meta(OfCase.Meta):
        verbose_name = _("phone call")
        verbose_name_plural = _("phone calls")
        triggers = [Protect(name="calls_are_only_added", operation=Update | Delete)]

    def __str__(self) -> str:
        return str(self.whom)


class Visit(OfCase):
    """An inspection at the place, with its minutes (biên bản) among the files of the case."""

    visited_at = models.DateTimeField(_("visited"))
    people = models.CharField(_("who took part"), max_length=500)
    words = models.TextField(_("what was found"))

    class Meta(OfCase.Meta):
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        triggers = [Protect(name="visits_are_only_added", operation=Update | Delete)]

    def __str__(self) -> str:
        return str(self.people)


class ControlSample(OfCase):
    """A sample taken beside the analyser. Its result is compared with the mean of its hours."""

    bottle = models.CharField(_("bottle"), max_length=80)
    parameter = models.CharField(_("parameter"), max_length=40)
    taken_from = models.DateTimeField(_("taken from"))
    taken_until = models.DateTimeField(_("taken until"))
    laboratory = models.CharField(_("laboratory"), max_length=200, blank=True)
    result = models.DecimalField(
        _("result"), max_digits=20, decimal_places=6, null=True, blank=True
    )
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    result_at = models.DateTimeField(_("result known"), null=True, blank=True)

    class Meta(OfCase.Meta):
        verbose_name = _("control sample")
        verbose_name_plural = _("control samples")
        constraints = [
            models.CheckConstraint(
                name="sample_ends_after_it_begins", condition=Q(taken_until__gte=F("taken_from"))
            ),
            models.CheckConstraint(
                name="sample_result_knows_when",
                condition=Q(result=None, result_at=None)
                | Q(result__isnull=False, result_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return str(self.bottle)


class HandOver(OfCase):
    """A case goes from one agency to another; who holds it now stands in the alert."""

    from_agency = models.ForeignKey(
        "stations.Agency",
        verbose_name=_("from"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    to_agency = models.ForeignKey(
        "stations.Agency", verbose_name=_("to"), on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField(_("reason"))

    class Meta(OfCase.Meta):
        verbose_name = _("hand-over")
        verbose_name_plural = _("hand-overs")
        triggers = [Protect(name="hand_overs_are_only_added", operation=Update | Delete)]

    def __str__(self) -> str:
        return f"{self.from_agency or '–'} → {self.to_agency}"


class CaseFile(OfCase):
    """A file of a case: of an answer, a visit, a sample, a mail, or by itself."""

    file = models.FileField(_("file"), upload_to="cases/%Y/%m/")
    name = models.CharField(_("file name"), max_length=255)
    size = models.PositiveIntegerField(_("bytes"))
    sha256 = models.CharField(max_length=64)
    what = models.CharField(_("what it is"), max_length=200, blank=True)
    answer = models.ForeignKey(
        Answer, null=True, blank=True, on_delete=models.PROTECT, related_name="files"
    )
    visit = models.ForeignKey(
        Visit, null=True, blank=True, on_delete=models.PROTECT, related_name="files"
    )
    sample = models.ForeignKey(
        ControlSample, null=True, blank=True, on_delete=models.PROTECT, related_name="files"
    )
    by = _person(_("by"), null=True)

    class Meta(OfCase.Meta):
        verbose_name = _("file of a case")
        verbose_name_plural = _("files of cases")
        triggers = [Protect(name="case_files_are_only_added", operation=Update | Delete)]

    def __str__(self) -> str:
        return self.name
