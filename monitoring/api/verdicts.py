"""`GET verdicts/`: means held against limits."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from monitoring.models import Layer, Verdict
from stations.api.asking import asked
from stations.api.paging import KeysetPagination
from stations.api.times import SpanQuery, within
from stations.models import Period, Station


class VerdictSerializer(serializers.ModelSerializer[Verdict]):
    """A verdict with what it rests on."""

    id = serializers.UUIDField()
    station = serializers.CharField(source="station.code")
    parameter = serializers.CharField(source="symbol")
    limit = serializers.DictField(help_text=_("max, min, and how they came about."))
    verdict = serializers.ChoiceField(choices=Verdict.Result.choices, source="result")

    class Meta:
        model = Verdict
        fields: tuple[str, ...] = (
            *("id", "station", "parameter", "unit", "period", "mean", "n", "capture", "limit"),
            *("ratio", "distance", "verdict", "layer", "judged_at", "superseded_at"),
        )

    def get_fields(self) -> dict[str, Any]:
        """With the two names that Python keeps for itself: from ≤ x < to of the period."""
        return {
            "from": serializers.DateTimeField(source="start"),
            "to": serializers.DateTimeField(source="end"),
            **super().get_fields(),
        }


class VerdictQuery(SpanQuery):
    """Which verdicts; `from` and `to` are of the start of the period."""

    station = serializers.CharField(required=False)
    parameter = serializers.CharField(required=False)
    period = serializers.ChoiceField(choices=Period.choices, required=False)
    verdict = serializers.ChoiceField(choices=Verdict.Result.choices, required=False)
    layer = serializers.ChoiceField(
        choices=Layer.choices,
        default=Layer.RAW,
        help_text=_(
            "Of the data as sent, or of the approved data: these only where something is excluded."
        ),
    )
    all = serializers.BooleanField(default=False, help_text=_("Superseded ones too."))


class Verdicts(ListAPIView[Verdict]):
    """Verdicts, newest period first."""

    queryset = Verdict.objects.none()
    serializer_class = VerdictSerializer
    pagination_class = KeysetPagination
    keys = ("-start", "station_id", "id")

    def get_queryset(self) -> QuerySet[Verdict]:
        """Those that the reader may see and asks for."""
        query = asked(VerdictQuery, self.request)
        found = Verdict.objects.for_user(self.request.user).filter(
            **within("start", query), layer=query["layer"]
        )
        if not query["all"]:
            found = found.in_effect(query["layer"])
        if "station" in query:
            found = found.filter(
                station__in=Station.objects.filter(code=query["station"]).values("pk")
            )
        columns = {"parameter": "symbol", "period": "period", "verdict": "result"}
        wanted = {columns[name]: query[name] for name in columns if name in query}
        rows: QuerySet[Verdict] = found.filter(**wanted).select_related("station")
        return rows.defer("numerator", "denominator")

    @extend_schema(parameters=[VerdictQuery], operation_id="verdicts")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Verdicts with mean, capture, limit and ratio."""
        return super().get(request, *args, **kwargs)
