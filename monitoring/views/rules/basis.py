"""“Căn cứ đánh giá”: what a facility is judged by, as a history, and how each of it is changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from monitoring.views.rules.access import (
    facility_kept,
    facility_seen,
    keeps,
    station_kept,
)
from monitoring.views.rules.foreseen import days_words
from monitoring.views.rules.forms import BasisForm, RuleForm
from monitoring.views.rules.proposing import propose
from stations.domain import wording
from stations.domain.stricter import Limit
from stations.models import Facility, Permit, Station
from stations.models.dated import Dated
from stations.models.regulation import Confirmed
from stations.services.limits import RuleBook
from stations.services.rule_changes import KINDS, BasisKind, change_basis
from stations.views.limits import language, limit_panel, mean_of, source_words
from stations.views.names import short_code, units_of
from stations.views.person import person_of

ONE_DAY = timedelta(days=1)
HALF_A_YEAR = timedelta(days=183)


@login_required
@require_safe
def facility_basis(request: HttpRequest, code: str) -> HttpResponse:
    """Every input of the limits of a facility and its stations, then and now."""
    facility = facility_seen(request, code)
    stations = _stations(facility)
    units = units_of([facility], on=timezone.localdate())[facility.pk]
    may_edit = keeps(request, facility)
    histories = _histories(facility, stations)
    axis = _Axis.over([row for rows in histories.values() for row in rows])
    shown = {
        "facility": facility,
        "place": " · ".join(
            filter(None, [", ".join(name for _code, name in units), str(facility.zone or "")])
        ),
        "may_edit": may_edit,
        "axis": axis,
        "inputs": [
            _input(kind, facility, histories[kind.name, facility.pk], axis)
            for kind in _kinds_of_facility(stations)
        ],
        "permits": [_permit(permit, axis) for permit in _permits(facility)],
        "stations": _station_parts(stations, histories, axis),
    }
    return render(request, "pages/rules/basis.html", shown)


@login_required
@require_safe
def station_basis(request: HttpRequest, code: str) -> HttpResponse:
    """The part of a station on the page of its facility."""
    station = get_object_or_404(
        Station.objects.for_user(person_of(request)).select_related("facility"), code=code
    )
    return redirect(f"{reverse('rule-basis', args=[station.facility.code])}#{station.code}")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def change_of_facility(
    request: HttpRequest, code: str, kind: str, row: int | None = None
) -> HttpResponse:
    """Design flow or receiving water from a day on."""
    facility = facility_kept(request, code)
    return _change(request, facility, facility, _kind(kind, "facility"), row)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def change_of_station(
    request: HttpRequest, code: str, kind: str, row: int | None = None
) -> HttpResponse:
    """Edition and column, gas flow, zone, source type or class from a day on."""
    station = station_kept(request, code)
    return _change(request, station.facility, station, _kind(kind, "station"), row)


def _kind(name: str, owner: str) -> BasisKind:
    kind = KINDS.get(name)
    if kind is None or kind.owner != owner:
        raise Http404
    return kind


def _change(
    request: HttpRequest,
    facility: Facility,
    owner: Facility | Station,
    kind: BasisKind,
    pk: int | None,
) -> HttpResponse:
    row = None if pk is None else get_object_or_404(kind.history(owner), pk=pk)
    make = RuleForm if kind.name == "judged_by" else BasisForm
    form = make(
        request.POST or None,
        request.FILES or None,
        by=person_of(request),
        kind=kind,
        owner=owner,
        row=row,
        initial=_initial(kind, row),
    )
    stations = [owner] if isinstance(owner, Station) else _stations(facility)

    def change() -> Dated:
        return change_basis(
            kind=kind,
            owner=owner,
            values=form.values(),
            since=form.cleaned_data["since"],
            until=form.cleaned_data["until"],
            paper=form.paper(),
            by=person_of(request),
            row=row,
        )

    back = reverse("rule-basis", args=[facility.code])
    return propose(
        request,
        form,
        change=change,
        stations=stations,
        template="pages/rules/change.html",
        context={
            "title": kind.title if row is None else _("Correct: %s") % kind.title,
            "facility": facility,
            "about": owner,
            "back": back,
            "standing": [_row(kind, each) for each in kind.history(owner)],
        },
        done=lambda _row: f"{back}#{owner.code}" if isinstance(owner, Station) else back,
        ready=request.method == "POST" and form.is_valid(),
    )


def _initial(kind: BasisKind, row: Any) -> dict[str, Any]:
    if row is None:
        return {"since": timezone.localdate(), "past": "now"}
    told = {
        "since": row.valid_from,
        "until": row.valid_until,
        "document_number": row.document.number if row.document else "",
        "past": "now",
    }
    if kind.name == "judged_by":
        return told | {"rule": f"{row.edition_id}|{row.column}"}
    return told | {name: getattr(row, name) for name in kind.columns}


def _stations(facility: Facility) -> list[Station]:
    return list(facility.stations.select_related("facility__zone").order_by("code"))


def _kinds_of_facility(stations: Iterable[Station]) -> list[BasisKind]:
    media = {station.medium for station in stations}
    return [kind for kind in KINDS.values() if kind.owner == "facility" and kind.media & media]


def _kinds_of_station(station: Station) -> list[BasisKind]:
    return [
        kind for kind in KINDS.values() if kind.owner == "station" and station.medium in kind.media
    ]


Histories = dict[tuple[str, int], list[Any]]


def _histories(facility: Facility, stations: Sequence[Station]) -> Histories:
    """Each history by its kind and owner, in one query a kind."""
    found: Histories = {}
    for kind in KINDS.values():
        owners = [facility.pk] if kind.owner == "facility" else [one.pk for one in stations]
        rows: Any = kind.model._default_manager.filter(**{f"{kind.owner}__in": owners})
        related = ["document", *(("edition", "confirmed_by") if kind.name == "judged_by" else ())]
        for pk in owners:
            found[kind.name, pk] = []
        for row in rows.select_related(*related).order_by("valid_from"):
            found[kind.name, getattr(row, f"{kind.owner}_id")].append(row)
    for history in found.values():
        history.sort(key=lambda row: row.valid_from or date.min)
    return found


class _Axis:
    """From the first day of anything on the page to half a year from now, as per cent."""

    def __init__(self, first: date, last: date, today: date) -> None:
        self.first, self.last, self.day = first, last, today
        self.length = max((last - first).days, 1)

    @classmethod
    def over(cls, rows: Iterable[Dated]) -> _Axis:
        today = timezone.localdate()
        days = [day for row in rows for day in (row.valid_from, row.valid_until) if day]
        first = min([*days, today - HALF_A_YEAR])
        return cls(first - timedelta(days=60), max([*days, today]) + HALF_A_YEAR, today)

    def at(self, day: date | None, *, end: bool = False) -> float:
        """Where a day lies; an open one at the edge."""
        if day is None:
            return 100.0 if end else 0.0
        place = (day + (ONE_DAY if end else timedelta()) - self.first).days / self.length * 100
        return min(max(place, 0.0), 100.0)

    @property
    def today(self) -> str:
        return f"{self.at(self.day):.3f}"

    @property
    def years(self) -> list[dict[str, Any]]:
        """The first day of each year, thinned to what fits."""
        years = range(self.first.year + 1, self.last.year + 1)
        step = max(len(years) // 8 + 1, 1)
        return [
            {"year": str(year), "left": f"{self.at(date(year, 1, 1)):.3f}"}
            for year in years
            if (self.last.year - year) % step == 0
        ]

    def piece(self, row: Dated) -> dict[str, Any]:
        """Where a row begins and how long it is."""
        left, right = self.at(row.valid_from), self.at(row.valid_until, end=True)
        return {"left": f"{left:.3f}", "width": f"{max(right - left, 0.4):.3f}"}

    def holds_today(self, row: Dated) -> bool:
        begun = row.valid_from is None or row.valid_from <= self.day
        return begun and (row.valid_until is None or row.valid_until >= self.day)


def _input(
    kind: BasisKind, owner: Facility | Station, rows: Sequence[Any], axis: _Axis
) -> dict[str, Any]:
    shown = [_row(kind, row) | axis.piece(row) | {"now": axis.holds_today(row)} for row in rows]
    return {
        "title": kind.title,
        "rows": list(reversed(shown)),
        "pieces": shown,
        "now": next((row for row in shown if row["now"]), None),
        "change": _address(kind, owner),
    }


def _address(kind: BasisKind, owner: Facility | Station, row: int | None = None) -> str:
    name = f"rule-basis-{kind.owner}"
    given: list[Any] = [owner.code, kind.name]
    return reverse(f"{name}-row", args=[*given, row]) if row else reverse(name, args=given)


def _row(kind: BasisKind, row: Any) -> dict[str, Any]:
    owner = row.facility if kind.owner == "facility" else row.station
    return {
        "pk": row.pk,
        "value": value_words(kind, row),
        "days": days_words(row.valid_from, row.valid_until),
        "document": row.document,
        "reason": row.reason,
        **confirmation(row),
        "edit": _address(kind, owner, row.pk),
        "confirm": reverse("rule-confirm-rule", args=[row.pk]) if kind.name == "judged_by" else "",
    }


def confirmation(row: Any) -> dict[str, Any]:
    """Who compared a rule with which paper, and when; whether that can be asked at all."""
    if not isinstance(row, Confirmed):
        return {"confirmable": False}
    return {
        "confirmable": True,
        "confirmed": row.confirmed,
        "confirmed_by": str(row.confirmed_by or ""),
        "confirmed_at": row.confirmed_at,
    }


def value_words(kind: BasisKind, row: Any) -> str:
    """A value as it is said: 7.000 m³/ngày · sông, 120 m³/s · QCVN 40:2011/BTNMT cột A."""

    def told(number: Any) -> str:
        return wording.exact(number, language=language())

    match kind.name:
        case "design_flow":
            return _("%s m³/day") % told(row.m3_per_day)
        case "gas_flow":
            return f"{told(row.m3_per_hour)} m³/h"
        case "kv_zone":
            return _("zone %s") % row.zone
        case "source_type":
            return source_words(row.source_type)
        case "air_class":
            return str(row.get_kind_display())
        case "judged_by":
            column = "" if row.column == "only" else _(" column %s") % row.column
            return f"{row.edition.code}{column}"
    return _water(row, told)


def _water(row: Any, told: Any) -> str:
    if row.kind == "river":
        if row.flow_m3_per_s is None:
            return _("river, flow not known")
        return _("river, flow %s m³/s") % told(row.flow_m3_per_s)
    if row.volume_m3 is None:
        return _("lake, volume not known")
    return _("lake, volume %s m³") % told(row.volume_m3)


def _permits(facility: Facility) -> list[Permit]:
    rows = facility.permits.select_related("edition", "document", "confirmed_by")
    return sorted(rows, key=lambda row: (row.valid_from or date.min, row.number), reverse=True)


def _permit(permit: Permit, axis: _Axis) -> dict[str, Any]:
    return {
        "permit": permit,
        "url": reverse("rule-permit", args=[permit.facility.code, permit.pk]),
        "days": days_words(permit.valid_from, permit.valid_until),
        "now": axis.holds_today(permit),
        "count": permit.limits.count(),
        **axis.piece(permit),
        **confirmation(permit),
    }


def _station_parts(
    stations: Sequence[Station], histories: Histories, axis: _Axis
) -> list[dict[str, Any]]:
    rules = RuleBook.load(station.pk for station in stations)
    today = timezone.localdate()
    return [
        {
            "station": station,
            "name": short_code(station),
            "inputs": [
                _input(kind, station, histories[kind.name, station.pk], axis)
                for kind in _kinds_of_station(station)
            ],
            "limits": list(_limits_today(station, rules, today)),
        }
        for station in stations
    ]


def _limits_today(station: Station, rules: RuleBook, today: date) -> Iterable[dict[str, Any]]:
    channels = station.channels.filter(Q(ended_on=None) | Q(ended_on__gte=today))
    for channel in channels.select_related("parameter").order_by("slot"):
        unit = "" if channel.unit == "-" else channel.unit
        limits = rules.limits_on(station.pk, channel.slot, today)
        for number, limit in enumerate(limits or [None]):
            yield {
                "symbol": channel.symbol,
                "name": channel.parameter.name,
                "first": number == 0,
                "unit": unit,
                "limit": _panel(limit, unit) if limit else None,
                "mean": mean_of(limit.period) if limit else "",
            }


def _panel(limit: Limit, unit: str) -> dict[str, Any]:
    return limit_panel(
        {
            "min": limit.minimum,
            "max": limit.maximum,
            "period": limit.period,
            "derivation": limit.derivation.as_json(),
            "min_capture": limit.min_capture,
            "source": limit.source,
            "confirmed": limit.confirmed,
            "reference_oxygen": limit.reference_oxygen,
        },
        unit,
    )
