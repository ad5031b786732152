"""The outbox: what is to be told to whom, the mails made of it, and each attempt to send them."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from alerts.domain.retrying import LEASE
from alerts.models.alert import Alert
from alerts.models.policy import Audience
from alerts.models.story import AlertEvent
from stations.models.scope import sees_province


class MessageQuerySet(models.QuerySet["Message"]):
    def for_user(self, user: AbstractBaseUser | AnonymousUser) -> MessageQuerySet:
        """The mails of which this person may read every alert; all, for the province's readers."""
        if sees_province(user, "view_readings"):
            return self
        told = Notification.objects.filter(message=OuterRef("pk"))
        mine = Alert.objects.for_user(user).values("pk")
        return self.filter(
            Exists(told.filter(alert__in=mine)), ~Exists(told.exclude(alert__in=mine))
        )

    def for_list(self) -> MessageQuerySet:
        """Without the bodies, newest first."""
        return (
            self.defer("text", "html", "references")
            .select_related("station__facility__zone")
            .order_by("-created_at", "-pk")
        )


class Message(models.Model):
    """One mail to one address, as it was composed. Its Message-ID stays through all attempts."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        FAILED = "failed", _("refused")

    class Purpose(models.TextChoices):
        ALERT = "alert", _("alert")
        CASE = "case", _("step of a case")
        DIGEST = "digest", _("digest")
        WORK = "work", _("announced work")
        TEST = "test", _("test of the mail route")

    purpose = models.CharField(
        _("purpose"), max_length=10, choices=Purpose.choices, default=Purpose.ALERT
    )
    message_id = models.CharField("Message-ID", max_length=200, unique=True)
    to = models.EmailField(_("to"))
    language = models.CharField(_("language"), max_length=5)
    station = models.ForeignKey(
        "stations.Station", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    subject = models.CharField(_("subject"), max_length=300)
    text = models.TextField(_("text"))
    html = models.TextField("HTML")
    references = models.TextField(_("references"), blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.WAITING
    )
    created_at = models.DateTimeField(_("composed"))
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    taken_at = models.DateTimeField(_("taken"), null=True, blank=True)
    attempts_made = models.PositiveIntegerField(_("attempts"), default=0)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        ordering = ("-created_at", "-pk")
        indexes = [
            models.Index(
                fields=("next_attempt_at",),
                condition=Q(state__in=("waiting", "sending")),
                name="message_due",
            ),
            models.Index(fields=("station", "-created_at"), name="message_of_station"),
            models.Index(fields=("-created_at",), name="message_newest"),
        ]
        constraints = [
            models.CheckConstraint(
                name="sent_mail_knows_when",
                condition=Q(state="sent", sent_at__isnull=False)
                | (~Q(state="sent") & Q(sent_at=None)),
            ),
            models.CheckConstraint(
                name="mail_being_sent_was_taken",
                condition=Q(state="sending", taken_at__isnull=False)
                | (~Q(state="sending") & Q(taken_at=None)),
            ),
            models.CheckConstraint(
                name="waiting_mail_has_its_time",
                condition=~Q(state="waiting") | Q(next_attempt_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.to}: {self.subject}"


class Attempt(models.Model):
    """One attempt to hand a mail over: written before it begins, completed when it ends.

    One without an end belongs to a sender that was killed, or that is at work.
    """

    class Outcome(models.TextChoices):
        SENT = "sent", _("taken by the server")
        LATER = "later", _("not now")
        REFUSED = "refused", _("refused")
        UNKNOWN = "unknown", _("sender was interrupted")

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="attempts")
    number = models.PositiveIntegerField(_("number"))
    started_at = models.DateTimeField(_("begun"))
    finished_at = models.DateTimeField(_("ended"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices, blank=True)
    reply = models.TextField(_("answer of the server"), blank=True)

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        ordering = ("message", "number")
        constraints = [
            models.UniqueConstraint(fields=("message", "number"), name="one_attempt_of_a_number"),
            models.CheckConstraint(
                name="ended_attempt_has_its_outcome",
                condition=Q(finished_at=None, outcome="")
                | (Q(finished_at__isnull=False) & ~Q(outcome="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.message_id}/{self.number}"


class NotificationQuerySet(models.QuerySet["Notification"]):
    def due(self, now: datetime) -> NotificationQuerySet:
        """Notes whose time has come and that are in no mail yet."""
        return self.filter(state=Notification.State.WAITING, due_at__lte=now)


class Notification(models.Model):
    """One thing to tell to one address: the outbox row, written with the event it tells of."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        GROUPED = "grouped", _("in a mail")
        DROPPED = "dropped", _("dropped")
        FAILED = "failed", _("could not be written")

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="notifications")
    event = models.ForeignKey(AlertEvent, on_delete=models.PROTECT, related_name="notifications")
    station = models.ForeignKey(
        "stations.Station", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    address = models.EmailField(_("address"))
    name = models.CharField(_("name"), max_length=200, blank=True)
    language = models.CharField(_("language"), max_length=5)
    audience = models.CharField(_("audience"), max_length=10, choices=Audience.choices)
    agency_kind = models.CharField(_("kind of agency"), max_length=40, blank=True)
    person_id = models.BigIntegerField(null=True, blank=True)
    contact_id = models.BigIntegerField(null=True, blank=True)
    about_day = models.DateField(_("day it is about"))
    tell_resolved = models.BooleanField(_("tell also when it is over"), default=True)
    created_at = models.DateTimeField(_("written"))
    due_at = models.DateTimeField(_("due"))
    together = models.BooleanField(_("in one mail with other stations"), default=False)
    waits = models.JSONField(
        _("wish for which it waits"), default=dict, blank=True, editable=False
    )  # domain/wishes.py, Waits
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.WAITING
    )
    why = models.CharField(_("why"), max_length=300, blank=True)
    message = models.ForeignKey(
        Message, null=True, blank=True, on_delete=models.PROTECT, related_name="notifications"
    )

    objects = NotificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        ordering = ("due_at", "pk")
        indexes = [
            models.Index(
                fields=("due_at",), condition=Q(state="waiting"), name="notification_waiting"
            ),
            models.Index(fields=("alert", "created_at"), name="notification_of_alert"),
            models.Index(fields=("station", "about_day"), name="notification_of_day"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=("event", "address"), name="one_note_of_an_event_and_address"
            ),
            models.CheckConstraint(
                name="note_in_a_mail_names_it",
                condition=Q(state="grouped", message__isnull=False)
                | (~Q(state="grouped") & Q(message=None)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.address}: {self.alert_id}"


def lost_since(now: datetime, lease: timedelta = LEASE) -> Q:
    """The condition that a message's sender must have been killed."""
    return Q(state=Message.State.SENDING, taken_at__lte=now - lease)
