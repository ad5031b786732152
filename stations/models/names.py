"""Names that sort as Vietnamese sort them: the database's own order is by code point."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from stations.domain.alphabet import sort_key


class Named(models.Model):
    """A thing with a code, a name, and the stored key by which its name sorts."""

    name = models.CharField(_("name"), max_length=200)
    sort_name = models.CharField(max_length=800, editable=False, default="", db_index=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        self.sort_name = sort_key(self.name)
        if update_fields is not None and "name" in update_fields:
            update_fields = {*update_fields, "sort_name"}
        super().save(*args, update_fields=update_fields, **kwargs)
