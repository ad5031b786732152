"""`deliveries/`: files in by POST, and what came, out by GET."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.authentication import BaseAuthentication
from rest_framework.generics import ListAPIView
from rest_framework.permissions import AllowAny, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from monitoring.api import door
from monitoring.bell import ring
from monitoring.models import NOBODY, Delivery
from monitoring.problems import message_of
from monitoring.services.drain import host_spool
from monitoring.services.spool import Entry, SpoolUnavailable
from monitoring.tasks import RECEIVE
from stations.api.asking import asked
from stations.api.paging import KeysetPagination
from stations.api.refusals import RefusalSerializer
from stations.api.times import SpanQuery, within
from stations.models import Station

MOST_SECONDS = 10


class ProblemSerializer(serializers.Serializer[Any]):
    """One thing that is wrong in a file."""

    line = serializers.IntegerField(allow_null=True, help_text=_("Null: the whole file."))
    code = serializers.CharField()
    message = serializers.SerializerMethodField()

    def get_message(self, problem: dict[str, Any]) -> str:
        """The sentence for it, in the reader's language."""
        return message_of(problem["code"], problem.get("text", ""))


class ReceiptSerializer(serializers.Serializer[Any]):
    """A file that is kept: 202 as soon as it is durable."""

    id = serializers.UUIDField()
    sha256 = serializers.CharField()
    received_at = serializers.DateTimeField()


class StoredReceiptSerializer(ReceiptSerializer):
    """A file that is stored already: 201."""

    outcome = serializers.ChoiceField(choices=Delivery.Outcome.choices)
    readings = serializers.IntegerField()
    revisions = serializers.IntegerField()
    problems = ProblemSerializer(many=True)


class DeliverySerializer(serializers.ModelSerializer[Delivery]):
    """A delivery in a list."""

    id = serializers.UUIDField()
    station = serializers.SerializerMethodField(help_text=_("Null: it belongs to nobody."))

    class Meta:
        model = Delivery
        fields: tuple[str, ...] = (
            *("id", "station", "name", "door", "received_at", "stored_at", "sha256"),
            *("outcome", "readings", "revisions", "codes", "first_time", "last_time"),
        )

    def get_station(self, delivery: Delivery) -> str | None:
        """The code of its station."""
        codes: dict[int, str] = self.context["codes"]
        return codes.get(delivery.station_id)


class DeliveryDetailSerializer(DeliverySerializer):
    """A delivery by itself."""

    problems = ProblemSerializer(many=True)
    duplicates = serializers.SerializerMethodField(
        help_text=_("Deliveries of the same file, name and bytes, by the order of reception.")
    )

    class Meta(DeliverySerializer.Meta):
        fields = (*DeliverySerializer.Meta.fields, "problems", "duplicates")

    def get_duplicates(self, delivery: Delivery) -> list[str]:
        """Their ids."""
        same = Delivery.objects.filter(
            station=delivery.station_id, name=delivery.name, sha256=delivery.sha256
        )
        ids = (
            same.exclude(id=delivery.id).order_by("received_at", "id").values_list("id", flat=True)
        )
        return [str(each) for each in ids[:100]]


class DeliveryQuery(SpanQuery):
    """Which deliveries; `from` and `to` are of their reception."""

    station = serializers.CharField(required=False)
    outcome = serializers.ChoiceField(choices=Delivery.Outcome.choices, required=False)


class PostQuery(serializers.Serializer[Any]):
    """How a file is handed over."""

    name = serializers.RegexField(
        r"^[^\x00-\x1f\x7f]+\Z", max_length=255, help_text=_("The name of the file.")
    )
    wait = serializers.FloatField(
        required=False,
        min_value=0,
        max_value=MOST_SECONDS,
        help_text=_("Seconds to wait until it is stored."),
    )


class Deliveries(ListAPIView[Delivery]):
    """What came through the doors, newest first; and the HTTP door itself."""

    queryset = Delivery.objects.none()
    serializer_class = DeliverySerializer
    pagination_class = KeysetPagination
    keys = ("-received_at", "-id")

    def get_authenticators(self) -> list[BaseAuthentication]:
        """Loggers prove themselves by a station's token, without a session or the database."""
        if self._is_post():
            return [door.StationTokenAuthentication()]
        return super().get_authenticators()

    def get_permissions(self) -> list[BasePermission]:
        """A logger that has proved itself may send; people sign in to read."""
        return [AllowAny()] if self._is_post() else list(super().get_permissions())  # type: ignore[arg-type]

    def _is_post(self) -> bool:
        request = getattr(self, "request", None)
        return request is not None and request.method == "POST"

    def get_queryset(self) -> QuerySet[Delivery]:
        """The deliveries that the reader may see and asks for."""
        query = asked(DeliveryQuery, self.request)
        found = Delivery.objects.for_user(self.request.user).filter(**within("received_at", query))
        if "outcome" in query:
            found = found.filter(outcome=query["outcome"])
        if "station" in query:
            found = found.filter(
                station__in=Station.objects.filter(code=query["station"]).values("pk")
            )
        return found.defer("raw", "problems")

    @extend_schema(parameters=[DeliveryQuery], operation_id="deliveries")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Deliveries, newest first."""
        rows = self.paginate_queryset(self.get_queryset()) or []
        context = {"codes": codes_of(rows)}
        return self.get_paginated_response(
            DeliverySerializer(rows, many=True, context=context).data
        )

    @extend_schema(
        operation_id="send_delivery",
        parameters=[PostQuery],
        request={"application/octet-stream": OpenApiTypes.BINARY},
        responses={
            201: OpenApiResponse(StoredReceiptSerializer, _("Stored within `wait`.")),
            202: OpenApiResponse(ReceiptSerializer, _("Kept, durably; it is stored soon.")),
            **dict.fromkeys(
                (400, 401, 403, 411, 413, 415, 429, 503, 507),
                OpenApiResponse(RefusalSerializer, _("Not kept.")),
            ),
        },
    )
    def post(self, request: Request) -> Response:
        """Hands over one station file, at most 1 MiB, as the raw body."""
        station_id: int = request.auth  # type: ignore[assignment]
        door.keep_pace(station_id)
        query = asked(PostQuery, request)
        raw = door.body_of(request._request)
        try:
            spool = host_spool()
        except SpoolUnavailable as error:
            raise door.CannotKeep from error
        peer = request.META.get("REMOTE_ADDR") or ""
        entry = door.spool_file(spool, raw, station_id=station_id, peer=peer, name=query["name"])
        ring(RECEIVE)
        wait = query.get("wait", 0)
        stored = door.stored_within(spool, entry, wait) if wait else None
        return _receipt(entry, stored)


def _receipt(entry: Entry, stored: Delivery | None) -> Response:
    receipt = {"id": entry.id, "sha256": entry.sha256, "received_at": entry.received_at}
    if stored is None:
        return Response(ReceiptSerializer(receipt).data, status=202)
    told = {
        **receipt,
        "outcome": stored.outcome,
        "readings": stored.readings,
        "revisions": stored.revisions,
        "problems": stored.problems,
    }
    return Response(StoredReceiptSerializer(told).data, status=201)


def codes_of(deliveries: Iterable[Delivery]) -> dict[int, str]:
    """Codes of their stations by id; a stray has none."""
    ids = {delivery.station_id for delivery in deliveries} - {NOBODY}
    return dict(Station.objects.filter(pk__in=ids).values_list("pk", "code"))


class DeliveryDetail(APIView):
    """One delivery, with its problems and its duplicates."""

    @extend_schema(responses=DeliveryDetailSerializer, operation_id="delivery")
    def get(self, request: Request, pk: str) -> Response:
        """What became of it."""
        mine = Delivery.objects.for_user(request.user).defer("raw")
        delivery = get_object_or_404(mine, id=pk)
        context = {"codes": codes_of([delivery])}
        return Response(DeliveryDetailSerializer(delivery, context=context).data)


class DeliveryRaw(APIView):
    """The bytes of one delivery as they came."""

    @extend_schema(
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
        operation_id="delivery_raw",
    )
    def get(self, request: Request, pk: str) -> HttpResponse:
        """Byte for byte, for saving: a browser never shows what a stranger wrote as a page."""
        mine = Delivery.objects.for_user(request.user).only("station_id", "id", "name", "raw")
        delivery = get_object_or_404(mine, id=pk)
        name = delivery.name.replace("\\", "/").rpartition("/")[2] or str(delivery.id)
        return HttpResponse(
            bytes(delivery.raw),
            content_type="application/octet-stream",
            headers={
                "Content-Disposition": content_disposition_header(True, name) or "attachment",
                "X-Content-Type-Options": "nosniff",
            },
        )
