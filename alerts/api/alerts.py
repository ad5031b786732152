"""`alerts/`: the desk, read and handled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from alerts.api.shapes import (
    AlertDetailSerializer,
    AlertQuery,
    AlertSerializer,
    AnswerSerializer,
    NoteSerializer,
)
from alerts.models import Alert
from alerts.services.handling import (
    AnswerMissing,
    CannotBeDone,
    Explanation,
    NoteMissing,
    ReasonMissing,
    acknowledge,
    answer,
    close,
    send_back,
    verify,
)
from stations.api.asking import asked
from stations.api.paging import KeysetPagination
from stations.api.refusals import Conflict, RefusalSerializer
from stations.models import Person


class Alerts(ListAPIView[Alert]):
    """The alerts of the reader, the newest raised first."""

    queryset = Alert.objects.none()
    serializer_class = AlertSerializer
    pagination_class = KeysetPagination
    keys = ("-raised_at", "-id")

    def get_queryset(self) -> QuerySet[Alert]:
        """Those that the reader may see and asks for."""
        columns = {
            "state": "state",
            "kind": "kind",
            "station": "station__code",
            "facility": "station__facility__code",
            "agency": "held_by__code",
            "person": "assigned_to__username",
        }
        query = asked(AlertQuery, self.request)
        wanted = {columns[name]: query[name] for name in columns if name in query}
        found = Alert.objects.for_user(self.request.user).filter(**wanted)
        if query.get("overdue") is not None:
            past = Alert.objects.overdue(timezone.now()).values("pk")
            found = found.filter(pk__in=past) if query["overdue"] else found.exclude(pk__in=past)
        return found.select_related("station", "zone")

    @extend_schema(parameters=[AlertQuery], operation_id="alerts")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Alerts, the newest raised first."""
        return super().get(request, *args, **kwargs)


def _mine(request: Request, pk: int) -> Alert:
    seen = Alert.objects.for_user(request.user).select_related("station", "zone")
    alert: Alert = get_object_or_404(seen, pk=pk)
    return alert


class AlertDetail(APIView):
    """One alert with its periods and its story."""

    @extend_schema(responses=AlertDetailSerializer, operation_id="alert")
    def get(self, request: Request, pk: int) -> Response:
        """The alert, what it covers, and what happened with it."""
        return Response(AlertDetailSerializer(_mine(request, pk)).data)


def _handled(
    request: Request,
    pk: int,
    step: Callable[[Alert, Person], Any],
    *,
    right: str = "handle_alerts",
) -> Response:
    """Takes a step on the reader's alert: strangers find none, readers may not, late-comers are
    told who was first."""
    alert = _mine(request, pk)
    if not Alert.objects.for_user(request.user, right).filter(pk=pk).exists():
        raise PermissionDenied(_("Your role may read this, not change it"))
    assert isinstance(request.user, Person)  # noqa: S101 - nobody else sees alerts
    try:
        step(alert, request.user)
    except (NoteMissing, ReasonMissing) as refusal:
        raise ValidationError({"note": [str(refusal)]}) from refusal
    except AnswerMissing as refusal:
        raise ValidationError({"words": [str(refusal)]}) from refusal
    except CannotBeDone as refusal:
        raise Conflict(str(refusal)) from refusal
    return Response(AlertDetailSerializer(_mine(request, pk)).data)


def _note(request: Request) -> str:
    given = NoteSerializer(data=request.data)
    given.is_valid(raise_exception=True)
    return str(given.validated_data["note"])


_answers = {
    200: AlertDetailSerializer,
    **dict.fromkeys((400, 403, 404, 409), OpenApiResponse(RefusalSerializer)),
}


class Acknowledge(APIView):
    """An officer takes the case."""

    @extend_schema(request=NoteSerializer, responses=_answers, operation_id="acknowledge_alert")
    def post(self, request: Request, pk: int) -> Response:
        """Takes a new alert; 409 when someone was first."""
        note = _note(request)
        return _handled(request, pk, lambda alert, by: acknowledge(alert=alert, by=by, note=note))


class Close(APIView):
    """An officer ends the case."""

    @extend_schema(request=NoteSerializer, responses=_answers, operation_id="close_alert")
    def post(self, request: Request, pk: int) -> Response:
        """Closes an acknowledged alert, with a note; 409 when it is not in that state."""
        note = _note(request)
        return _handled(request, pk, lambda alert, by: close(alert=alert, by=by, note=note))


class GiveAnswer(APIView):
    """The operator explains."""

    @extend_schema(request=AnswerSerializer, responses=_answers, operation_id="answer_alert")
    def post(self, request: Request, pk: int) -> Response:
        """Explains an alert: its cause, what is done, by when it is mended."""
        given = AnswerSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        said = Explanation(**given.validated_data)
        return _handled(
            request,
            pk,
            lambda alert, by: answer(alert=alert, by=by, said=said),
            right="answer_alerts",
        )


class Verify(APIView):
    """An officer accepts the explanation."""

    @extend_schema(request=NoteSerializer, responses=_answers, operation_id="verify_alert")
    def post(self, request: Request, pk: int) -> Response:
        """Verifies an explained alert; 409 when it is not in that state."""
        note = _note(request)
        return _handled(request, pk, lambda alert, by: verify(alert=alert, by=by, note=note))


class SendBack(APIView):
    """An officer asks for more."""

    @extend_schema(request=NoteSerializer, responses=_answers, operation_id="return_alert")
    def post(self, request: Request, pk: int) -> Response:
        """Sends an explanation back; the note says what is missing."""
        note = _note(request)
        return _handled(request, pk, lambda alert, by: send_back(alert=alert, by=by, reason=note))
