from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from monitoring.models.plane import OfStation


class Reading(OfStation):
    """All channels of a station at one second: `values[slot - 1]`.

    `statuses` is null when every value has status 00; else it stands beside `values`, null where
    there is no reading. A value that is null with a status is a reading without a value.
    `deliveries` are all that brought something for this second, in the order of reception.
    Partitioned by Vietnamese months of `time`.
    """

    pk = models.CompositePrimaryKey("station_id", "time")
    time = models.DateTimeField(_("measured"))
    values = ArrayField(models.FloatField(null=True))
    statuses = ArrayField(models.CharField(max_length=8, null=True), null=True)
    received_at = models.DateTimeField(_("received"))
    deliveries = ArrayField(models.UUIDField())

    class Meta:
        verbose_name = _("reading")
        verbose_name_plural = _("readings")


class Revision(OfStation):
    """A value that was sent again and differed from what stood there, in the order of reception."""

    pk = models.CompositePrimaryKey("station_id", "id")
    id = models.UUIDField(db_default=models.Func(function="gen_random_uuid"))
    time = models.DateTimeField(_("measured"))
    slot = models.PositiveSmallIntegerField()
    old_value = models.FloatField(null=True)
    old_status = models.CharField(max_length=8)
    old_delivery = models.UUIDField()
    value = models.FloatField(null=True)
    status = models.CharField(max_length=8)
    delivery = models.UUIDField()
    received_at = models.DateTimeField(_("received"))

    class Meta:
        verbose_name = _("revision")
        verbose_name_plural = _("revisions")
        indexes = [models.Index(fields=("station", "time", "slot"), name="revision_of_reading")]


class DirtyHour(OfStation):
    """Append-only: this hour of this station is to be averaged again (judging.md §7)."""

    pk = models.CompositePrimaryKey("station_id", "id")
    id = models.UUIDField(db_default=models.Func(function="gen_random_uuid"))
    hour = models.DateTimeField()
    received_at = models.DateTimeField()
    quiet = models.BooleanField(default=False)
