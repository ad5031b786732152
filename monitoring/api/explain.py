"""`GET explain/?station=&parameter=&at=`: why there was, or was not, an alert at that moment."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from alerts.domain.reach import Reach
from alerts.models import Alert
from alerts.services.addresses import KnownAddresses
from alerts.services.reached import Reached, reached
from monitoring.domain.explaining import Cause, Reason
from monitoring.domain.slots import HOUR, day_of
from monitoring.models import Delivery
from monitoring.services.explain import Day, HourOf, InForce, files_of
from monitoring.services.verdicts import limit_json
from stations.api.asking import asked
from stations.api.times import MomentField, iso
from stations.models import Station

CAUSES = [(cause.value, cause.value) for cause in Cause if cause != Cause.UNKNOWN]
REACHES = [(reach.value, reach.value) for reach in Reach if reach != Reach.UNKNOWN]


class ExplainAt(serializers.Serializer[Any]):
    """Which parameter, and when: the hour that holds this moment is explained."""

    parameter = serializers.CharField()
    at = MomentField()


class ExplainQuery(ExplainAt):
    """The same of a station."""

    station = serializers.CharField()


class ReasonSerializer(serializers.Serializer[Any]):
    """An answer: its cause, and the alert, limit or moment that decides."""

    cause = serializers.ChoiceField(choices=CAUSES)
    kind = serializers.CharField(help_text=gettext_lazy("The kind of alert that tells of it."))
    alert = serializers.IntegerField(allow_null=True)
    period = serializers.CharField(help_text=gettext_lazy("The kind of period of the limit."))
    at = serializers.DateTimeField(allow_null=True)


class ReachedSerializer(serializers.Serializer[Any]):
    """How it stands with one who hears about the station."""

    reach = serializers.ChoiceField(choices=REACHES)
    to = serializers.CharField(
        allow_null=True, help_text=gettext_lazy("The address, where this reader may see it.")
    )
    audience = serializers.CharField()
    agency_kind = serializers.CharField()
    event = serializers.CharField(help_text=gettext_lazy("What of the alert it tells of."))
    at = serializers.DateTimeField(allow_null=True)
    why = serializers.CharField()
    waits = serializers.DictField(
        allow_null=True,
        help_text=gettext_lazy(
            "The wish for which it waits, or waited: pace, asked (a wish names such a case), quiet"
            " (from, until)."
        ),
    )
    attempts = serializers.ListField(child=serializers.DictField())


class ExplainSerializer(serializers.Serializer[Any]):
    """Why there was, or was not, an alert about an hour of a parameter."""

    station = serializers.CharField()
    parameter = serializers.CharField()
    unit = serializers.CharField()
    from_ = serializers.DateTimeField()
    to = serializers.DateTimeField()
    cause = serializers.ChoiceField(choices=CAUSES)
    about = serializers.ChoiceField(choices=["value", "data"])
    value = ReasonSerializer()
    data_ = ReasonSerializer()
    slots = serializers.DictField(child=serializers.IntegerField())
    readings = serializers.ListField(child=serializers.DictField())
    limits = serializers.ListField(child=serializers.DictField())
    files = serializers.ListField(child=serializers.DictField())
    silence = serializers.DictField(allow_null=True)
    held_back = serializers.ListField(child=serializers.DictField())
    alerts = serializers.ListField(child=serializers.DictField())

    def get_fields(self) -> dict[str, Any]:
        """`from` and `data` are names that Python, or the serializer, keeps for itself."""
        fields = super().get_fields()
        return {name.rstrip("_"): field for name, field in fields.items()}


class Explain(APIView):
    """Why there was, or was not, an alert at a moment."""

    @extend_schema(parameters=[ExplainQuery], responses=ExplainSerializer, operation_id="explain")
    def get(self, request: Request) -> Response:
        """Both what was said and what kept everything else from being said."""
        query = asked(ExplainQuery, request)
        return _answer(request, query["station"], query)


class StationExplain(APIView):
    """The same, by the station's address."""

    @extend_schema(
        parameters=[ExplainAt], responses=ExplainSerializer, operation_id="station_explain"
    )
    def get(self, request: Request, code: str) -> Response:
        """Both what was said and what kept everything else from being said."""
        return _answer(request, code, asked(ExplainAt, request))


def _answer(request: Request, code: str, query: dict[str, Any]) -> Response:
    user: Any = request.user
    station = get_object_or_404(
        Station.objects.for_user(user).select_related("facility"), code=code
    )
    alerts = Alert.objects.for_user(user)
    now = timezone.now()
    day = Day(station, day_of(query["at"]), alerts=alerts, now=now)
    channel = day.channel(query["parameter"])
    if channel is None:
        wrong = _("The station has no parameter %(symbol)s.") % {"symbol": query["parameter"]}
        raise serializers.ValidationError({"parameter": [wrong]})
    hour = query["at"].replace(minute=0, second=0, microsecond=0)
    found = day.explained(channel, hour)
    told = Alert.objects.for_user(user).filter(pk__in=[each.alert for each in found.hour.told])
    known = KnownAddresses.to(user)
    return Response(
        {
            "station": station.code,
            "parameter": channel.symbol,
            "unit": channel.unit,
            "from": iso(hour),
            "to": iso(hour + HOUR),
            "cause": found.explained.main.cause,
            "about": "data" if found.explained.about_data else "value",
            "value": _reason(found.explained.value),
            "data": _reason(found.explained.data),
            "slots": _slots(found),
            "readings": [
                {"time": iso(at), "value": value, "status": status}
                for at, value, status in day.samples(channel)
                if hour <= at < hour + HOUR
            ],
            "limits": [
                _limit(each, reason)
                for each, reason in zip(found.limits, found.explained.limits, strict=True)
            ],
            "files": [
                _file(row)
                for row in files_of(station, hour, hour + HOUR - timedelta(seconds=1), user)
            ],
            "silence": _silence(found),
            "held_back": _held_back(day, found),
            "alerts": [_alert(alert, known) for alert in told.order_by("opened_at", "pk")],
        }
    )


def _reason(reason: Reason) -> dict[str, Any]:
    return {
        "cause": reason.cause,
        "kind": reason.kind,
        "alert": reason.alert,
        "period": reason.period,
        "at": reason.at and iso(reason.at),
    }


def _slots(found: HourOf) -> dict[str, int]:
    names = ("slots", "expected", "filled", "idle", "faulty", "calibrating")
    return {name: getattr(found.hour, name) for name in names}


def _limit(each: InForce, reason: Reason) -> dict[str, Any]:
    verdict = each.verdict
    return {
        **limit_json(each.limit),
        "from": iso(each.asked.start),
        "to": iso(each.asked.end),
        "due_at": iso(each.asked.due_at),
        "cause": reason.cause,
        "alert": reason.alert,
        "verdict": None
        if verdict is None
        else {
            "id": str(verdict.id),
            "verdict": verdict.result,
            "mean": verdict.mean,
            "n": verdict.n,
            "expected": verdict.expected,
            "capture": verdict.capture,
            "judged_at": iso(verdict.judged_at),
        },
    }


def _file(row: Delivery) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "name": row.name,
        "sha256": row.sha256,
        "received_at": iso(row.received_at),
        "outcome": row.outcome,
        "raw": reverse("api:delivery-raw", args=[row.id]),
    }


def _silence(found: HourOf) -> dict[str, Any] | None:
    gap = found.hour.gap
    if gap is None:
        return None
    return {
        "from": iso(gap.since),
        "silent_after": iso(gap.allowed_until),
        "to": gap.until and iso(gap.until),
    }


def _held_back(day: Day, found: HourOf) -> list[dict[str, Any]]:
    """Outages and announced work that touch the hour."""
    start = found.hour.start
    outages = [
        {"what": f"{each.what}_outage", "from": iso(each.start), "to": each.end and iso(each.end)}
        for each in day.outages(start)
    ]
    works = [
        {"what": each.what, "from": iso(each.start), "to": iso(each.end)}
        for each in day.announced(found.channel, start)
    ]
    return [*outages, *works]


def _alert(alert: Alert, known: KnownAddresses) -> dict[str, Any]:
    return {
        "id": alert.pk,
        "kind": alert.kind,
        "state": alert.state,
        "opened_at": iso(alert.opened_at),
        "resolved_at": alert.resolved_at and iso(alert.resolved_at),
        "withdrawn": alert.withdrawn,
        "events": [
            {"what": what, "at": iso(at)} for what, at in alert.events.values_list("what", "at")
        ],
        "reached": [_reached(each, known) for each in reached(alert)],
    }


def _reached(each: Reached, known: KnownAddresses) -> dict[str, Any]:
    return {
        "reach": each.reach,
        "to": each.address if known.knows(each.address, each.audience) else None,
        "audience": each.audience,
        "agency_kind": each.agency_kind,
        "event": each.what,
        "at": each.at and iso(each.at),
        "why": each.why,
        "waits": (each.waits or None) if known.knows(each.address, each.audience) else None,
        "attempts": [
            {
                "number": attempt.number,
                "at": iso(attempt.started_at),
                "outcome": attempt.outcome,
                "reply": attempt.reply,
            }
            for attempt in each.attempts
        ],
    }
