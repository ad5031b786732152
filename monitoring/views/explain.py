"""Why there was an alert about an hour of a parameter, or why there was none: the page."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from rest_framework.serializers import ValidationError

from alerts.models import Alert, AlertEvent, Message, What
from alerts.services.reached import Reached, reached
from alerts.views.recipients import Addresses
from alerts.views.story import story
from alerts.views.words import kind_word, sentence
from monitoring.domain.evidence import Read, Slot, laid_out
from monitoring.domain.explaining import Cause
from monitoring.domain.slots import HOUR, day_of
from monitoring.models import Delivery
from monitoring.services.explain import Day, HourOf, InForce, files_of
from monitoring.services.setup import ChannelSetup
from monitoring.services.verdicts import limit_json
from monitoring.views.explain_address import explain_url
from monitoring.views.explain_words import (
    NEUTRAL,
    at_length,
    headline,
    reach_words,
    short,
    state_of,
    waits_words,
)
from monitoring.views.slot_grid import clock, word_of
from monitoring.views.verdict import whole_moment
from stations.api.times import MomentField
from stations.domain import wording
from stations.models import Person, Station
from stations.views.limits import language, limit_panel, mean_of
from stations.views.names import short_name
from stations.views.person import person_of

NO_FILE = UUID(int=0)
"""The readings of an hour are shown with its files beside them, not one by one."""
ONE_SECOND = timedelta(seconds=1)


@login_required
@require_safe
def explain_hour(request: HttpRequest, code: str) -> HttpResponse:
    """The page of a day of a station, with one hour of one parameter told whole."""
    user = person_of(request)
    mine = Station.objects.for_user(user).select_related("facility__zone")
    station = get_object_or_404(mine, code=code)
    now = timezone.now()
    at = _moment(request.GET.get("at", ""), now)
    day = Day(station, day_of(at), alerts=Alert.objects.for_user(user), now=now)
    start = at.replace(minute=0, second=0, microsecond=0)
    channel = day.channel(request.GET.get("parameter", "")) or next(iter(day.setup.channels), None)
    shown: dict[str, Any] = {
        "station": {
            "code": station.code,
            "name": short_name(station),
            "url": reverse("station-detail", args=[station.code]),
        },
        "day": wording.in_vietnam(at).date(),
        "here": reverse("explain", args=[station.code]),
        "days": _days(station.code, channel, at, now),
        "channel": None,
    }
    if channel is not None:
        shown |= _told(day, channel, start, user)
    return render(request, "pages/explain.html", shown)


def _moment(text: str, now: datetime) -> datetime:
    """What the address asks for; the hour before this one where it asks for nothing."""
    try:
        return MomentField().to_internal_value(text) if text else now - HOUR
    except ValidationError:
        return now - HOUR


def _days(
    code: str, channel: ChannelSetup | None, at: datetime, now: datetime
) -> list[dict[str, str]]:
    """The day before and the one after, as far as it has begun."""
    symbol = channel.symbol if channel else ""
    found = []
    for step, word in ((-1, _("the day before")), (1, _("the day after"))):
        there = at + timedelta(days=step)
        if day_of(there) <= day_of(now):
            found.append({"url": explain_url(code, symbol, there), "word": word})
    return found


def _told(day: Day, channel: ChannelSetup, start: datetime, user: Person) -> dict[str, Any]:
    found = day.explained(channel, start)
    here, explained = found.hour, found.explained
    alerts = _alerts(found, user)
    return {
        "channel": {
            "symbol": channel.symbol,
            "unit": "" if channel.unit == "-" else channel.unit,
        },
        "headline": headline(explained),
        "period": wording.period(start, start + HOUR, now=here.now, language=language()),
        "rows": [_row(day, each, channel, start) for each in day.setup.channels],
        "heads": [wording.in_vietnam(each).strftime("%H") for each in day.hours],
        "answers": [
            _answer(_("The value"), explained.value, here),
            _answer(_("The data"), explained.data, here),
        ],
        "limits": [
            _limit(each, reason, found)
            for each, reason in zip(found.limits, explained.limits, strict=True)
        ],
        "hours": _hours_beside(day, channel, start),
        "slots": _slots(day, channel, start),
        "counts": f"{here.filled} / {here.expected}",
        "silence": _silence(found),
        "held_back": _held_back(day, found),
        "files": [
            _file(row) for row in files_of(day.station, start, start + HOUR - ONE_SECOND, user)
        ],
        "alerts": [_alert(alert, user, here.now) for alert in alerts],
        "json_url": f"{reverse('api:station-explain', args=[day.station.code])}?"
        + urlencode({"parameter": channel.symbol, "at": wording.in_vietnam(start).isoformat()}),
    }


def _row(day: Day, channel: ChannelSetup, chosen: ChannelSetup, at: datetime) -> dict[str, Any]:
    """The 24 hours of a parameter."""
    cells = []
    for start in day.hours:
        found = day.explained(channel, start)
        main, to_come = found.explained.main, start > found.hour.now
        words = _("Not begun") if to_come else short(main)
        told = f"{channel.symbol} · {clock(start)}–{_end_clock(start)} · {words}"
        cells.append(
            {
                "state": NEUTRAL if to_come else state_of(main),
                "title": told,
                "url": explain_url(day.station.code, channel.symbol, start),
                "here": channel == chosen and start == at,
            }
        )
    return {"symbol": channel.symbol, "cells": cells, "here": channel == chosen}


def _end_clock(start: datetime) -> str:
    told = clock(start + HOUR)
    return "24:00" if told == "00:00" else told


def _answer(question: str, reason: Any, hour: Any) -> dict[str, Any]:
    return {
        "question": question,
        "state": state_of(reason),
        "short": short(reason),
        "words": at_length(reason, hour),
        "url": reverse("alert-detail", args=[reason.alert]) if reason.alert else "",
        "unknown": reason.cause == Cause.UNKNOWN,
    }


def _limit(each: InForce, reason: Any, found: HourOf) -> dict[str, Any]:
    verdict, unit = each.verdict, found.channel.unit
    now = found.hour.now
    return {
        "panel": limit_panel(limit_json(each.limit), "" if unit == "-" else unit),
        "mean_of": mean_of(each.limit.period),
        "period": wording.period(each.asked.start, each.asked.end, now=now, language=language()),
        "low": each.limit.minimum,
        "high": each.limit.maximum,
        "mean": verdict.mean if verdict else None,
        "count": f"{verdict.n} / {verdict.expected}" if verdict else "",
        "capture": verdict.capture if verdict else None,
        "url": reverse("verdict-detail", args=[verdict.id]) if verdict else "",
        "due_at": whole_moment(each.asked.due_at),
        "judged_at": verdict.judged_at if verdict else None,
        "state": state_of(reason),
        "short": short(reason),
    }


def _hours_beside(day: Day, channel: ChannelSetup, start: datetime) -> list[dict[str, str]]:
    """The hour before and the one after."""
    return [
        {
            "url": explain_url(day.station.code, channel.symbol, start + step * HOUR),
            "word": f"{clock(start + step * HOUR)}–{_end_clock(start + step * HOUR)}",
            "before": "1" if step < 0 else "",
        }
        for step in (-1, 1)
        if start + step * HOUR < day.now
    ]


def _slots(day: Day, channel: ChannelSetup, start: datetime) -> list[dict[str, Any]]:
    """Each expected value of the hour: what came, or why nothing of it counts."""
    reads = [Read(at, value, status, NO_FILE) for at, value, status in day.samples(channel)
             if start - HOUR <= at < start + 2 * HOUR]  # fmt: skip
    slots = laid_out(start, start + HOUR, channel.pace, reads, (), day.setup.stops_of(channel))
    return [_slot(slot) for slot in slots]


def _slot(slot: Slot) -> dict[str, Any]:
    said = slot.readings[-1] if slot.readings else None
    value = float(slot.value) if slot.value is not None else (said.value if said else None)
    return {
        "time": clock(slot.start),
        "state": slot.state,
        "value": value,
        "word": "" if slot.state == "filled" else word_of(slot.state),
    }


def _silence(found: HourOf) -> dict[str, Any] | None:
    """When the station spoke before and after, if it was silent for longer than it may."""
    gap, now = found.hour.gap, found.hour.now
    if gap is None or gap.lasted(now) <= gap.allowed_until:
        return None
    return {
        "since": whole_moment(gap.since),
        "allowed_until": whole_moment(gap.allowed_until),
        "until": whole_moment(gap.until),
    }


def _held_back(day: Day, found: HourOf) -> list[dict[str, str]]:
    start, now = found.hour.start, found.hour.now
    outages = [
        (sentence(each.get_what_display()), each.start, each.end or now)
        for each in day.outages(start)
    ]
    works = [
        (f"{sentence(each.get_what_display())}: {each.reason}", each.start, each.end)
        for each in day.announced(found.channel, start)
    ]
    return [
        {"what": what, "period": wording.period(begin, end, now=now, language=language())}
        for what, begin, end in [*outages, *works]
    ]


def _file(row: Delivery) -> dict[str, Any]:
    return {
        "url": reverse("delivery-detail", args=[row.id]),
        "name": row.name,
        "received": whole_moment(row.received_at),
        "outcome": sentence(row.get_outcome_display()),
        "accepted": row.outcome == Delivery.Outcome.ACCEPTED,
        "sha256": row.sha256,
    }


def _alerts(found: HourOf, user: Person) -> Iterable[Alert]:
    ids = {each.alert for each in found.hour.told}
    mine = Alert.objects.for_user(user).filter(pk__in=ids)
    return mine.select_related("station__facility").order_by("opened_at", "pk")


def _alert(alert: Alert, user: Person, now: datetime) -> dict[str, Any]:
    addresses = Addresses.seen_by(user)
    rows = reached(alert)
    mails = [each.message for each in rows if each.message is not None]
    told = addresses.of({mail.pk: mail for mail in mails}.values())
    events = alert.events.select_related("by").exclude(what__in=(What.MAILED, What.MAIL_FAILED))
    return {
        "url": reverse("alert-detail", args=[alert.pk]),
        "kind": alert.kind,
        "name": kind_word(alert),
        "parameter": alert.parameter,
        "mean_of": mean_of(alert.period) if alert.period else "",
        "state_word": sentence(alert.get_state_display()),
        "events": story(alert, events, told, now=now),
        "readers": [_reader(each, addresses, user, now) for each in rows],
    }


def _waits(each: Reached) -> bool:
    """Whether a wish or quiet hours say until when it waits."""
    return each.reach == "waiting" and bool(each.waits)


def _reader(each: Reached, addresses: Addresses, user: Person, now: datetime) -> dict[str, Any]:
    event = AlertEvent(what=each.what) if each.what else None
    known = addresses.known.knows(each.address, each.audience)
    waits = waits_words(each.waits) if known else ""  # whose wish it is, not everybody may know
    return {
        "to": addresses.shown(each.address, each.audience, each.agency_kind),
        "about": sentence(event.get_what_display()) if event else "",
        "word": _("leaves at") if _waits(each) else reach_words(each.reach),
        "good": each.reach == "mailed",
        "at": each.at,
        "why": " ".join(filter(None, (_(each.why) if each.why else "", waits))),
        "url": _mail_url(each.message, user),
        "attempts": [
            {
                "number": attempt.number,
                "at": attempt.started_at,
                "outcome": attempt.get_outcome_display(),
                "reply": attempt.reply,
            }
            for attempt in each.attempts
        ],
    }


def _mail_url(message: Message | None, user: Person) -> str:
    if message is None or not Message.objects.for_user(user).filter(pk=message.pk).exists():
        return ""
    return reverse("mail-detail", args=[message.pk])
