"""Quy chế của tỉnh: every setting of the desk with the clause that it carries out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from alerts.models import (
    Clause,
    Clock,
    EscalationStep,
    Kind,
    KindRule,
    Maintenance,
    NotificationPolicy,
    RatioBand,
    SpecialDay,
    WorkHolds,
    WorkingHours,
)
from alerts.views.policy_forms import number_word, weekday_words
from alerts.views.words import sentence
from stations.domain import wording
from stations.models import RuleSetting
from stations.models.scope import sees_province
from stations.views.limits import language
from stations.views.person import person_of

Setting = Clause.Setting
EDIT = "edit_rules"


@login_required
@require_safe
def policy(request: HttpRequest) -> HttpResponse:
    """The page. Everybody reads by which rules he is asked; the department edits."""
    today = timezone.localdate()
    clauses = Clauses()
    kinds = _kinds(today, clauses)
    steps, numbers = _steps(today, clauses), _numbers(today, clauses)
    bands, works = _bands(today, clauses), _works(today, clauses)
    office = {"clause": clauses.of(Setting.CALENDAR, ""), **_office(today)}
    shown = {
        "kinds": kinds,
        "steps": steps,
        "numbers": numbers,
        "bands": bands,
        "works": works,
        "office": office,
        "counts": clauses.counts(),
        "edits": may_edit(request),
        "today": today,
    }
    return render(request, "pages/policy/policy.html", shown)


def may_edit(request: HttpRequest) -> bool:
    """Whether the reader keeps the rules of the province."""
    return sees_province(person_of(request), EDIT)


class Clauses:
    """The clauses by their setting; each that is asked for is counted."""

    def __init__(self) -> None:
        rows = Clause.objects.select_related("compared_by", "document")
        self._known = {(row.setting, row.key): row for row in rows}
        self._asked: dict[tuple[str, str], bool] = {}

    def of(self, setting: str, key: str) -> dict[str, Any]:
        """How a setting stands against the province's rule."""
        row = self._known.get((setting, key))
        compared = row is not None and row.compared_at is not None
        self._asked[setting, key] = compared
        return {
            "article": row.article if row else "",
            "quote": row.quote if row else "",
            "document": row.document if row else None,
            "compared": compared,
            "by": row.compared_by if row else None,
            "at": row.compared_at if row else None,
            "url": f"{reverse('policy-compare', args=[setting])}?key={key}",
        }

    def counts(self) -> dict[str, int]:
        """How many settings there are, and how many were compared."""
        return {"all": len(self._asked), "compared": sum(self._asked.values())}


def _kinds(today: date, clauses: Clauses) -> list[dict[str, Any]]:
    rules = {row.kind: row for row in KindRule.objects.in_force(today)}
    coming: dict[str, Any] = {}
    for row in KindRule.objects.filter(valid_from__gt=today).order_by("-valid_from"):
        coming[row.kind] = row
    mailed: dict[str, list[Any]] = defaultdict(list)
    for line in NotificationPolicy.objects.in_force(today).order_by("audience", "agency_kind"):
        mailed[line.kind].append(line)
    return [
        {
            "kind": kind.value,
            "word": sentence(kind.label),
            **_rule(rules.get(kind.value)),
            "coming": _coming(coming.get(kind.value)),
            "mailed": [_line(line) for line in mailed[kind.value]],
            "clause": clauses.of(Setting.KIND_RULE, kind.value),
            "mail_clause": clauses.of(Setting.MAILING, kind.value) if mailed[kind.value] else None,
        }
        for kind in Kind
    ]


def _rule(rule: Any) -> dict[str, Any]:
    if rule is None:
        return {"id": None, "severity": "", "acknowledge": "", "answer": "", "lapses": ""}
    return {
        "id": rule.pk,
        "severity": sentence(rule.get_severity_display()),
        "acknowledge": span(rule.acknowledge_within, rule.acknowledge_clock),
        "answer": span(rule.answer_within, rule.answer_clock),
        "lapses": span(rule.lapses_after, Clock.WORKING),
        "source": rule.source,
        "since": rule.valid_from,
    }


def _coming(rule: Any) -> dict[str, Any] | None:
    return None if rule is None else {**_rule(rule), "from": rule.valid_from}


def span(length: timedelta | None, clock: str) -> str:
    """2 giờ (giờ làm việc); "" where nothing is asked."""
    if length is None:
        return ""
    told = wording.duration(abs(length), language=language())
    return f"{told} {Clock(clock).label}"


def _line(line: NotificationPolicy) -> dict[str, Any]:
    how = []
    if line.delay:
        told = wording.duration(line.delay, language=language())
        how.append(_("after %(time)s") % {"time": told})
    if line.above_ratio is not None:
        ratio = wording.exact(line.above_ratio.normalize(), language=language())
        how.append(_("above %(ratio)s times the limit") % {"ratio": ratio})
    if line.once_a_day:
        how.append(_("at most once a day"))
    if line.if_unconfirmed:
        how.append(_("also for an unconfirmed limit"))
    reader = line.get_agency_kind_display() or line.get_audience_display()
    return {"id": line.pk, "reader": sentence(reader), "how": ", ".join(how)}


def _steps(today: date, clauses: Clauses) -> list[dict[str, Any]]:
    """By kind; what holds for all kinds first."""
    groups: dict[str, list[Any]] = defaultdict(list)
    for row in EscalationStep.objects.in_force(today).order_by("kind", "missing", "number"):
        groups[row.kind].append(row)
    return [
        {
            "kind": kind,
            "word": _kind_word(kind),
            "rows": [_step(row) for row in rows],
            "clause": clauses.of(Setting.ESCALATION, kind),
        }
        for kind, rows in groups.items()
    ]


def _kind_word(kind: str) -> str:
    return sentence(Kind(kind).label) if kind else _("All kinds without steps of their own")


def _step(row: EscalationStep) -> dict[str, Any]:
    zero = not row.after
    words = span(row.after, row.clock)
    when = _("at the deadline") if zero else (
        _("%(time)s before the deadline") if row.after < timedelta(0)
        else _("%(time)s after the deadline")
    ) % {"time": words}  # fmt: skip
    reader = row.get_agency_kind_display() or row.get_audience_display()
    role = row.get_member_role_display() if row.agency_kind else row.get_contact_role_display()
    return {
        "id": row.pk,
        "missing": sentence(row.get_missing_display()),
        "number": row.number,
        "what": sentence(row.get_what_display()),
        "when": when,
        "reader": ": ".join(str(word) for word in (sentence(reader), role) if word),
    }


def _bands(today: date, clauses: Clauses) -> dict[str, Any]:
    """The edges by their measure."""
    groups: dict[str, list[Any]] = defaultdict(list)
    for row in RatioBand.objects.in_force(today).order_by("measure", "at_least"):
        groups[row.measure].append(row)
    return {
        "clause": clauses.of(Setting.BANDS, ""),
        "measures": [
            {
                "word": sentence(RatioBand.Measure(measure).label),
                "rows": [
                    {
                        "id": row.pk,
                        "from": wording.exact(row.at_least.normalize(), language=language()),
                        "severity": row.get_severity_display() if row.severity else "",
                    }
                    for row in rows
                ],
            }
            for measure, rows in groups.items()
        ],
    }


def _works(today: date, clauses: Clauses) -> list[dict[str, Any]]:
    """What each sort of announced work holds back today, and from a later day on."""
    rows = {row.what: row for row in WorkHolds.objects.in_force(today)}
    coming: dict[str, WorkHolds] = {}
    for later in WorkHolds.objects.filter(valid_from__gt=today).order_by("-valid_from"):
        coming[later.what] = later
    return [
        {
            "id": row.pk,
            "word": sentence(what.label),
            "kinds": _kind_words(row.kinds),
            "coming": _works_coming(coming.get(what)),
            "clause": clauses.of(Setting.WORKS, what.value),
        }
        for what in Maintenance.What
        if (row := rows.get(what))
    ]


def _works_coming(row: WorkHolds | None) -> dict[str, Any] | None:
    return None if row is None else {"from": row.valid_from, "kinds": _kind_words(row.kinds)}


def _kind_words(kinds: Iterable[str]) -> list[str]:
    return [sentence(Kind(kind).label) for kind in kinds]


def _numbers(today: date, clauses: Clauses) -> list[dict[str, Any]]:
    rows = RuleSetting.objects.in_force(today).order_by("key")
    return [
        {
            "id": row.pk,
            "word": sentence(number_word(row.key)),
            "value": wording.exact(row.value.normalize(), language=language()),
            "source": row.source,
            "provenance": row.get_provenance_display(),
            "clause": clauses.of(Setting.RULE_SETTING, row.key),
        }
        for row in rows
    ]


def _office(today: date) -> dict[str, Any]:
    hours = WorkingHours.objects.in_force(today).first()
    days = SpecialDay.objects.filter(day__year=today.year).count()
    return {
        "id": hours.pk if hours else None,
        "days": _weekdays(hours.weekdays) if hours else "",
        "hours": _hours(hours) if hours else "",
        "special": days,
        "year": today.year,
    }


def _weekdays(numbers: Iterable[int]) -> str:
    words = weekday_words()
    return ", ".join(words[number - 1] for number in sorted(numbers))


def _hours(hours: WorkingHours) -> str:
    return (
        f"{hours.morning_from:%H:%M}–{hours.morning_until:%H:%M}, "
        f"{hours.afternoon_from:%H:%M}–{hours.afternoon_until:%H:%M}"
    )
