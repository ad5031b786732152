"""What machines ask: is it alive, can it serve, how much. No sign-in, no private data."""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest

from config.backlog import Backlog
from monitoring.services.probing import newest_shown

REGISTRY.register(Backlog())


@never_cache
@require_safe
def alive(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"alive": True})


@never_cache
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """The process can serve: its database answers. 503 when it does not."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"ready": False, "reason": "database"}, status=503)
    return JsonResponse({"ready": True})


@never_cache
@require_safe
def probed(request: HttpRequest) -> JsonResponse:
    """The newest reading that the pages show of our own probes, by the number of their station."""
    shown = newest_shown()
    return JsonResponse({"stations": {str(pk): at.isoformat() for pk, at in shown.items()}})


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Counters in Prometheus' text format."""
    return HttpResponse(generate_latest(), content_type=CONTENT_TYPE_LATEST)
