"""Whether a reader was mailed about an alert, and if not, which rule held it back.

`UNKNOWN` is a mail that the rules ask for and of which nothing was written down.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from alerts.domain.routing import Reader, Rule, address_key, rule_for


class Reach(StrEnum):
    """How it stands with one reader and one alert."""

    MAILED = "mailed"
    WAITING = "waiting"
    SENDING = "sending"
    RETRYING = "retrying"
    REFUSED = "refused"
    DROPPED = "dropped"
    NOT_WRITTEN = "not_written"

    NO_RULE = "no_rule"
    UNCONFIRMED = "unconfirmed"
    BELOW_RATIO = "below_ratio"
    ONCE_A_DAY = "once_a_day"
    ONLY_NEAR = "only_near"
    BACK_FILL = "back_fill"
    HELD_BACK = "held_back"

    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Case:
    """What of an alert decides about its mails.

    `only_near`: an early warning that never went beyond its limit. `with_deadlines`: whether it
    was ever told at all; what a command alone filled in is told to nobody. `of_day`: addresses
    that were told of its parameter on its day, by whichever alert.
    """

    ratio: Decimal | None
    confirmed: bool
    only_near: bool = False
    with_deadlines: bool = True
    held_back: bool = False
    of_day: Collection[str] = ()


def why_not(reader: Reader, rules: Sequence[Rule], case: Case) -> Reach:
    """Why a reader of whom nothing was written down was not told."""
    rule = rule_for(reader, rules)
    if rule is None:
        return Reach.NO_RULE
    if case.only_near:
        return Reach.ONLY_NEAR
    if not case.with_deadlines:
        return Reach.BACK_FILL
    if case.held_back:
        return Reach.HELD_BACK
    if not case.confirmed and not rule.if_unconfirmed:
        return Reach.UNCONFIRMED
    if rule.above_ratio is not None and case.ratio is not None and case.ratio <= rule.above_ratio:
        return Reach.BELOW_RATIO
    if rule.once_a_day and address_key(reader.address) in case.of_day:
        return Reach.ONCE_A_DAY
    return Reach.UNKNOWN
