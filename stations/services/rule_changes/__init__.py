"""What an officer changes about the rules: each verb one transaction, with its author and paper."""

from stations.services.rule_changes.basis import KINDS, BasisKind, change_basis
from stations.services.rule_changes.confirming import confirm_limits, confirm_permit, confirm_rule
from stations.services.rule_changes.editions import (
    keep_edition,
    load_edition,
    put_limit,
    take_out_limit,
)
from stations.services.rule_changes.papers import Paper, keep_document
from stations.services.rule_changes.permits import PrintedLimit, keep_permit
from stations.services.rule_changes.placing import CannotStand
from stations.services.rule_changes.rehearsal import rehearse

__all__ = [
    "KINDS",
    "BasisKind",
    "CannotStand",
    "Paper",
    "PrintedLimit",
    "change_basis",
    "confirm_limits",
    "confirm_permit",
    "confirm_rule",
    "keep_document",
    "keep_edition",
    "keep_permit",
    "load_edition",
    "put_limit",
    "rehearse",
    "take_out_limit",
]
