"""Who is told of an alert, and when. The rules are dated data; this is how they are applied."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

OPERATOR = "operator"
AGENCY = "agency"


class Reader(Protocol):
    """Someone with an address: a contact of the operator, or an agency, or its person."""

    @property
    def address(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def language(self) -> str: ...
    @property
    def audience(self) -> str: ...
    @property
    def agency_kind(self) -> str | None: ...
    @property
    def person_id(self) -> int | None: ...
    @property
    def contact_id(self) -> int | None: ...


@dataclass(frozen=True)
class Rule:
    """One line of the notification policy in force.

    `delay` counts from the start of what is told, not from its discovery. `above_ratio` mails only
    strictly above it; where there is no ratio (a range, a limit of 0) it holds nothing back.
    """

    audience: str
    agency_kind: str = ""
    delay: timedelta = timedelta(0)
    above_ratio: Decimal | None = None
    once_a_day: bool = False
    if_unconfirmed: bool = False
    tell_resolved: bool = True


@dataclass(frozen=True)
class Route:
    """One reader who is to be told, not before `due_at`."""

    reader: Reader
    rule: Rule
    due_at: datetime


@dataclass(frozen=True)
class Told:
    """Addresses that already know: of this course of the alert, and of its parameter this day."""

    of_this: Collection[str] = frozenset()
    today: Collection[str] = frozenset()


def routes(
    readers: Iterable[Reader],
    *,
    rules: Sequence[Rule],
    start: datetime,
    ratio: Decimal | None,
    confirmed: bool,
    told: Told,
    now: datetime,
) -> list[Route]:
    """Whom to tell: one mail an address, whatever number of roles it has."""
    chosen: dict[str, Route] = {}
    for reader in readers:
        rule = rule_for(reader, rules)
        address = address_key(reader.address)
        if rule is None or not address or address in chosen:
            continue
        if not _is_worth_a_mail(rule, ratio=ratio, confirmed=confirmed):
            continue
        if address in (told.today if rule.once_a_day else told.of_this):
            continue
        chosen[address] = Route(reader, rule, max(now, start + rule.delay))
    return list(chosen.values())


def rule_for(reader: Reader, rules: Sequence[Rule]) -> Rule | None:
    """The line of the policy that speaks of this reader; None: it is not mailed."""
    for rule in rules:
        if rule.audience != reader.audience:
            continue
        if rule.audience == OPERATOR or rule.agency_kind == (reader.agency_kind or ""):
            return rule
    return None


def address_key(address: str) -> str:
    """What makes two spellings one mailbox for us: blanks and case do not matter."""
    return address.strip().lower()


def _is_worth_a_mail(rule: Rule, *, ratio: Decimal | None, confirmed: bool) -> bool:
    if not confirmed and not rule.if_unconfirmed:
        return False
    return rule.above_ratio is None or ratio is None or ratio > rule.above_ratio
