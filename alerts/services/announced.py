"""How an announcement stands, in a word."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from alerts.models import Maintenance


def state_of(work: Maintenance) -> str:
    """waiting | approved | refused | withdrawn | ended."""
    if work.cancelled_at is not None:
        return "withdrawn"
    if work.ended_early_at is not None:
        return "ended"
    return work.decision or "waiting"


def state_word(work: Maintenance) -> str:
    """The same in the reader's language."""
    return {
        "waiting": _("waits for a decision"),
        "approved": pgettext("announced work", "approved"),
        "refused": _("refused"),
        "withdrawn": _("taken back"),
        "ended": _("approved, ended early"),
    }[state_of(work)]
