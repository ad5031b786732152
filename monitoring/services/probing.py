"""The probes of a door: what is sent, how far each has come, and what they say of the door."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import QuerySet

from monitoring.domain.probing import Tried, Word, word_of
from monitoring.models import Delivery, DoorProbe, Link, StationState
from stations.models import Station
from stations.services.synthetic import SYMBOL, UNIT, ProbeLogger

FTP = "ftp"
LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")
REMEMBERED = timedelta(days=7)
"""How far back a probe that came through is looked for: one older says nothing any more."""

FOLLOWED = timedelta(hours=1)
"""How long it is looked for how far a probe has come; later it counts as lost on its way."""


def file_of(logger: ProbeLogger, at: datetime) -> tuple[str, bytes]:
    """Name and bytes of the file of one minute; no two alike."""
    stamp = at.astimezone(LOCAL).strftime("%Y%m%d%H%M%S")
    value = f"{20 + int(at.timestamp()) // 60 % 17}.{at.second:02d}"
    return f"{logger.prefix}_{stamp}.txt", f"{SYMBOL}\t{value}\t{UNIT}\t{stamp}\t00\r\n".encode()


@dataclass(slots=True)
class Probe:
    """One probe on its way: its row, and the time that its reading bears."""

    row: DoorProbe
    station_id: int
    name: str
    measured_at: datetime
    unsaved: bool = field(default=True)

    @property
    def is_under_way(self) -> bool:
        """Whether something of it is still to be seen."""
        return not self.row.failure and self.row.visible_at is None

    def note(self, **stages: datetime) -> None:
        """It has come so far."""
        for name, moment in stages.items():
            setattr(self.row, f"{name}_at", moment)
        self.unsaved = True

    def fail(self, step: str, said: str) -> None:
        """It has not come through: at which step, and what was said."""
        self.row.failure = f"{step}: {said}"[:300]
        self.unsaved = True

    def keep(self) -> None:
        """Write down how far it has come."""
        if self.unsaved:
            self.row.save()
            self.unsaved = False

    def look(self, now: datetime) -> None:
        """See in the database how far it has come: stored; then averaged and judged."""
        if self.row.stored_at is None:
            stored = Delivery.objects.filter(station=self.station_id, name=self.name)
            found = stored.order_by("received_at").values_list("stored_at", flat=True).first()
            if found is None:
                return
            self.note(stored=found)
        if self.row.judged_at is None and not self._is_marked():
            self.note(judged=now)

    def _is_marked(self) -> bool:
        """Whether the hour of its reading waits to be averaged and judged."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT EXISTS (SELECT FROM monitoring_dirtyhour WHERE station_id = %s"
                " AND hour <= %s AND hour > %s)",
                [self.station_id, self.measured_at, self.measured_at - timedelta(hours=1)],
            )
            return bool(cursor.fetchone()[0])


def new_probe(logger: ProbeLogger, *, address: str, at: datetime) -> Probe:
    """A probe that is about to be sent."""
    name, _body = file_of(logger, at)
    row = DoorProbe(door=FTP, address=address, sent_at=at)
    return Probe(row, logger.station_id, name, at.replace(microsecond=0))


def newest_shown() -> dict[int, datetime]:
    """The newest reading that the pages show of each synthetic station, by its number."""
    synthetic = Station.objects.filter(synthetic=True).values("pk")
    found: dict[int, datetime] = {}
    for station_id, channels in StationState.objects.filter(station__in=synthetic).values_list(
        "station_id", "channels"
    ):
        times = [each["time"] for each in channels if each["time"]]
        if times:
            found[station_id] = max(datetime.fromisoformat(time) for time in times)
    return found


def word_of_probes(now: datetime, *, door: str = FTP) -> Word:
    """What the probes of a door say of it now (judging.md §6)."""
    ended = (
        DoorProbe.objects.filter(door=door, sent_at__gt=now - REMEMBERED, sent_at__lte=now)
        .exclude(acknowledged_at=None, failure="")
        .order_by("-sent_at")
    )
    newest = ended.first()
    if newest is None:
        return Word()
    tried = _ends_of_run(newest, ended.filter(address=newest.address))
    return word_of(tried, now=now, heard_at=_heard_at(tried))


def _ends_of_run(newest: DoorProbe, ended: QuerySet[DoorProbe]) -> list[Tried]:
    """The newest probe, the first one that ended like it in a row, and the one before that."""
    came_through = newest.acknowledged_at is not None
    before = ended.filter(acknowledged_at__isnull=came_through).first()
    run = ended if before is None else ended.filter(sent_at__gt=before.sent_at)
    first = run.last() or newest
    rows = {row.sent_at: row for row in (newest, first, before) if row is not None}
    return [Tried(at, row.acknowledged_at is not None) for at, row in rows.items()]


def _heard_at(tried: list[Tried]) -> datetime | None:
    """When a station's file came through the door since the newest probe that did."""
    if tried[0].came_through:
        return None
    came = next((each.sent_at for each in tried if each.came_through), tried[-1].sent_at)
    if not Link.objects.filter(last_received_at__gt=came, station__synthetic=False).exists():
        return None
    through = Delivery.objects.filter(
        door__in=(Delivery.Door.FTP, Delivery.Door.FTPS), received_at__gt=came
    ).exclude(station__in=Station.objects.filter(synthetic=True).values("pk"))
    return through.order_by("-received_at").values_list("received_at", flat=True).first()
