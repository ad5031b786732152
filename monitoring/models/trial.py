"""Timelines that people try from a page."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

UNDER_WAY = ("waiting", "running")


class TrialQuerySet(models.QuerySet["Trial"]):
    def for_user(self, user: AbstractBaseUser | AnonymousUser) -> TrialQuerySet:
        """A person's own: what somebody tries is nobody else's business."""
        return self.filter(asked_by=user.pk) if user.is_authenticated else self.none()

    def under_way(self) -> TrialQuerySet:
        """Those that wait or are being played."""
        return self.filter(state__in=UNDER_WAY)


class Trial(models.Model):
    """A timeline that a person had played: the row is the order, the queue and the answer.

    It is played in a database that is thrown away; nothing of it stays but this row.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waits for its turn")
        RUNNING = "running", _("is being played")
        DONE = "done", _("played")
        FAILED = "failed", _("could not be played")

    class Failure(models.TextChoices):
        REFUSED = "refused", _("what it says cannot be carried out")
        TOO_LONG = "too_long", _("it took too long")
        TOO_LARGE = "too_large", _("it took too much memory or wrote too much")
        STOPPED = "stopped", _("the program was stopped while it was played")
        TROUBLE = "trouble", _("this system could not play it")
        NO_ROOM = "no_room", _("this system may not make a database for it")

    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("asked by"),
        on_delete=models.PROTECT,
        related_name="+",
    )
    asked_at = models.DateTimeField(_("asked"))
    name = models.CharField(_("name"), max_length=200)
    text = models.TextField(_("timeline"))
    origin = models.CharField(max_length=120, blank=True, editable=False)
    policy = models.TextField(blank=True, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default="waiting")
    taken_at = models.DateTimeField(null=True, blank=True, editable=False)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)
    failure = models.CharField(
        _("why it could not be played"), max_length=10, choices=Failure.choices, blank=True
    )
    said = models.TextField(blank=True, editable=False)
    result = models.JSONField(_("result"), null=True, blank=True)

    objects = TrialQuerySet.as_manager()

    class Meta:
        verbose_name = _("trial of a rule")
        verbose_name_plural = _("trials of rules")
        ordering = ("-asked_at", "-pk")
        indexes = [
            models.Index(
                fields=("asked_at", "id"),
                condition=Q(state__in=UNDER_WAY),
                name="trial_under_way",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=("asked_by",),
                condition=Q(state__in=UNDER_WAY),
                name="one_trial_at_a_time_a_person",
            ),
            models.CheckConstraint(
                name="trial_ended_when",
                condition=Q(state__in=UNDER_WAY, done_at=None)
                | (~Q(state__in=UNDER_WAY) & Q(done_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="trial_failed_why",
                condition=Q(state="failed") & ~Q(failure="") | ~Q(state="failed") & Q(failure=""),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_under_way(self) -> bool:
        """Whether the answer is still to come."""
        return self.state in UNDER_WAY
