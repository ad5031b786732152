"""Takes a stream through the real pipeline, and reads what alerts and mails it came to.

What arrives is laid into the spool of the door and stored by the same `drain` as under `up`; then
the stations whose turn it is are settled, the watch looks, deadlines are kept, mails leave.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from alerts.mail import send_due
from alerts.models import Alert, AlertEvent, What
from alerts.services.escalating import keep_deadlines
from alerts.services.handling import acknowledge, close
from monitoring.models import Outage
from monitoring.services.drain import drain
from monitoring.services.outages import note_back, note_lost
from monitoring.services.settle import settle_stations
from monitoring.services.spool import Spool
from monitoring.services.timeline.playing import ScriptedDoor
from monitoring.services.watch import watch
from stations.models import Person
from stations.models import Station as StationRow
from stations.services.register_load.load import load_tree
from stations.services.register_load.tree import Problem, RegisterRefused, read_yaml
from tests.week.province import MINUTE, register
from tests.week.stream import Play, Sent
from tests.week.truth import Case, Identity, Span

STEP = 10 * MINUTE


@dataclass
class Played:
    """What looked when, and what mails were taken."""

    steps: list[int] = field(default_factory=list)
    settled: dict[str, list[int]] = field(default_factory=dict)
    door: ScriptedDoor = field(default_factory=ScriptedDoor)


def played(play: Play, files: Sequence[Sent], *, folder: Path, turns: int) -> Played:
    """Play it. Every ten minutes all that came is stored, the watch looks and mails leave; each
    station is settled at every `turns`-th of these steps, another part of the province at each."""
    player = _Player(play, Spool(folder), turns)
    player.load()
    waiting = iter(files)
    coming = next(waiting, None)
    for number, now in enumerate(range(play.begin + STEP, play.end + 1, STEP), 1):
        batch = []
        while coming is not None and coming.received <= now:
            batch.append(coming)
            coming = next(waiting, None)
        player.step(number, now, batch)
    return player.played


class _Player:
    def __init__(self, play: Play, spool: Spool, turns: int) -> None:
        self.play = play
        self.spool = spool
        self.turns = turns
        self.played = Played(settled={station.code: [] for station in play.stations})
        self.ids: dict[str, int] = {}

    def load(self) -> None:
        problems: list[Problem] = []
        text = yaml.safe_dump(register(self.play.stations), allow_unicode=True)
        try:
            load_tree(read_yaml(text, problems), name="the province", problems=problems)
        except RegisterRefused as refusal:
            raise AssertionError(problems[:5]) from refusal
        self.ids = dict(StationRow.objects.values_list("code", "pk"))

    def step(self, number: int, now: int, batch: Sequence[Sent]) -> None:
        """What happens at a step, in the order of the flow."""
        at = aware(now)
        self._our_door(now)
        self._officer(now)
        self.spool.put_many(map(_record, batch))
        drain(self.spool, clock=lambda: at, stored=lambda _received: None, wait=True)
        self._settle(number, now)
        if not any(since <= now < until for since, until in self.play.ours):
            watch(self.spool, now=at)
        keep_deadlines(now=at)
        self.played.door.now = at
        while send_due(now=at, door=self.played.door):
            pass
        self.played.steps.append(now)

    def _settle(self, number: int, now: int) -> None:
        is_last = now + STEP > self.play.end
        turn = [
            station
            for place, station in enumerate(self.play.stations)
            if is_last or (place + number) % self.turns == 0
        ]
        for station in turn:
            self.played.settled[station.code].append(now)
        ids = [self.ids[station.code] for station in turn]
        assert settle_stations(ids, now=aware(now)) == len(ids)

    def _our_door(self, now: int) -> None:
        for since, until in self.play.ours:
            if now == since:
                note_lost(what=Outage.What.DOOR, start=aware(now), now=aware(now))
            if now == until:
                note_back(what=Outage.What.DOOR, at=aware(now), now=aware(now))

    def _officer(self, now: int) -> None:
        officer = Person.objects.get(username="can.bo")
        for at, station, kind, symbol in self.play.closings:
            if at == now:
                alert = Alert.objects.unclosed().get(
                    station__code=station.code, kind=kind, parameter=symbol
                )
                acknowledge(alert=alert, by=officer, now=aware(now))
                close(alert=alert, by=officer, note="–", now=aware(now))


def aware(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)


def _record(sent: Sent) -> dict[str, Any]:
    return {
        "raw": sent.raw,
        "door": "ftp",
        "account": sent.station.account,
        "peer": "192.0.2.1",
        "name": sent.name,
        "received_at": aware(sent.received),
        "too_large": False,
        "mail": True,
    }


def told() -> Iterator[Case]:
    """Every alert of the database, as the truth has them."""
    alerts = Alert.objects.select_related("station", "zone").prefetch_related("spans")
    ends: dict[int, set[int]] = {}
    for event in AlertEvent.objects.filter(what=What.RESOLVED):
        at = datetime.fromisoformat(event.data["ended_at"])
        ends.setdefault(event.alert_id, set()).add(int(at.timestamp()))
    for alert in alerts.order_by("pk"):
        subject = alert.station or alert.zone
        yield Case(
            Identity(
                alert.kind,
                subject.code if subject else "",
                alert.parameter,
                alert.period,
                alert.source,
            ),
            int(alert.opened_at.timestamp()),
            [
                Span(
                    int(span.start.timestamp()),
                    int(span.end.timestamp()),
                    int(span.told_at.timestamp()),
                    span.late,
                    span.withdrawn_at is not None,
                )
                for span in alert.spans.all()
            ],
            None if alert.resolved_at is None else int(alert.resolved_at.timestamp()),
            None if alert.closed_at is None else int(alert.closed_at.timestamp()),
            ends.get(alert.pk, set()),
        )
