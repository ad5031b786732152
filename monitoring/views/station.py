"""One station: what it says now, against which limit, and how it came there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from alerts.models import Alert
from alerts.views.words import kind_word, line, reader_of, words
from alerts.views.works import bands, standing_near
from alerts.views.works import line as work_line
from monitoring.models import Delivery, Layer, StationState, Verdict
from monitoring.services.announcing import rights_at as works_rights
from monitoring.services.setup import StationSetup, setups_of
from monitoring.views.air import air_panel
from monitoring.views.approval.month import month_address
from monitoring.views.approval.rights import Rights, rights_at
from monitoring.views.approval.words import form_address
from monitoring.views.deliveries import delivery_line
from monitoring.views.explain_address import explain_chart_url
from monitoring.views.fleet import RANK, Seen, seen_by
from monitoring.views.flow import flow_panel
from monitoring.views.forecast import forecast_panel
from monitoring.views.parameters import parameter_rows
from monitoring.views.station_facts import (
    accounts,
    contacts,
    instruments,
    judged_by,
    link_facts,
)
from monitoring.views.stations import capture_30_days
from stations.domain import wording
from stations.models import Channel, Medium, Person, Station
from stations.states import state_of_alert
from stations.views.limits import language, mean_of
from stations.views.names import short_code, units_of
from stations.views.person import person_of

NEWEST = 8
VERDICTS = 24
ALERTS_ON_CHART = 500
ONE_YEAR = timedelta(days=366)
DRAWN_AT_FIRST = 4


@login_required
@require_safe
def station_detail(request: HttpRequest, code: str) -> HttpResponse:
    """The page of a station; of its link alone for who may see no readings."""
    person, now = person_of(request), timezone.now()
    seen = next(iter(seen_by(person, code=code)), None) or _ended(person, code)
    shown = {
        "station": _head(seen, now),
        "readable": seen.readable,
        "alerts": _alerts(seen.station, person, now),
        "contacts": contacts(seen.station),
        "line": link_facts(seen, now),
        "works": [work_line(work, now) for work in standing_near([seen.station.pk], now)],
        "announces": works_rights(person, seen.station).announces,
    }
    if seen.readable:
        shown |= _readings(seen, person, now)
        asked = {name: request.GET.get(name, "") for name in ("from", "to", "parameters")}
        shown["why_url"] = explain_chart_url(code, asked)
        if seen.station.medium == Medium.AMBIENT_AIR:
            shown["air"] = air_panel(seen.station, now, request.GET.get("aqi_month", ""))
        shown["forecast"] = forecast_panel(seen.station, now)
        shown["flow"] = flow_panel(seen.station, now, request.GET.get("flow_month", ""))
    return render(request, "pages/station_detail.html", shown)


def _ended(user: Person, code: str) -> Seen:
    """A station that is no longer in use keeps its page."""
    rows = Station.objects.for_user(user).select_related("facility__zone", "facility__operator")
    station = rows.select_related("facility__zone", "link", "state").filter(code=code).first()
    if station is None:
        raise Http404
    return Seen(station, True, getattr(station, "link", None), getattr(station, "state", None))


def _head(seen: Seen, now: datetime) -> dict[str, Any]:
    station, facility = seen.station, seen.station.facility
    units = units_of([facility], on=timezone.localdate())[facility.pk]
    places = [", ".join(name for _code, name in units), str(facility.zone or "")]
    return {
        "code": station.code,
        "name": short_code(station),
        "facility": facility.name,
        "operator": str(facility.operator or ""),
        "state": seen.state,
        "medium": station.get_medium_display(),
        "place": " · ".join(filter(None, places)),
        "measured_at": seen.link.newest_measured_at if seen.link else None,
        "received_at": seen.link.newest_received_at if seen.link else None,
        "silent_since": seen.link.silent_since if seen.link else None,
        "capture": capture_30_days([station.pk], now).get(station.pk),
    }


def _readings(seen: Seen, user: Person, now: datetime) -> dict[str, Any]:
    station = seen.station
    rows = station.channels.select_related("parameter").order_by("slot")
    channels = {channel.slot: channel for channel in rows}
    setup = setups_of([station.pk])[station.pk]
    drawn = StationState.objects.filter(station=station.pk).first()
    return {
        "judged_by": judged_by(station, drawn),
        "calendar_url": _calendar(station, drawn),
        "interval_minutes": setup.pace.interval(timezone.localdate()),
        "parameters": parameter_rows(drawn, channels),
        "chart": _chart(station, setup, channels, drawn, _marks(station, user, now), now)
        | {"works": bands(station, user)},
        "verdicts": _verdicts(station, now),
        "exclude_word": _exclude_word(rights_at(user, station)),
        "month_url": month_address(station.code, timezone.localdate().replace(day=1)),
        "deliveries": _deliveries(station, user),
        "channels": instruments(setup, channels),
        "accounts": accounts(station),
    }


def _chart(
    station: Station,
    setup: StationSetup,
    channels: Mapping[int, Channel],
    drawn: StationState | None,
    marks: list[dict[str, Any]],
    now: datetime,
) -> dict[str, Any]:
    """What js/chart.js needs to know; it fetches the values itself."""
    today = timezone.localdate()
    first = _drawn_at_first(drawn, channels)
    return {
        "code": station.code,
        "url": f"/api/v1/stations/{station.code}/series/",
        "parameters": [
            {
                "symbol": channel.symbol,
                "name": channels[channel.slot].parameter.name,
                "unit": "" if channel.unit == "-" else channel.unit,
                "interval_minutes": channel.pace.interval(today) or 5,
                "shown": channel.slot in first,
            }
            for channel in setup.channels
        ],
        "alerts": marks,
        "now": wording.in_vietnam(now).isoformat(timespec="seconds"),
    }


def _calendar(station: Station, drawn: StationState | None) -> str:
    """The calendar of this year, of the worst parameter that has a limit."""
    limited = [each for each in drawn.channels if each["limit"]] if drawn else []
    worst = min(limited, key=lambda each: RANK.get(each["state"], len(RANK)), default=None)
    query = f"?{urlencode({'parameter': worst['symbol']})}" if worst else ""
    return f"{reverse('station-calendar', args=[station.code])}{query}"


def _drawn_at_first(drawn: StationState | None, channels: Mapping[int, Channel]) -> set[int]:
    """The slots of the panels that a page opens with: the worst parameters, flows last."""
    told = {each["slot"]: each for each in drawn.channels} if drawn else {}

    def order(slot: int) -> tuple[bool, int, float, int]:
        state, ratio = told.get(slot, {}).get("state", ""), told.get(slot, {}).get("ratio")
        is_flow = channels[slot].parameter.symbol.startswith("Flow")
        return is_flow, RANK.get(state, len(RANK)), -(ratio or 0), slot

    return set(sorted(channels, key=order)[:DRAWN_AT_FIRST])


def _marks(station: Station, user: Person, now: datetime) -> list[dict[str, Any]]:
    rows = Alert.objects.for_user(user).filter(station=station, starts_at__gte=now - ONE_YEAR)
    return [
        {
            "at": wording.in_vietnam(alert.starts_at).isoformat(),
            "until": wording.in_vietnam(alert.ends_at).isoformat(),
            "state": state_of_alert(alert.kind),
            "parameter": alert.parameter or None,
            "text": words(alert, alert.starts_at, now) or f"{alert.parameter}: {kind_word(alert)}",
            "url": reverse("alert-detail", args=[alert.pk]),
        }
        for alert in rows.order_by("-starts_at")[:ALERTS_ON_CHART]
    ]


def _alerts(station: Station, user: Person, now: datetime) -> list[dict[str, Any]]:
    rows = list(Alert.objects.for_user(user).filter(station=station).with_for_list()[:NEWEST])
    reader = reader_of(user, rows)
    return [line(alert, reader, now) | {"station": "", "facility": ""} for alert in rows]


def _verdicts(station: Station, now: datetime) -> list[dict[str, Any]]:
    """The verdicts made last, those superseded since too."""
    rows = Verdict.objects.filter(station=station).order_by(
        "-start", "symbol", "layer", "-judged_at"
    )
    return [
        {
            "url": reverse("verdict-detail", args=[row.id]),
            "symbol": row.symbol,
            "mean_of": mean_of(row.period),
            "period": wording.period(row.start, row.end, now=now, language=language()),
            "mean": row.mean,
            "low": row.minimum,
            "high": row.maximum,
            "confirmed": row.confirmed,
            "unit": "" if row.unit == "-" else row.unit,
            "n": row.n,
            "expected": row.expected,
            "capture": row.capture,
            "ratio": row.ratio,
            "state": row.result,
            "word": row.get_result_display(),
            "judged_at": row.judged_at,
            "superseded_at": row.superseded_at,
            "layer": row.get_layer_display() if row.layer == Layer.APPROVED else "",
            "exclude_url": form_address(station, row.symbol, row.start, row.end),
        }
        for row in rows[:VERDICTS]
    ]


def _exclude_word(rights: Rights) -> str:
    """What the button says that leads to the form; "" for a reader."""
    if rights.decides:
        return _("Exclude data")
    return _("Ask to exclude data") if rights.answers else ""


def _deliveries(station: Station, user: Person) -> list[dict[str, Any]]:
    rows = Delivery.objects.for_user(user).filter(station=station).for_list()[:NEWEST]
    return [delivery_line(row, {station.pk: station}) for row in rows]
