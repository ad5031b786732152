"""The verbs of the desk. The judge and the watch report; people acknowledge and close."""

from alerts.services.easing import resolve, supersede_warning, unresolve, withdraw
from alerts.services.findings import Finding, Identity
from alerts.services.handling import (
    AlreadyHandled,
    CannotBeDone,
    NoteMissing,
    NotInThisState,
    acknowledge,
    add_note,
    close,
)
from alerts.services.raising import report

__all__ = [
    "AlreadyHandled",
    "CannotBeDone",
    "Finding",
    "Identity",
    "NotInThisState",
    "NoteMissing",
    "acknowledge",
    "add_note",
    "close",
    "report",
    "resolve",
    "supersede_warning",
    "unresolve",
    "withdraw",
]
