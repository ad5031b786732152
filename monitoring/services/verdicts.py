"""A verdict as it is made, and how its parts are written down."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID, uuid4

from monitoring.domain.averaging import Mean
from monitoring.domain.judging import Judgement
from monitoring.domain.slots import HOUR
from monitoring.services.average import basis_of
from monitoring.services.setup import ChannelSetup
from stations.domain.quantities import scaled
from stations.domain.stricter import Limit

LARGEST_FLOAT = Fraction(sys.float_info.max)
LARGEST_WRITTEN = Fraction(10**20 - 1)

LENGTHS = {"hour": HOUR, "day": timedelta(days=1)}


@dataclass(slots=True)
class Judged:
    """A verdict as it is made."""

    channel: ChannelSetup
    period: str
    start: datetime
    limit: Limit
    mean: Mean
    judgement: Judgement
    late: bool = False
    mail: bool = True
    id: UUID = field(default_factory=uuid4)
    before: str | None = None
    """What the verdict it supersedes said."""

    @property
    def end(self) -> datetime:
        return self.start + LENGTHS[self.period]

    @property
    def basis(self) -> str:
        return basis_of(self.limit.reference_oxygen)

    @property
    def substance(self) -> tuple[Any, ...]:
        """What must differ for a new verdict to be made."""
        limit = self.limit
        return (
            self.judgement.verdict,
            self.mean.total,
            self.mean.n,
            self.mean.expected,
            limit.minimum,
            limit.maximum,
            limit.source,
            limit.confirmed or "",
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
