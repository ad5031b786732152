"""The stations that a reader may see, each with its state; what nobody may read is left out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from monitoring.models import Link, StationState
from stations.domain import wording
from stations.models import Person, Station
from stations.states import LINK_STATES, STATES
from stations.views.names import short_name

NOT_CONNECTED, CONNECTED, SILENT = "not_connected", "connected", "silent"


@dataclass(slots=True)
class Seen:
    """A station as one reader sees it: with its readings, or with its link alone."""

    station: Station
    readable: bool
    link: Link | None
    drawn: StationState | None

    @property
    def state(self) -> str:
        """For a reader of links: connected, silent, or never heard."""
        if self.link is None:
            return NOT_CONNECTED
        if self.link.silent_since is not None:
            return SILENT
        if not self.readable:
            return CONNECTED
        return self.drawn.state if self.drawn is not None else "not_enough_data"

    @property
    def name(self) -> str:
        """NT01 KCN Quang Châu."""
        return short_name(self.station)

    @property
    def url(self) -> str:
        """Its page."""
        return reverse("station-detail", args=[self.station.code])

    @property
    def order(self) -> tuple[int, str]:
        """Worst first, then by place."""
        return RANK[self.state], self.station.facility.sort_name + self.station.code


WORDS = {**STATES, **LINK_STATES}
RANK = {state: rank for rank, state in enumerate(WORDS)}


def seen_by(user: Person, **only: Any) -> list[Seen]:
    """The stations in use, worst first; in a fixed number of queries."""
    running = Q(ended_on=None) | Q(ended_on__gte=timezone.localdate())
    rows = (
        Station.objects.for_user(user, "view_links")
        .filter(running, **only)
        .select_related("facility__operator", "facility__zone", "link", "state")
        .defer("state__channels")
    )
    readable = set(Station.objects.for_user(user).filter(**only).values_list("pk", flat=True))
    found = [
        Seen(row, row.pk in readable, getattr(row, "link", None), getattr(row, "state", None))
        for row in rows
    ]
    return sorted(found, key=lambda seen: seen.order)


def span_query(start: datetime, end: datetime) -> str:
    """The query of a station's page whose chart goes from `start` to `end`."""
    ends = {"from": start, "to": end}
    return urlencode(
        {name: wording.in_vietnam(at).isoformat(timespec="seconds") for name, at in ends.items()}
    )


def freshness(stations: Iterable[Seen]) -> dict[str, Any]:
    """How new the newest file is, and how many of the stations that ever spoke still do."""
    links = [seen.link for seen in stations if seen.link is not None]
    return {
        "received_at": max((link.newest_received_at for link in links), default=None),
        "alive": sum(link.silent_since is None for link in links),
        "total": len(links),
    }
