from __future__ import annotations

import pghistory
from django.db import models
from django.utils.translation import gettext_lazy as _


@pghistory.track()
class Document(models.Model):
    """A paper that a limit or a decision rests on: number, date, issuer, and its scan."""

    number = models.CharField(_("number"), max_length=120, unique=True)
    date = models.DateField(_("date"), null=True, blank=True)
    issuer = models.CharField(_("issuer"), max_length=200, blank=True)
    title = models.CharField(_("title"), max_length=300, blank=True)
    file = models.FileField(_("file"), upload_to="documents/%Y/", blank=True)

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering = ("-date", "number")

    def __str__(self) -> str:
        return self.number
