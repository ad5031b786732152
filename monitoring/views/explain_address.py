"""The address of the page that tells why there was an alert, or none."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse
from rest_framework.serializers import ValidationError

from stations.api.times import MomentField
from stations.domain import wording


def explain_url(code: str, parameter: str, at: datetime) -> str:
    """The page of an hour."""
    here = wording.in_vietnam(at)
    query = {"at": here.strftime("%Y-%m-%dT%H:%M")}
    if parameter:
        query["parameter"] = parameter
    return f"{reverse('explain', args=[code])}?{urlencode(query)}"


def explain_chart_url(code: str, asked: Mapping[str, str]) -> str:
    """The page of the hour in the middle of a chart, as its address (`from`, `to`, `parameters`)
    asks for it; of the running day where it asks for none."""
    here = reverse("explain", args=[code])
    try:
        start, end = (MomentField().to_internal_value(asked[name]) for name in ("from", "to"))
    except (KeyError, ValidationError):
        return here
    return explain_url(
        code, asked.get("parameters", "").partition(",")[0], start + (end - start) / 2
    )
