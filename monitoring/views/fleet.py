"""The stations that a reader may see, each with its state; what nobody may read is left out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from alerts.models import Maintenance
from monitoring.models import Link, StationState
from stations.domain import wording
from stations.models import Person, Station
from stations.states import LINK_STATES, STATES
from stations.views.names import short_name

NOT_CONNECTED, CONNECTED, SILENT = "not_connected", "connected", "silent"
ONE_DAY = timedelta(days=1)
AT_WORK = "maintenance"
"""Silent, and approved work explains it."""


@dataclass(slots=True)
class Seen:
    """A station as one reader sees it: with its readings, or with its link alone."""

    station: Station
    readable: bool
    link: Link | None
    drawn: StationState | None
    works: Sequence[Maintenance] = ()

    @property
    def at_work(self) -> bool:
        """Whether approved work goes on now that covers all of it."""
        now = timezone.now()
        return any(not work.parameters and work.start <= now < work.end for work in self.works)

    @property
    def is_silent(self) -> bool:
        """Whether it should have spoken by now, whatever explains it."""
        return self.link is not None and self.link.silent_since is not None

    @property
    def state(self) -> str:
        """For a reader of links: connected, silent, at announced work, or never heard."""
        if self.link is None:
            return NOT_CONNECTED
        if self.is_silent:
            return AT_WORK if self.at_work else SILENT
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
    works = works_of_last_day()
    found = [
        Seen(
            row,
            row.pk in readable,
            getattr(row, "link", None),
            getattr(row, "state", None),
            works.get(row.pk, []),
        )
        for row in rows
    ]
    return sorted(found, key=lambda seen: seen.order)


def works_of_last_day() -> dict[int, list[Maintenance]]:
    """The approved work of the last 24 hours and of now, by station."""
    now = timezone.now()
    found: dict[int, list[Maintenance]] = defaultdict(list)
    for work in Maintenance.objects.approved().overlapping(now - ONE_DAY, now).order_by("start"):
        found[work.station_id].append(work)
    return found


def speaks_for(drawn: StationState) -> dict[str, Any] | None:
    """The judged channel that gives a station its state, of several the one nearest its limit;
    where none does, the one with the highest ratio."""
    judged = [each for each in drawn.channels if each["limit"]]
    cause = [each for each in judged if each["state"] == drawn.state]
    named = [each for each in judged if each["symbol"] == drawn.worst_symbol]
    return max(cause, key=lambda each: each["ratio"] or 0.0) if cause else next(iter(named), None)


def is_beyond(channel: Mapping[str, Any]) -> bool:
    """Whether the present mean of a channel lies outside its limit."""
    if channel["ratio"] is not None:
        return bool(channel["ratio"] > 1)
    return bool(channel["distance"])


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
