"""`alerts/`: the desk."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from alerts.models import Alert, AlertEvent, AlertSpan, Kind, State
from alerts.services.handling import CannotBeDone, NoteMissing, acknowledge, close
from stations.api.asking import asked
from stations.api.paging import KeysetPagination
from stations.api.refusals import Conflict, RefusalSerializer
from stations.domain.quantities import json_number


class ExactNumber(serializers.Field[Any, Any, float, Any]):
    """A decimal as a JSON number, nothing lost up to 15 digits."""

    def to_representation(self, value: Any) -> int | float:
        """The number."""
        return json_number(value)


class SidesSerializer(serializers.Serializer[Any]):
    """Both sides of a limit."""

    max = serializers.FloatField(allow_null=True)
    min = serializers.FloatField(allow_null=True)
