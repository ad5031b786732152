"""What the judge and the watch tell the desk."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from alerts.domain import kinds
from alerts.domain.severity import severity_of
from alerts.domain.spans import Span


@dataclass(frozen=True)
class Identity:
    """What makes two findings one alert (judging.md §5)."""

    kind: str
    station_id: int | None = None
    parameter: str = ""
    period: str = ""
    source: str = ""
    zone_id: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in kinds.KINDS:
            raise ValueError(f"{self.kind!r} is no kind of alert")
        if self.kind in kinds.KINDS_WITHOUT_SOURCE:
            object.__setattr__(self, "source", "")


@dataclass(frozen=True)
class Finding:
    """One fact that the desk must know: what, where, when, and the evidence as it was judged.

    `start`–`end`: the period of an exceedance or early warning (the whole period, also while it
    runs), or the course so far of a silence, a fault, a calibration. `value`, `minimum`, `maximum`
    are in `unit`. `ratio` as in judging.md §2, None where there is none. `late`: a past period
    whose data came late. `confirmed`: False when the limit waits for an officer's confirmation.
    `counts_from`: from when the delay of a mail counts, where that is not `start`.
    `evidence` is kept as given (JSON); mails read from it where present: `mean`, `n`, `expected`,
    `capture`, `limit` {"max", "min", "derivation", "source"}, `hours`, `rest_max`, `rest_min`,
    `certain`, `serial`, `file`, `prefix`, `last_received`, `last_measured`.
    """

    kind: str
    station_id: int | None
    start: datetime
    end: datetime
    parameter: str = ""
    period: str = ""
    source: str = ""
    value: Decimal | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    unit: str = ""
    ratio: Decimal | None = None
    severity: int | None = None
    late: bool = False
    confirmed: bool = True
    evidence: dict[str, Any] = field(default_factory=dict)
    zone_id: int | None = None
    counts_from: datetime | None = None

    @property
    def identity(self) -> Identity:
        """Which alert this belongs to."""
        return Identity(
            self.kind, self.station_id, self.parameter, self.period, self.source, self.zone_id
        )

    @property
    def span(self) -> Span:
        """The time it tells of."""
        return Span(self.start, self.end)

    @property
    def rank(self) -> int:
        """Its severity: as given, else the usual one of its kind and ratio."""
        return severity_of(self.kind, self.ratio) if self.severity is None else self.severity
