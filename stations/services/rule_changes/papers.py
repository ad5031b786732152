"""The document that a change rests on, and the words about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pghistory
from django.core.files.base import File
from django.db import transaction

from stations.models import Document, Person


@dataclass(frozen=True)
class Paper:
    """Why something is changed: a document, words, or both."""

    document: Document | None = None
    reason: str = ""

    def columns(self) -> dict[str, Any]:
        """As a dated row keeps them."""
        return {"document": self.document, "reason": self.reason}


def keep_document(
    *,
    number: str,
    by: Person,
    date: date | None = None,
    issuer: str = "",
    title: str = "",
    file: File[bytes] | None = None,
) -> Document:
    """The document of a number. What is told is kept; what is left out stays as it was."""
    told = {"date": date, "issuer": issuer, "title": title}
    with pghistory.context(user=by.pk), transaction.atomic():
        document, made = Document.objects.get_or_create(number=number, defaults=told)
        changed = [] if made else _fill(document, told)
        if file is not None:
            document.file.save(file.name or number, file, save=False)
            changed.append("file")
        if changed:
            document.save(update_fields=changed)
    return document


def _fill(document: Document, told: dict[str, Any]) -> list[str]:
    changed = [name for name, value in told.items() if value and getattr(document, name) != value]
    for name in changed:
        setattr(document, name, told[name])
    return changed
