"""The table of a station: each parameter now against its limit, ready made by the judge."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from monitoring.models import StationState
from stations.domain import wording
from stations.models import Channel
from stations.states import WORST_FIRST
from stations.views.limits import language, limit_panel

LAST = len(WORST_FIRST)


def parameter_rows(
    drawn: StationState | None, channels: Mapping[int, Channel]
) -> list[dict[str, Any]]:
    """The rows of components/parameter_table.html; none before the first reading.

    The worst state first, what has no limit last: on a phone one sees the first rows alone.
    """
    if drawn is None:
        return []
    ordered = sorted(drawn.channels, key=lambda told: WORST_FIRST.get(told["state"], LAST))
    return [_row(told, channels.get(told["slot"])) for told in ordered]


def _row(told: Mapping[str, Any], channel: Channel | None) -> dict[str, Any]:
    unit = "" if told["unit"] == "-" else told["unit"]
    limit = told["limit"]
    main = limit_panel(limit, unit) if limit else None
    if main is not None:
        others = [other for other in told["limits"] if other != limit]
        main["others"] = [limit_panel(other, unit) for other in others]
    hourly = limit is not None and limit["period"] == "hour"
    return {
        "symbol": told["symbol"],
        "name": channel.parameter.name if channel else told["symbol"],
        "unit": unit,
        "state": told["state"],
        "now": {"value": _present(told), "at": _moment(told["time"]), "status": told["status"]},
        "hour": told["hour"],
        "today": told["day"],
        "limit": main,
        "ratio": told["ratio"],
        "judged": told["hour"] if hourly else told["day"],
        "judged_hour": hourly,
        "left": _left(told),
        "line": told["trend"],
    }


def _present(told: Mapping[str, Any]) -> float | None:
    return told["value"] if told["status"] == "00" else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _left(told: Mapping[str, Any]) -> str:
    """What the rest of the day may be on average."""
    if told["certain"]:
        return _("certain to exceed")
    if told["rest_max"] is None:
        return ""
    return f"≤\u00a0{wording.number(told['rest_max'], language=language())}"
