"""With which paper a rule was compared."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from stations.models import JudgedBy, Permit, PermitLimit
from stations.services.register_load.values import Entry


def confirmation(found: Entry, row: JudgedBy | Permit | PermitLimit | None) -> dict[str, Any]:
    """The columns of a confirmation. A file names the paper but no person, so only the day is new.

    A file that says nothing leaves a confirmation as it stands; the same paper changes nothing.
    """
    paper = found.values.get("confirmed")
    if paper is None or paper == (row.confirmed if row else ""):
        return {}
    return {
        "confirmed": paper,
        "confirmed_by": None,
        "confirmed_at": timezone.now() if paper else None,
    }
