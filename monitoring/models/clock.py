"""What is kept about our own doors: probes through them, and outages of lines, doors and ours."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class DoorProbe(models.Model):
    """A small file sent through the public port, and when it had come how far."""

    door = models.CharField(_("door"), max_length=10)
    address = models.CharField(_("address"), max_length=300, blank=True)
    sent_at = models.DateTimeField(_("sent"))
    acknowledged_at = models.DateTimeField(_("acknowledged"), null=True, blank=True)
    stored_at = models.DateTimeField(_("stored"), null=True, blank=True)
    judged_at = models.DateTimeField(_("judged"), null=True, blank=True)
    visible_at = models.DateTimeField(_("visible"), null=True, blank=True)
    failure = models.CharField(_("failure"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("probe of a door")
        verbose_name_plural = _("probes of doors")
        ordering = ("-sent_at",)
        indexes = [models.Index(fields=("door", "-sent_at"), name="probe_of_door")]

    def __str__(self) -> str:
        return f"{self.door} {self.sent_at:%Y-%m-%d %H:%M}"


class Outage(models.Model):
    """A time in which many could not send, or we could not receive: nobody is to blame for it."""

    class What(models.TextChoices):
        LINE = "line", _("transmission line")
        DOOR = "door", _("our receiving door")
        OWN = "own", _("our own system")

    what = models.CharField(_("what"), max_length=10, choices=What.choices)
    zone = models.ForeignKey(
        "stations.Zone",
        verbose_name=_("zone or cluster"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    start = models.DateTimeField(_("from"))
    end = models.DateTimeField(_("until"), null=True, blank=True)
    stations = ArrayField(models.BigIntegerField(), verbose_name=_("stations"), default=list)
    found_at = models.DateTimeField(_("found"))

    class Meta:
        verbose_name = _("outage")
        verbose_name_plural = _("outages")
        ordering = ("-start",)
        constraints = [
            models.UniqueConstraint(
                fields=("what", "zone"),
                condition=Q(end=None),
                nulls_distinct=False,
                name="one_outage_at_a_time",
            ),
            models.CheckConstraint(
                name="outage_ends_after_it_starts", condition=Q(end=None) | Q(end__gte=F("start"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_what_display()} {self.start:%Y-%m-%d %H:%M}"
