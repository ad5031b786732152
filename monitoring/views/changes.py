"""Values changed after they were sent: a list for officers, and two files side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.db.models import Case, F, FloatField, Q, QuerySet, When
from django.db.models.functions import Abs
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from monitoring.domain.slots import day_of
from monitoring.domain.text import lines_of, short
from monitoring.models import Delivery, Revision
from monitoring.services.changes import MOST_VALUES, Effect, Pair, pair, pairs_of
from monitoring.views.deliveries import before_of, midnight
from monitoring.views.delivery import LONGEST_LINE, MOST_LINES, knows_account
from stations.models import Channel, Person, Station
from stations.states import STATES
from stations.views.filters import ROWS_A_PAGE, Filters, choice, day
from stations.views.names import short_name
from stations.views.person import person_of

SIZES = {"0.1": "10 %", "0.5": "50 %", "1": "100 %"}
EFFECTS_SHOWN = 12


@login_required
@require_safe
def change_list(request: HttpRequest) -> HttpResponse:
    """One row for each two files that disagree, however many values; the newest first."""
    stations = _stations(person_of(request))
    filters = _filters(request, stations)
    found = pairs_of(_asked(filters, stations))
    before = before_of(request.GET.get("before", ""))
    if before is not None:
        found = found.filter(
            Q(received_at__lt=before[0]) | Q(received_at=before[0], delivery__lt=before[1])
        )
    rows = list(found[: ROWS_A_PAGE + 1])
    more, rows = len(rows) > ROWS_A_PAGE, rows[:ROWS_A_PAGE]
    last = rows[-1] if rows else None
    shown = {
        "filters": filters.fields,
        "filtered": filters.filtered or before is not None,
        "found": None,
        "pairs": _pair_lines(rows, stations),
        "pages": {
            "words": "",
            "newest": filters.address() if before is not None else None,
            "next": filters.address(before=f"{last['received_at'].isoformat()},{last['delivery']}")
            if more and last
            else None,
        },
    }
    return render(request, "pages/change_list.html", shown)


def _stations(user: Person) -> dict[int, Station]:
    rows = Station.objects.for_user(user).select_related("facility__zone").order_by("code")
    return {row.pk: row for row in rows}


def _filters(request: HttpRequest, stations: Mapping[int, Station]) -> Filters:
    symbols = Channel.objects.filter(station__in=stations).values_list("symbol", flat=True)
    return Filters(
        request,
        choice(
            "station",
            _("Station"),
            [(row.code, f"{row.code} · {short_name(row)}") for row in stations.values()],
        ),
        choice("parameter", _("Parameter"), [(one, one) for one in sorted(set(symbols))]),
        day("from", _("Measured from")),
        day("to", _("to")),
        choice(
            "size",
            _("Changed by more than"),
            [*SIZES.items(), ("status", _("the status changed"))],
            every=_("anything"),
        ),
    )


def _asked(filters: Filters, stations: Mapping[int, Station]) -> QuerySet[Revision]:
    rows = Revision.objects.filter(station__in=stations)
    if filters["station"]:
        codes = {row.code: pk for pk, row in stations.items()}
        rows = rows.filter(station=codes[filters["station"]])
    if filters["parameter"]:
        rows = rows.filter(_of_symbol(filters["parameter"], stations))
    if (first := filters.day("from")) is not None:
        rows = rows.filter(time__gte=midnight(first))
    if (last := filters.day("to")) is not None:
        rows = rows.filter(time__lt=midnight(last + timedelta(days=1)))
    if filters["size"] == "status":
        rows = rows.exclude(status=F("old_status"))
    elif filters["size"]:
        rows = rows.annotate(
            size=Case(
                When(~Q(old_value=0), then=Abs((F("value") - F("old_value")) / F("old_value"))),
                output_field=FloatField(),
            )
        ).filter(size__gt=float(filters["size"]))
    return rows


def _of_symbol(symbol: str, stations: Mapping[int, Station]) -> Q:
    condition = Q(pk__in=[])
    slots: dict[int, list[int]] = {}
    for station, slot in Channel.objects.filter(station__in=stations, symbol=symbol).values_list(
        "station", "slot"
    ):
        slots.setdefault(slot, []).append(station)
    for slot, ids in slots.items():
        condition |= Q(slot=slot, station__in=ids)
    return condition


def _pair_lines(
    rows: Sequence[dict[str, Any]], stations: Mapping[int, Station]
) -> list[dict[str, Any]]:
    symbols = _symbols({row["station_id"] for row in rows})
    ids = {pk for row in rows for pk in (row["old_delivery"], row["delivery"])}
    files = Delivery.objects.filter(
        station__in={row["station_id"] for row in rows}, id__in=ids
    ).values_list("id", "name", "received_at", "read_with")
    known = {pk: (name, received_at, how) for pk, name, received_at, how in files}
    nothing = ("", None, "")
    return [
        {
            "url": reverse("change-detail", args=[row["old_delivery"], row["delivery"]]),
            "station": short_name(stations[row["station_id"]]),
            "code": stations[row["station_id"]].code,
            "symbols": ", ".join(
                symbols.get((row["station_id"], slot), str(slot)) for slot in sorted(row["slots"])
            ),
            "count": row["count"],
            "first": row["first"],
            "last": row["last"] if row["last"] != row["first"] else None,
            "largest": row["largest"],
            "received_at": row["received_at"],
            "old_received_at": known.get(row["old_delivery"], nothing)[1],
            "name": known.get(row["delivery"], nothing)[0],
            "other_map": known.get(row["old_delivery"], nothing)[2]
            != known.get(row["delivery"], nothing)[2],
        }
        for row in rows
    ]


def _symbols(station_ids: set[int]) -> dict[tuple[int, int], str]:
    rows = Channel.objects.filter(station__in=station_ids)
    return {
        (station, slot): symbol
        for station, slot, symbol in rows.values_list("station", "slot", "symbol")
    }


@login_required
@require_safe
def change_detail(request: HttpRequest, old: UUID, new: UUID) -> HttpResponse:
    """Both files side by side, what the later one changed, and what that did."""
    mine = Delivery.objects.for_user(person_of(request))
    files = {each.id: each for each in mine.filter(id__in=[old, new])}
    first, second = files.get(old), files.get(new)
    if first is None or second is None or first.station_id != second.station_id:
        raise Http404
    found = pair(first, second)
    if not found.revisions:
        raise Http404
    station = Station.objects.select_related("facility__zone").get(pk=second.station_id)
    channels = {row.slot: row for row in Channel.objects.filter(station=station)}
    shown = {
        "station": {
            "name": short_name(station),
            "url": reverse("station-detail", args=[station.code]),
        },
        "sides": [
            _side(request, first, found.old_lines, _("Sent first")),
            _side(request, second, found.new_lines, _("Sent afterwards")),
        ],
        "values": _values(found, channels),
        "count": len(found.revisions),
        "cut": MOST_VALUES if found.cut else 0,
        "effects": _effects(found, channels),
        "by_map": len(found.by_map),
    }
    return render(request, "pages/change_detail.html", shown)


def _side(request: HttpRequest, file: Delivery, lines: set[int], title: str) -> dict[str, Any]:
    text = lines_of(bytes(file.raw))
    return {
        "title": title,
        "name": file.name,
        "url": reverse("delivery-detail", args=[file.id]),
        "received_at": file.received_at,
        "door": file.get_door_display(),
        "account": file.account if knows_account(request, file) else None,
        "peer": file.peer if knows_account(request, file) else None,
        "lines": None
        if text is None
        else [
            {"text": short(line, LONGEST_LINE), "changed": number in lines}
            for number, line in enumerate(text.texts[:MOST_LINES], start=1)
        ],
    }


def _values(found: Pair, channels: Mapping[int, Channel]) -> list[dict[str, Any]]:
    return [
        {
            "time": one.time,
            "symbol": channels[one.slot].symbol if one.slot in channels else str(one.slot),
            "unit": channels[one.slot].unit if one.slot in channels else "",
            "old": one.old_value,
            "old_status": one.old_status if one.old_status != one.status else "",
            "new": one.value,
            "status": one.status if one.old_status != one.status else "",
            "share": _share(one),
            "by_map": one.id in found.by_map,
        }
        for one in found.revisions
    ]


def _share(one: Revision) -> float | None:
    """By how much of the old value it changed."""
    if not one.old_value or one.value is None:
        return None
    return float((one.value - one.old_value) / abs(one.old_value))


def _effects(found: Pair, channels: Mapping[int, Channel]) -> list[dict[str, Any]]:
    """The verdicts that turned first, then the others."""
    every = [(slot, effect) for slot, effects in found.effects.items() for effect in effects]
    every.sort(key=lambda each: (not each[1].is_turned, each[1].period != "day", each[1].start))
    return [
        _effect(channels[slot].symbol if slot in channels else str(slot), effect)
        for slot, effect in every[:EFFECTS_SHOWN]
    ]


def _effect(symbol: str, effect: Effect) -> dict[str, Any]:
    def said(verdict: Any) -> dict[str, Any]:
        if verdict is None:
            return {"word": _("not judged yet"), "state": "", "mean": None}
        state = {"not_enough_data": "not_enough_data", "within": "within"}.get(
            verdict.result, "exceeded"
        )
        return {
            "word": STATES[state],
            "state": state,
            "mean": verdict.mean,
            "low": verdict.minimum,
            "high": verdict.maximum,
            "unit": verdict.unit,
        }

    return {
        "symbol": symbol,
        "period": effect.period,
        "start": effect.start,
        "day": day_of(effect.start),
        "before": said(effect.before),
        "after": said(effect.after),
        "turned": effect.is_turned,
        "url": reverse("verdict-detail", args=[effect.after.id]) if effect.after else "",
    }
