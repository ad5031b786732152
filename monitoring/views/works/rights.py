"""Who may announce work at a station, decide on it, and take it back."""

from __future__ import annotations

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from alerts.models import Maintenance
from alerts.services.announced import state_of
from alerts.views.works import NAMES
from monitoring.services.announcing import rights_at
from stations.models import Person, Station
from stations.views.person import person_of


def announceable(user: Person) -> list[Station]:
    """The stations at which he may announce work."""
    answering = Station.objects.for_user(user, "answer_alerts")
    deciding = Station.objects.for_user(user, "decide_data")
    rows = Station.objects.filter(ended_on=None)
    mine = rows.filter(pk__in=answering.values("pk")) | rows.filter(pk__in=deciding.values("pk"))
    return list(mine.select_related("facility__zone", "facility__operator").order_by("code"))


def work_of(request: HttpRequest, pk: int) -> Maintenance:
    """An announcement at a station that the reader may see; 404 for a stranger."""
    rows = Maintenance.objects.for_user(person_of(request)).select_related(*NAMES)
    work: Maintenance = get_object_or_404(rows, pk=pk)
    return work


def may_decide(user: Person, work: Maintenance) -> bool:
    """Whether it waits for this reader's decision."""
    return state_of(work) == "waiting" and rights_at(user, work.station).decides


def may_take_back(user: Person, work: Maintenance) -> bool:
    """Whoever announced it or answers for the station, as long as it stands; the department what
    it approved: what still waits it refuses."""
    if state_of(work) not in ("waiting", "approved", "ended"):
        return False
    if work.declared_by_id == user.pk:
        return True
    rights = rights_at(user, work.station)
    return rights.answers or (rights.decides and state_of(work) != "waiting")
