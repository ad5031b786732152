"""`stations/{code}/forecast/`: where the means of the running day will end."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from monitoring.domain.forecast import PAST_DAYS, PLAIN, Score
from monitoring.services.forecast import Foretold, foretell
from monitoring.services.setup import setups_of
from stations.models import Station
from stations.services.limits import RuleBook


class ScoreSerializer(serializers.Serializer[Score]):
    """How a way of guessing did on past days."""

    days = serializers.IntegerField()
    interval = serializers.FloatField(help_text=_("Mean interval score: smaller is better."))
    error = serializers.FloatField(help_text=_("Mean distance of the middle from what came."))
    inside = serializers.FloatField(help_text=_("Share of the days that ended inside the range."))


class ForecastSerializer(serializers.Serializer[Foretold]):
    """A parameter's day: low ≤ middle ≤ high, and how it was made."""

    parameter = serializers.CharField(source="channel.symbol")
    unit = serializers.CharField(source="channel.unit")
    low = serializers.FloatField(source="forecast.range.low")
    middle = serializers.FloatField(source="forecast.range.middle")
    high = serializers.FloatField(source="forecast.range.high")
    max = serializers.FloatField(source="limit.maximum", allow_null=True)
    min = serializers.FloatField(source="limit.minimum", allow_null=True)
    way = serializers.ChoiceField(choices=(PLAIN, PAST_DAYS), source="forecast.way")
    plain = ScoreSerializer(source="forecast.plain", allow_null=True)
    past_days = ScoreSerializer(source="forecast.past_days", allow_null=True)


class StationForecast(APIView):
    """The running day of a station, foretold."""

    @extend_schema(responses=ForecastSerializer(many=True), operation_id="station_forecast")
    def get(self, request: Request, code: str, *args: Any, **kwargs: Any) -> Response:
        """Each parameter with a limit of the day; none before the day's first hour."""
        station = get_object_or_404(Station.objects.for_user(request.user), code=code)
        told = foretell(
            setups_of([station.pk])[station.pk], RuleBook.load([station.pk]), now=timezone.now()
        )
        return Response([ForecastSerializer(each).data for each in told])
