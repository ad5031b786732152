"""Which of several limits for the same thing counts, and what a limit is once that is settled."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from stations.domain.derivation import Derivation
from stations.domain.quantities import tidy
from stations.domain.regulations import PERIODS, Period


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit as a period is judged by it.

    Merged from several sources, each side comes from the strictest one. It is confirmed only if
    every source that gave a side is. Its capture is the larger and its grace the longer one of
    those sources: a verdict stands only where each source it leans on would let it stand, and is
    not made before the last of them would make it. `replaced` are the limits that gave no side.
    """

    parameter: str
    period: Period
    maximum: Decimal | None
    minimum: Decimal | None
    derivation: Derivation
    min_capture: Decimal
    grace_minutes: int
    source: str
    confirmed: str | None
    reference_oxygen: Decimal | None = None
    maximum_source: str | None = None
    minimum_source: str | None = None
    replaced: tuple[Limit, ...] = ()


def limit_of(
    parameter: str,
    period: Period,
    derivation: Derivation,
    *,
    min_capture: Decimal,
    grace_minutes: int,
    source: str,
    confirmed: str | None,
    reference_oxygen: Decimal | None,
) -> Limit:
    """The limit that one source gives by itself."""
    return Limit(
        parameter=parameter,
        period=period,
        maximum=tidy(derivation.cmax),
        minimum=tidy(derivation.minimum),
        derivation=derivation,
        min_capture=min_capture,
        grace_minutes=grace_minutes,
        source=source,
        confirmed=confirmed or None,
        reference_oxygen=reference_oxygen,
        maximum_source=None if derivation.cmax is None else source,
        minimum_source=None if derivation.minimum is None else source,
    )


def kind_of(limit: Limit) -> tuple[int, Decimal]:
    """Only limits of one period and one reference oxygen are compared; the rest stand beside."""
    oxygen = limit.reference_oxygen
    return PERIODS.index(limit.period), Decimal(-1) if oxygen is None else oxygen


def strictest(legal: list[Limit], own: list[tuple[bool, Limit]]) -> Limit:
    """One limit out of all of one kind: those of the law, and the permit's with `replaces`.

    A permit that replaces puts the law's limit of this kind aside with both its sides. Of what is
    left the stricter counts, each side by itself; between equals, one that is confirmed.
    """
    permits = [limit for _, limit in own]
    some_replaces = any(replaces for replaces, _ in own)
    counting = permits if some_replaces else [*legal, *permits]
    top = min(
        (one for one in counting if one.maximum is not None),
        key=lambda one: (one.maximum, one.confirmed is None),
        default=None,
    )
    low = max(
        (one for one in counting if one.minimum is not None),
        key=lambda one: (one.minimum, one.confirmed is not None),
        default=None,
    )
    merged = _merged(top, low)
    left_out = tuple(one for one in [*legal, *permits] if one is not top and one is not low)
    return replace(merged, replaced=left_out)


def _merged(top: Limit | None, low: Limit | None) -> Limit:
    if top is None or low is None or top is low:
        only = top or low
        if only is None:
            raise ValueError("a limit has a maximum, a minimum or both")
        return only
    confirmed = top.confirmed is not None and low.confirmed is not None
    return replace(
        top,
        minimum=low.minimum,
        derivation=_two_sided(top.derivation, low.derivation),
        min_capture=max(top.min_capture, low.min_capture),
        grace_minutes=max(top.grace_minutes, low.grace_minutes),
        source=_joined(top.source, low.source),
        confirmed=_joined(top.confirmed, low.confirmed) if confirmed else None,
        minimum_source=low.source,
    )


def _two_sided(top: Derivation, low: Derivation) -> Derivation:
    """Each derivation without the side that it did not give."""
    below = replace(low, maximum=None, factors=())
    return replace(top, minimum=None, minimum_from=below)


def _joined(one: str | None, other: str | None) -> str:
    return "; ".join(dict.fromkeys(text for text in (one, other) if text))
