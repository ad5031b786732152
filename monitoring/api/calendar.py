"""`GET stations/{code}/calendar/`: a year of one parameter, a day a row."""

from __future__ import annotations

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

from monitoring.models import Layer, Verdict
from monitoring.services.calendar import DAILY, Day, days_of_year
from stations.api.asking import asked
from stations.models import Channel, Station


class CalendarQuery(serializers.Serializer[Any]):
    """Which parameter, year, kind of period and layer."""

    parameter = serializers.CharField()
    year = serializers.IntegerField(min_value=1990, max_value=2200, required=False)
    period = serializers.ChoiceField(choices=DAILY, default="day")
    layer = serializers.ChoiceField(choices=Layer.choices, default=Layer.RAW)


class CalendarDaySerializer(serializers.Serializer[Any]):
    """A day: the worst verdict of its periods, how many there are of each, and their data."""

    day = serializers.DateField()
    verdict = serializers.ChoiceField(choices=Verdict.Result.choices)
    id = serializers.UUIDField(help_text=gettext_lazy("Of the worst verdict."))
    mean = serializers.FloatField(allow_null=True)
    min = serializers.FloatField(allow_null=True)
    max = serializers.FloatField(allow_null=True)
    ratio = serializers.FloatField(allow_null=True)
    distance = serializers.FloatField(allow_null=True)
    capture = serializers.FloatField(allow_null=True)
    exceeded = serializers.IntegerField()
    within = serializers.IntegerField()
    not_enough_data = serializers.IntegerField()
    url = serializers.CharField()


class CalendarSerializer(serializers.Serializer[Any]):
    """A year of a parameter."""

    station = serializers.CharField()
    parameter = serializers.CharField()
    unit = serializers.CharField()
    year = serializers.IntegerField()
    period = serializers.CharField()
    layer = serializers.CharField()
    summary = serializers.DictField(
        child=serializers.IntegerField(), help_text=gettext_lazy("Days by their verdict.")
    )
    days = CalendarDaySerializer(many=True)


class StationCalendar(APIView):
    """A parameter's verdicts of a year, day by day."""

    @extend_schema(
        parameters=[CalendarQuery], responses=CalendarSerializer, operation_id="station_calendar"
    )
    def get(self, request: Request, code: str) -> Response:
        """Days without a verdict are left out."""
        station = get_object_or_404(Station.objects.for_user(request.user), code=code)
        query = asked(CalendarQuery, request)
        channel = Channel.objects.filter(station=station, symbol=query["parameter"]).first()
        if channel is None:
            wrong = _("The station has no parameter %(symbol)s.") % {"symbol": query["parameter"]}
            raise serializers.ValidationError({"parameter": [wrong]})
        year = query.get("year") or timezone.localdate().year
        days = days_of_year(channel, year, period=query["period"], layer=query["layer"])
        results = [day.result for day in days]
        return Response(
            {
                "station": station.code,
                "parameter": channel.symbol,
                "unit": channel.unit,
                "year": year,
                "period": query["period"],
                "layer": query["layer"],
                "summary": {
                    result: results.count(result)
                    for result in ("within", "exceeded", "not_enough_data")
                },
                "days": [_day(day) for day in days],
            }
        )


def _day(day: Day) -> dict[str, Any]:
    return {
        "day": day.day.isoformat(),
        "verdict": day.result,
        "id": str(day.id),
        "mean": day.mean,
        "min": day.minimum,
        "max": day.maximum,
        "ratio": day.ratio,
        "distance": day.distance,
        "capture": day.capture,
        "exceeded": day.exceeded,
        "within": day.within,
        "not_enough_data": day.not_enough_data,
        "url": reverse("verdict-detail", args=[day.id]),
    }
