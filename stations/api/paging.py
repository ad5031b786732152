"""Lists, page by page, by the key of the last row seen: never counted, stable while rows come."""

from __future__ import annotations

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any, Protocol

from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

MOST_ROWS = 1000


class Keyed(Protocol):
    """A view that names the columns of its order; together they are unique. `-` is descending."""

    keys: tuple[str, ...]


@dataclass(frozen=True)
class Cursor:
    """Where a page begins: after, or before, the row with these values of the keys."""

    backwards: bool
    values: tuple[Any, ...]

    def written(self) -> str:
        """As it stands in an address."""
        # Microseconds count, so datetimes are not left to the encoder, which cuts them.
        plain = [v.isoformat() if hasattr(v, "isoformat") else v for v in self.values]
        text = json.dumps([self.backwards, *plain], cls=DjangoJSONEncoder)
        return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(text: str, model: type[Model], keys: Sequence[str]) -> Cursor:
    """The cursor of an address; ValueError when it is none of these keys."""
    padded = text + "=" * (-len(text) % 4)
    try:
        backwards, *values = json.loads(urlsafe_b64decode(padded.encode("ascii")))
        columns = [model._meta.get_field(key.lstrip("-")) for key in keys]
        read = tuple(c.to_python(v) for c, v in zip(columns, values, strict=True))  # type: ignore[union-attr]
    except (ValidationError, binascii.Error, TypeError) as error:
        raise ValueError(text) from error
    if None in read:
        raise ValueError(text)
    return Cursor(bool(backwards), read)


class PageQuery(serializers.Serializer[Any]):
    """How much of a list is asked for."""

    cursor = serializers.CharField(required=False)
    page_size = serializers.IntegerField(required=False, min_value=1, max_value=MOST_ROWS)


class KeysetPagination(BasePagination):
    """`{"next", "previous", "results"}`: addresses of the pages beside this one, or null."""

    page_size = 100

    def paginate_queryset(  # type: ignore[override]
        self, queryset: QuerySet[Any], request: Request, view: APIView | None = None
    ) -> list[Any]:
        """The rows of the page that the query asks for."""
        self.keys: tuple[str, ...] = view.keys  # type: ignore[union-attr]
        self.address = request.build_absolute_uri()
        cursor, size = self._asked(request, queryset.model)
        backwards = cursor is not None and cursor.backwards
        order = tuple(_turned(key) for key in self.keys) if backwards else self.keys
        if cursor is not None:
            queryset = queryset.filter(_beyond(order, cursor.values))
        rows = list(queryset.order_by(*order)[: size + 1])
        more, rows = len(rows) > size, rows[:size]
        self.rows = rows[::-1] if backwards else rows
        self.has_next = more if not backwards else True
        self.has_previous = more if backwards else cursor is not None
        return self.rows

    def _asked(self, request: Request, model: type[Model]) -> tuple[Cursor | None, int]:
        query = PageQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        size = query.validated_data.get("page_size", self.page_size)
        text = query.validated_data.get("cursor")
        if text is None:
            return None, size
        try:
            return read_cursor(text, model, self.keys), size
        except ValueError as error:
            wrong = _("This cursor is of another list; start again without it.")
            raise serializers.ValidationError({"cursor": [wrong]}) from error

    def get_paginated_response(self, data: Any) -> Response:
        """The page with the addresses of its neighbours."""
        return Response({"next": self._next(), "previous": self._previous(), "results": data})

    def _next(self) -> str | None:
        return self._beside(self.rows[-1], backwards=False) if self.has_next and self.rows else None

    def _previous(self) -> str | None:
        if not self.has_previous or not self.rows:
            return None
        return self._beside(self.rows[0], backwards=True)

    def _beside(self, row: Any, *, backwards: bool) -> str:
        values = tuple(getattr(row, key.lstrip("-")) for key in self.keys)
        return replace_query_param(self.address, "cursor", Cursor(backwards, values).written())

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The page, for the description of the API."""
        address = {"type": "string", "nullable": True, "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": address, "previous": address, "results": schema},
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """What may be asked of a page, for the description of the API."""
        words = {
            "cursor": (gettext_lazy("Where the page begins; from “next” or “previous”."), "string"),
            "page_size": (gettext_lazy("Rows of a page: 100, at most 1000."), "integer"),
        }
        return [
            {
                "name": name,
                "in": "query",
                "required": False,
                "description": str(text),
                "schema": {"type": kind},
            }
            for name, (text, kind) in words.items()
        ]


def _turned(key: str) -> str:
    return key[1:] if key.startswith("-") else f"-{key}"


def _beyond(order: Sequence[str], values: Sequence[Any]) -> Q:
    """Rows that come after the one with these values; the first key alone bounds the index."""
    cases, same = [], Q()
    for key, value in zip(order, values, strict=True):
        column, beyond = (key[1:], "lt") if key.startswith("-") else (key, "gt")
        cases.append(same & Q(**{f"{column}__{beyond}": value}))
        same &= Q(**{column: value})
    first, from_there = (order[0][1:], "lte") if order[0].startswith("-") else (order[0], "gte")
    return Q(**{f"{first}__{from_there}": values[0]}) & reduce(or_, cases)
