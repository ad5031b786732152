"""How grave a finding is: by the rule of its kind that holds today, and by its band."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from alerts.domain import kinds
from alerts.domain.bands import RANGE, Band, band_of, measured
from alerts.domain.severity import severity_of
from alerts.services.deadlines import rules_at_hand
from alerts.services.findings import Finding
from stations.domain import wording
from stations.domain.wording import in_vietnam

BANDED = frozenset({kinds.EXCEEDANCE, kinds.EARLY_WARNING})


def graded(finding: Finding, *, now: datetime) -> Finding:
    """The finding with its severity, and with the band that it lies in among its evidence.

    What was told keeps the grade of its day: a case is graded by what holds when it is found.
    """
    if finding.severity is not None:
        return finding
    rules, on = rules_at_hand(), in_vietnam(now).date()
    rule = rules.rule(finding.kind, on)
    band = None
    if finding.kind in BANDED:
        said = measured(finding.value, finding.minimum, finding.maximum, finding.ratio)
        band = band_of(rules.bands(on), *said) if said is not None else None
    usual = severity_of(finding.kind, finding.ratio, usual=rule.severity if rule else None)
    evidence = finding.evidence if band is None else {**finding.evidence, "band": _as_json(band)}
    at_least = band.severity or 0 if band and finding.kind == kinds.EXCEEDANCE else 0
    return replace(finding, severity=max(usual, at_least), evidence=evidence)


def _as_json(band: Band) -> dict[str, object]:
    """As the evidence of a case keeps it."""
    return {
        "measure": band.measure,
        "place": band.place,
        "of": band.of,
        "from": str(band.at_least.normalize()),
        "below": None if band.below is None else str(band.below.normalize()),
    }


def band_words(band: Mapping[str, Any] | None, *, language: str) -> str:
    """1,1 – 1,5 lần (bậc 2/6); of a range in shares of its width."""
    if not band:
        return ""
    low = wording.exact(Decimal(band["from"]), language=language)
    edges = f"≥ {low}"
    if band["below"] is not None:
        edges = f"{low} – {wording.exact(Decimal(band['below']), language=language)}"
    told = {"edges": edges, "place": band["place"], "of": band["of"]}
    if band["measure"] == RANGE:
        return _("%(edges)s of the range's width outside (band %(place)s of %(of)s)") % told
    return _("%(edges)s times (band %(place)s of %(of)s)") % told
