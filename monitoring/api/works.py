"""`works/`: maintenance, calibration and stops, announced and decided."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from alerts.models import Maintenance
from alerts.services.announced import state_of
from monitoring.bell import ring
from monitoring.services import announcing
from monitoring.services.announcing import Announced, CannotAnnounce, ReasonMissing, rights_at
from monitoring.tasks import AVERAGE, MAIL
from stations.api.asking import asked
from stations.api.paging import KeysetPagination
from stations.api.refusals import Conflict, RefusalSerializer
from stations.api.times import MomentField, SpanQuery
from stations.models import Person, Station

STATES = ("waiting", "approved", "ended", "refused", "withdrawn")


class WorkSerializer(serializers.ModelSerializer[Maintenance]):
    """Announced work at a station."""

    station = serializers.CharField(source="station.code")
    state = serializers.SerializerMethodField()
    afterwards = serializers.BooleanField(
        source="declared_afterwards", help_text=gettext_lazy("Announced after it had begun.")
    )
    declared_by = serializers.CharField()
    decided_by = serializers.CharField(default=None, allow_null=True)
    cancelled_by = serializers.CharField(default=None, allow_null=True)
    ended_early_by = serializers.CharField(default=None, allow_null=True)

    class Meta:
        model = Maintenance
        fields = (
            *("id", "station", "what", "parameters", "reason", "state", "afterwards"),
            *("declared_at", "declared_by", "decided_at", "decided_by", "decision_note"),
            *("cancelled_at", "cancelled_by", "cancelled_reason"),
            *("planned_end", "ended_early_at", "ended_early_by"),
        )

    @extend_schema_field(OpenApiTypes.STR)
    def get_state(self, work: Maintenance) -> str:
        """waiting, approved, ended (early), refused or withdrawn."""
        return state_of(work)

    def get_fields(self) -> dict[str, Any]:
        """With the two names that Python keeps for itself."""
        return {
            **super().get_fields(),
            "from": serializers.DateTimeField(source="start"),
            "to": serializers.DateTimeField(source="end"),
        }


class WorkQuery(SpanQuery):
    """Which works: those with a moment in the span."""

    station = serializers.CharField(required=False)
    what = serializers.ChoiceField(choices=Maintenance.What.choices, required=False)
    state = serializers.ChoiceField(choices=STATES, required=False)


class WantedSerializer(serializers.Serializer[Any]):
    """What is announced."""

    station = serializers.CharField()
    what = serializers.ChoiceField(choices=Maintenance.What.choices)
    parameters = serializers.ListField(
        child=serializers.CharField(),
        default=list,
        help_text=gettext_lazy("Empty: the whole station."),
    )
    reason = serializers.CharField(max_length=10_000)

    def get_fields(self) -> dict[str, Any]:
        """With the two names that Python keeps for itself."""
        return {**super().get_fields(), "from": MomentField(), "to": MomentField()}


class WordsSerializer(serializers.Serializer[Any]):
    """A note; to refuse or take back, the reason."""

    note = serializers.CharField(default="", allow_blank=True, max_length=500)


_refusals = dict.fromkeys((400, 403, 404, 409), OpenApiResponse(RefusalSerializer))
NAMES = ("station", "declared_by", "decided_by", "cancelled_by", "ended_early_by")


class Works(ListAPIView[Maintenance]):
    """Announced work at the reader's stations, the latest first."""

    queryset = Maintenance.objects.none()
    serializer_class = WorkSerializer
    pagination_class = KeysetPagination
    keys = ("-start", "-id")

    def get_queryset(self) -> QuerySet[Maintenance]:
        """What the reader may see and asks for."""
        query = asked(WorkQuery, self.request)
        found = Maintenance.objects.for_user(self.request.user)
        columns = {"station": "station__code", "what": "what"}
        found = found.filter(**{columns[k]: query[k] for k in columns if k in query})
        if "from" in query:
            found = found.filter(end__gt=query["from"])
        if "to" in query:
            found = found.filter(start__lt=query["to"])
        return _in_state(found, query.get("state")).select_related(*NAMES)

    @extend_schema(parameters=[WorkQuery], operation_id="works")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Announced work, the latest first."""
        return super().get(request, *args, **kwargs)

    @extend_schema(
        request=WantedSerializer,
        responses={201: WorkSerializer, **_refusals},
        operation_id="announce_work",
    )
    def post(self, request: Request) -> Response:
        """Announce work; the department decides on it."""
        given = WantedSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        said = given.validated_data
        assert isinstance(request.user, Person)  # noqa: S101 - nobody else sees stations
        rows = Station.objects.for_user(request.user, "view_links")
        station = get_object_or_404(rows, code=said["station"])
        if not rights_at(request.user, station).announces:
            raise PermissionDenied(_("Your role may read this, not change it"))
        wanted = Announced(
            station, said["what"], said["from"], said["to"], said["reason"], said["parameters"]
        )
        try:
            work = announcing.announce(wanted=wanted, by=request.user)
        except CannotAnnounce as refusal:
            raise ValidationError({"": [str(refusal)]}) from refusal
        return Response(WorkSerializer(work).data, status=status.HTTP_201_CREATED)


def _in_state(found: QuerySet[Maintenance], state: str | None) -> QuerySet[Maintenance]:
    if state is None:
        return found
    if state == "withdrawn":
        return found.exclude(cancelled_at=None)
    standing = found.filter(cancelled_at=None)
    if state == "ended":
        return standing.exclude(ended_early_at=None)
    decision = "" if state == "waiting" else state
    return standing.filter(decision=decision, ended_early_at=None)


def _mine(request: Request, pk: int) -> Maintenance:
    seen = Maintenance.objects.for_user(request.user).select_related(*NAMES)
    work: Maintenance = get_object_or_404(seen, pk=pk)
    return work


class WorkDetail(APIView):
    """One announcement."""

    @extend_schema(responses=WorkSerializer, operation_id="work")
    def get(self, request: Request, pk: int) -> Response:
        """What was announced, and what was decided."""
        return Response(WorkSerializer(_mine(request, pk)).data)


def _taken(
    request: Request,
    pk: int,
    step: Callable[[Maintenance, Person, str], Any],
    *,
    decides: bool,
) -> Response:
    """Take a step: strangers find nothing, readers may not, late-comers are told who was first."""
    given = WordsSerializer(data=request.data)
    given.is_valid(raise_exception=True)
    work, by = _mine(request, pk), request.user
    assert isinstance(by, Person)  # noqa: S101 - nobody else sees announcements
    rights = rights_at(by, work.station)
    if not (rights.decides if decides else rights.announces or work.declared_by_id == by.pk):
        raise PermissionDenied(_("Your role may read this, not change it"))
    try:
        with transaction.atomic():
            step(work, by, given.validated_data["note"])
    except ReasonMissing as refusal:
        raise ValidationError({"note": [str(refusal)]}) from refusal
    except CannotAnnounce as refusal:
        raise Conflict(str(refusal)) from refusal
    for bell in (AVERAGE, MAIL):
        transaction.on_commit(partial(ring, bell))
    return Response(WorkSerializer(_mine(request, pk)).data)


class Approve(APIView):
    """The department agrees."""

    @extend_schema(
        request=WordsSerializer,
        responses={200: WorkSerializer, **_refusals},
        operation_id="approve_work",
    )
    def post(self, request: Request, pk: int) -> Response:
        """Approves; 409 when someone was first."""
        return _taken(
            request,
            pk,
            lambda work, by, note: announcing.approve(work=work, by=by, note=note),
            decides=True,
        )


class Refuse(APIView):
    """The department does not agree."""

    @extend_schema(
        request=WordsSerializer,
        responses={200: WorkSerializer, **_refusals},
        operation_id="refuse_work",
    )
    def post(self, request: Request, pk: int) -> Response:
        """Refuses, with the reason as note; 409 when someone was first."""
        return _taken(
            request,
            pk,
            lambda work, by, note: announcing.refuse(work=work, by=by, note=note),
            decides=True,
        )


class Withdraw(APIView):
    """It is taken back."""

    @extend_schema(
        request=WordsSerializer,
        responses={200: WorkSerializer, **_refusals},
        operation_id="withdraw_work",
    )
    def post(self, request: Request, pk: int) -> Response:
        """Takes all of it back, with the reason as note; 409 when someone was first."""
        return _taken(
            request,
            pk,
            lambda work, by, note: announcing.withdraw(work=work, by=by, reason=note),
            decides=False,
        )


class EndEarly(APIView):
    """It is over before its time."""

    @extend_schema(
        request=WordsSerializer,
        responses={200: WorkSerializer, **_refusals},
        operation_id="end_work",
    )
    def post(self, request: Request, pk: int) -> Response:
        """Ends it now; 409 when it does not go on."""
        return _taken(
            request,
            pk,
            lambda work, by, _note: announcing.end_early(work=work, by=by),
            decides=False,
        )
