"""What a request asks for, checked."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.serializers import Serializer


def asked(query: type[Serializer[Any]], request: Request) -> dict[str, Any]:
    """The parameters of the address as this serializer reads them; ValidationError names each
    that is wrong."""
    checked = query(data=request.query_params)
    checked.is_valid(raise_exception=True)
    return dict(checked.validated_data)
