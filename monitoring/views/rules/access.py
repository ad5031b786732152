"""Who may see these pages and who may write: 404 for a stranger, 403 for a reader who writes."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from stations.models import Facility, Station
from stations.models.scope import sees_province
from stations.views.person import person_of

EDIT = "edit_rules"


def facility_seen(request: HttpRequest, code: str) -> Facility:
    """A facility whose readings the person may see."""
    rows = Facility.objects.for_user(person_of(request)).select_related("zone", "operator")
    facility: Facility = get_object_or_404(rows, code=code)
    return facility


def facility_kept(request: HttpRequest, code: str) -> Facility:
    """A facility whose rules the person keeps."""
    facility = facility_seen(request, code)
    if not keeps(request, facility):
        raise PermissionDenied
    return facility


def keeps(request: HttpRequest, facility: Facility) -> bool:
    """Whether the person keeps the rules of a facility."""
    return Facility.objects.for_user(person_of(request), EDIT).filter(pk=facility.pk).exists()


def station_kept(request: HttpRequest, code: str) -> Station:
    """A station whose rules the person keeps."""
    rows = Station.objects.for_user(person_of(request)).select_related("facility")
    station: Station = get_object_or_404(rows, code=code)
    facility_kept(request, station.facility.code)
    return station


def keeps_the_law(request: HttpRequest) -> bool:
    """Whether the person keeps the editions, which hold for the whole province."""
    return sees_province(person_of(request), EDIT)


def require_keeper_of_the_law(request: HttpRequest) -> None:
    """403 for everybody else."""
    if not keeps_the_law(request):
        raise PermissionDenied
