"""Who hears about stations, and by which mailing rules: asked once for a piece of work."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date

from alerts.domain.routing import Rule
from alerts.models import NotificationPolicy
from alerts.services.listening import Wishes
from stations.models import Station
from stations.services.recipients import Recipient, keepers_of_lines, recipients_for_many


class Readers:
    """A picture of people and mailing rules, taken when the first case needs it.

    For one piece of work, as a RuleBook is: make a new one for the next.
    """

    def __init__(self, station_ids: Iterable[int]) -> None:
        self.station_ids = frozenset(station_ids)
        self._recipients: dict[date, dict[int, list[Recipient]]] = {}
        self._rules: dict[tuple[str, date], list[Rule]] = {}
        self._keepers: dict[tuple[int | None, date], list[Recipient]] = {}
        self._wishes: Wishes | None = None

    @property
    def wishes(self) -> Wishes:
        """How people asked to hear."""
        if self._wishes is None:
            self._wishes = Wishes()
        return self._wishes

    def keepers(self, zone_id: int | None, *, on: date) -> list[Recipient]:
        """Who looks after the lines of a zone, or of the province."""
        if (zone_id, on) not in self._keepers:
            self._keepers[zone_id, on] = keepers_of_lines(zone_id, on=on)
        return self._keepers[zone_id, on]

    def of(self, station_id: int, *, on: date) -> list[Recipient]:
        """Who hears about a station on a day; all stations are asked for with the first."""
        if on not in self._recipients:
            stations = Station.objects.filter(pk__in=self.station_ids).only("pk", "facility_id")
            self._recipients[on] = recipients_for_many(stations, on=on)
        return self._recipients[on][station_id]

    def rules(self, kind: str, *, on: date) -> list[Rule]:
        """The mailing rules for a kind of alert on a day."""
        if (kind, on) not in self._rules:
            self._rules[kind, on] = NotificationPolicy.objects.rules(kind, on=on)
        return self._rules[kind, on]


_shared: ContextVar[Readers | None] = ContextVar("readers", default=None)


@contextmanager
def sharing_readers(station_ids: Iterable[int]) -> Iterator[None]:
    """Within it one picture serves all cases of these stations: for a round of many stations."""
    token = _shared.set(Readers(station_ids))
    try:
        yield
    finally:
        _shared.reset(token)


def readers_for(station_id: int | None) -> Readers:
    """The picture that is shared in this piece of work, else one for this station alone."""
    shared = _shared.get()
    if shared is not None and (station_id is None or station_id in shared.station_ids):
        return shared
    return Readers([] if station_id is None else [station_id])


@contextmanager
def reading_anew() -> Iterator[None]:
    """Within it people are asked for anew: what was shared may be older than what just changed."""
    token = _shared.set(None)
    try:
        yield
    finally:
        _shared.reset(token)
