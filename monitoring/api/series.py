"""`GET stations/{code}/series/`: one parameter through time, in columns."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from monitoring.models import Exclusion, Layer
from monitoring.services.approved import approved_exclusions
from monitoring.services.series import limit_stretches, series
from stations.api.asking import asked
from stations.api.times import SpanQuery, iso
from stations.models import Channel, Station

USUAL_SPANS = {"raw": timedelta(days=1), "hour": timedelta(days=7), "day": timedelta(days=31)}
LONGEST_RAW = timedelta(days=400)


class SeriesQuery(SpanQuery):
    """Which parameter, from when to when, how fine."""

    parameter = serializers.CharField()
    step = serializers.ChoiceField(choices=["raw", "hour", "day"], default="raw")
    layer = serializers.ChoiceField(
        choices=Layer.choices,
        default=Layer.RAW,
        help_text=gettext_lazy("approved: without what officers excluded."),
    )
    points = serializers.IntegerField(
        required=False,
        min_value=20,
        max_value=100_000,
        help_text=gettext_lazy("At most so many points; extremes, gaps and statuses stay."),
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A span that is not told ends now, and is as long as is usual for the step."""
        checked = super().validate(attrs)
        end: datetime = checked.setdefault("to", timezone.now())
        start: datetime = checked.setdefault("from", end - USUAL_SPANS[checked["step"]])
        if end <= start:
            raise serializers.ValidationError({"from": [_("“to” must lie after “from”.")]})
        if checked["step"] == "raw" and end - start > LONGEST_RAW:
            wrong = _("Raw readings are given for at most 400 days at once; ask by hour or day.")
            raise serializers.ValidationError({"step": [wrong]})
        return checked


class LimitStretchSerializer(serializers.Serializer[Any]):
    """A limit, and when it was in force within the span."""

    min = serializers.FloatField(allow_null=True)
    max = serializers.FloatField(allow_null=True)
    period = serializers.CharField()

    def get_fields(self) -> dict[str, Any]:
        """With the two names that Python keeps for itself."""
        return {
            "from": serializers.DateTimeField(),
            "to": serializers.DateTimeField(),
            **super().get_fields(),
        }


class ExcludedSerializer(serializers.Serializer[Any]):
    """A span that does not count in the approved data, and why."""

    why = serializers.ChoiceField(choices=Exclusion.Why.choices)

    def get_fields(self) -> dict[str, Any]:
        """With the two names that Python keeps for itself."""
        return {
            "from": serializers.DateTimeField(),
            "to": serializers.DateTimeField(),
            **super().get_fields(),
        }


class SeriesSerializer(serializers.Serializer[Any]):
    """Columns of one length, in the order of time."""

    unit = serializers.CharField()
    time = serializers.ListField(child=serializers.DateTimeField())
    value = serializers.ListField(child=serializers.FloatField(allow_null=True))
    status = serializers.ListField(
        child=serializers.CharField(),
        allow_null=True,
        help_text=gettext_lazy("00 measuring, 01 calibrating, 02 fault; null by hour and day."),
    )
    capture = serializers.ListField(
        child=serializers.FloatField(allow_null=True),
        allow_null=True,
        help_text=gettext_lazy("Filled slots ÷ expected slots; null for raw readings."),
    )
    limit = LimitStretchSerializer(many=True)
    excluded = ExcludedSerializer(
        many=True, help_text=gettext_lazy("Approved exclusions in the span, in either layer.")
    )


class StationSeries(APIView):
    """The readings of a parameter, or their means by hour or day."""

    @extend_schema(
        parameters=[SeriesQuery], responses=SeriesSerializer, operation_id="station_series"
    )
    def get(self, request: Request, code: str) -> Response:
        """Columns for a chart, with the limits in force beside them."""
        station = get_object_or_404(Station.objects.for_user(request.user), code=code)
        query = asked(SeriesQuery, request)
        channel = _channel(station, query["parameter"])
        span = query["from"], query["to"]
        found = series(channel, *span, query["step"], query.get("points"), query["layer"])
        return Response(
            {
                "unit": channel.unit,
                "time": [moment.isoformat() for moment in found.time],
                "value": found.value,
                "status": found.status,
                "capture": found.capture,
                "limit": [
                    {"from": iso(each.start), "to": iso(each.end), **each.as_json()}
                    for each in limit_stretches(channel, *span)
                ],
                "excluded": [
                    {"from": iso(each.start), "to": iso(each.end), "why": each.why}
                    for each in approved_exclusions(channel, *span)
                ],
            }
        )


def _channel(station: Station, symbol: str) -> Channel:
    channel = Channel.objects.filter(station=station, symbol=symbol).first()
    if channel is None:
        wrong = _("The station has no parameter %(symbol)s.") % {"symbol": symbol}
        raise serializers.ValidationError({"parameter": [wrong]})
    return channel
