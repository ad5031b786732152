"""`GET stations/{code}/limits/?on=`: each limit in force on a day, with its derivation."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Q
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from stations.api.asking import asked
from stations.domain.quantities import json_number
from stations.domain.stricter import Limit
from stations.models import PermitLimit, Station
from stations.services.limits import RuleBook

NOT_PRINTED: dict[str, Any] = {"permit": None, "printed_c": None}


class DayQuery(serializers.Serializer[Any]):
    """A day; today unless said."""

    on = serializers.DateField(required=False, help_text=_("A Vietnamese day; today unless said."))


class LimitSerializer(serializers.Serializer[Any]):
    """A limit in force, as it is answered."""

    parameter = serializers.CharField()
    unit = serializers.CharField()
    period = serializers.CharField()
    max = serializers.FloatField(allow_null=True)
    min = serializers.FloatField(allow_null=True)
    derivation = serializers.DictField(help_text=_("C and each factor, with the reasons."))
    min_capture = serializers.FloatField()
    grace_minutes = serializers.IntegerField()
    source = serializers.CharField()  # type: ignore[assignment]
    confirmed = serializers.CharField(allow_null=True)
    reference_oxygen_percent = serializers.FloatField(allow_null=True)
    permit = serializers.CharField(
        allow_null=True, help_text=_("The permit of the register that prints it.")
    )
    printed_c = serializers.FloatField(
        allow_null=True, help_text=_("C as the permit prints it, before its own factors.")
    )


class StationLimits(APIView):
    """The limits of a station's channels on one day."""

    @extend_schema(
        parameters=[DayQuery], responses=LimitSerializer(many=True), operation_id="station_limits"
    )
    def get(self, request: Request, code: str) -> Response:
        """Each limit in force on the day, by channel, then period."""
        station = get_object_or_404(Station.objects.for_user(request.user), code=code)
        on = asked(DayQuery, request).get("on") or timezone.localdate()
        return Response(limits_of(station, on))


def limits_of(station: Station, on: date) -> list[dict[str, Any]]:
    """Each limit of the channels that are in use on a Vietnamese day."""
    rules = RuleBook.load([station.pk])
    channels = station.channels.filter(Q(ended_on=None) | Q(ended_on__gte=on)).order_by("slot")
    printed = _printed(station, on)
    return [
        {
            "parameter": channel.symbol,
            "unit": channel.unit,
            **limit_as_json(limit),
            **printed.get((channel.pk, limit.period, limit.source), NOT_PRINTED),
        }
        for channel in channels
        for limit in rules.limits_on(station.pk, channel.slot, on)
    ]


def _printed(station: Station, on: date) -> dict[tuple[int, str, str], dict[str, Any]]:
    """What permits of the register print, by channel, period and source."""
    rows = PermitLimit.objects.in_force(on).filter(channel__station=station)
    return {
        (row.channel_id, row.period, row.source): {
            "permit": row.permit.number if row.permit else None,
            "printed_c": None if row.printed_c is None else json_number(row.printed_c),
        }
        for row in rows.select_related("permit")
    }


def limit_as_json(limit: Limit) -> dict[str, Any]:
    """A limit without its parameter, numbers as numbers."""
    sides = {"max": limit.maximum, "min": limit.minimum}
    oxygen = limit.reference_oxygen
    return {
        "period": limit.period,
        **{side: None if x is None else json_number(x) for side, x in sides.items()},
        "derivation": limit.derivation.as_json(),
        "min_capture": json_number(limit.min_capture),
        "grace_minutes": limit.grace_minutes,
        "source": limit.source,
        "confirmed": limit.confirmed,
        "reference_oxygen_percent": None if oxygen is None else json_number(oxygen),
    }
