"""The limit laboratory: questions to the past, their answers, and one sheet a plant."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from monitoring.bell import ring
from monitoring.domain.tallying import busiest
from monitoring.models import Study
from monitoring.services.studies import OwnLimit, Question, ask_study
from monitoring.tasks import STUDY
from monitoring.views.failures import failure_words
from stations.domain import wording
from stations.domain.regulations import ONLY_COLUMN
from stations.models import Edition, EditionLimit, Medium, Parameter, Period, Station
from stations.models.scope import sees_province
from stations.views.limits import language, mean_of
from stations.views.names import place_name, short_name
from stations.views.person import person_of

LIMIT_ROWS = 4
YEAR = timedelta(days=365)


def _keeper(request: HttpRequest) -> None:
    """The laboratory is for who keeps the rules of the whole province; nobody else finds it."""
    if not sees_province(person_of(request), "edit_rules"):
        raise Http404


class StudyForm(forms.Form):
    """A question: a rule, or limits of one's own, over a time, for some stations."""

    name = forms.CharField(label=gettext_lazy("Name of the study"), max_length=200)
    medium = forms.ChoiceField(label=gettext_lazy("Stations"), choices=Medium.choices)
    facility = forms.ChoiceField(label=gettext_lazy("Of which plant"), required=False)
    rule = forms.ChoiceField(label=gettext_lazy("Rule to try"), required=False)
    source_type = forms.ChoiceField(label=gettext_lazy("Type of source"), required=False)
    first = forms.DateField(
        label=gettext_lazy("From"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    last = forms.DateField(
        label=gettext_lazy("Last day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        facilities = {
            station.facility.code: place_name(station.facility)
            for station in Station.objects.filter(synthetic=False).select_related("facility__zone")
        }
        self._choose("facility", [("", _("all plants")), *sorted(facilities.items())])
        rules = [
            (f"{edition.code}|{column}", _rule_words(edition.code, column))
            for edition in Edition.objects.order_by("medium", "code")
            for column in edition.columns
        ]
        self._choose("rule", [("", _("the present one, with the limits below")), *rules])
        types = EditionLimit.objects.exclude(source_type="").order_by("source_type")
        known = types.values_list("source_type", flat=True).distinct()
        self._choose("source_type", [("", _("as in the register")), *((t, t) for t in known)])

    def _choose(self, name: str, choices: Sequence[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101
        field.choices = list(choices)

    def clean(self) -> dict[str, Any]:
        """The time is in order, the rule is of the medium, and there are stations."""
        given: dict[str, Any] = super().clean() or {}
        first, last = given.get("first"), given.get("last")
        if first and last and last < first:
            self.add_error("last", _("The last day lies before the first."))
        if first and last and last - first > 2 * YEAR:
            self.add_error("last", _("A study looks at two years at most."))
        code = str(given.get("rule", "")).partition("|")[0]
        if code and Edition.objects.get(code=code).medium != given.get("medium"):
            self.add_error("rule", _("This edition is of another medium."))
        if not self.errors and not self.stations():
            self.add_error("medium", _("There is no such station."))
        return given

    def stations(self) -> list[str]:
        """The codes of the stations asked for."""
        rows = Station.objects.filter(synthetic=False, medium=self.cleaned_data["medium"])
        if self.cleaned_data.get("facility"):
            rows = rows.filter(facility__code=self.cleaned_data["facility"])
        return list(rows.order_by("code").values_list("code", flat=True))


class LimitForm(forms.Form):
    """One limit of one's own; a row without a parameter says nothing."""

    parameter = forms.ChoiceField(label=gettext_lazy("Parameter"), required=False)
    period = forms.ChoiceField(
        label=gettext_lazy("Mean"), choices=Period.choices, required=False, initial=Period.DAY
    )
    minimum = forms.CharField(label=gettext_lazy("At least"), required=False, max_length=20)
    maximum = forms.CharField(label=gettext_lazy("At most"), required=False, max_length=20)

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        symbols = Parameter.objects.values_list("symbol", flat=True)
        field = self.fields["parameter"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101
        field.choices = [("", "–"), *((symbol, symbol) for symbol in symbols)]

    def clean_minimum(self) -> Decimal | None:
        """The number; a decimal comma is a decimal point."""
        return self._number("minimum")

    def clean_maximum(self) -> Decimal | None:
        """The same."""
        return self._number("maximum")

    def _number(self, name: str) -> Decimal | None:
        text = str(self.cleaned_data[name]).strip().replace(",", ".")
        if not text:
            return None
        try:
            number = Decimal(text)
        except InvalidOperation:
            raise forms.ValidationError(_("This is no number.")) from None
        if not number.is_finite():
            raise forms.ValidationError(_("This is no number."))
        return number

    def clean(self) -> dict[str, Any]:
        """A parameter has a side."""
        given: dict[str, Any] = super().clean() or {}
        has_side = given.get("minimum") is not None or given.get("maximum") is not None
        if given.get("parameter") and not has_side and not self.errors:
            self.add_error("maximum", _("Enter at least one side of the limit."))
        return given

    def limit(self) -> OwnLimit | None:
        """What the row says."""
        given = self.cleaned_data
        if not given.get("parameter"):
            return None
        period = given.get("period") or Period.DAY
        return OwnLimit(given["parameter"], str(period), given["maximum"], given["minimum"])


LimitRows = forms.formset_factory(LimitForm, extra=LIMIT_ROWS)


@login_required
@require_safe
def study_list(request: HttpRequest) -> HttpResponse:
    """All studies, the newest first."""
    _keeper(request)
    rows = Study.objects.select_related("asked_by").order_by("-asked_at", "-pk")[:200]
    studies = [
        {
            "study": row,
            "url": reverse("study", args=[row.pk]),
            "what": what_is_tried(row.question),
            "days": _days(row.question),
            "progress": _progress(row),
        }
        for row in rows
    ]
    return render(request, "pages/laboratory/list.html", {"studies": studies})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def study_new(request: HttpRequest) -> HttpResponse:
    """A new question."""
    _keeper(request)
    today = timezone.localdate()
    if request.method == "POST":
        form, rows = StudyForm(request.POST), LimitRows(request.POST, prefix="limit")
        if form.is_valid() and rows.is_valid():
            question = _question(form, [row.limit() for row in rows])
            if question is not None:
                study = ask_study(
                    name=form.cleaned_data["name"],
                    question=question,
                    by=person_of(request),
                    now=timezone.now(),
                )
                ring(STUDY)
                return redirect("study", pk=study.pk)
            form.add_error("rule", _("Choose a rule to try, or enter a limit below."))
    else:
        begin = today - YEAR
        form = StudyForm(initial={"first": begin, "last": today - timedelta(days=1)})
        rows = LimitRows(prefix="limit")
    status = 400 if form.errors or any(rows.errors) else 200
    return render(request, "pages/laboratory/new.html", {"form": form, "rows": rows}, status=status)


def _question(form: StudyForm, limits: Sequence[OwnLimit | None]) -> Question | None:
    own = tuple(limit for limit in limits if limit is not None)
    code, _bar, column = form.cleaned_data["rule"].partition("|")
    if not code and not own:
        return None
    return Question(
        tuple(form.stations()),
        form.cleaned_data["first"],
        form.cleaned_data["last"],
        code,
        column,
        form.cleaned_data["source_type"] if code else "",
        own,
    )


@login_required
@require_safe
def study_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The answer so far: which stations would exceed, how often, at which hours."""
    _keeper(request)
    study = get_object_or_404(Study.objects.select_related("asked_by"), pk=pk)
    plants = _plants(study)
    shown = {
        "study": study,
        "what": what_is_tried(study.question),
        "days": _days(study.question),
        "failure": failure_words(study.failure),
        "progress": _progress(study),
        "plants": [plant for plant in plants if plant["then"] or plant["now"]],
        "calm": [plant for plant in plants if not plant["then"] and not plant["now"]],
        "sums": _sums(plants),
    }
    return render(request, "pages/laboratory/study.html", shown)


@login_required
@require_safe
def study_sheet(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """One plant's sheet, for paper."""
    _keeper(request)
    study = get_object_or_404(Study.objects.select_related("asked_by"), pk=pk)
    plant = next((one for one in _plants(study) if one["code"] == code), None)
    if plant is None:
        raise Http404
    shown = {
        "study": study,
        "plant": plant,
        "what": what_is_tried(study.question),
        "days": _days(study.question),
    }
    return render(request, "pages/laboratory/sheet.html", shown)


def what_is_tried(question: Mapping[str, Any]) -> str:
    """QCVN 40:2011/BTNMT cột A; COD ≤ 60 (trung bình 24 giờ)."""
    parts = []
    if question["edition"]:
        parts.append(_rule_words(question["edition"], question["column"]))
        if question["source_type"]:
            parts.append(question["source_type"])
    for one in question["limits"]:
        sides = wording.limits(_decimal(one["min"]), _decimal(one["max"]), language=language())
        parts.append(f"{one['parameter']} {sides} ({mean_of(one['period'])})")
    return "; ".join(parts)


def _rule_words(code: str, column: str) -> str:
    """QCVN 40:2011/BTNMT cột A; an edition of one column alone by its code."""
    if column == ONLY_COLUMN:
        return code
    return _("%(code)s, column %(column)s") % {"code": code, "column": column}


def _decimal(written: str | None) -> Decimal | None:
    return None if written is None else Decimal(written)


def _days(question: Mapping[str, Any]) -> str:
    first, last = (date.fromisoformat(question[end]) for end in ("first", "last"))
    return f"{first:%d/%m/%Y} – {last:%d/%m/%Y}"


def _progress(study: Study) -> dict[str, Any]:
    whole = len(set(study.question["stations"]))
    done = len((study.result or {}).get("stations", {}))
    return {"done": done, "of": whole, "running": study.done_at is None and not study.failure}


def _plants(study: Study) -> list[dict[str, Any]]:
    """By plant, those that would exceed most first; each with its stations and their rows."""
    answered: Mapping[str, Any] = (study.result or {}).get("stations", {})
    rows = Station.objects.filter(code__in=answered).select_related(
        "facility__zone", "facility__operator"
    )
    of_plant: dict[str, dict[str, Any]] = {}
    for station in rows.order_by("code"):
        facility = station.facility
        plant = of_plant.setdefault(
            facility.code,
            {
                "code": facility.code,
                "name": place_name(facility),
                "facility": facility.name,
                "stations": [],
                "then": 0,
                "now": 0,
                "url": reverse("study-sheet", args=[study.pk, facility.code]),
            },
        )
        shown = [_row(each) for each in answered[station.code]]
        plant["stations"].append(
            {
                "code": station.code,
                "name": short_name(station),
                "url": reverse("station-detail", args=[station.code]),
                "rows": shown,
                "loud": [row for row in shown if row["then"]["exceeded"] or row["now"]["exceeded"]],
            }
        )
        plant["then"] += sum(row["then"]["exceeded"] for row in shown)
        plant["now"] += sum(row["now"]["exceeded"] for row in shown)
    return sorted(of_plant.values(), key=lambda one: (-one["then"], one["code"]))


NOTHING: dict[str, Any] = {
    "within": 0,
    "exceeded": 0,
    "lacking": 0,
    "worst": None,
    "months": [0] * 12,
}


def _row(each: Mapping[str, Any]) -> dict[str, Any]:
    now: dict[str, Any] = each["now"] or NOTHING
    then: dict[str, Any] = each["then"] or NOTHING
    hours = then.get("hours") if each["period"] == "hour" else each["above"]
    limit = each["limit"]
    return {
        "symbol": each["symbol"],
        "mean": mean_of(each["period"]),
        "unit": "" if each["unit"] == "-" else each["unit"],
        "limit": limit,
        "low": None if limit is None or limit["min"] is None else Decimal(str(limit["min"])),
        "high": None if limit is None or limit["max"] is None else Decimal(str(limit["max"])),
        "now": now,
        "then": then,
        "more": then["exceeded"] - now["exceeded"],
        "share": _share(then),
        "hours": _bars(hours or []),
        "months": _bars(then["months"]),
        "busiest": _busiest(hours or []),
        "first": _day(then.get("first")),
        "last": _day(then.get("last")),
    }


def _share(tally: Mapping[str, Any]) -> Decimal | None:
    judged = tally["within"] + tally["exceeded"]
    return Decimal(tally["exceeded"]) / judged if judged else None


def _day(written: str | None) -> str:
    return f"{date.fromisoformat(written):%d/%m/%Y}" if written else ""


def _bars(counts: Sequence[int]) -> list[dict[str, int]]:
    """Bars of a small chart, 24 high: counts, and where each begins and how tall it is."""
    tallest = max(counts, default=0)
    if not tallest:
        return []
    tall = [max(round(24 * count / tallest), 2) for count in counts]
    return [
        {"count": count, "tall": height, "top": 24 - height}
        for count, height in zip(counts, tall, strict=True)
    ]


def _busiest(hours: Sequence[int]) -> str:
    """14–15 h, 15–16 h: when it happens most."""
    return ", ".join(f"{hour}–{hour + 1} h" for hour in busiest(hours))


def _sums(plants: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    sums: dict[str, int] = defaultdict(int)
    for plant in plants:
        for station in plant["stations"]:
            sums["stations"] += 1
            sums["now"] += any(row["now"]["exceeded"] for row in station["rows"])
            sums["then"] += any(row["then"]["exceeded"] for row in station["rows"])
    return dict(sums)
