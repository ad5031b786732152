"""What a re-read would change, as a page shows it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from alerts.views.words import sentence
from monitoring.domain.slots import day_of
from monitoring.models import Delivery
from monitoring.problems import MESSAGES
from monitoring.services.merge import Said
from monitoring.services.rejudge import Change
from monitoring.services.reread import FilePreview, Preview
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
        "files": _alike(seen.files)[:MOST_SHOWN],
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


def _alike(files: Sequence[FilePreview]) -> list[dict[str, Any]]:
    """The files that would change in the same way, as one row with the first of them."""
    groups: dict[Any, list[FilePreview]] = {}
    for each in files:
        kind = (each.outcome, frozenset(each.gone), frozenset(each.new))
        groups.setdefault(kind, []).append(each)
    outcomes = dict(Delivery.Outcome.choices)
    return [
        {
            "id": own[0].id,
            "name": own[0].name,
            "more": len(own) - 1,
            "first": own[0].received_at,
            "last": own[-1].received_at if len(own) > 1 else None,
            "then": sentence(outcomes[then]),
            "now": sentence(outcomes[now]),
            "gone": [str(MESSAGES.get(code, code)) for code in sorted(gone)],
            "new": [str(MESSAGES.get(code, code)) for code in sorted(new)],
        }
        for ((then, now), gone, new), own in groups.items()
    ]


def _verdict(change: Change, channels: Sequence[Channel]) -> dict[str, Any]:
    units = {channel.slot: channel.unit for channel in channels}
    before, after = change.results
    limit = change.judged.limit if change.judged else None
    return {
        "symbol": change.symbol,
        "period": change.period,
        "start": change.start,
        "day": day_of(change.start),
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
