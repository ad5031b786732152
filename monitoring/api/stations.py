"""`stations/`: the stations of the reader with their present state, and how each line is."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, QuerySet
from django.shortcuts import get_object_or_404
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from monitoring.models import Link, StationState
from stations.api.paging import KeysetPagination
from stations.models import Person, Station
from stations.states import STATES

STATE_CHOICES = list(STATES.items())
SILENT, NOT_CONNECTED = "silent", "not_connected"


def stations_of(user: Person | AnonymousUser) -> QuerySet[Station]:
    """The stations of the reader, each told whether its readings are theirs too (`readable`)."""
    readable = Station.objects.for_user(user, "view_readings").filter(pk=OuterRef("pk"))
    found: QuerySet[Station] = Station.objects.for_user(user, "view_links")
    return found.annotate(readable=Exists(readable)).select_related(
        "facility__zone", "link", "state"
    )


def _link(station: Station) -> Link | None:
    return getattr(station, "link", None)


def _state(station: Station) -> StationState | None:
    """The drawn state, for whoever may see readings."""
    return getattr(station, "state", None) if station.readable else None  # type: ignore[attr-defined]


class StationSerializer(serializers.ModelSerializer[Station]):
    """A station in a list. What readings tell is null for those who see its line only."""

    facility = serializers.CharField(source="facility.code")
    facility_name = serializers.CharField(source="facility.name")
    zone = serializers.CharField(source="facility.zone.code", default=None, allow_null=True)
    state = serializers.SerializerMethodField()
    last_measured = serializers.DateTimeField(
        source="link.newest_measured_at", default=None, allow_null=True
    )
    last_received = serializers.DateTimeField(
        source="link.last_received_at", default=None, allow_null=True
    )
    worst_ratio = serializers.SerializerMethodField(help_text=_("Mean ÷ limit, the worst now."))
    worst_parameter = serializers.SerializerMethodField()

    class Meta:
        model = Station
        fields: tuple[str, ...] = (
            *("code", "name", "medium", "facility", "facility_name", "zone", "ended_on", "state"),
            *("last_measured", "last_received", "worst_ratio", "worst_parameter"),
        )

    @extend_schema_field(serializers.ChoiceField(choices=STATE_CHOICES, allow_null=True))
    def get_state(self, station: Station) -> str | None:
        """Its present state; of a line alone only whether it is silent or never spoke."""
        link = _link(station)
        if link is None:
            return NOT_CONNECTED
        if link.silent_since is not None:
            return SILENT
        drawn = _state(station)
        return drawn.state if drawn else None

    def get_worst_ratio(self, station: Station) -> float | None:
        """The largest ratio of a present mean to its limit."""
        drawn = _state(station)
        return drawn.worst_ratio if drawn else None

    def get_worst_parameter(self, station: Station) -> str | None:
        """The parameter that has it."""
        drawn = _state(station)
        return (drawn.worst_symbol or None) if drawn else None


class ChannelNowSerializer(serializers.Serializer[Any]):
    """A parameter of a station as it is now."""

    parameter = serializers.CharField()
    unit = serializers.CharField()
    state = serializers.CharField(allow_null=True)
    measured_at = serializers.DateTimeField(allow_null=True)
    value = serializers.FloatField(allow_null=True)
    status = serializers.CharField(allow_null=True)
    hour = serializers.FloatField(allow_null=True, help_text=_("The mean of the newest hour."))
    day = serializers.FloatField(allow_null=True, help_text=_("The mean of today so far."))
    capture = serializers.FloatField(allow_null=True)
    limit = serializers.DictField(allow_null=True)
    ratio = serializers.FloatField(allow_null=True)
    distance = serializers.FloatField(allow_null=True)


class StationDetailSerializer(StationSerializer):
    """A station by itself, with its parameters."""

    latitude = serializers.SerializerMethodField()
    longitude = serializers.SerializerMethodField()
    parameters = serializers.SerializerMethodField(
        help_text=_("Null for those who see the line only.")
    )

    class Meta(StationSerializer.Meta):
        fields = (*StationSerializer.Meta.fields, "latitude", "longitude", "parameters")

    def get_latitude(self, station: Station) -> float | None:
        """Its own, else its facility's."""
        return station.position[0] if station.position else None

    def get_longitude(self, station: Station) -> float | None:
        """Its own, else its facility's."""
        return station.position[1] if station.position else None

    @extend_schema_field(ChannelNowSerializer(many=True, allow_null=True))
    def get_parameters(self, station: Station) -> list[dict[str, Any]] | None:
        """Every channel, with what was drawn of it last."""
        if not station.readable:  # type: ignore[attr-defined]
            return None
        drawn = _state(station)
        told = {each["slot"]: each for each in drawn.channels} if drawn else {}
        rows = station.channels.order_by("slot").values_list("slot", "symbol", "unit")
        now = [
            {"parameter": symbol, "unit": unit, **_now(told.get(slot, {}))}
            for slot, symbol, unit in rows
        ]
        return list(ChannelNowSerializer(now, many=True).data)


def _now(told: dict[str, Any]) -> dict[str, Any]:
    shown = ("value", "status", "hour", "day", "capture", "limit", "ratio", "distance")
    return {
        "state": told.get("state") or None,
        "measured_at": parse_datetime(told["time"]) if told.get("time") else None,
        **{name: told.get(name) for name in shown},
    }


class Stations(ListAPIView[Station]):
    """The stations of the reader, by code."""

    queryset = Station.objects.none()
    serializer_class = StationSerializer
    pagination_class = KeysetPagination
    keys = ("code",)

    def get_queryset(self) -> QuerySet[Station]:
        """Those whose line the reader may see."""
        return stations_of(self.request.user)

    @extend_schema(operation_id="stations")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Stations with their state, when they spoke last, and their worst ratio now."""
        return super().get(request, *args, **kwargs)


class StationDetail(APIView):
    """One station."""

    @extend_schema(responses=StationDetailSerializer, operation_id="station")
    def get(self, request: Request, code: str) -> Response:
        """A station with each of its parameters now."""
        station = get_object_or_404(stations_of(request.user), code=code)
        return Response(StationDetailSerializer(station).data)


class LinkSerializer(serializers.Serializer[Station]):
    """A station's line; nulls while it was never heard."""

    station = serializers.CharField(source="code")
    last_measured = serializers.DateTimeField(
        source="link.newest_measured_at", default=None, allow_null=True
    )
    last_received = serializers.DateTimeField(
        source="link.last_received_at", default=None, allow_null=True
    )
    silent_after = serializers.DateTimeField(
        source="link.silent_after", default=None, allow_null=True
    )
    silent_since = serializers.DateTimeField(
        source="link.silent_since", default=None, allow_null=True
    )


class Links(ListAPIView[Station]):
    """The health of each line, by station."""

    queryset = Station.objects.none()
    serializer_class = LinkSerializer
    pagination_class = KeysetPagination
    keys = ("code",)

    def get_queryset(self) -> QuerySet[Station]:
        """Stations whose line the reader may see."""
        found: QuerySet[Station] = Station.objects.for_user(self.request.user, "view_links")
        return found.select_related("link")

    @extend_schema(operation_id="links")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """When each station was heard last, and from when its silence counts."""
        return super().get(request, *args, **kwargs)
