"""Times of the HTTP API: dates or moments in, ISO 8601 at +07:00 out."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

# A "+" in an address that was not escaped arrives as a space: 2024-05-21T08:00:00 07:00.
_lost_plus = re.compile(r"(?<=T)([\d:.]+) (?=\d\d:?\d\d$)")
_YEARS = range(1970, 2201)


def iso(moment: datetime) -> str:
    """A moment as the API writes it: `2024-05-21T08:35:00+07:00`."""
    return timezone.localtime(moment).isoformat()


def midnight(day: date) -> datetime:
    """The moment at which a Vietnamese day begins."""
    return timezone.make_aware(datetime.combine(day, time()))


@extend_schema_field(
    {
        "type": "string",
        "example": "2024-05-21T08:00:00+07:00",
        "description": "A date, or a moment; without an offset it is at +07:00.",
    }
)
class MomentField(serializers.Field[datetime, str, str, Any]):
    """A date (the start of that Vietnamese day) or a moment; without an offset it is at +07:00."""

    default_error_messages = {
        "invalid": _("Write a date as 2024-05-21, or a moment as 2024-05-21T08:00:00+07:00."),
    }

    def to_internal_value(self, data: Any) -> datetime:
        """The moment; refuses what is none."""
        try:
            return _moment(str(data).strip())
        except (ValueError, OverflowError):
            self.fail("invalid")

    def to_representation(self, value: datetime) -> str:
        """As the API writes it."""
        return iso(value)


def _moment(text: str) -> datetime:
    day = parse_date(text)
    moment = midnight(day) if day else parse_datetime(_lost_plus.sub(r"\1+", text))
    if moment is None or moment.year not in _YEARS:
        raise ValueError(text)
    return moment if moment.tzinfo else timezone.make_aware(moment)


class SpanQuery(serializers.Serializer[Any]):
    """`from` and `to` of a query: from ≤ x < to."""

    def get_fields(self) -> dict[str, Any]:
        """The two fields, whose names Python keeps for itself, before the others."""
        span = {name: MomentField(required=False) for name in ("from", "to")}
        return {**span, **super().get_fields()}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuses a span that ends before it starts."""
        start, end = attrs.get("from"), attrs.get("to")
        if start is not None and end is not None and end <= start:
            raise serializers.ValidationError({"to": [_("“to” must lie after “from”.")]})
        return attrs


def within(column: str, span: dict[str, Any]) -> dict[str, datetime]:
    """The span of a query as a condition on a column."""
    edges = {f"{column}__gte": span.get("from"), f"{column}__lt": span.get("to")}
    return {lookup: moment for lookup, moment in edges.items() if moment is not None}
