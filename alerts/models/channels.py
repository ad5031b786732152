"""The ways in and out beside the outbox: addresses that refuse, mails that come in, webhooks."""

from __future__ import annotations

import uuid

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from alerts.models.alert import Alert, Kind, Severity
from alerts.models.outbox import Message
from alerts.models.story import AlertEvent


class RefusedAddress(models.Model):
    """A mailbox that a server refused for good: marked until somebody mends it."""

    address = models.EmailField(_("address"))
    since = models.DateTimeField(_("refused since"))
    reply = models.TextField(_("answer of the server"))
    message = models.ForeignKey(
        Message, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    cleared_at = models.DateTimeField(_("mended"), null=True, blank=True)
    cleared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("mended by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )

    class Meta:
        verbose_name = _("address that refuses")
        verbose_name_plural = _("addresses that refuse")
        ordering = ("-since",)
        constraints = [
            models.UniqueConstraint(
                Lower("address"), condition=Q(cleared_at=None), name="an_address_is_marked_once"
            )
        ]

    def __str__(self) -> str:
        return self.address


class InboundMail(models.Model):
    """A mail that came into the configured inbox: an answer, a bounce, a test, or anything."""

    class Sort(models.TextChoices):
        REPLY = "reply", _("answer")
        BOUNCE = "bounce", _("bounce")
        TEST = "test", _("test of the mail route")
        OTHER = "other", _("other")

    message_id = models.CharField("Message-ID", max_length=300, unique=True)
    sort = models.CharField(_("sort"), max_length=10, choices=Sort.choices)
    sender = models.CharField(_("from"), max_length=300)
    subject = models.CharField(_("subject"), max_length=500, blank=True)
    text = models.TextField(_("text"), blank=True)
    raw = models.BinaryField()
    received_at = models.DateTimeField(_("received"))
    answers = models.ForeignKey(
        Message, null=True, blank=True, on_delete=models.PROTECT, related_name="replies"
    )
    alert = models.ForeignKey(
        Alert, null=True, blank=True, on_delete=models.PROTECT, related_name="inbound"
    )

    class Meta:
        verbose_name = _("mail received")
        verbose_name_plural = _("mails received")
        ordering = ("-received_at", "-pk")

    def __str__(self) -> str:
        return f"{self.sender}: {self.subject}"


class RouteTest(models.Model):
    """The daily test of the mail route: a mail to the control mailbox, and when it was seen."""

    day = models.DateField(_("day"), unique=True)
    message = models.OneToOneField(Message, on_delete=models.PROTECT, related_name="route_test")
    due_at = models.DateTimeField(_("expected by"))
    seen_at = models.DateTimeField(_("seen"), null=True, blank=True)

    class Meta:
        verbose_name = _("test of the mail route")
        verbose_name_plural = _("tests of the mail route")
        ordering = ("-day",)

    def __str__(self) -> str:
        return f"{self.day}"


class Digest(models.Model):
    """A digest that a person was sent for a period: made once."""

    class Sort(models.TextChoices):
        MORNING = "morning", _("officer's morning")
        WEEK = "week", _("week of an agency's head")
        MONTH = "month", _("operator's month")

    sort = models.CharField(_("sort"), max_length=10, choices=Sort.choices)
    address = models.EmailField(_("address"))
    start = models.DateTimeField(_("from"))
    end = models.DateTimeField(_("until"))
    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="digests")

    class Meta:
        verbose_name = _("digest")
        verbose_name_plural = _("digests")
        ordering = ("-end", "pk")
        constraints = [
            models.UniqueConstraint(
                Lower("address"), "sort", "start", name="one_digest_of_a_period_and_address"
            )
        ]

    def __str__(self) -> str:
        return f"{self.address} {self.get_sort_display()}"


class Attachment(models.Model):
    """A file that goes with a mail: a chart, a sheet."""

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="attachments")
    name = models.CharField(_("file name"), max_length=120)
    content_type = models.CharField(max_length=80)
    content = models.BinaryField()
    content_id = models.CharField(max_length=120, blank=True)

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ("message", "pk")

    def __str__(self) -> str:
        return self.name


@pghistory.track(exclude=["secret"])
class Webhook(models.Model):
    """Where alerts are told by HTTP: the way out to SMS, Zalo or a security centre."""

    name = models.CharField(_("name"), max_length=120)
    url = models.URLField("URL", max_length=500)
    secret = models.CharField(_("secret"), max_length=120)
    kinds = ArrayField(
        models.CharField(max_length=30, choices=Kind.choices),
        verbose_name=_("kinds"),
        default=list,
        blank=True,
        help_text=_("Empty: all kinds."),
    )
    least_severity = models.PositiveSmallIntegerField(
        _("from this severity"), choices=Severity.choices, default=Severity.WARNING
    )
    active = models.BooleanField(_("active"), default=True)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("changed by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class WebhookCall(models.Model):
    """One event to one webhook: the outbox row; its id stays through all attempts."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        FAILED = "failed", _("refused")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    webhook = models.ForeignKey(Webhook, on_delete=models.PROTECT, related_name="calls")
    event = models.ForeignKey(
        AlertEvent, null=True, blank=True, on_delete=models.PROTECT, related_name="webhook_calls"
    )
    body = models.TextField(_("body"))
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.WAITING
    )
    created_at = models.DateTimeField(_("written"))
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    taken_at = models.DateTimeField(_("taken"), null=True, blank=True)
    attempts_made = models.PositiveIntegerField(_("attempts"), default=0)
    reply = models.TextField(_("answer of the server"), blank=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)

    class Meta:
        verbose_name = _("call of a webhook")
        verbose_name_plural = _("calls of webhooks")
        ordering = ("-created_at",)
        indexes = [
            models.Index(
                fields=("next_attempt_at",),
                condition=Q(state__in=("waiting", "sending")),
                name="webhook_call_due",
            )
        ]
        constraints = [
            models.UniqueConstraint(fields=("webhook", "event"), name="one_call_of_an_event")
        ]

    def __str__(self) -> str:
        return f"{self.webhook}: {self.pk}"
