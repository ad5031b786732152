"""How an alert looks in JSON, and what may be asked of alerts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from alerts.models import Alert, AlertEvent, AlertSpan, Answer, Kind, State
from stations.domain.quantities import json_number


@extend_schema_field(OpenApiTypes.NUMBER)
class ExactNumber(serializers.Field[Decimal, Any, "int | float", Any]):
    """A decimal as a JSON number: whole without a point, nothing lost up to 15 digits."""

    def to_representation(self, value: Decimal) -> int | float:
        """The number."""
        return json_number(value)


class SidesSerializer(serializers.Serializer[Any]):
    """Both sides of the limit that was passed, or came near."""

    max = ExactNumber(source="maximum", allow_null=True)
    min = ExactNumber(source="minimum", allow_null=True)


class AlertSerializer(serializers.ModelSerializer[Alert]):
    """An alert in a list; value, limit and ratio are those of its latest period."""

    station = serializers.CharField(source="station.code", default=None, allow_null=True)
    zone = serializers.CharField(source="zone.code", default=None, allow_null=True)
    parameter = serializers.CharField(help_text=_("Empty: about the station."))
    value = ExactNumber(allow_null=True)
    limit = SidesSerializer(source="*")
    ratio = ExactNumber(allow_null=True)

    class Meta:
        model = Alert
        fields: tuple[str, ...] = (
            *("id", "kind", "station", "zone", "parameter", "period", "state", "severity"),
            *("opened_at", "raised_at", "acknowledged_at", "resolved_at", "closed_at"),
            *("late", "withdrawn", "value", "limit", "unit", "ratio", "source"),
            *("limit_confirmed", "acknowledge_due_at", "answer_due_at"),
            *("answered_at", "verified_at", "returned_at"),
        )

    def get_fields(self) -> dict[str, Any]:
        """With the two names that Python keeps for itself: what the alert covers."""
        return {
            **super().get_fields(),
            "from": serializers.DateTimeField(source="starts_at"),
            "to": serializers.DateTimeField(source="ends_at"),
        }


class SpanSerializer(serializers.ModelSerializer[AlertSpan]):
    """One period of an alert, as it was told, and a later correction beside it."""

    value = ExactNumber(allow_null=True)
    limit = SidesSerializer(source="*")
    ratio = ExactNumber(allow_null=True)
    corrected_value = ExactNumber(allow_null=True)

    class Meta:
        model = AlertSpan
        fields = (
            *("late", "value", "limit", "unit", "ratio", "source", "told_at"),
            *("corrected_at", "corrected_value", "withdrawn_at", "withdrawn_reason"),
        )

    def get_fields(self) -> dict[str, Any]:
        """With the two names that Python keeps for itself."""
        return {
            "from": serializers.DateTimeField(source="start"),
            "to": serializers.DateTimeField(source="end"),
            **super().get_fields(),
        }


class EventSerializer(serializers.ModelSerializer[AlertEvent]):
    """One line of an alert's story."""

    by = serializers.CharField(default=None, allow_null=True, help_text=_("Null: the system."))

    class Meta:
        model = AlertEvent
        fields = ("what", "at", "by", "note")


class AlertDetailSerializer(AlertSerializer):
    """An alert by itself."""

    spans = SpanSerializer(many=True)
    events = serializers.SerializerMethodField()

    class Meta(AlertSerializer.Meta):
        fields = (*AlertSerializer.Meta.fields, "closing_note", "previous", "spans", "events")

    @extend_schema_field(EventSerializer(many=True))
    def get_events(self, alert: Alert) -> list[dict[str, Any]]:
        """Its story, the oldest line first."""
        return list(EventSerializer(alert.events.select_related("by"), many=True).data)


class AlertQuery(serializers.Serializer[Any]):
    """Which alerts."""

    state = serializers.ChoiceField(choices=State.choices, required=False)
    kind = serializers.ChoiceField(choices=Kind.choices, required=False)
    station = serializers.CharField(required=False)
    facility = serializers.CharField(required=False, help_text=_("Its code."))
    agency = serializers.CharField(required=False, help_text=_("The code of who holds the case."))
    person = serializers.CharField(
        required=False, help_text=_("The sign-in name of whom it is assigned to.")
    )
    overdue = serializers.BooleanField(
        required=False, default=None, allow_null=True, help_text=_("Past a deadline, or not.")
    )


class NoteSerializer(serializers.Serializer[Any]):
    """Words that go into the story: what was found and done."""

    note = serializers.CharField(default="", allow_blank=True, max_length=10_000)


class AnswerSerializer(serializers.Serializer[Any]):
    """What an operator says of an alert."""

    cause = serializers.ChoiceField(choices=Answer.Cause.choices)
    words = serializers.CharField(max_length=10_000)
    measure = serializers.CharField(default="", allow_blank=True, max_length=10_000)
    expected_end = serializers.DateTimeField(default=None, allow_null=True)
