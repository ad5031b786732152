"""A verdict as steps that are done with a calculator: limit, capture, sum, comparison, mean."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _

from monitoring.domain.evidence import Arithmetic, Comparison, Slot
from monitoring.domain.oxygen import AIR
from monitoring.models import Verdict
from monitoring.services.evidence import Evidence
from monitoring.views.numbers import bare, equals, written
from monitoring.views.slot_grid import clock
from stations.domain import wording
from stations.models.regulation import Provenance
from stations.views.limits import factors, language, mean_of, source_words


def steps_of(evidence: Evidence) -> list[dict[str, Any]]:
    """Each with a name, a formula to type in, and lines that say where its numbers come from."""
    steps = [
        *_limit(evidence.verdict),
        *_oxygen(evidence),
        *_parts(evidence),
        _capture(evidence),
        _sum(evidence),
        *(_comparison(each, evidence) for each in evidence.arithmetic.comparisons),
        *_mean(evidence),
        _conclusion(evidence),
    ]
    return [{**step, "number": number} for number, step in enumerate(steps, start=1)]


def verdict_words(verdict: Verdict) -> str:
    """Vượt giá trị giới hạn (trung bình 24 giờ); Đạt; Không đủ số liệu để đánh giá."""
    word = verdict.get_result_display()
    if verdict.result == Verdict.Result.NOT_ENOUGH_DATA:
        return str(word)
    return f"{word} ({mean_of(verdict.period)})"


def unit_of(verdict: Verdict) -> str:
    """Its unit; "" for what has none."""
    return "" if verdict.unit == "-" else str(verdict.unit)


def _step(name: str, formula: str, *lines: str, state: str = "") -> dict[str, Any]:
    return {"name": name, "formula": formula, "lines": [x for x in lines if x], "state": state}


def _limit(verdict: Verdict) -> list[dict[str, Any]]:
    derivation = verdict.limit.get("derivation") or {}
    found = []
    if verdict.maximum is not None:
        found.append(_side(verdict, "Cmax", verdict.maximum, derivation))
    if verdict.minimum is not None:
        below = derivation.get("minimum") or derivation
        found.append(_side(verdict, "Cmin", verdict.minimum, below))
    return found


def _side(
    verdict: Verdict, name: str, limit: Decimal, derivation: Mapping[str, Any]
) -> dict[str, Any]:
    unit = unit_of(verdict)
    written_limit = f"{written(limit)} {unit}".strip()
    reasons = derivation.get("reasons") or {}
    base = derivation.get("C")
    taken = factors(derivation) if name == "Cmax" else []
    head = _("The limit") if name == "Cmax" else _("The lower limit")
    origin = _origin(reasons.get("C") or {}, verdict)
    if not taken:
        return _step(head, f"{name} = {written_limit}", origin, _("It takes no factors."))
    if isinstance(base, list):
        base = base[-1]
    names = " × ".join(["C", *(each["name"] for each in taken)])
    values = [wording.exact(base, language=language())]
    values += [wording.exact(each["value"], language=language()) for each in taken]
    told = [
        f"{each['name']} = {wording.exact(each['value'], language=language())}: {each['reason']}"
        for each in taken
    ]
    return _step(
        head, f"{name} = {names} = {' × '.join(values)} = {written_limit}", f"C: {origin}", *told
    )


def _origin(reason: Mapping[str, Any], verdict: Verdict) -> str:
    """Where C is printed: the edition with its column, or the permit."""
    source = str(reason.get("source") or verdict.source)
    column = reason.get("column")
    told = [source]
    if column and column != "only":
        told.append(_("column %s") % column)
    if reason.get("source_type"):
        told.append(source_words(str(reason["source_type"])))
    provenance = str(reason.get("provenance") or "")
    said = provenance in Provenance.values and not reason.get("confirmed")
    return ", ".join(told) + (f" ({Provenance(provenance).label})" if said else "")


def _oxygen(evidence: Evidence) -> list[dict[str, Any]]:
    reference = evidence.reference
    if reference is None:
        return []
    air, ref = written(AIR), written(reference)
    formula = f"C × ({air} − {ref}) ÷ ({air} − O₂) = C × {written(AIR - Fraction(reference))}"
    first = next((slot for slot in evidence.slots if slot.state == "filled"), None)
    return [
        _step(
            _("Each slot at the reference oxygen of %s %%") % ref,
            f"{formula} ÷ ({air} − O₂)",
            _example(first, reference) if first else "",
            _("From %s %% O₂ on the plant stands idle: the slot is not expected.")
            % written(evidence.idle_from),
        )
    ]


def _example(slot: Slot, reference: Decimal) -> str:
    top, air = written(AIR - Fraction(reference)), written(AIR)
    return _("The first: %(time)s  %(sum)s") % {
        "time": clock(slot.start),
        "sum": f"{bare(slot.measured)} × {top} ÷ ({air} − {bare(slot.oxygen)})"
        f" {equals(slot.value)}",
    }


def _parts(evidence: Evidence) -> list[dict[str, Any]]:
    if not evidence.parts:
        return []
    least = wording.percent(
        Decimal(str(evidence.verdict.limit.get("min_capture", 0.75))), language=language()
    )
    if evidence.verdict.period == "hours8":
        words = _("of each hour: Σ ÷ n of its row, where %s of its slots have a value")
    else:
        words = _("of each day: Σ ÷ n of its slots, where %s of them have a value")
    return [_step(_("Means that are averaged"), words % f"≥ {least}")]


def _capture(evidence: Evidence) -> dict[str, Any]:
    found = evidence.arithmetic
    mean, needed = found.mean, found.needed
    words = {
        "hours8": _("valid hours"),
        "year": _("valid days"),
    }.get(evidence.verdict.period, _("filled slots"))
    name = _("Valid data: %s") % words
    if not mean.expected:
        return _step(name, _("nothing was expected"), state="not_enough_data")
    share = wording.percent(
        Decimal(mean.n) / Decimal(mean.expected) if mean.n < mean.expected else 1,
        language=language(),
        decimals=2,
    )
    least = wording.percent(needed, language=language())
    sign = "≥" if found.enough else "<"
    whole = (10_000 * mean.n) % mean.expected == 0 or mean.n > mean.expected
    formula = f"{mean.n} ÷ {mean.expected} {'=' if whole else '≈'} {share} {sign} {least}"
    away = [slot for slot in evidence.slots if slot.state in ("idle", "stopped")]
    why = ""
    if away and not evidence.parts:
        why = _("%(away)s of them idle or stopped: %(left)s expected") % {
            "away": len(away),
            "left": mean.expected,
        }
    return _step(
        name,
        formula,
        _where_from(evidence),
        why,
        _("enough for a verdict") if found.enough else _("too little for a verdict"),
        state="" if found.enough else "not_enough_data",
    )


def _where_from(evidence: Evidence) -> str:
    """Why so many are expected: 24 × 60 ÷ 5 = 288 slots of 5 minutes."""
    verdict, lengths = evidence.verdict, {slot.minutes for slot in evidence.slots}
    if evidence.parts or len(lengths) != 1:
        return ""
    hours = round((verdict.end - verdict.start).total_seconds() / 3600)
    minutes = lengths.pop()
    return _("%(sum)s slots of %(minutes)s minutes, one value each") % {
        "sum": f"{hours} × 60 ÷ {minutes} = {len(evidence.slots)}",
        "minutes": minutes,
    }


def _conclusion(evidence: Evidence) -> dict[str, Any]:
    """What the steps above come to."""
    found = evidence.arithmetic
    result = found.judgement.verdict
    words = str(Verdict.Result(result).label)
    if not found.enough:
        return _step(_("So"), words, _("too few values: no comparison counts"), state=result)
    beyond = next((each for each in found.comparisons if each.outside), None)
    names = {"max": "Cmax", "min": "Cmin"}
    told = [
        f"Σ {each.relation} {names[each.side]} × n"
        for each in ([beyond] if beyond else found.comparisons)
    ]
    told = [_("enough data"), *told]
    return _step(_("So"), words, ", ".join(told), state=result)


def _sum(evidence: Evidence) -> dict[str, Any]:
    mean = evidence.arithmetic.mean
    where = (
        _("of the valid hours' means, in the table below")
        if evidence.verdict.period == "hours8"
        else _("of the valid days' means, in the table below")
        if evidence.verdict.period == "year"
        else _("of the filled slots, in the table below")
    )
    rounded = (
        _("Corrected values are rounded in the table; the sum is that of the exact ones.")
        if evidence.reference is not None and evidence.verdict.period == "hour"
        else ""
    )
    total = f"Σ {equals(mean.total, digits=12)}"
    return _step(_("Sum"), total, f"n = {mean.n}, {where}", rounded)


def _comparison(each: Comparison, evidence: Evidence) -> dict[str, Any]:
    name = "Cmax" if each.side == "max" else "Cmin"
    n = evidence.arithmetic.mean.n
    total = equals(each.total, digits=12, against=each.product)
    product = equals(each.product, digits=12, against=each.total)
    formula = f"Σ {total} {each.relation} {name} × n = {written(each.limit)} × {n} {product}"
    if not n:
        return _step(_("Comparison"), _("no value to compare"))
    if each.outside:
        told = _("above the limit") if each.side == "max" else _("below the limit")
    else:
        told = _("within: equal is within") if each.relation == "=" else _("within")
    if not evidence.arithmetic.enough:
        return _step(_("Comparison, nothing divided"), formula, _("no verdict: too few values"))
    state = "exceeded" if each.outside else "within"
    return _step(_("Comparison, nothing divided"), formula, told, state=state)


def _mean(evidence: Evidence) -> list[dict[str, Any]]:
    found, verdict = evidence.arithmetic, evidence.verdict
    value = found.mean.value
    if value is None:
        return []
    unit = unit_of(verdict)
    limits = [Fraction(x) for x in (verdict.maximum, verdict.minimum) if x is not None]
    beside = next((x for x in limits if x != value), None)
    shown = bare(value, against=beside)
    total = bare(found.mean.total, digits=12)
    told = equals(value, against=beside)
    formula = f"Σ ÷ n = {total} ÷ {found.mean.n} {told} {unit}".strip()
    steps = [_step(_("Mean"), formula)]
    ratio, distance = found.judgement.ratio, found.judgement.distance
    if ratio is not None:
        limit = verdict.maximum if verdict.maximum is not None else verdict.minimum
        over = (
            f"{shown} ÷ {written(limit)}"
            if verdict.maximum is not None
            else f"{written(limit)} ÷ {shown}"
        )
        told = equals(ratio, digits=5, against=Fraction(1))
        steps.append(_step(_("Ratio to the limit"), f"{over} {told}"))
    elif distance is not None:
        steps.append(_step(_("Distance outside the limit"), f"{written(distance)} {unit}".strip()))
    return steps


def _distance(found: Arithmetic, verdict: Verdict) -> str:
    """How far the mean lies outside: from the side that it has passed."""
    value, distance = found.mean.value, found.judgement.distance
    unit = unit_of(verdict)
    if not distance or value is None:
        return f"0 {unit}".strip()
    above = verdict.maximum is not None and value > Fraction(verdict.maximum)
    mean = bare(value)
    over = (
        f"{mean} − {written(verdict.maximum)}" if above else f"{written(verdict.minimum)} − {mean}"
    )
    return f"{over} {equals(distance)} {unit}".strip()
