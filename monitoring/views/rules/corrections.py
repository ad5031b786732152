"""What people asked to be judged anew: waiting, done, or why it could not be."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from monitoring.domain.slots import day_of
from monitoring.models import Correction
from monitoring.views.rules.foreseen import days_words
from stations.services.documents import documents_for
from stations.views.filters import Filters, choice
from stations.views.person import person_of

MOST = 400


@login_required
@require_safe
def correction_list(request: HttpRequest) -> HttpResponse:
    """One entry an act, the newest first, with its stations."""
    person = person_of(request)
    states = (("waiting", _("waiting")), ("done", _("done")), ("failed", _("could not be done")))
    filters = Filters(
        request,
        choice("state", _("State"), states),
        choice("what", _("What"), Correction.What.choices),
    )
    rows = Correction.objects.for_user(person).select_related("station", "document", "asked_by")
    if what := filters["what"]:
        rows = rows.filter(what=what)
    if state := filters["state"]:
        rows = {
            "waiting": rows.filter(done_at=None, failure=""),
            "done": rows.exclude(done_at=None),
            "failed": rows.exclude(failure=""),
        }[state]
    ordered = list(rows.order_by("-asked_at", "batch", "station__code")[:MOST])
    papers = {row.document_id for row in ordered if row.document_id is not None}
    seen = set(documents_for(person).filter(pk__in=papers).values_list("pk", flat=True))
    acts = [_act(list(each), seen) for _batch, each in groupby(ordered, lambda row: row.batch)]
    shown = {
        "filters": filters.fields,
        "filtered": filters.filtered,
        "found": None,
        "acts": acts,
    }
    return render(request, "pages/rules/corrections.html", shown)


def _act(rows: list[Correction], papers: set[int]) -> dict[str, Any]:
    """`papers`: the documents that the reader may see."""
    first = rows[0]
    waiting = [row for row in rows if row.done_at is None and not row.failure]
    failed = [row for row in rows if row.failure]
    return {
        "what": first.get_what_display(),
        "asked_at": first.asked_at,
        "asked_by": str(first.asked_by),
        "reason": first.reason,
        "document": first.document if first.document_id in papers else None,
        "days": days_words(day_of(first.start), day_of(first.end - first.end.resolution)),
        "head": str(first.head) if first.head_id else "",
        "head_reason": first.head_reason,
        "stations": rows,
        "waiting": len(waiting),
        "failed": failed,
        "done": len(rows) - len(waiting) - len(failed),
        "verdicts": sum(row.verdicts_changed or 0 for row in rows),
        "readings": sum(row.readings_changed or 0 for row in rows),
        "state": _state(waiting, failed),
    }


def _state(waiting: list[Correction], failed: list[Correction]) -> str:
    if waiting:
        return _("waiting")
    return _("could not be done") if failed else _("done")
