from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from monitoring.models.plane import NOBODY, OfStation
from stations.models import Person, Station
from stations.models.scope import sees_province


class DeliveryQuerySet(models.QuerySet):
    def for_user(
        self, user: Person | AnonymousUser, permission: str = "view_readings"
    ) -> DeliveryQuerySet:
        """Deliveries of the stations that this person may see; strays only for the province's.

        A file in another station's name may be that other's: it, too, is for the province alone.
        """
        mine = Q(station__in=Station.objects.for_user(user, permission).values("pk"))
        if sees_province(user, permission):
            return self.filter(mine | Q(station=NOBODY))
        return self.filter(mine).exclude(codes__contains=["wrong_station"])

    def for_list(self) -> DeliveryQuerySet:
        """Without the bytes, newest first."""
        return self.defer("raw").order_by("-received_at", "-id")


class Delivery(OfStation):
    """What came through a door once: its bytes, and what became of them."""

    class Outcome(models.TextChoices):
        ACCEPTED = "accepted", _("accepted")
        PARTIAL = "partial", _("accepted in part")
        REJECTED = "rejected", _("rejected")
        DUPLICATE = "duplicate", _("duplicate")

    class Door(models.TextChoices):
        FTP = "ftp", "FTP"
        FTPS = "ftps", "FTPS"
        HTTP = "http", "HTTP"
        COMMAND = "command", _("command")

    pk = models.CompositePrimaryKey("station_id", "id")
    id = models.UUIDField(editable=False)
    received_at = models.DateTimeField(_("received"))
    stored_at = models.DateTimeField(_("stored"), auto_now_add=True)
    door = models.CharField(_("door"), max_length=10, choices=Door.choices)
    account = models.CharField(_("account"), max_length=80, blank=True)
    peer = models.CharField(_("sent from"), max_length=64, blank=True)
    name = models.CharField(_("file name"), max_length=255)
    sha256 = models.CharField(max_length=64)
    raw = models.BinaryField()
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices)
    readings = models.PositiveIntegerField(_("readings"), default=0)
    revisions = models.PositiveIntegerField(_("revisions"), default=0)
    problems = models.JSONField(_("problems"), default=list)
    codes = ArrayField(models.CharField(max_length=30), default=list)
    first_time = models.DateTimeField(null=True)
    last_time = models.DateTimeField(null=True)
    read_with = models.CharField(max_length=64, blank=True)
    quiet = models.BooleanField(default=False)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        indexes = [
            models.Index(fields=("station", "received_at", "id"), name="delivery_of_station"),
            models.Index(fields=("station", "name", "sha256"), name="delivery_seen_before"),
            models.Index(fields=("-received_at", "-id"), name="delivery_newest"),
            models.Index(fields=("id",), name="delivery_by_id"),
        ]
        constraints = [
            models.CheckConstraint(
                name="delivery_of_nobody_keeps_nothing",
                condition=~Q(station=NOBODY) | Q(outcome="rejected", readings=0),
            )
        ]

    def __str__(self) -> str:
        return self.name
