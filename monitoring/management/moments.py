"""Moments given to commands."""

from __future__ import annotations

from argparse import ArgumentTypeError
from datetime import datetime

from django.utils import timezone


def moment(text: str) -> datetime:
    """An ISO 8601 moment; without an offset it is Vietnamese time."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is no ISO 8601 moment") from error
    return found if found.tzinfo else timezone.make_aware(found)
