"""What came in, file by file: a list without counting, and each file as it came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from alerts.views.words import sentence
from monitoring.models import NOBODY, Delivery
from monitoring.problems import MESSAGES, message_of
from stations.models import Person, Station
from stations.models.scope import sees_lines, sees_province
from stations.views.filters import ROWS_A_PAGE, Filters, choice, day, search
from stations.views.names import short_name
from stations.views.person import person_of

STRAYS = "-"
"""The choice of files that belong to nobody."""


@login_required
@require_safe
def delivery_list(request: HttpRequest) -> HttpResponse:
    """Newest first, page by page from the moment where the page before ended."""
    stations = _stations(person_of(request))
    filters = _filters(request, stations)
    found = Delivery.objects.for_user(person_of(request)).filter(_asked(filters)).for_list()
    before = before_of(request.GET.get("before", ""))
    if before is not None:
        found = found.filter(
            Q(received_at__lt=before[0]) | Q(received_at=before[0], id__lt=before[1])
        )
    rows = list(found[: ROWS_A_PAGE + 1])
    more, rows = len(rows) > ROWS_A_PAGE, rows[:ROWS_A_PAGE]
    shown = {
        "filters": filters.fields,
        "filtered": filters.filtered or before is not None,
        "found": None,
        "counts": _outcomes(filters),
        "sees_door": sees_lines(person_of(request)),
        "deliveries": [delivery_line(row, stations) for row in rows],
        "pages": {
            "words": "",
            "newest": filters.address() if before is not None else None,
            "next": _next(filters, rows) if more else None,
        },
    }
    return render(request, "pages/delivery_list.html", shown)


def _stations(user: Person) -> dict[int, Station]:
    rows = Station.objects.for_user(user).select_related("facility__zone").order_by("code")
    return {row.pk: row for row in rows}


def _filters(request: HttpRequest, stations: Mapping[int, Station]) -> Filters:
    mine = [(row.code, f"{row.code} · {short_name(row)}") for row in stations.values()]
    strays = [(STRAYS, _("of nobody known"))]
    everything = sees_province(person_of(request), "view_readings")
    return Filters(
        request,
        search(_("Find in the name")),
        choice("station", _("Station"), [*(strays if everything else []), *mine]),
        choice("outcome", _("Outcome"), [(o.value, sentence(o.label)) for o in Delivery.Outcome]),
        choice("code", _("Problem"), [(c, message.rstrip(".")) for c, message in _problems()]),
        choice("door", _("Door"), [(d.value, sentence(d.label)) for d in Delivery.Door]),
        day("from", _("Received from")),
        day("to", _("to")),
    )


def _problems() -> list[tuple[str, str]]:
    return [(code, str(message)) for code, message in MESSAGES.items()]


def _asked(filters: Filters) -> Q:
    condition = Q()
    if filters["station"]:
        own = NOBODY if filters["station"] == STRAYS else None
        condition &= Q(station=own) if own is not None else Q(station__code=filters["station"])
    if filters["outcome"]:
        condition &= Q(outcome=filters["outcome"])
    if filters["code"]:
        condition &= Q(codes__contains=[filters["code"]])
    if filters["door"]:
        condition &= Q(door=filters["door"])
    if filters["q"]:
        condition &= Q(name__icontains=filters["q"])
    if (first := filters.day("from")) is not None:
        condition &= Q(received_at__gte=midnight(first))
    if (last := filters.day("to")) is not None:
        condition &= Q(received_at__lt=midnight(last + timedelta(days=1)))
    return condition


def midnight(on: Any) -> datetime:
    """Where a Vietnamese day begins."""
    return timezone.make_aware(datetime.combine(on, time()))


def before_of(text: str) -> tuple[datetime, UUID] | None:
    """The key of the last row of the page before; None when the address has none that is whole."""
    at, _comma, name = text.partition(",")
    try:
        moment, last = parse_datetime(at), UUID(name)
    except ValueError:
        return None
    return (moment, last) if moment is not None and timezone.is_aware(moment) else None


def _next(filters: Filters, rows: Sequence[Delivery]) -> str:
    last = rows[-1]
    return filters.address(before=f"{last.received_at.isoformat()},{last.id}")


def _outcomes(filters: Filters) -> list[dict[str, Any]]:
    every = [("", _("all")), *((o.value, sentence(o.label)) for o in Delivery.Outcome)]
    return [
        {
            "state": "",
            "word": word,
            "count": None,
            "query": filters.address(outcome=value),
            "current": filters["outcome"] == value,
        }
        for value, word in every
    ]


def delivery_line(row: Delivery, stations: Mapping[int, Station]) -> dict[str, Any]:
    """A file in one row."""
    station = stations.get(row.station_id)
    return {
        "id": row.id,
        "url": reverse("delivery-detail", args=[row.id]),
        "name": row.name,
        "station": short_name(station) if station else "",
        "received_at": row.received_at,
        "measured_at": row.last_time or row.first_time,
        "readings": row.readings,
        "revisions": row.revisions,
        "outcome": row.outcome,
        "outcome_word": sentence(row.get_outcome_display()),
        "door": sentence(row.get_door_display()),
        "problems": _in_short(row),
    }


def _in_short(row: Delivery) -> str:
    """The first kind of problem, and how many there are."""
    if not row.problems:
        return ""
    first = message_of(row.problems[0]["code"]).rstrip(".")
    return first if len(row.problems) == 1 else f"{first} (+{len(row.problems) - 1})"


def my_delivery(request: HttpRequest, pk: UUID) -> Delivery:
    """The file with this id, if the reader may read it."""
    mine = Delivery.objects.for_user(person_of(request))
    delivery: Delivery = get_object_or_404(mine, id=pk)
    return delivery
