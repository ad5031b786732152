"""What a re-read would change, as a page shows it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from alerts.views.words import sentence
from monitoring.models import Delivery
from monitoring.problems import MESSAGES
from monitoring.services.merge import Said
from monitoring.services.rejudge import Change
from monitoring.services.reread import Preview
from monitoring.services.verdicts import number
from stations.models import Channel
from stations.states import STATES

MOST_SHOWN = 50


def preview_shown(seen: Preview, channels: Sequence[Channel]) -> dict[str, Any]:
    """The counts, then the worst first and only so many of each."""
    verdicts = sorted(seen.verdicts, key=_gravest_first)
    return {
        "empty": seen.is_empty,
        "looked_at": seen.looked_at,
        "cut": seen.cut,
        "files": [_file(each) for each in seen.files[:MOST_SHOWN]],
        "files_count": len(seen.files),
        "parameters": [
            {
                "symbol": each.symbol,
                "unit": each.unit,
                "gained": each.gained,
                "lost": each.lost,
                "changed": each.changed,
                "examples": [
                    {"time": time, "was": _said(was), "comes": _said(comes)}
                    for time, was, comes in each.examples
                ],
            }
            for each in seen.parameters
        ],
        "readings": seen.readings,
        "hours": len(seen.hours),
        "days": len(seen.days),
        "first": min(seen.days, default=None),
        "last": max(seen.days, default=None),
        "verdicts": [_verdict(each, channels) for each in verdicts[:MOST_SHOWN]],
        "verdicts_count": len(verdicts),
        "turned": sum(len(set(each.results)) > 1 for each in verdicts),
        "strays": [each.name for each in seen.strays[:MOST_SHOWN]],
        "strays_count": len(seen.strays),
        "closed": [f"{month:%m/%Y}" for month in sorted(seen.closed)],
    }


def _gravest_first(change: Change) -> tuple[bool, bool, Any, int]:
    before, after = change.results
    return (
        after != "exceeded" and before != "exceeded",
        before == after,
        change.start,
        change.slot,
    )


def _said(said: Said | None) -> dict[str, Any] | None:
    if said is None:
        return None
    value, status = said
    return {"value": value, "status": "" if status == "00" else status}


def _file(each: Any) -> dict[str, Any]:
    outcomes = dict(Delivery.Outcome.choices)
    return {
        "id": each.id,
        "name": each.name,
        "received_at": each.received_at,
        "then": sentence(outcomes[each.outcome[0]]),
        "now": sentence(outcomes[each.outcome[1]]),
        "gone": [(str(MESSAGES.get(code, code)), count) for code, count in each.gone.items()],
        "new": [(str(MESSAGES.get(code, code)), count) for code, count in each.new.items()],
    }


def _verdict(change: Change, channels: Sequence[Channel]) -> dict[str, Any]:
    units = {channel.slot: channel.unit for channel in channels}
    before, after = change.results
    limit = change.judged.limit if change.judged else None
    return {
        "symbol": change.symbol,
        "period": change.period,
        "start": change.start,
        "unit": units.get(change.slot, ""),
        "low": limit.minimum if limit else None,
        "high": limit.maximum if limit else None,
        "before": _result(before, change.before.mean if change.before else None),
        "after": _result(after, number(change.judged.mean.value) if change.judged else None),
        "turned": before != after,
    }


def _result(result: str | None, mean: Any) -> dict[str, Any]:
    if result is None:
        return {"word": "", "state": "", "mean": None}
    return {"word": STATES[result], "state": result, "mean": mean}
