"""Exclusions and what they change, in the words of the reader."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from alerts.views.words import sentence
from monitoring.models import Exclusion, Verdict
from monitoring.services.exclusions import STATE_WORDS, Change
from stations.domain import wording
from stations.domain.wording import in_vietnam
from stations.models import Station
from stations.views.limits import language, mean_of
from stations.views.names import place_name, short_code

MOST_ROWS = 60
ORDER = {"year": 0, "day": 1, "hours8": 2, "hour": 3}
STATE_MARKS = {
    Exclusion.State.ASKED: "notice",
    Exclusion.State.APPROVED: "maintenance",
    Exclusion.State.REFUSED: "not_enough_data",
    Exclusion.State.REVOKED: "not_enough_data",
}


def line(exclusion: Exclusion, now: datetime) -> dict[str, Any]:
    """Everything that the list shows of an exclusion."""
    station = exclusion.station
    return {
        "id": exclusion.pk,
        "url": reverse("exclusion-detail", args=[exclusion.pk]),
        "state": exclusion.state,
        "mark": STATE_MARKS[Exclusion.State(exclusion.state)],
        "state_word": sentence(STATE_WORDS[exclusion.state]),
        "station": short_code(station),
        "facility": place_name(station.facility),
        "parameter": exclusion.channel.symbol,
        "span": span_words(exclusion.start, exclusion.end, now),
        "lasting": wording.duration(exclusion.end - exclusion.start, language=language()),
        "why": sentence(exclusion.get_why_display()),
        "words": exclusion.words,
        "document": str(exclusion.document or ""),
        "asked_by": exclusion.asked_by,
        "asked_at": exclusion.asked_at,
        "decided_by": exclusion.revoked_by or exclusion.decided_by,
        "decided_at": exclusion.revoked_at or exclusion.decided_at,
    }


def span_words(start: datetime, end: datetime, now: datetime) -> str:
    """20/11 07:00–08:00."""
    return wording.period(start, end, now=now, language=language())


def field_moment(at: datetime) -> str:
    """As a field of a form takes it: 2024-05-21T08:00, on the Vietnamese clock."""
    return in_vietnam(at).strftime("%Y-%m-%dT%H:%M")


def form_address(station: Station, symbol: str, start: datetime, end: datetime) -> str:
    """Where one excludes this span of a parameter, or asks for it."""
    query = {
        "station": station.code,
        "parameter": symbol,
        "from": field_moment(start),
        "to": field_moment(end),
    }
    return f"{reverse('exclusion-new')}?{urlencode(query)}"


def chart_address(station: Station, symbol: str, start: datetime, end: datetime) -> str:
    """The station's chart around a span."""
    margin = max((end - start) / 2, timedelta(hours=6))
    query = {
        "from": in_vietnam(start - margin).isoformat(timespec="seconds"),
        "to": in_vietnam(end + margin).isoformat(timespec="seconds"),
        "parameters": symbol,
    }
    return f"{reverse('station-detail', args=[station.code])}?{urlencode(query)}#chart-part"


def change_rows(changes: Sequence[Change], now: datetime) -> dict[str, Any]:
    """Both layers side by side, the longest periods first; how many there are and how many turn."""
    ordered = sorted(changes, key=lambda c: (ORDER[c.raw.period], c.raw.start, c.raw.slot))
    rows = [_change(each, now) for each in ordered]
    return {
        "rows": rows[:MOST_ROWS],
        "more": max(len(rows) - MOST_ROWS, 0),
        "count": len(rows),
        "turned": sum(row["turned"] for row in rows),
    }


def _change(each: Change, now: datetime) -> dict[str, Any]:
    raw, after = each.raw, each.after
    result = after.judgement.verdict
    return {
        "symbol": raw.symbol,
        "unit": "" if raw.unit == "-" else raw.unit,
        "period": wording.period(raw.start, raw.end, now=now, language=language()),
        "mean_of": mean_of(raw.period),
        "low": raw.minimum,
        "high": raw.maximum,
        "raw": _layer(raw.mean, raw.n, raw.expected, raw.capture, raw.result),
        "approved": _layer(
            None if after.mean.value is None else float(after.mean.value),
            after.mean.n,
            after.mean.expected,
            None if after.mean.capture is None else float(after.mean.capture),
            result,
        ),
        "turned": raw.result != result,
    }


def _layer(
    mean: float | None, n: int, expected: int, capture: float | None, result: str
) -> dict[str, Any]:
    return {
        "mean": mean,
        "n": n,
        "expected": expected,
        "capture": capture,
        "state": result,
        "word": Verdict.Result(result).label,
    }


def why_choices() -> list[tuple[str, str]]:
    """The reasons of the list."""
    return [(why.value, sentence(why.label)) for why in Exclusion.Why]


def story(exclusion: Exclusion) -> list[dict[str, Any]]:
    """What happened with an exclusion, oldest first."""
    entered = exclusion.decided_at == exclusion.asked_at
    lines = [] if entered else [_event(exclusion.asked_at, exclusion.asked_by, _("asked for it"))]
    if exclusion.decided_at is not None:
        lines.append(_decision(exclusion, entered=entered))
    if exclusion.revoked_at is not None:
        did = _("took it back: the data count again")
        note = _with_leave(exclusion, exclusion.revoked_reason)
        lines.append(_event(exclusion.revoked_at, exclusion.revoked_by, did, note))
    return lines


def _decision(exclusion: Exclusion, *, entered: bool) -> dict[str, Any]:
    refused = exclusion.state == Exclusion.State.REFUSED
    did = _("refused it") if refused else _("approved it")
    if entered:
        did = _("excluded it")
    revoked = exclusion.revoked_at is not None
    note = exclusion.decision_note
    return _event(
        exclusion.decided_at,
        exclusion.decided_by,
        did,
        note if revoked else _with_leave(exclusion, note),
    )


def _with_leave(exclusion: Exclusion, note: str) -> str:
    """With the head's reason, where a closed month was changed."""
    if not exclusion.head_reason:
        return note
    told = {"head": exclusion.head, "reason": exclusion.head_reason}
    leave = _("A closed month, changed with leave of %(head)s: %(reason)s") % told
    return "\n".join(filter(None, (note, leave)))


def _event(at: Any, who: Any, did: str, note: str = "") -> dict[str, Any]:
    return {"at": at, "who": str(who or ""), "did": did, "note": note}


def codes_and_names(stations: Iterable[Station]) -> list[tuple[str, str]]:
    """For a choice: KCNQC-NT01 · KCN Quang Châu."""
    return [(row.code, f"{row.code} · {place_name(row.facility)}") for row in stations]
