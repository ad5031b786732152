"""What a change would do, in words and numbers, for components/rules/foreseen.html."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from monitoring.domain.slots import day_of
from monitoring.models import Verdict
from monitoring.services.foreseeing import Foreseen, Group
from monitoring.services.rejudge import Change
from stations.domain import wording
from stations.domain.stricter import Limit
from stations.models import Person, Station
from stations.services.limit_changes import LimitChange
from stations.views.limits import formula, language, mean_of

MOST_LIMITS = 100


def panel(foreseen: Foreseen, person: Person) -> dict[str, Any]:
    """Everything that the preview shows."""
    today = timezone.localdate()
    return {
        "fingerprint": foreseen.fingerprint,
        "limits": [_limit(one, today) for one in foreseen.limits[:MOST_LIMITS]],
        "limits_in_all": len(foreseen.limits),
        "more_limits": max(len(foreseen.limits) - MOST_LIMITS, 0),
        "stations": len({one.station_id for one in foreseen.limits}),
        "groups": [_group(group) for group in foreseen.groups],
        "days": [_day(change, foreseen.codes) for change in foreseen.days],
        "days_in_all": foreseen.days_in_all,
        "more_days": max(foreseen.days_in_all - len(foreseen.days), 0),
        "same_verdict": foreseen.same_verdict,
        "touches_the_past": foreseen.touches_the_past,
        "incomplete": _incomplete(foreseen),
        "closed": sorted({f"{row.month:%m/%Y}" for row in foreseen.closed}),
        "is_head": _is_head(foreseen, person),
        "seconds": wording.number(foreseen.seconds, language=language(), decimals=1),
    }


def _is_head(foreseen: Foreseen, person: Person) -> bool:
    wanted = {row.station_id for row in foreseen.closed}
    mine = Station.objects.for_user(person, "change_closed").filter(pk__in=wanted)
    return mine.count() == len(wanted)


def _limit(change: LimitChange, today: date) -> dict[str, Any]:
    return {
        "station": change.station,
        "symbol": change.symbol,
        "unit": "" if change.unit == "-" else change.unit,
        "period": mean_of(change.period),
        "days": days_words(change.since, change.until),
        "before": side(change.before),
        "after": side(change.after),
        "in_numbers": change.in_numbers,
    }


def side(limit: Limit | None) -> dict[str, Any] | None:
    """A limit as one cell: both sides, formula, source, whether it is confirmed."""
    if limit is None:
        return None
    return {
        "low": limit.minimum,
        "high": limit.maximum,
        "formula": formula(limit.derivation.as_json()),
        "source": limit.source,
        "confirmed": limit.confirmed or "",
    }


def days_words(since: date | None, until: date | None) -> str:
    """from 01/02/2026 · until 31/12/2025 · 01/02/2026–31/12/2026 · always."""
    begun = date_format(since, "d/m/Y") if since else ""
    ended = date_format(until, "d/m/Y") if until else ""
    if begun and ended:
        return begun if begun == ended else f"{begun}–{ended}"
    if begun:
        return _("from %s") % begun
    return _("until %s") % ended if ended else _("always")


def _group(group: Group) -> dict[str, Any]:
    turns = sorted(
        ((old, new, count) for (old, new), count in group.turns.items()),
        key=lambda turn: (turn[1] != "exceeded", turn[0] != "exceeded", -turn[2]),
    )
    return {
        "station": group.station,
        "symbol": group.symbol,
        "mean": mean_of(group.period),
        "turns": [
            {"words": _turn(group.period, old, new, count), "old": old, "new": new}
            for old, new, count in turns
        ],
        "first": _when(group.first, group.period),
        "last": _when(group.last, group.period),
    }


def _turn(period: str, old: str | None, new: str | None, count: int) -> str:
    """12 days within → exceeded."""
    told = {
        "count": wording.number(count, language=language(), decimals=0),
        "unit": _units(period),
        "old": result_word(old),
        "new": result_word(new),
    }
    return _("%(count)s %(unit)s %(old)s → %(new)s") % told


def _units(period: str) -> str:
    words = {
        "hour": _("hours"),
        "hours8": _("8-hour periods"),
        "day": _("days"),
        "year": _("years"),
    }
    return words.get(period, "")


def result_word(result: str | None) -> str:
    """A verdict in one word."""
    words: Mapping[str | None, str] = {
        Verdict.Result.WITHIN: _("within"),
        Verdict.Result.EXCEEDED: _("exceeded"),
        Verdict.Result.NOT_ENOUGH_DATA: _("not enough data"),
        None: _("not judged"),
    }
    return words[result]


def _when(at: datetime | None, period: str) -> str:
    if at is None:
        return ""
    if period in ("day", "year"):
        return date_format(day_of(at), "d/m/Y")
    return wording.in_vietnam(at).strftime("%d/%m/%Y %H:%M")


def _day(change: Change, codes: Mapping[int, str]) -> dict[str, Any]:
    old, new = change.results
    judged, before = change.judged, change.before
    mean = judged.mean.value if judged else None
    return {
        "station": codes[change.station_id],
        "symbol": change.symbol,
        "when": _when(change.start, change.period),
        "mean_of": mean_of(change.period),
        "mean": None if mean is None else float(mean),
        "low": before.minimum if before else None,
        "high": before.maximum if before else None,
        "new_low": judged.limit.minimum if judged else None,
        "new_high": judged.limit.maximum if judged else None,
        "old": old,
        "new": new,
        "old_word": result_word(old),
        "new_word": result_word(new),
    }


def _incomplete(foreseen: Foreseen) -> list[str]:
    """Said plainly: what there was no time to look at."""
    said = []
    for pk, since in foreseen.looked_from.items():
        if since > foreseen.spans[pk][0]:
            told = {
                "station": foreseen.codes[pk],
                "since": date_format(day_of(since), "d/m/Y"),
                "first": date_format(day_of(foreseen.spans[pk][0]), "d/m/Y"),
                "last": date_format(day_of(since) - timedelta(days=1), "d/m/Y"),
            }
            said.append(
                _("%(station)s: looked at from %(since)s on; %(first)s–%(last)s not yet.") % told
            )
    if foreseen.left_out:
        shown = ", ".join(foreseen.left_out[:12])
        more = len(foreseen.left_out) - 12
        if more > 0:
            shown = _("%(stations)s and %(more)d more") % {"stations": shown, "more": more}
        said.append(_("Not looked at: %s.") % shown)
    return said
