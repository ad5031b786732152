"""One verdict, told so that it can be redone with a calculator: on the screen and on one A4."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from alerts.models import Alert, AlertSpan
from alerts.views.words import sentence
from monitoring.domain.slots import HOUR
from monitoring.models import Verdict
from monitoring.services.evidence import Check, Evidence, File, evidence_for
from monitoring.services.merge import Change
from monitoring.services.succession import Step, came_late, succession
from monitoring.views import slot_grid
from monitoring.views.calendar import calendar_url
from monitoring.views.explain_address import explain_url
from monitoring.views.numbers import equals, written
from monitoring.views.slot_grid import delivery_url
from monitoring.views.verdict_steps import steps_of, unit_of, verdict_words
from stations.domain import wording
from stations.domain.quantities import decimal_of
from stations.models import Person
from stations.views.limits import language, mean_of
from stations.views.names import place_name, short_code
from stations.views.person import person_of

FILES_ON_PAPER = 12
"""More files are told on paper by one digest of them all."""


@login_required
@require_safe
def verdict_detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The page of a verdict."""
    mine = Verdict.objects.of_id(pk, person_of(request))
    verdict = get_object_or_404(mine.select_related("station__facility__zone"))
    evidence, history = evidence_for(verdict), succession(verdict)
    now = timezone.now()
    shown = {
        "verdict": _head(verdict, now),
        "neighbours": _neighbours(verdict),
        "steps": steps_of(evidence),
        "proof": _proof(evidence),
        "facts": _facts(verdict, evidence),
        "exclusions": _exclusions(evidence),
        "history": [_step(step, verdict) for step in history] if len(history) > 1 else [],
        "replaced": [_change(change, evidence) for change in evidence.changes],
        "calendar_url": calendar_url(
            verdict.station.code,
            verdict.symbol,
            year=wording.in_vietnam(verdict.start).year,
            period=verdict.period,
            layer=verdict.layer,
        ),
        "why_url": explain_url(verdict.station.code, verdict.symbol, verdict.end - HOUR),
        "case_url": _case_url(verdict, person_of(request)),
        "address": request.build_absolute_uri(reverse("verdict-detail", args=[verdict.id])),
        "printed_at": now,
        **_slots(evidence),
        **_files(evidence.files),
    }
    return render(request, "pages/verdict_detail.html", shown)


def period_words(verdict: Verdict) -> str:
    """21/05/2024; 21/05/2024 07:00–08:00; 2024: whole, since it is printed and kept."""
    start, end = (wording.in_vietnam(at) for at in (verdict.start, verdict.end))
    if verdict.period == "year":
        return f"{start:%Y}"
    if verdict.period == "day":
        return f"{start:%d/%m/%Y}"
    until = "24:00" if f"{end:%H:%M}" == "00:00" else f"{end:%H:%M}"
    if start.date() == end.date() or until == "24:00":
        return f"{start:%d/%m/%Y %H:%M}–{until}"
    return f"{start:%d/%m/%Y %H:%M} – {end:%d/%m/%Y %H:%M}"


def whole_moment(at: datetime | None) -> str:
    """21/05/2024 08:35:12, whatever day it is read."""
    return wording.NOTHING if at is None else wording.in_vietnam(at).strftime("%d/%m/%Y %H:%M:%S")


def _head(verdict: Verdict, now: datetime) -> dict[str, Any]:
    station, facility = verdict.station, verdict.station.facility
    return {
        "id": verdict.id,
        "symbol": verdict.symbol,
        "unit": unit_of(verdict),
        "period": period_words(verdict),
        "mean_of": mean_of(verdict.period),
        "state": verdict.result,
        "words": verdict_words(verdict),
        "station": station.code,
        "name": f"{short_code(station)} {place_name(facility)}",
        "facility": facility.name,
        "station_url": reverse("station-detail", args=[station.code]),
        "json_url": reverse("api:verdict", args=[verdict.id]),
        "json_name": _file_name(verdict),
        "layer": verdict.layer,
        "layer_word": sentence(verdict.get_layer_display()),
        "confirmed": verdict.confirmed,
        "late": came_late(verdict),
        "superseded_at": whole_moment(verdict.superseded_at) if verdict.superseded_at else "",
        "is_year": verdict.period == "year",
    }


def _file_name(verdict: Verdict) -> str:
    start = wording.in_vietnam(verdict.start).strftime("%Y%m%d%H%M")
    return f"{verdict.station.code}-{verdict.symbol}-{verdict.period}-{start}.json"


def _neighbours(verdict: Verdict) -> dict[str, str]:
    """The periods before and after, and what has taken the place of this one."""
    same = Verdict.objects.filter(
        station=verdict.station_id, slot=verdict.slot, period=verdict.period, basis=verdict.basis
    ).in_effect(verdict.layer)
    before = same.filter(start__lt=verdict.start).order_by("-start").values_list("id", flat=True)
    after = same.filter(start__gt=verdict.start).order_by("start").values_list("id", flat=True)
    instead = same.filter(start=verdict.start).exclude(id=verdict.id).values_list("id", flat=True)
    found = {"before": before.first(), "after": after.first(), "instead": instead.first()}
    return {name: reverse("verdict-detail", args=[pk]) for name, pk in found.items() if pk}


def _slots(evidence: Evidence) -> dict[str, Any]:
    oxygen = evidence.reference is not None
    slots = evidence.slots
    files = {
        file.id: {"name": file.name, "at": whole_moment(file.received_at)}
        for file in evidence.files
    }
    listed = slot_grid.is_listed(slots)
    mean = evidence.arithmetic.mean
    return {
        "oxygen": oxygen,
        "lines": slot_grid.lines(slots, files, oxygen=oxygen) if listed else [],
        "grid": {}
        if listed
        else slot_grid.grid(
            slots,
            oxygen=oxygen,
            parts=evidence.parts if evidence.verdict.period == "hours8" else (),
        ),
        "months": slot_grid.month_grid(evidence.parts) if evidence.verdict.period == "year" else {},
        "crowded": slot_grid.crowded(slots) if not listed else [],
        "absent": slot_grid.absent(slots),
        "total": written(mean.total, digits=12),
        "sum": equals(mean.total, digits=12),
        "n": mean.n,
        "small_note": "" if listed else slot_grid.small_note(slots, oxygen=oxygen),
        "digits_note": "" if listed else slot_grid.note_on(slots, evidence.parts),
    }


def _files(files: Sequence[File]) -> dict[str, Any]:
    told = [
        {
            "name": file.name,
            "url": delivery_url(file.id),
            "sha256": file.sha256,
            "received": whole_moment(file.received_at),
            "size": wording.size(file.size, language=language()),
            "slots": file.slots,
            "repeats": file.repeats,
        }
        for file in files
    ]
    return {
        "files": told,
        "many_files": len(files) > FILES_ON_PAPER,
        "digest": digest_of(files),
    }


def digest_of(files: Sequence[File]) -> str:
    """One SHA-256 of what `sha256sum` would print of these files, in this order."""
    listing = "".join(f"{file.sha256}  {file.name}\n" for file in files)
    return sha256(listing.encode()).hexdigest()


def _facts(verdict: Verdict, evidence: Evidence) -> list[tuple[str, str]]:
    files = evidence.files
    facts = [
        (_("Source of the limit"), verdict.source),
        (_("Confirmed with"), verdict.confirmed or _("not confirmed")),
        (_("Measured"), _whole_span(verdict)),
    ]
    if files:
        first, last = (whole_moment(files[place].received_at) for place in (0, -1))
        facts.append((_("Received"), first if first == last else f"{first} – {last}"))
    facts.append((_("Judged"), whole_moment(verdict.judged_at)))
    if verdict.newest is not None:
        facts.insert(-1, (_("Newest reading received"), whole_moment(verdict.newest)))
    if verdict.superseded_at is not None:
        facts.append((_("Superseded"), whole_moment(verdict.superseded_at)))
    return [*facts, (_("Layer"), sentence(verdict.get_layer_display()))]


def _whole_span(verdict: Verdict) -> str:
    start, end = (wording.in_vietnam(at) for at in (verdict.start, verdict.end))
    return f"{start:%d/%m/%Y %H:%M} ≤ t < {end:%d/%m/%Y %H:%M}"


def _proof(evidence: Evidence) -> dict[str, Any]:
    """Whether what was made anew is what the verdict says; what differs, side by side."""
    return {
        "agrees": evidence.agrees,
        "files": len(evidence.files),
        "unsure": evidence.unsure,
        "differs": [_differing(check) for check in evidence.checks if not check.agrees],
        "is_year": evidence.verdict.period == "year",
    }


def _differing(check: Check) -> dict[str, str]:
    names = {
        "total": _("Sum"),
        "n": "n",
        "expected": _("Expected slots"),
        "verdict": _("Verdict"),
    }

    def told(value: Any) -> str:
        if isinstance(value, str):
            return str(Verdict.Result(value).label)
        return written(value) if not isinstance(value, int) else str(value)

    return {
        "name": names[check.what],
        "stored": told(check.stored),
        "found": told(check.found),
    }


def _exclusions(evidence: Evidence) -> list[dict[str, str]]:
    return [
        {
            "period": f"{whole_moment(each.start)} – {whole_moment(each.end)}",
            "why": sentence(each.get_why_display()),
            "words": each.words,
            "by": str(each.decided_by or ""),
            "document": str(each.document or ""),
        }
        for each in evidence.exclusions
    ]


def _step(step: Step, shown: Verdict) -> dict[str, Any]:
    row = step.verdict
    return {
        "here": row.id == shown.id,
        "url": reverse("verdict-detail", args=[row.id]),
        "state": row.result,
        "word": row.get_result_display(),
        "mean": row.mean,
        "low": row.minimum,
        "high": row.maximum,
        "count": f"{row.n}/{row.expected}",
        "judged": whole_moment(row.judged_at),
        "superseded": row.superseded_at is not None,
        "why": why_words(step),
    }


def why_words(step: Step) -> str:
    """Why a verdict was made, in a sentence."""
    words = {
        "first": _("First made when the period was due."),
        "late": _("Data received later."),
        "changed": _("Values sent again and changed."),
        "limit": _("The limit reads otherwise."),
        "expected": _("Another number of slots is expected."),
        "rules": _("Limits of the past were corrected."),
        "readings": _("The files were read again."),
        "exclusion": _("Excluded data changed."),
    }[step.why]
    told = [words]
    if step.received_at is not None and step.why in ("late", "changed"):
        told.append(_("The newest received at %s.") % whole_moment(step.received_at))
    if step.changed:
        told.append(_("%s values replaced.") % step.changed)
    if step.more:
        told.append(_("%s more in the mean.") % f"{step.more:+d}".replace("-", "−"))
    if step.correction is not None:
        told.append(f"{step.correction.asked_by}: {step.correction.reason}")
        if step.correction.document is not None:
            told.append(str(step.correction.document))
    return " ".join(told)


def _change(change: Change, evidence: Evidence) -> dict[str, str]:
    names = {file.id: file.name for file in evidence.files}

    def said(value: float | None, status: str) -> str:
        told = wording.NOTHING if value is None else written(decimal_of(value))
        return told if status == "00" else f"{told} ({_('status')} {status})"

    return {
        "time": whole_moment(change.time),
        "old": said(*change.old),
        "new": said(*change.new),
        "old_file": names.get(change.old_delivery, ""),
        "old_url": delivery_url(change.old_delivery),
        "file": names.get(change.delivery, ""),
        "url": delivery_url(change.delivery),
        "received": whole_moment(change.received_at),
    }


def _case_url(verdict: Verdict, user: Person) -> str:
    """The case that this period belongs to, if the reader may see it."""
    mine = Alert.objects.for_user(user).filter(
        station=verdict.station_id, parameter=verdict.symbol, period=verdict.period
    )
    spans = AlertSpan.objects.filter(alert__in=mine, start=verdict.start, end=verdict.end)
    pk = spans.order_by("-alert").values_list("alert", flat=True).first()
    return reverse("alert-detail", args=[pk]) if pk else ""
