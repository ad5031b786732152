"""A limit in the words of the reader: how it came about, and where it stands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from stations.domain import wording

FACTORS = ("Kq", "Kf", "Kp", "Kv")
"""In the order of the regulations' formulas."""


def language() -> str:
    """vi or en, as wording takes it."""
    return "en" if (get_language() or "vi").startswith("en") else "vi"


def mean_of(period: str) -> str:
    """The mean that a limit of this period is compared with."""
    words = {
        "hour": _("1-hour mean"),
        "hours8": _("8-hour mean"),
        "day": _("24-hour mean"),
        "year": _("yearly mean"),
    }
    return words.get(period, _("mean"))


def limit_panel(limit: Mapping[str, Any], unit: str) -> dict[str, Any]:
    """A limit, as JSON keeps it, for components/derivation.html."""
    derivation = limit.get("derivation") or {}
    return {
        "min": limit.get("min"),
        "max": limit.get("max"),
        "unit": unit,
        "period": mean_of(limit.get("period", "")),
        "source": limit.get("source", ""),
        "confirmed": limit.get("confirmed") or "",
        "formula": formula(derivation),
        "factors": factors(derivation),
        "min_capture": limit.get("min_capture"),
        "oxygen": limit.get("reference_oxygen"),
    }


def formula(derivation: Mapping[str, Any]) -> str:
    """75 × 1 × 0,9 = 67,5; "" for a limit that takes no factors."""
    expression = str(derivation.get("expression") or "")
    if "×" not in expression:
        return ""
    return expression.replace(".", ",") if language() == "vi" else expression


def factors(derivation: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each factor with its reason in words."""
    reasons = derivation.get("reasons") or {}
    return [
        {"name": name, "value": value, "reason": reason_words(reasons.get(name) or {})}
        for name in FACTORS
        if (value := derivation.get(name)) is not None
    ]


def reason_words(reason: Mapping[str, Any]) -> str:
    """Why a station has this factor: what was known, and the band it fell into."""
    if reason.get("reason") == "unknown":
        return _("not known: the smallest factor counts")
    amounts = {
        "flow_m3_per_s": _("river, flow %s m³/s"),
        "volume_m3": _("lake, volume %s m³"),
        "design_flow_m3_per_day": _("design flow %s m³/day"),
        "gas_flow_m3_per_hour": _("gas flow %s m³/h"),
    }
    for name, words in amounts.items():
        if reason.get(name) is not None:
            told = words % wording.exact(reason[name], language=language())
            return f"{told} ({band_words(str(reason['band']))})" if reason.get("band") else told
    if reason.get("zone") is not None:
        return _("zone %s") % reason["zone"]
    return ""


def band_words(band: str) -> str:
    """The range of a factor as its table has it, its numbers written: 500–5.000 · >100.000."""
    return re.sub(
        r"\d+(?:\.\d+)?", lambda m: wording.exact(Decimal(m[0]), language=language()), band
    )


def source_words(name: str) -> str:
    """A type of source in words where they are known, else as the edition writes it."""
    words = {
        "boiler_under_20_t_per_h": _("boiler under 20 t/h"),
        "boiler_20_t_per_h_up": _("boiler of 20 t/h and more"),
    }
    return words.get(name, name)
