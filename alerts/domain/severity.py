"""How grave an alert is, so that a desk can begin with the gravest.

The steps of an exceedance follow the ratio bands of NĐ 45/2022 (regulation.md §4: 1.1 and 1.5 read
in a secondary page, 3 and above general knowledge); they order a list and decide no sanction.
"""

from __future__ import annotations

from decimal import Decimal

from alerts.domain import kinds

NOTICE, WARNING, SERIOUS, CRITICAL = 1, 2, 3, 4

_CRITICAL_FROM = Decimal(3)
_WARNING_OVER = Decimal(1)

_OF_KIND = {
    kinds.EXCEEDANCE: SERIOUS,
    kinds.EARLY_WARNING: NOTICE,
    kinds.SILENT_STATION: WARNING,
    kinds.SILENT_PARAMETER: WARNING,
    kinds.SILENT_12H: SERIOUS,
    kinds.LINE_OUTAGE: SERIOUS,
    kinds.DEVICE_FAULT: WARNING,
    kinds.LONG_CALIBRATION: NOTICE,
    kinds.OWN_FAULT: CRITICAL,
}


def severity_of(kind: str, ratio: Decimal | None = None, *, usual: int | None = None) -> int:
    """1 notice · 2 warning · 3 serious · 4 critical. `ratio` = value ÷ limit, None for a range.

    `usual`: what the department asks for the kind; without it the severity that is shipped.
    """
    if usual is None:
        usual = _OF_KIND.get(kind, NOTICE)
    if ratio is None:
        return usual
    if kind == kinds.EXCEEDANCE and ratio >= _CRITICAL_FROM:
        return CRITICAL
    if kind == kinds.EARLY_WARNING and ratio > _WARNING_OVER:
        return max(WARNING, usual)
    return usual


def level_of(ratio: Decimal | None, *, certain: bool = False) -> int:
    """How far a warning has come: 0 near the limit · 1 beyond it or outside a range · 2 certain."""
    if certain:
        return 2
    return 1 if ratio is None or ratio > _WARNING_OVER else 0
