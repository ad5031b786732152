from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from monitoring.models.plane import OfStation
from stations.models import Person, Station


class LinkQuerySet(models.QuerySet):
    def for_user(
        self, user: Person | AnonymousUser, permission: str = "view_links"
    ) -> LinkQuerySet:
        return self.filter(station__in=Station.objects.for_user(user, permission).values("pk"))


class Link(OfStation):
    """A station's line: when it spoke last, and from when its silence counts (judging.md §6)."""

    station = models.OneToOneField(
        "stations.Station",
        primary_key=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="link",
    )
    first_heard_at = models.DateTimeField()
    newest_measured_at = models.DateTimeField(_("measured"))
    newest_received_at = models.DateTimeField(_("received"))
    last_received_at = models.DateTimeField(_("last file"))
    silent_after = models.DateTimeField()
    silent_since = models.DateTimeField(null=True)
    heard_again_at = models.DateTimeField(null=True)
    """The reception that ended its last silence, whatever came at once after it."""

    objects = LinkQuerySet.as_manager()

    class Meta:
        verbose_name = _("link")
        verbose_name_plural = _("links")
        indexes = [
            models.Index(
                fields=("silent_after",), condition=Q(silent_since=None), name="link_speaking"
            )
        ]


class ChannelLink(OfStation):
    """The first and the newest reading of a channel, and how long its status has been the same."""

    pk = models.CompositePrimaryKey("station_id", "slot")
    slot = models.PositiveSmallIntegerField()
    first_time = models.DateTimeField()
    newest_time = models.DateTimeField()
    newest_received_at = models.DateTimeField()
    silent_after = models.DateTimeField(null=True)
    silent_since = models.DateTimeField(null=True)


class StationState(OfStation):
    """What the pages show of a station now, ready made; drawn again whenever something changes."""

    station = models.OneToOneField(
        "stations.Station",
        primary_key=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="state",
    )
    state = models.CharField(max_length=20)
    worst_ratio = models.FloatField(null=True)
    worst_symbol = models.CharField(max_length=20, blank=True)
    channels = models.JSONField(default=list)
    drawn_at = models.DateTimeField()
