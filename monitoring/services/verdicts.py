"""A verdict as it is made, and how its parts are written down."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID, uuid4

from monitoring.domain.averaging import Mean
from monitoring.domain.comparing import quotient
from monitoring.domain.judging import Judgement, Verdict, distance_of, ratio_of
from monitoring.domain.periods import end_of
from monitoring.services.means import basis_of
from monitoring.services.setup import ChannelSetup
from stations.domain.quantities import scaled
from stations.domain.stricter import Limit

LARGEST_FLOAT = Fraction(sys.float_info.max)
LARGEST_WRITTEN = Fraction(10**20 - 1)


StandingKey = tuple[int, str, datetime, str]
"""A channel's slot, a kind of period, where the period starts, and the basis of its mean."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A verdict in effect, as far as a new one for its period is compared with it."""

    id: UUID
    symbol: str
    slot: int
    period: str
    start: datetime
    basis: str
    result: str
    numerator: int
    denominator: int
    n: int
    expected: int
    minimum: Decimal | None
    maximum: Decimal | None
    source: str
    confirmed: str

    @property
    def end(self) -> datetime:
        """When its period is over."""
        return end_of(self.period, self.start)

    @property
    def key(self) -> StandingKey:
        """Which period of which limit it speaks of."""
        return self.slot, self.period, self.start, self.basis

    @property
    def mean(self) -> float | None:
        """The mean that it was made from."""
        return quotient(self.numerator, self.denominator * self.n)

    @property
    def capture(self) -> float | None:
        """Filled of expected slots, never above 1."""
        return min(1.0, self.n / self.expected) if self.expected else None

    @property
    def substance(self) -> tuple[Any, ...]:
        """What must differ for a new verdict to be made."""
        return (
            *(self.result, self.numerator, self.denominator, self.n, self.expected),
            *(self.minimum, self.maximum, self.source, self.confirmed),
        )


@dataclass(slots=True)
class Judged:
    """A verdict as it is made."""

    channel: ChannelSetup
    period: str
    start: datetime
    limit: Limit
    mean: Mean
    verdict: Verdict
    newest: datetime | None = None
    late: bool = False
    mail: bool = True
    before: Standing | None = None
    """The verdict that it supersedes."""
    _id: UUID | None = None

    @property
    def id(self) -> UUID:
        """Its number; only what is stored or told has need of one."""
        if self._id is None:
            self._id = uuid4()
        return self._id

    @property
    def end(self) -> datetime:
        return end_of(self.period, self.start)

    @property
    def basis(self) -> str:
        return basis_of(self.limit.reference_oxygen)

    @property
    def key(self) -> StandingKey:
        """Which verdict in effect it would stand in the place of."""
        return self.channel.slot, self.period, self.start, self.basis

    @property
    def judgement(self) -> Judgement:
        """The verdict with how far the mean is from its limit."""
        sides = {"maximum": self.limit.maximum, "minimum": self.limit.minimum}
        ratio = ratio_of(self.mean, **sides)
        distance = distance_of(self.mean, **sides) if ratio is None else None
        return Judgement(self.verdict, ratio, distance)

    @property
    def substance(self) -> tuple[Any, ...]:
        """What must differ from the verdict in effect for a new one to be made."""
        limit, mean = self.limit, self.mean
        return (
            *(self.verdict, mean.total.numerator, mean.total.denominator, mean.n, mean.expected),
            *(limit.minimum, limit.maximum, limit.source, limit.confirmed or ""),
        )


def number(value: Fraction | Decimal | None) -> float | None:
    """The nearest float, for showing and for JSON; what is beyond all floats is the largest."""
    if value is None:
        return None
    return float(min(max(Fraction(value), -LARGEST_FLOAT), LARGEST_FLOAT))


def limit_json(limit: Limit) -> dict[str, Any]:
    """A limit with its derivation, as it is kept in a verdict and shown by the API."""
    return {
        "max": None if limit.maximum is None else float(limit.maximum),
        "min": None if limit.minimum is None else float(limit.minimum),
        "period": limit.period,
        "derivation": limit.derivation.as_json(),
        "min_capture": float(limit.min_capture),
        "grace_minutes": limit.grace_minutes,
        "source": limit.source,
        "confirmed": limit.confirmed,
        "reference_oxygen": (
            None if limit.reference_oxygen is None else float(limit.reference_oxygen)
        ),
    }


def dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value: Any) -> float:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"{value!r} cannot be kept in a verdict")


def written(value: Fraction | None) -> Decimal | None:
    """A fraction as a decimal of 15 digits after the point, for keeping beside the exact one.

    A number too large for the desk's columns is the largest that they hold.
    """
    if value is None:
        return None
    return scaled(round(min(max(value, -LARGEST_WRITTEN), LARGEST_WRITTEN) * 10**15), 15)
