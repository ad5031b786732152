"""One file as it came: what it gave, what was wrong with it, and its text."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.db.models import Count, F, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from alerts.views.words import sentence
from monitoring.domain.text import lines_of, short
from monitoring.models import NOBODY, Delivery, Revision
from monitoring.problems import message_of
from monitoring.views.deliveries import my_delivery
from stations.domain import wording
from stations.models import FtpAccount, Station
from stations.models.scope import sees_province
from stations.views.limits import language
from stations.views.names import short_name
from stations.views.person import person_of

LONGEST_LINE = 2_000
MOST_LINES = 5_000
MOST_CHANGES = 10
MENDABLE = frozenset({"unknown_symbol", "unknown_unit"})
"""Problems that the register can take away."""


@login_required
@require_safe
def delivery_detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The page of a file."""
    delivery = my_delivery(request, pk)
    station = Station.objects.select_related("facility__zone").filter(pk=delivery.station_id)
    owner = station.first() if delivery.station_id != NOBODY else None
    shown = {
        "delivery": {
            "name": delivery.name,
            "station": short_name(owner) if owner else "",
            "station_url": reverse("station-detail", args=[owner.code]) if owner else "",
            "outcome_word": sentence(delivery.get_outcome_display()),
            "raw_url": reverse("delivery-raw", args=[delivery.id]),
        },
        "facts": _facts(delivery, knows_accounts=knows_account(request, delivery)),
        "problems": [
            {
                "line": problem.get("line"),
                "code": problem["code"],
                "words": message_of(problem["code"], problem.get("text") or ""),
            }
            for problem in delivery.problems
        ],
        "lines": _lines(delivery),
        "mend_url": _mend_url(request, delivery, owner),
        "changes": _changes(delivery),
    }
    return render(request, "pages/delivery_detail.html", shown)


def _mend_url(request: HttpRequest, delivery: Delivery, owner: Station | None) -> str:
    """Where an officer can have the file read better, or given to its station; else empty."""
    user = person_of(request)
    if owner is None:
        may = sees_province(user, "edit_rules") and not {"unfinished", "too_large"} & {
            *delivery.codes
        }
        return reverse("delivery-give", args=[delivery.id]) if may else ""
    if not MENDABLE & set(delivery.codes):
        return ""
    if not Station.objects.for_user(user, "edit_rules").filter(pk=owner.pk).exists():
        return ""
    return f"{reverse('reread-station', args=[owner.code])}?file={delivery.id}"


def _changes(delivery: Delivery) -> list[dict[str, Any]]:
    """The files whose values this one changed, and those that changed values of this one."""
    rows = Revision.objects.filter(
        Q(delivery=delivery.id) | Q(old_delivery=delivery.id), station=delivery.station_id
    ).exclude(delivery=F("old_delivery"))
    if not delivery.first_time or not delivery.last_time:
        return []
    rows = rows.filter(time__gte=delivery.first_time, time__lte=delivery.last_time)
    pairs = rows.values("old_delivery", "delivery").annotate(count=Count("id")).order_by("delivery")
    return [
        {
            "url": reverse("change-detail", args=[pair["old_delivery"], pair["delivery"]]),
            "by_this": pair["delivery"] == delivery.id,
            "count": pair["count"],
        }
        for pair in pairs[:MOST_CHANGES]
    ]


@login_required
@require_safe
def delivery_raw(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The bytes, as a file."""
    delivery = my_delivery(request, pk)
    answer = HttpResponse(bytes(delivery.raw), content_type="application/octet-stream")
    name = delivery.name.rpartition("/")[2] or "file"
    answer["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def knows_account(request: HttpRequest, delivery: Delivery) -> bool:
    """An account may serve stations of others: its name is for who sees all of them."""
    if sees_province(person_of(request), "view_readings"):
        return True
    mine = Station.objects.for_user(person_of(request)).values("pk")
    others = FtpAccount.objects.filter(username=delivery.account).exclude(stations__in=mine)
    strangers = Station.objects.filter(ftp_accounts__username=delivery.account).exclude(pk__in=mine)
    return not others.exists() and not strangers.exists()


def _facts(delivery: Delivery, *, knows_accounts: bool) -> list[tuple[str, Any]]:
    def told(at: datetime | None) -> str:
        now = timezone.now()
        shown = at and wording.moment(at, now=now, language=language(), seconds=True)
        return shown or wording.NOTHING

    measured = told(delivery.first_time)
    if delivery.last_time != delivery.first_time:
        measured = f"{measured} – {told(delivery.last_time)}"
    facts: list[tuple[str, Any]] = [
        (_("Received"), told(delivery.received_at)),
        (_("Stored"), told(delivery.stored_at)),
        (_("Measured"), measured),
        (_("Door"), sentence(delivery.get_door_display())),
    ]
    if knows_accounts:
        facts += [(_("Account"), delivery.account or wording.NOTHING)]
        facts += [(_("Sent from"), delivery.peer or wording.NOTHING)]
    return [
        *facts,
        (_("Size"), wording.size(len(delivery.raw), language=language())),
        ("SHA-256", delivery.sha256),
        (_("Readings"), delivery.readings),
        (_("Revisions"), delivery.revisions),
    ]


def _lines(delivery: Delivery) -> list[dict[str, str]] | None:
    """The text with each problem at its line; None when it is no text."""
    found = lines_of(bytes(delivery.raw))
    if found is None:
        return None
    said: dict[int, list[str]] = {}
    for problem in delivery.problems:
        if problem.get("line"):
            said.setdefault(problem["line"], []).append(message_of(problem["code"]))
    return [
        {"text": short(text, LONGEST_LINE), "problem": " ".join(said.get(number, []))}
        for number, text in enumerate(found.texts[:MOST_LINES], start=1)
    ]
