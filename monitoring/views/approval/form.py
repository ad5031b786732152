"""Excluding a span of a parameter, or asking for it: what would change is shown before."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from monitoring.models import Exclusion
from monitoring.services import exclusions, months
from monitoring.services.exclusions import CannotExclude, Wanted
from monitoring.services.months import NeedsLeave
from monitoring.views.approval.papers import paper_from
from monitoring.views.approval.rights import Rights, rights_at, station_of, writable
from monitoring.views.approval.words import (
    change_rows,
    codes_and_names,
    field_moment,
    span_words,
    why_choices,
)
from stations.models import Channel, Person, Station
from stations.views.names import place_name, short_code
from stations.views.person import person_of


@dataclass(slots=True)
class Asked:
    """What the form, or the address that leads to it, says so far."""

    station: Station
    rights: Rights
    channels: list[Channel]
    symbol: str = ""
    start: datetime | None = None
    end: datetime | None = None
    why: str = ""
    words: str = ""
    head_reason: str = ""
    refusals: list[str] = field(default_factory=list)

    @property
    def channel(self) -> Channel | None:
        return next((row for row in self.channels if row.symbol == self.symbol), None)

    def wanted(self) -> Wanted | None:
        """What is to be excluded, once parameter and span are known."""
        if self.channel is None or self.start is None or self.end is None:
            return None
        return Wanted(self.channel, self.start, self.end, self.why, self.words)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def exclusion_new(request: HttpRequest) -> HttpResponse:
    """The form; 404 for a stranger to the station, 403 for who only reads it."""
    user = person_of(request)
    said = request.POST if request.method == "POST" else request.GET
    code = said.get("station", "")
    if not code:
        return _choose_station(request, user)
    asked = _asked(user, code, said)
    if request.method == "POST" and (done := _save(request, user, asked)):
        return redirect("exclusion-detail", pk=done.pk)
    shown = _shown(asked, timezone.now())
    status = 422 if asked.refusals else 200
    return render(request, "pages/approval/exclusion_form.html", shown, status=status)


def _choose_station(request: HttpRequest, user: Person) -> HttpResponse:
    mine = writable(user)
    if not mine:
        raise PermissionDenied
    if len(mine) == 1:
        return redirect(f"{request.path}?station={mine[0].code}")
    shown = {"stations": codes_and_names(mine)}
    return render(request, "pages/approval/exclusion_station.html", shown)


def _asked(user: Person, code: str, said: Any) -> Asked:
    station = station_of(user, code)
    rights = rights_at(user, station)
    if not rights.writes:
        raise PermissionDenied
    channels = list(station.channels.select_related("parameter").order_by("slot"))
    if not channels:
        raise Http404
    symbol = said.get("parameter", "")
    return Asked(
        station,
        rights,
        channels,
        symbol if any(row.symbol == symbol for row in channels) else channels[0].symbol,
        _moment(said.get("from", "")),
        _moment(said.get("to", "")),
        said.get("why", ""),
        said.get("words", ""),
        said.get("head_reason", ""),
    )


def _moment(text: str) -> datetime | None:
    """A moment of a field (Vietnamese clock) or of an address; a lost plus is a space."""
    try:
        found = parse_datetime(text.strip().replace(" ", "+"))
    except ValueError:
        return None
    if found is None or not 2000 <= found.year <= 2200:
        return None
    aware = found if found.tzinfo else timezone.make_aware(found)
    return aware.replace(microsecond=0)


def _save(request: HttpRequest, user: Person, asked: Asked) -> Exclusion | None:
    """Does it and says so; None, with the reason for the page, where it cannot be done."""
    wanted = asked.wanted()
    if wanted is None:
        asked.refusals.append(_("Say from when to when."))
        return None
    try:
        with transaction.atomic():
            return _done(request, user, asked, wanted)
    except (CannotExclude, NeedsLeave) as refusal:
        asked.refusals.append(str(refusal))
        return None


def _done(request: HttpRequest, user: Person, asked: Asked, wanted: Wanted) -> Exclusion:
    now = timezone.now()
    wanted.checked(now)
    paper = paper_from(request, asked.station, decides=asked.rights.decides)
    complete = Wanted(
        wanted.channel, wanted.start, wanted.end, wanted.why, wanted.words, document=paper
    )
    if asked.rights.decides:
        row = exclusions.enter(wanted=complete, by=user, head_reason=asked.head_reason, now=now)
        messages.success(request, _("Excluded. Both verdicts stand beside each other now."))
        return row
    row = exclusions.ask(wanted=complete, by=user, now=now)
    messages.success(request, _("Your request is with the department."))
    return row


def _shown(asked: Asked, now: datetime) -> dict[str, Any]:
    station = asked.station
    return {
        "station": {
            "code": station.code,
            "name": short_code(station),
            "facility": place_name(station.facility),
        },
        "parameters": [
            (row.symbol, row.symbol if row.parameter.name == row.symbol else row.parameter.name)
            for row in asked.channels
        ],
        "parameter": asked.symbol,
        "start": field_moment(asked.start) if asked.start else "",
        "end": field_moment(asked.end) if asked.end else "",
        "latest": field_moment(now),
        "why": asked.why,
        "whys": why_choices(),
        "words": asked.words,
        "head_reason": asked.head_reason,
        "decides": asked.rights.decides,
        "refusals": asked.refusals,
        **_foreseen(asked, now),
    }


def _foreseen(asked: Asked, now: datetime) -> dict[str, Any]:
    """What saving would do, and what stands in its way."""
    wanted = asked.wanted()
    if wanted is None:
        return {"foreseen": None}
    try:
        Wanted(wanted.channel, wanted.start, wanted.end, wanted.why or "other", "?").checked(now)
    except CannotExclude as refusal:
        return {"foreseen": None, "hindrance": str(refusal)}
    closed = months.closed_in([asked.station.pk], wanted.start, wanted.end)
    last = None if asked.rights.decides else exclusions.last_day_to_ask_for(wanted.end)
    return {
        "foreseen": change_rows(exclusions.preview(wanted.row(state=Exclusion.State.ASKED)), now),
        "readings": exclusions.readings_in(wanted),
        "span": span_words(wanted.start, wanted.end, now),
        "closed": [f"{row.month:%m/%Y}" for row in closed],
        "heads": asked.rights.heads,
        "last_day": last,
        "too_late": last is not None and timezone.localdate(now) > last,
    }
