"""Every refusal as JSON: `{"code", "reason"}`, and `fields` where the question was wrong."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import exceptions, serializers, status
from rest_framework.response import Response
from rest_framework.views import exception_handler


class RefusalSerializer(serializers.Serializer[Any]):
    """What is answered when something is refused."""

    code = serializers.CharField(help_text=gettext_lazy("A word for programs."))
    reason = serializers.CharField(help_text=gettext_lazy("A sentence for people."))
    fields = serializers.DictField(  # type: ignore[assignment]
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text=gettext_lazy("What is wrong with which part of the question."),
    )


class Conflict(exceptions.APIException):
    """409: the thing is no longer as the asker saw it."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"


def answer(error: Exception, context: dict[str, Any]) -> Response | None:
    """The handler of Django REST framework: the usual status, our words."""
    response = exception_handler(error, context)
    if response is None:
        return None
    if isinstance(error, exceptions.ValidationError):
        fields = _fields(error.detail)
        reason = "; ".join(text for texts in fields.values() for text in texts)
        response.data = {"code": "invalid", "reason": reason, "fields": fields}
        return response
    response.data = {"code": _code(error), "reason": _reason(error)}
    return response


def _code(error: Exception) -> str:
    if isinstance(error, Http404):
        return "not_found"
    if isinstance(error, PermissionDenied):
        return "permission_denied"
    codes = error.get_codes() if isinstance(error, exceptions.APIException) else "error"
    return codes if isinstance(codes, str) else "error"


def _reason(error: Exception) -> str:
    if isinstance(error, Http404):
        return _("There is no such thing, or it is not yours to see.")
    if isinstance(error, exceptions.APIException):
        return str(error.detail)
    return str(exceptions.PermissionDenied.default_detail)


def _fields(detail: Any) -> dict[str, list[str]]:
    """The messages of a validation error by the name of the parameter."""
    if not isinstance(detail, dict):
        return {"": [str(each) for each in detail]}
    return {
        str(name): [str(each) for each in (texts if isinstance(texts, list) else [texts])]
        for name, texts in detail.items()
    }
