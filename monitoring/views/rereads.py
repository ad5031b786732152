"""Files read again: how a channel's rows are read is mended, seen, given a reason, and ordered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from alerts.views.words import sentence
from monitoring.domain.slots import day_of
from monitoring.models import NOBODY, Correction, Delivery
from monitoring.problems import MESSAGES
from monitoring.services import reread, reread_orders
from monitoring.services.months import NeedsLeave
from monitoring.tasks import AVERAGE, CORRECT, ring
from monitoring.views.deliveries import my_delivery
from monitoring.views.failures import failure_words
from monitoring.views.rereads_shown import preview_shown
from stations.models import Channel, Person, Station
from stations.models.scope import sees_province
from stations.services.instruments import CannotRead, instrument_on
from stations.views.names import short_name
from stations.views.person import person_of

MOST_ORDERS = 100
ONE_DAY = timedelta(days=1)


class CannotBeAsked(Exception):
    """Something in the form; the text says what."""


@login_required
@require_safe
def reread_list(request: HttpRequest) -> HttpResponse:
    """The re-reads that were ordered, and what became of them; the newest first."""
    found = Correction.objects.for_user(person_of(request)).filter(what=Correction.What.READINGS)
    rows = found.select_related("station__facility__zone", "asked_by")[:MOST_ORDERS]
    shown = {"orders": [_order(row) for row in rows], "most": MOST_ORDERS}
    return render(request, "pages/reread_list.html", shown)


def _order(row: Correction) -> dict[str, Any]:
    state = _("failed") if row.failure else _("carried out") if row.done_at else _("waiting")
    return {
        "station": short_name(row.station),
        "url": reverse("reread-station", args=[row.station.code]),
        "start": row.start,
        "end": row.end,
        "reason": row.reason,
        "by": str(row.asked_by),
        "asked_at": row.asked_at,
        "done_at": row.done_at,
        "state": sentence(state),
        "failure": failure_words(row.failure),
        "waits": row.done_at is None and not row.failure,
        "readings": row.readings_changed,
        "verdicts": row.verdicts_changed,
        "head": row.head_reason,
    }


@dataclass(slots=True)
class Asked:
    """What the form asks for, as it was written."""

    parameter: str = ""
    since: str = ""
    alias: str = ""
    file_unit: str = ""
    factor: str = ""
    start: str = ""
    end: str = ""
    reason: str = ""
    head_reason: str = ""
    problems: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, data: Any) -> Asked:
        """The fields of a query or a form."""
        names = [name for name in cls.__dataclass_fields__ if name != "problems"]
        asked = cls()
        for name in names:
            setattr(asked, name, str(data.get(name, "")).strip()[:500])
        return asked

    def change(self, station: Station) -> reread_orders.ReadingChange | None:
        """What is to be entered into the register; None where it stays as it is."""
        if not (self.alias or self.file_unit or self.factor):
            return None
        channel = Channel.objects.filter(station=station, symbol=self.parameter).first()
        if channel is None:
            raise CannotBeAsked(_("Choose the parameter."))
        since = _day(self.since)
        if since is None:
            raise CannotBeAsked(_("Give the day from which it holds."))
        return reread_orders.ReadingChange(
            channel, since, self.alias, self.file_unit, self._factor()
        )

    def _factor(self) -> Decimal | None:
        if not self.factor:
            return None
        try:
            found = Decimal(self.factor.replace(",", "."))
        except InvalidOperation as error:
            raise CannotBeAsked(_("The factor is no number.")) from error
        if not found.is_finite():
            raise CannotBeAsked(_("The factor is no number."))
        return found

    def span(self, now: datetime) -> tuple[datetime, datetime]:
        """From the first day up to the end of the last, at most up to now."""
        first, last = _day(self.start), _day(self.end)
        if first is None or last is None:
            raise CannotBeAsked(_("Give the first and the last day."))
        start, end = _midnight(first), min(_midnight(last + ONE_DAY), now)
        if end <= start:
            raise CannotBeAsked(_("The last day lies before the first."))
        return start, end


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def reread_station(request: HttpRequest, code: str) -> HttpResponse:
    """The form of a station; a POST shows what would change, or orders it with a reason."""
    station, now = _mine(request, code), timezone.now()
    if request.method != "POST":
        return _form(request, station, _prefilled(request, station, now))
    asked = Asked.of(request.POST)
    try:
        change, (start, end) = asked.change(station), asked.span(now)
        if "order" in request.POST:
            if not asked.reason:
                raise CannotBeAsked(_("Give the reason."))
            return _ordered(request, station, asked, change, start, end)
        seen = reread_orders.foresee(station, change, start=start, end=end, now=now)
    except (CannotBeAsked, CannotRead, NeedsLeave) as refusal:
        asked.problems.append(str(refusal))
        return _form(request, station, asked)
    return _form(request, station, asked, seen)


def _mine(request: HttpRequest, code: str) -> Station:
    """404 for a stranger, 403 for a reader who may not change how files are read."""
    user = person_of(request)
    seen = Station.objects.for_user(user).select_related("facility__zone")
    station: Station = get_object_or_404(seen, code=code)
    if not Station.objects.for_user(user, "edit_rules").filter(pk=station.pk).exists():
        raise PermissionDenied
    return station


def _ordered(
    request: HttpRequest,
    station: Station,
    asked: Asked,
    change: reread_orders.ReadingChange | None,
    start: datetime,
    end: datetime,
) -> HttpResponse:
    reread_orders.order_reread(
        station=station,
        change=change,
        start=start,
        end=end,
        reason=asked.reason,
        by=person_of(request),
        head_reason=asked.head_reason,
        now=timezone.now(),
    )
    ring(CORRECT)
    messages.success(request, _("The files are being read again."))
    return redirect("reread-list")


def _prefilled(request: HttpRequest, station: Station, now: datetime) -> Asked:
    """From the file that the officer came from: its unknown name or unit, and its day."""
    asked = Asked.of(request.GET)
    file = _file(request, station)
    if file is not None:
        problems = [each for each in file.problems if each["code"] in FIXABLE]
        if problems and not (asked.alias or asked.file_unit):
            name = FIXABLE[problems[0]["code"]]
            setattr(asked, name, str(problems[0].get("text") or ""))
        day = day_of(file.first_time or file.received_at).isoformat()
        asked.since, asked.start = asked.since or day, asked.start or day
    today = day_of(now)
    asked.since = asked.since or today.isoformat()
    asked.start = asked.start or (today - timedelta(days=6)).isoformat()
    asked.end = asked.end or today.isoformat()
    return asked


FIXABLE = {"unknown_symbol": "alias", "unknown_unit": "file_unit"}
"""Problems that a change of the register takes away, and the field that does."""


def _file(request: HttpRequest, station: Station) -> Delivery | None:
    try:
        pk = UUID(request.GET.get("file", ""))
    except ValueError:
        return None
    found: Delivery | None = Delivery.objects.filter(station=station.pk, id=pk).first()
    return found


def _form(
    request: HttpRequest, station: Station, asked: Asked, seen: reread.Preview | None = None
) -> HttpResponse:
    user = person_of(request)
    channels = list(Channel.objects.filter(station=station).order_by("slot"))
    shown = {
        "station": {
            "name": short_name(station),
            "code": station.code,
            "url": reverse("station-detail", args=[station.code]),
        },
        "asked": asked,
        "channels": _channels(channels),
        "seen": preview_shown(seen, channels) if seen else None,
        "is_head": Station.objects.for_user(user, "change_closed").filter(pk=station.pk).exists(),
    }
    return render(
        request, "pages/reread_station.html", shown, status=422 if asked.problems else 200
    )


def _channels(channels: Sequence[Channel]) -> list[dict[str, Any]]:
    """How each channel's rows are read today."""
    today = timezone.localdate()
    told = []
    for channel in channels:
        instrument = instrument_on(channel, today)
        told.append(
            {
                "symbol": channel.symbol,
                "unit": channel.unit,
                "aliases": ", ".join(instrument.aliases) if instrument else "",
                "file_unit": instrument.file_unit if instrument else "",
                "factor": instrument.factor.normalize() if instrument else Decimal(1),
            }
        )
    return told


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def give_stray(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A file of nobody is given to a station: seen first, then done with a reason."""
    stray = my_delivery(request, pk)
    user = person_of(request)
    if stray.station_id != NOBODY:
        return redirect("delivery-detail", pk=pk)
    if not sees_province(user, "edit_rules"):
        raise PermissionDenied
    asked = request.POST if request.method == "POST" else request.GET
    station = _chosen(user, asked.get("station", ""))
    problem = ""
    if station is not None and request.method == "POST":
        problem = _given(request, stray, station)
        if not problem:
            return redirect("delivery-detail", pk=pk)
    return _give_form(request, stray, station, problem)


def _chosen(user: Person, code: str) -> Station | None:
    found: Station | None = Station.objects.for_user(user, "edit_rules").filter(code=code).first()
    return found


def _given(request: HttpRequest, stray: Delivery, station: Station) -> str:
    """Gives it away; what speaks against it, in words."""
    reason = request.POST.get("reason", "").strip()[:500]
    if not reason:
        return _("Give the reason.")
    try:
        reread_orders.give_stray(
            stray=stray,
            station=station,
            reason=reason,
            by=person_of(request),
            head_reason=request.POST.get("head_reason", "").strip()[:500],
            now=timezone.now(),
        )
    except reread.NotNobodys:
        messages.warning(request, _("Someone was first: the file was given to a station."))
        return ""
    except (NeedsLeave, reread.TouchesClosedMonth) as refusal:
        return str(refusal)
    ring(AVERAGE)
    messages.success(request, _("The file is now one of %s.") % station.code)
    return ""


def _give_form(
    request: HttpRequest, stray: Delivery, station: Station | None, problem: str
) -> HttpResponse:
    user = person_of(request)
    mine = Station.objects.for_user(user, "edit_rules").select_related("facility__zone")
    seen = channels = None
    if station is not None:
        channels = list(Channel.objects.filter(station=station).order_by("slot"))
        seen = reread.preview_of_stray(station, stray, now=timezone.now())
    is_head = (
        station is not None
        and Station.objects.for_user(user, "change_closed").filter(pk=station.pk).exists()
    )
    shown = {
        "file": {
            "name": stray.name,
            "url": reverse("delivery-detail", args=[stray.id]),
            "received_at": stray.received_at,
            "account": stray.account,
            "peer": stray.peer,
            "why": [str(MESSAGES.get(code, code)) for code in stray.codes],
        },
        "stations": [
            (row.code, f"{row.code} · {short_name(row)}") for row in mine.order_by("code")
        ],
        "chosen": station.code if station else "",
        "seen": preview_shown(seen, channels) if seen and channels is not None else None,
        "problem": problem,
        "reason": request.POST.get("reason", ""),
        "is_head": is_head,
    }
    return render(request, "pages/stray_give.html", shown, status=422 if problem else 200)
