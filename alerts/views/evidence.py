"""What an alert rests on, as it was when it was said."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from alerts.mail.said import range_words
from alerts.models import Alert, AlertSpan
from alerts.services.grading import band_words
from alerts.views.words import changed_count, clock, late_words
from stations.domain import wording
from stations.views.limits import language, limit_panel, mean_of


def evidence_facts(alert: Alert, now: datetime, *, began: datetime) -> list[tuple[str, Any]]:
    """Name and value of each thing known; what an alert has not is left out. `began`: the start of
    its latest period, whose evidence this is."""
    evidence = alert.evidence
    limit = evidence.get("limit") or {}
    capture = evidence.get("capture")
    rows: list[tuple[str, Any]] = []
    latest = max(began, alert.starts_at)
    told = [mean_of(alert.period)] if alert.period else []
    rows.append((_("Period"), ", ".join([*told, _span_words(latest, alert.ends_at, now)])))
    if latest > alert.starts_at:
        rows.append((_("The case goes back to"), clock(alert.starts_at, now)))
    if alert.late:
        rows.append((_("Data"), late_words(evidence, now)))
    if evidence.get("n") is not None:
        rows.append((_("Values in it"), f"{evidence['n']} / {evidence.get('expected')}"))
    if capture is not None:
        least = limit.get("min_capture")
        shown = wording.percent(Decimal(str(capture)), language=language())
        against = (
            f" (≥ {wording.percent(Decimal(str(least)), language=language())})" if least else ""
        )
        rows.append((_("Valid data"), shown + against))
    if evidence.get("distance"):
        distance = wording.exact(Decimal(str(evidence["distance"])), language=language())
        rows.append((_("Outside by"), f"{distance} {alert.unit}".strip(" -")))
    if words := band_words(evidence.get("band"), language=language()):
        rows.append((_("Band of exceedance"), words))
    if words := range_words(evidence):
        rows.append((_("Range of the instrument"), f"{words} {alert.unit}".strip(" -")))
    rows += _changed_rows(evidence)
    rows += _limit_rows(alert, limit)
    rows += _line_rows(evidence, now)
    return rows


def _changed_rows(evidence: dict[str, Any]) -> list[tuple[str, Any]]:
    """How many of a day's readings were changed afterwards."""
    if "changed" not in evidence:
        return []
    allowed = Decimal(str(evidence.get("allowed_share") or 0))
    return [
        (_("Readings changed"), changed_count(evidence)),
        (_("Told from"), "> " + wording.percent(allowed, language=language())),
        (_("Files that changed them"), str(evidence.get("files") or wording.NOTHING)),
    ]


def _limit_rows(alert: Alert, limit: dict[str, Any]) -> list[tuple[str, Any]]:
    source = limit.get("source") or alert.source
    if not source:
        return []
    rows: list[tuple[str, Any]] = [(_("Source of the limit"), source)]
    panel = limit_panel(limit, alert.unit)
    rows += [
        (
            factor["name"],
            f"{wording.exact(factor['value'], language=language())} · {factor['reason']}",
        )
        for factor in panel["factors"]
    ]
    if panel["oxygen"] is not None:
        oxygen = wording.exact(Decimal(str(panel["oxygen"])), language=language())
        rows.append((_("Reference oxygen"), f"{oxygen} %"))
    rows.append((_("Confirmed with"), panel["confirmed"] or _("not confirmed")))
    return rows


def _line_rows(evidence: dict[str, Any], now: datetime) -> list[tuple[str, Any]]:
    moments = {
        "last_received": _("Last received"),
        "last_measured": _("Last measured"),
    }
    texts = {
        "file": _("File"),
        "account": _("Account"),
        "peer": _("Sent from"),
        "serial": _("Instrument"),
    }
    rows: list[tuple[str, Any]] = []
    for name, label in moments.items():
        at = evidence.get(name)
        moment = parse_datetime(at) if isinstance(at, str) else at
        if moment is not None:
            rows.append((label, clock(moment, now)))
    rows += [(label, str(evidence[name])) for name, label in texts.items() if evidence.get(name)]
    return rows


def how_url(evidence: dict[str, Any]) -> str:
    """Where the verdict behind this is told step by step; "" where there is none."""
    verdict = evidence.get("verdict")
    return reverse("verdict-detail", args=[verdict]) if verdict else ""


def hours_of(alert: Alert) -> list[dict[str, Any]]:
    """The hour means behind a warning on a day: start, mean, number of values."""
    found = []
    for hour in alert.evidence.get("hours") or []:
        start = parse_datetime(hour["hour"]) if isinstance(hour.get("hour"), str) else None
        if start is not None:
            found.append({"start": start, "mean": hour.get("mean"), "n": hour.get("n")})
    return found


def spans_of(alert: Alert, spans: list[AlertSpan], now: datetime) -> list[dict[str, Any]]:
    """The periods of an alert, newest first, with what was corrected or withdrawn later."""
    return [
        {
            "period": _span_words(span.start, span.end, now),
            "value": span.value,
            "low": span.minimum,
            "high": span.maximum,
            "ratio": span.ratio,
            "late": span.late,
            "limit_confirmed": span.limit_confirmed,
            "late_words": late_words(span.evidence, now) if span.late else "",
            "corrected": span.corrected_value if span.corrected_at else None,
            "withdrawn": bool(span.withdrawn_at),
            "how": how_url(span.evidence),
            "how_now": how_url(span.corrected_evidence or {}),
            "why": _(span.withdrawn_reason) if span.withdrawn_reason else "",
        }
        for span in sorted(spans, key=lambda each: each.start, reverse=True)
    ]


def worst_of(alert: Alert, spans: list[AlertSpan], now: datetime) -> dict[str, Any] | None:
    """The period furthest beyond its limit, where the case has several and it is not the latest."""
    standing = [span for span in spans if span.withdrawn_at is None and span.value is not None]
    if len(standing) < 2 or not alert.period:
        return None
    worst = max(standing, key=lambda span: (_how_far(span), span.start))
    latest = max(standing, key=lambda span: (span.end, span.start))
    if worst is latest:
        return None
    return {
        "value": worst.value,
        "low": worst.minimum,
        "high": worst.maximum,
        "ratio": worst.ratio,
        "period": _span_words(worst.start, worst.end, now),
        "how": how_url(worst.evidence),
        "count": len(standing),
        "latest": _span_words(latest.start, latest.end, now),
    }


def _how_far(span: AlertSpan) -> Decimal:
    """The ratio to the limit; of a range, or where there is none, how far outside it."""
    if span.ratio is not None:
        return span.ratio
    value = span.value or Decimal(0)
    below = span.minimum - value if span.minimum is not None else Decimal(0)
    above = value - span.maximum if span.maximum is not None else Decimal(0)
    return max(below, above, Decimal(0))


def _span_words(start: datetime, end: datetime, now: datetime) -> str:
    if start == end:
        return clock(start, now)
    return wording.period(start, end, now=now, language=language())
