"""`GET stations/{code}/aqi/`: the air quality index of an ambient station, by the hour or day."""

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

from monitoring.domain.aqi import AirIndex
from monitoring.domain.slots import HOUR, ONE_DAY, day_of, day_start
from monitoring.services.aqi import AirBook, Told, daily, hourly
from stations.api.asking import asked
from stations.api.times import SpanQuery, iso
from stations.domain.dated import in_force
from stations.models import AirClass, Medium, Station

USUAL_SPANS = {"hour": timedelta(days=1), "day": timedelta(days=31)}
LONGEST_SPANS = {"hour": timedelta(days=62), "day": timedelta(days=400)}
NO_PARTICLES = "no_particles"
"""Why an hour or a day has no index: neither PM10 nor PM2.5 has enough data."""


class AqiQuery(SpanQuery):
    """From when to when (of the start of the hour or day), and how fine."""

    step = serializers.ChoiceField(choices=["hour", "day"], default="hour")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A span that is not told ends now, and is as long as is usual for the step."""
        checked = super().validate(attrs)
        step = checked["step"]
        end: datetime = checked.setdefault("to", timezone.now())
        start: datetime = checked.setdefault("from", end - USUAL_SPANS[step])
        if end <= start:
            raise serializers.ValidationError({"from": [_("“to” must lie after “from”.")]})
        if end - start > LONGEST_SPANS[step]:
            wrong = _("At most %(days)d days at once.") % {"days": LONGEST_SPANS[step].days}
            raise serializers.ValidationError({"from": [wrong]})
        return checked


class SubIndexSerializer(serializers.Serializer[Any]):
    """One pollutant: the concentration that counted, and its index."""

    parameter = serializers.CharField()
    column = serializers.CharField(
        help_text=gettext_lazy("The column of the table of breakpoints.")
    )
    concentration = serializers.FloatField(help_text="µg/m³")
    index = serializers.IntegerField()
    beyond = serializers.BooleanField(help_text=gettext_lazy("Above the end of the scale."))


class AirItemSerializer(serializers.Serializer[Any]):
    """An hour or a day."""

    aqi = serializers.IntegerField(allow_null=True)
    level = serializers.IntegerField(allow_null=True, help_text=gettext_lazy("1 is the best."))
    air = serializers.CharField(
        allow_null=True, help_text=gettext_lazy("The class, in Vietnamese.")
    )
    colour = serializers.CharField(allow_null=True)
    main = serializers.ListField(child=serializers.CharField())
    beyond = serializers.BooleanField()
    reason = serializers.ChoiceField(
        choices=["no_class", "reference", "no_table", NO_PARTICLES],
        allow_null=True,
        help_text=gettext_lazy("Why there is no index."),
    )
    parameters = SubIndexSerializer(many=True)

    def get_fields(self) -> dict[str, Any]:
        """With the two names that Python keeps for itself."""
        ends = {name: serializers.DateTimeField() for name in ("from", "to")}
        return {**ends, **super().get_fields()}


class StationAirSerializer(serializers.Serializer[Any]):
    """What a station may publish today, by which paper, and its indices."""

    station = serializers.CharField()
    step = serializers.CharField()
    publishes = serializers.ChoiceField(choices=AirClass.Kind.choices, allow_null=True)
    unsure = serializers.DictField(
        child=serializers.CharField(),
        help_text=gettext_lazy("What the decision leaves open, and what is done about it."),
    )
    items = AirItemSerializer(many=True)

    def get_fields(self) -> dict[str, Any]:
        """With the name that a field keeps for itself: the paper of the table."""
        return {"source": serializers.CharField(allow_null=True), **super().get_fields()}


class StationAir(APIView):
    """The index of a station's air, where it may publish one."""

    @extend_schema(
        parameters=[AqiQuery], responses=StationAirSerializer, operation_id="station_aqi"
    )
    def get(self, request: Request, code: str) -> Response:
        """VN_AQI by the hour (whole hours only) or by the day (whole days only)."""
        air = Station.objects.for_user(request.user).filter(medium=Medium.AMBIENT_AIR)
        station = get_object_or_404(air, code=code)
        query = asked(AqiQuery, request)
        start, end, step = query["from"], min(query["to"], timezone.now()), query["step"]
        book = AirBook([station.pk], start, max(start, end))
        table = in_force(book.tables, timezone.localdate())
        return Response(
            {
                "station": station.code,
                "step": step,
                "publishes": book.kind(station.pk, timezone.localdate()),
                "source": table.source if table else None,
                "unsure": table.unsure if table else {},
                "items": [_item(told, step) for told in _told(book, station.pk, start, end, step)],
            }
        )


def _told(book: AirBook, station_id: int, start: datetime, end: datetime, step: str) -> list[Told]:
    if end <= start:
        return []
    if step == "hour":
        return hourly(book, station_id, start, end)
    first = day_of(start) if start == day_start(day_of(start)) else day_of(start) + ONE_DAY
    return daily(book, station_id, first, day_of(end) - ONE_DAY)


def _item(told: Told, step: str) -> dict[str, Any]:
    length = HOUR if step == "hour" else ONE_DAY
    index = told.index or AirIndex(None, None, (), ())
    return {
        "from": iso(told.start),
        "to": iso(told.start + length),
        "aqi": index.value,
        "level": index.air.level if index.air else None,
        "air": index.air.vietnamese if index.air else None,
        "colour": index.air.colour if index.air else None,
        "main": list(index.main),
        "beyond": index.beyond,
        "reason": told.withheld or (None if index.air else NO_PARTICLES),
        "parameters": [
            {
                "parameter": sub.pollutant,
                "column": sub.column,
                "concentration": float(sub.concentration),
                "index": sub.value,
                "beyond": sub.beyond,
            }
            for sub in index.subs
        ],
    }
