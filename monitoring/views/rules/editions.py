"""Editions of regulations: public law, readable by all who signed in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from monitoring.views.rules.access import keeps_the_law, require_keeper_of_the_law
from monitoring.views.rules.basis import confirmation
from monitoring.views.rules.foreseen import days_words
from monitoring.views.rules.forms import CellForm, EditionFileForm, EditionForm
from monitoring.views.rules.proposing import propose
from stations.domain import wording
from stations.models import Edition, EditionLimit, JudgedBy, Provenance, Station
from stations.services.edition_files import (
    EditionFile,
    as_workbook,
    as_yaml,
    factors_as_yaml,
    file_of,
    read_edition,
)
from stations.services.register_load import RegisterRefused
from stations.services.rule_changes import (
    CannotStand,
    keep_edition,
    load_edition,
    put_limit,
    take_out_limit,
)
from stations.views.limits import language, mean_of, source_words
from stations.views.person import person_of

FORMATS = {
    "yaml": "application/yaml; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@login_required
@require_safe
def edition_list(request: HttpRequest) -> HttpResponse:
    """Every edition, by medium and regulation, the newest first."""
    today = timezone.localdate()
    rows = Edition.objects.select_related("regulation", "document").annotate(
        numbers=Count("limits", distinct=True),
        unconfirmed=Count("limits", filter=Q(limits__confirmed=""), distinct=True),
    )
    judged = _judged_now(today)
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in sorted(rows, key=_newest_first):
        groups[str(row.get_medium_display())].append(
            {
                "edition": row,
                "columns": ", ".join(_column(name) for name in row.columns),
                "days": days_words(row.in_force_from, row.in_force_until),
                "state": _state(row, today),
                "stations": judged.get(row.pk, 0),
                "url": reverse("rule-edition", args=[row.pk]),
            }
        )
    shown = {
        "groups": [{"medium": medium, "rows": rows} for medium, rows in groups.items()],
        "may_edit": keeps_the_law(request),
    }
    return render(request, "pages/rules/editions.html", shown)


def _newest_first(edition: Edition) -> tuple[str, str, int]:
    since = edition.in_force_from or date.min
    return edition.medium, edition.regulation.code, -since.toordinal()


def _judged_now(today: date) -> dict[int, int]:
    """How many stations of the province each edition judges today."""
    rows = JudgedBy.objects.in_force(today).filter(
        Q(station__ended_on=None) | Q(station__ended_on__gte=today)
    )
    counted = rows.order_by().values("edition").annotate(n=Count("station", distinct=True))
    return {row["edition"]: row["n"] for row in counted}


def _state(edition: Edition, today: date) -> str:
    if edition.in_force_from and edition.in_force_from > today:
        return _("not yet in force")
    if edition.in_force_until and edition.in_force_until < today:
        return _("no longer in force")
    return _("in force")


def _column(name: str) -> str:
    return _("one for all") if name == "only" else name


@login_required
@require_safe
def edition_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The table of an edition, its factors, its document, how sure each number is."""
    edition = _edition(pk)
    today = timezone.localdate()
    shown = {
        "edition": edition,
        "days": days_words(edition.in_force_from, edition.in_force_until),
        "state": _state(edition, today),
        "columns": [{"name": name, "word": _column(name)} for name in edition.columns],
        "tables": _tables(edition, today),
        "factors": _factors(edition),
        "stations": _stations_of(edition, request),
        "may_edit": keeps_the_law(request),
        "mean_of": mean_of(edition.period),
    }
    return render(request, "pages/rules/edition.html", shown)


def _edition(pk: int) -> Edition:
    edition: Edition = get_object_or_404(
        Edition.objects.select_related("regulation", "document"), pk=pk
    )
    return edition


def _tables(edition: Edition, today: date) -> list[dict[str, Any]]:
    """A table for each type of source: a line for each parameter, period and stretch of days."""
    rows = edition.limits.select_related("parameter", "document", "confirmed_by")
    ordered = sorted(
        rows,
        key=lambda row: (
            row.source_type,
            row.parameter.position,
            row.parameter.symbol,
            row.period,
            row.valid_from or date.min,
        ),
    )
    tables: dict[str, dict[tuple[Any, ...], dict[str, Any]]] = defaultdict(dict)
    for row in ordered:
        key = (row.parameter_id, row.period, row.valid_from, row.valid_until)
        line = tables[row.source_type].setdefault(
            key,
            {
                "symbol": row.parameter.symbol,
                "name": row.parameter.name,
                "unit": unit_of(row, edition),
                "mean": mean_of(row.period),
                "days": days_words(row.valid_from, row.valid_until)
                if row.valid_from or row.valid_until
                else "",
                "over": bool(row.valid_until and row.valid_until < today),
                "cells": {},
                "without_factors": bool(edition.factors) and not row.takes_factors,
                "notes": [],
            },
        )
        line["cells"][row.column] = _cell(row)
        if row.note and row.note not in line["notes"]:
            line["notes"].append(row.note)
    return [
        {
            "source": source_words(name) if name else "",
            "lines": [
                line | {"cells": [line["cells"].get(column) for column in edition.columns]}
                for line in lines.values()
            ],
        }
        for name, lines in tables.items()
    ]


def unit_of(row: EditionLimit, edition: Edition) -> str:
    """The unit in which an edition gives a number."""
    unit = str(row.parameter.units.get(edition.medium, ""))
    return "" if unit == "-" else unit


def _cell(row: EditionLimit) -> dict[str, Any]:
    return {
        "low": row.minimum,
        "high": row.maximum,
        "provenance": row.provenance,
        "provenance_word": provenance_word(row.provenance),
        "url": reverse("rule-cell", args=[row.edition_id, row.pk]),
        "document": row.document,
        **confirmation(row),
    }


def provenance_word(provenance: str) -> str:
    """How sure a number is, in two words."""
    words = {
        Provenance.READ: _("read in the law"),
        Provenance.SECONDARY: _("secondary source"),
        Provenance.RECALLED: _("not read"),
        Provenance.OFFICER: _("by an officer"),
    }
    return words.get(Provenance(provenance), "")


def _factors(edition: Edition) -> list[dict[str, Any]]:
    """Factor tables as bands in words: ≤ 50 · 50–200 · > 200."""
    titles = {
        "kq_river": (_("Kq, river"), "m³/s"),
        "kq_lake": (_("Kq, lake"), "m³"),
        "kf": (_("Kf, discharge"), _("m³/day")),
        "kp": (_("Kp, gas flow"), "m³/h"),
    }
    found = []
    for name, (title, unit) in titles.items():
        if table := edition.factors.get(name):
            found.append({"title": title, "unit": unit, "rows": list(_bands(table))})
    if zones := edition.factors.get("kv"):
        rows = [(_("zone %s") % zone, factor) for zone, factor in sorted(zones.items())]
        found.append({"title": _("Kv, zone"), "unit": "", "rows": rows})
    if unknown := edition.factors.get("kq_unknown"):
        words = {"river": _("river"), "lake": _("lake")}
        rows = [(words.get(kind, kind), factor) for kind, factor in sorted(unknown.items())]
        found.append({"title": _("Kq where the water is not known"), "unit": "", "rows": rows})
    return found


def _bands(table: Sequence[Sequence[Any]]) -> Any:
    below = None
    for bound, factor in table:
        if bound is None:
            words = f"> {_told(below)}" if below is not None else _("always")
        else:
            words = f"≤ {_told(bound)}" if below is None else f"{_told(below)}–{_told(bound)}"
        yield words, factor
        below = bound


def _told(number: Any) -> str:
    return wording.exact(number, language=language())


def _stations_of(edition: Edition, request: HttpRequest) -> list[Station]:
    """Stations judged by it today which the reader may see."""
    rules = JudgedBy.objects.in_force(timezone.localdate()).filter(edition=edition)
    seen = Station.objects.for_user(person_of(request)).filter(pk__in=rules.values("station"))
    return list(seen.select_related("facility").order_by("code"))


def affected(edition: Edition | None) -> list[Station]:
    """Every station that the edition judges on any day."""
    if edition is None:
        return []
    rows = Station.objects.filter(pk__in=JudgedBy.objects.filter(edition=edition).values("station"))
    return list(rows.order_by("code"))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edition_edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """A new edition, or another description of one."""
    require_keeper_of_the_law(request)
    edition = None if pk is None else _edition(pk)
    form = EditionForm(
        request.POST or None,
        request.FILES or None,
        by=person_of(request),
        edition=edition,
        initial=_edition_initial(edition),
    )

    def change() -> Edition:
        told = form.cleaned_data
        paper = form.paper()
        return keep_edition(
            regulation=told["regulation"],
            title=told["title"],
            values={**form.values(), **({"document": paper.document} if paper.document else {})},
            by=person_of(request),
            edition=None if edition is None else Edition.objects.get(pk=edition.pk),
        )

    return propose(
        request,
        form,
        change=change,
        stations=affected(edition),
        template="pages/rules/change.html",
        context={
            "title": _("New edition") if edition is None else _("Correct the edition"),
            "about": edition or "",
            "back": reverse("rule-edition", args=[pk]) if pk else reverse("rule-list"),
        },
        done=lambda made: reverse("rule-edition", args=[made.pk]),
        ready=request.method == "POST" and form.is_valid(),
    )


def _edition_initial(edition: Edition | None) -> dict[str, Any]:
    if edition is None:
        return {"min_capture": "0,75", "grace_minutes": 30, "period": "day", "past": "now"}
    names = (
        *("code", "medium", "in_force_from", "in_force_until", "period", "min_capture"),
        *("grace_minutes", "reference_oxygen", "note"),
    )
    return {
        **{name: getattr(edition, name) for name in names},
        "regulation": edition.regulation.code,
        "title": edition.regulation.title,
        "columns": ", ".join(edition.columns),
        "factors": factors_as_yaml(edition.factors),
        "document_number": edition.document.number if edition.document else "",
        "past": "now",
    }


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def cell_edit(request: HttpRequest, pk: int, cell: int | None = None) -> HttpResponse:
    """One number of an edition: a new one, or another in its place."""
    require_keeper_of_the_law(request)
    edition = _edition(pk)
    row = None if cell is None else get_object_or_404(edition.limits, pk=cell)
    form = CellForm(
        request.POST or None,
        request.FILES or None,
        by=person_of(request),
        edition=edition,
        initial=_cell_initial(edition, row),
    )

    def change() -> EditionLimit:
        return put_limit(
            edition=edition,
            **form.values(),
            since=form.cleaned_data["since"],
            until=form.cleaned_data["until"],
            paper=form.paper(),
            by=person_of(request),
            row=row,
        )

    return propose(
        request,
        form,
        change=change,
        stations=affected(edition),
        template="pages/rules/change.html",
        context={
            "title": _("New number") if row is None else _("Correct a number"),
            "about": edition,
            "back": reverse("rule-edition", args=[pk]),
            "take_out": reverse("rule-cell-out", args=[pk, cell]) if row is not None else "",
        },
        done=lambda _made: reverse("rule-edition", args=[pk]),
        ready=request.method == "POST" and form.is_valid(),
    )


def _cell_initial(edition: Edition, row: EditionLimit | None) -> dict[str, Any]:
    if row is None:
        return {"period": edition.period, "takes_factors": bool(edition.factors), "past": "now"}
    names = (
        *("parameter", "column", "period", "source_type", "maximum", "minimum"),
        *("takes_factors", "note"),
    )
    return {
        **{name: getattr(row, name) for name in names},
        "since": row.valid_from,
        "until": row.valid_until,
        "document_number": row.document.number if row.document else "",
        "past": "now",
    }


@login_required
@require_POST
def cell_out(request: HttpRequest, pk: int, cell: int) -> HttpResponse:
    """Takes a number out that the edition does not have."""
    require_keeper_of_the_law(request)
    row = get_object_or_404(EditionLimit, pk=cell, edition=pk)
    try:
        reason = request.POST.get("reason", "").strip()
        take_out_limit(limit=row, reason=reason, by=person_of(request))
        messages.success(request, _("The number was taken out."))
    except CannotStand as refusal:
        messages.warning(request, str(refusal))
        return redirect("rule-cell", pk=pk, cell=cell)
    return redirect("rule-edition", pk=pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edition_file(request: HttpRequest) -> HttpResponse:
    """An edition from a file, whole or not at all."""
    require_keeper_of_the_law(request)
    form = EditionFileForm(
        request.POST or None,
        request.FILES or None,
        by=person_of(request),
        initial={"past": "now"},
    )
    ready = request.method == "POST" and form.is_valid()
    told, problems = _told_by_file(form) if ready else (None, [])
    known = Edition.objects.filter(code=told.code).first() if told else None

    def change() -> Edition:
        if told is None:
            raise CannotStand(_("Choose a file."), field="file")
        return load_edition(told=told, paper=form.paper(), by=person_of(request))

    return propose(
        request,
        form,
        change=change,
        stations=affected(known),
        template="pages/rules/edition_file.html",
        context={
            "title": _("An edition from a file"),
            "problems": problems,
            "told": told,
            "known": known,
            "content": as_yaml(told) if told else "",
            "editions": Edition.objects.order_by("code"),
            "back": reverse("rule-list"),
        },
        done=lambda made: reverse("rule-edition", args=[made.pk]),
        ready=ready and told is not None,
    )


def _told_by_file(form: EditionFileForm) -> tuple[EditionFile | None, list[str]]:
    """What the file says, or what is wrong in it and where."""
    file = form.cleaned_data.get("file")
    try:
        if file:
            return read_edition(file.name, file.read()), []
        return read_edition("content.yaml", form.cleaned_data["content"].encode()), []
    except RegisterRefused as refusal:
        return None, [str(problem) for problem in refusal.problems]


@login_required
@require_safe
def edition_download(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """An edition as the file from which it can be loaded again."""
    if kind not in FORMATS:
        raise Http404
    edition = _edition(pk)
    told = file_of(edition)
    content = as_yaml(told) if kind == "yaml" else as_workbook(told)
    name = "".join(letter if letter.isalnum() else "-" for letter in edition.code)
    return HttpResponse(
        content,
        headers={
            "Content-Type": FORMATS[kind],
            "Content-Disposition": f'attachment; filename="{name}.{kind}"',
        },
    )
