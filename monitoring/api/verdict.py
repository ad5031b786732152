"""`GET verdicts/{id}/`: one verdict with all that redoing it needs, numbers exact."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from monitoring.api.verdicts import VerdictSerializer
from monitoring.domain.evidence import Arithmetic, Comparison, Part, Read, Slot, finite
from monitoring.domain.oxygen import AIR
from monitoring.models import Verdict
from monitoring.services.evidence import Evidence, File, evidence_for
from monitoring.services.succession import Step, succession
from monitoring.services.verdicts import number
from stations.api.times import iso
from stations.domain.quantities import decimal_of, plain

Told = dict[str, Any]

FACTORS = ("Kq", "Kf", "Kp", "Kv")


class VerdictDetailSerializer(VerdictSerializer):
    """A verdict with its evidence. An exact number is `{"numerator", "denominator", "decimal"
    (null where it has no end), "float"}`."""

    layer = serializers.ChoiceField(choices=["raw", "approved"])
    newest = serializers.DateTimeField(
        help_text=_("The readings' version: when the newest under it was received.")
    )
    slots = serializers.ListField(
        child=serializers.DictField(), help_text=_("Each slot as it entered, or why it did not.")
    )
    parts = serializers.ListField(
        child=serializers.DictField(),
        help_text=_("The hours of 8 hours, the days of a year: sum, count, validity."),
    )
    files = serializers.ListField(
        child=serializers.DictField(), help_text=_("The files with something of the period.")
    )
    arithmetic = serializers.DictField(help_text=_("From the sum to the verdict, exactly."))
    limit_exact = serializers.DictField(help_text=_("The limit's numbers as decimal texts."))
    proof = serializers.DictField(
        help_text=_("The verdict as stored, and as made anew from the files just now.")
    )
    history = serializers.ListField(
        child=serializers.DictField(), help_text=_("Every verdict of the period, first to last.")
    )
    replaced = serializers.ListField(
        child=serializers.DictField(), help_text=_("Values that a later file replaced.")
    )
    excluded = serializers.ListField(
        child=serializers.DictField(), help_text=_("What the approved data leave out.")
    )

    class Meta(VerdictSerializer.Meta):
        fields = (
            *(*VerdictSerializer.Meta.fields, "layer", "newest", "slots", "parts", "files"),
            *("arithmetic", "limit_exact", "proof", "history", "replaced", "excluded"),
        )


class VerdictDetail(APIView):
    """One verdict, with its evidence."""

    @extend_schema(responses=VerdictDetailSerializer, operation_id="verdict")
    def get(self, request: Request, pk: str) -> Response:
        """Slots, files, arithmetic, limit and history: what `docs/redo_verdict.py` redoes."""
        mine = Verdict.objects.of_id(pk, request.user).select_related("station")
        return Response(detail(get_object_or_404(mine)))


def detail(verdict: Verdict) -> Told:
    """A verdict as it is exported."""
    told = VerdictSerializer(verdict).data
    return {**told, **_detail(evidence_for(verdict), succession(verdict))}


def _detail(evidence: Evidence, history: Iterable[Step]) -> Told:
    verdict = evidence.verdict
    return {
        "layer": verdict.layer,
        "newest": verdict.newest and iso(verdict.newest),
        "slots": [_slot(slot) for slot in evidence.slots],
        "parts": [_part(part) for part in evidence.parts],
        "files": [_file(file) for file in evidence.files],
        "arithmetic": _arithmetic(evidence.arithmetic, evidence),
        "limit_exact": _limit(verdict),
        "proof": _proof(evidence),
        "history": [_step(step) for step in history],
        "replaced": [
            {
                "time": iso(change.time),
                "slot": change.slot,
                "old": _said(*change.old),
                "old_file": str(change.old_delivery),
                "new": _said(*change.new),
                "file": str(change.delivery),
            }
            for change in evidence.changes
        ],
        "excluded": [
            {
                "from": iso(each.start),
                "to": iso(each.end),
                "why": each.why,
                "words": each.words,
                "decided_by": str(each.decided_by),
                "document": str(each.document) if each.document else None,
            }
            for each in evidence.exclusions
        ],
    }


def exact(value: Fraction | Decimal | None) -> Told | None:
    """A number without loss, and the nearest float beside it."""
    if value is None:
        return None
    whole = Fraction(value)
    ended = finite(whole)
    return {
        "numerator": str(whole.numerator),
        "denominator": str(whole.denominator),
        "decimal": None if ended is None else plain(ended),
        "float": number(whole),
    }


def _text(value: Decimal | None) -> str | None:
    return None if value is None else plain(value)


def _slot(slot: Slot) -> Told:
    return {
        "from": iso(slot.start),
        "minutes": slot.minutes,
        "state": slot.state,
        "value": exact(slot.value),
        "measured": exact(slot.measured),
        "oxygen": exact(slot.oxygen),
        "readings": [_read(read) for read in slot.readings],
        "files": [str(pk) for pk in slot.deliveries],
    }


def _read(read: Read) -> Told:
    return {
        "time": iso(read.time),
        **_said(read.value, read.status),
        "excluded": read.excluded,
        "file": str(read.delivery),
    }


def _said(value: float | None, status: str) -> Told:
    """A value as it was written, as text: JSON numbers may lose the last digit."""
    return {"value": None if value is None else plain(decimal_of(value)), "status": status}


def _part(part: Part) -> Told:
    return {
        "from": iso(part.start),
        "to": iso(part.end),
        "sum": exact(part.mean.total),
        "n": part.mean.n,
        "expected": part.mean.expected,
        "valid": part.valid,
    }


def _file(file: File) -> Told:
    return {
        "id": str(file.id),
        "name": file.name,
        "sha256": file.sha256,
        "received_at": iso(file.received_at),
        "size": file.size,
        "slots": file.slots,
        "repeats": file.repeats,
        "raw": reverse("api:delivery-raw", args=[file.id]),
    }


def _arithmetic(found: Arithmetic, evidence: Evidence) -> Told:
    reference = evidence.reference
    return {
        "sum": exact(found.mean.total),
        "n": found.mean.n,
        "expected": found.mean.expected,
        "mean": exact(found.mean.value),
        "capture": exact(found.mean.capture),
        "capture_needed": plain(found.needed),
        "comparisons": [_comparison(each) for each in found.comparisons],
        "ratio": exact(found.judgement.ratio),
        "distance": exact(found.judgement.distance),
        "verdict": found.judgement.verdict,
        "oxygen": None
        if reference is None or evidence.idle_from is None
        else {
            "reference": plain(reference),
            "of_air": _text(finite(AIR)),
            "idle_from": plain(evidence.idle_from),
        },
    }


def _comparison(each: Comparison) -> Told:
    return {
        "side": each.side,
        "limit": plain(each.limit),
        "limit_times_n": exact(each.product),
        "sum_is": each.relation,
        "outside": each.outside,
    }


def _limit(verdict: Verdict) -> Told:
    """The limit with its numbers as texts, each side with what is multiplied for it."""
    derivation = verdict.limit.get("derivation") or {}
    below = derivation.get("minimum") or derivation
    return {
        "max": _text(verdict.maximum),
        "min": _text(verdict.minimum),
        "min_capture": str(verdict.limit.get("min_capture")),
        "max_from": [] if verdict.maximum is None else _product(derivation, -1),
        "min_from": [] if verdict.minimum is None else _product(below, 0)[:1],
    }


def _product(derivation: Mapping[str, Any], side: int) -> list[Told]:
    """C and each factor; only a maximum takes factors. C of a range is [min, max]."""
    reasons = derivation.get("reasons") or {}
    base = derivation.get("C")
    values = {"C": base[side] if isinstance(base, list) else base}
    values |= {name: derivation[name] for name in FACTORS if name in derivation}
    return [
        {"name": name, "value": str(value), "reason": reasons.get(name) or {}}
        for name, value in values.items()
        if value is not None
    ]


def _proof(evidence: Evidence) -> Told:
    def told(value: object) -> object:
        return exact(value) if isinstance(value, Fraction) else value

    return {
        "agrees": evidence.agrees,
        "stored": {check.what: told(check.stored) for check in evidence.checks},
        "made_anew": {check.what: told(check.found) for check in evidence.checks},
        "days_unsure": evidence.unsure,
    }


def _step(step: Step) -> Told:
    verdict, correction = step.verdict, step.correction
    return {
        "id": str(verdict.id),
        "verdict": verdict.result,
        "mean": verdict.mean,
        "n": verdict.n,
        "expected": verdict.expected,
        "max": _text(verdict.maximum),
        "min": _text(verdict.minimum),
        "judged_at": iso(verdict.judged_at),
        "superseded_at": verdict.superseded_at and iso(verdict.superseded_at),
        "why": step.why,
        "slots_more": step.more,
        "values_changed": step.changed,
        "newest": step.received_at and iso(step.received_at),
        "by": str(correction.asked_by) if correction else None,
        "reason": correction.reason if correction else None,
        "document": str(correction.document) if correction and correction.document else None,
    }
