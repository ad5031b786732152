"""What happened with an alert, line by line, in the words of the reader."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from alerts.models import Alert, AlertEvent, What
from alerts.views.words import sentence
from stations.domain import wording
from stations.views.limits import language, mean_of

SAID = (What.OPENED, What.JOINED, What.RECURRED, What.REOPENED, What.GREW, What.REINSTATED)
EXCLUSIONS = (What.EXCLUDED, What.INCLUDED)
MOST_JOINED = 4
"""So many further periods in a row are folded."""
MAILS = (What.MAILED, What.MAIL_FAILED)


def story(
    alert: Alert, events: Iterable[AlertEvent], told: Mapping[int, str], *, now: datetime
) -> list[dict[str, Any]]:
    """The events, oldest first; mails that left one after another are one line.

    `told`: to whom each mail went, in words that the reader may read.
    """
    lines: list[dict[str, Any]] = []
    for event in events:
        if event.what in MAILS:
            _add_mail(lines, event, told)
        else:
            lines.append(
                {
                    "at": event.at,
                    "who": str(event.by) if event.by else "",
                    "did": _did(alert, event, now),
                    "note": _note(event),
                    "state": event.what,
                    "start": _moment(event.data.get("from")),
                }
            )
    return _folded(lines, now)


def _folded(lines: list[dict[str, Any]], now: datetime) -> list[dict[str, Any]]:
    """A long run of further periods is one line that opens: what people did stays in sight."""
    folded: list[dict[str, Any]] = []
    for joined, group in groupby(lines, key=lambda line: line["state"] == What.JOINED):
        run = list(group)
        if not joined or len(run) < MOST_JOINED:
            folded += run
            continue
        starts = [line["start"] for line in run if line["start"] is not None]
        told = {"count": len(run), "since": _clock(min(starts, default=None), now)}
        did = _("%(count)s further periods since %(since)s") % told
        folded.append({**run[-1], "did": did, "note": "", "lines": run})
    return folded


def _add_mail(lines: list[dict[str, Any]], event: AlertEvent, told: Mapping[int, str]) -> None:
    to = told.get(event.data.get("message") or 0, "")
    if not (lines and lines[-1]["state"] == event.what):
        lines.append({"at": event.at, "who": "", "note": "", "state": event.what, "to": {}})
    line = lines[-1]
    line["to"][to] = line["to"].get(to, 0) + 1
    names = [name for name in line["to"] if name]
    words = _("Mail sent") if event.what == What.MAILED else _("Mail refused")
    line["did"] = f"{words}: {', '.join(names)}" if names else words


def _did(alert: Alert, event: AlertEvent, now: datetime) -> str:
    data = event.data
    if event.what in SAID:
        value = _value(data)
        about = ": ".join(filter(None, (_said_word(event), value)))
        return f"{about} ({_period(alert, data, now)})" if value else about
    if event.what == What.CORRECTED:
        before = _decimal(data.get("before"))
        told = {"before": _number(before, data), "after": _value(data)}
        return _("Value corrected: %(before)s, now %(after)s") % told
    if event.what == What.RESOLVED:
        return _("Over by the data since %(time)s") % {"time": _clock(data.get("ended_at"), now)}
    if event.what == What.WITHDRAWN:
        return _("Withdrawn: %(period)s") % {"period": _period(alert, data, now)}
    if event.what in EXCLUSIONS:
        return _exclusion(event, now)
    if event.what == What.HELD_BACK:
        words = _("Covered by announced work: mails wait until %(time)s")
        return words % {"time": _clock(data.get("until"), now)}
    return sentence(What(event.what).label)


def _exclusion(event: AlertEvent, now: datetime) -> str:
    """What officers did to the approved data; the case itself speaks of the data as sent."""
    words = {
        What.EXCLUDED: _("Excluded from the approved data: %(span)s, %(why)s, by %(document)s"),
        What.INCLUDED: _("Exclusion taken back: %(span)s, %(why)s"),
    }
    return words[What(event.what)] % exclusion_words(event.data, now)


def exclusion_words(data: Mapping[str, Any], now: datetime) -> dict[str, str]:
    """The span of an exclusion, its reason and its document, in the words of the reader."""
    start, end = _moment(data.get("from")), _moment(data.get("until"))
    known = start is not None and end is not None
    why = str(data.get("why") or "")
    return {
        "span": wording.period(start, end, now=now, language=language()) if known else "",  # type: ignore[arg-type]
        "why": _(why) if why else "",
        "document": str(data.get("document") or wording.NOTHING),
    }


def standing_exclusions(events: Iterable[AlertEvent], now: datetime) -> list[dict[str, str]]:
    """What of an alert's span is excluded now: those told and not taken back since."""
    standing: dict[int, AlertEvent] = {}
    for event in events:
        if event.what == What.EXCLUDED:
            standing[event.data["exclusion"]] = event
        elif event.what == What.INCLUDED:
            standing.pop(event.data["exclusion"], None)
    words = _("Excluded from the approved data: %(span)s (%(why)s), by %(document)s.")
    return [
        {
            "words": words % exclusion_words(event.data, now),
            "url": reverse("exclusion-detail", args=[number]),
        }
        for number, event in standing.items()
    ]


def _said_word(event: AlertEvent) -> str:
    words = {
        What.OPENED: _("Alert opened"),
        What.JOINED: _("A further period"),
        What.RECURRED: _("Came again"),
        What.REOPENED: _("Reopened"),
        What.GREW: _("Became graver"),
        What.REINSTATED: _("Withdrawal taken back"),
    }
    return words[What(event.what)]


def _note(event: AlertEvent) -> str:
    """A person's words as written; the system's reasons in the reader's language."""
    return event.note if event.by or not event.note else _(event.note)


def _value(data: Mapping[str, Any]) -> str:
    value = _decimal(data.get("value"))
    if value is None:
        return ""
    low, high = _decimal(data.get("minimum")), _decimal(data.get("maximum"))
    if low is None and high is None:
        return _number(value, data)
    limit = wording.limits(low, high, language=language())
    return _("%(value)s, limit %(limit)s") % {"value": _number(value, data), "limit": limit}


def _number(value: Decimal | None, data: Mapping[str, Any]) -> str:
    sides = [_decimal(data.get("minimum")), _decimal(data.get("maximum"))]
    unit = data.get("unit") or ""
    shown = wording.measured(value, against=sides, language=language())
    return f"{shown}\u00a0{unit}" if unit and unit != "-" else shown


def _period(alert: Alert, data: Mapping[str, Any], now: datetime) -> str:
    start, end = _moment(data.get("from")), _moment(data.get("until"))
    if start is None or end is None:
        return ""
    told = wording.period(start, end, now=now, language=language())
    return f"{mean_of(alert.period)}, {told}" if alert.period else told


def _clock(at: Any, now: datetime) -> str:
    moment = _moment(at)
    return (
        wording.NOTHING if moment is None else wording.moment(moment, now=now, language=language())
    )


def _moment(at: Any) -> datetime | None:
    return parse_datetime(at) if isinstance(at, str) else at


def _decimal(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))
