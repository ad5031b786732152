"""When each station and channel spoke last, kept up to date by what is received."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Max, Value
from django.db.models.functions import Greatest
from django.utils import timezone

from alerts.domain.kinds import SILENT_12H, SILENT_PARAMETER, SILENT_STATION
from alerts.services.easing import resolve
from monitoring.domain.parsed import MEASURING, Row
from monitoring.domain.silence import Heard, Patience, heard, silence_of
from monitoring.domain.slots import day_of
from monitoring.models import ChannelLink, Delivery, Link
from monitoring.services.arrivals import Arrival
from monitoring.services.clock_rules import ClockRules
from monitoring.services.setup import USUAL_INTERVAL, ChannelSetup, StationSetup


def update_links(
    arrivals: Sequence[Arrival], setups: Mapping[int, StationSetup], *, now: datetime
) -> None:
    """Move the links of the stations that were heard; a silence that ended is told to the desk.

    Back-fill, duplicates and rejected files move nothing but "last file" (judging.md §6).
    """
    by_station: dict[int, list[Arrival]] = defaultdict(list)
    for arrival in arrivals:
        if arrival.station_id in setups:
            by_station[arrival.station_id].append(arrival)
    if not by_station:
        return
    patience = ClockRules.on(day_of(now)).patience
    links = Link.objects.in_bulk(by_station)
    moved, spoken = [], []
    for station_id, own in by_station.items():
        link = links.get(station_id)
        after = _moved(link, own, setups[station_id], patience)
        if after is not None:
            moved.append(after)
            if link is not None and link.silent_since is not None and after.silent_since is None:
                first = _first_newer(link, own)
                after.heard_again_at = first.entry.received_at
                _silence_is_over(after, first, now)
                spoken.append(after)
    _store_links(moved)
    _update_channels(by_station, setups, patience, now)
    for link in spoken:
        _give_channels_time(link, setups[link.station_id], patience)


def _moved(
    link: Link | None, arrivals: Sequence[Arrival], setup: StationSetup, patience: Patience
) -> Link | None:
    """The link as these arrivals leave it; None for a station that was never heard."""
    last = max(arrival.entry.received_at for arrival in arrivals)
    before = Heard(link.newest_received_at, link.newest_measured_at) if link else None
    newest = before
    for arrival in _with_rows(arrivals):
        newest = heard(
            newest,
            received_at=arrival.entry.received_at,
            measured_at=arrival.parsed.rows[-1].time,
        )
    if newest is None:
        return None
    spoke_anew = before is None or newest.measured_at > before.measured_at
    first = min((a.entry.received_at for a in _with_rows(arrivals)), default=last)
    interval = setup.pace.interval(day_of(newest.measured_at)) or USUAL_INTERVAL[0].value
    silence = silence_of(newest, interval, patience=patience)
    assert silence is not None  # noqa: S101 - it was heard
    return Link(
        station_id=setup.station_id,
        first_heard_at=min(first, link.first_heard_at) if link else first,
        newest_measured_at=newest.measured_at,
        newest_received_at=newest.received_at,
        last_received_at=max(last, link.last_received_at) if link else _last(setup),
        silent_after=silence.after,
        silent_since=link.silent_since if link and not spoke_anew else None,
        heard_again_at=link.heard_again_at if link else None,
    )


def recount_links(setup: StationSetup, slots: Iterable[int]) -> None:
    """Bring the newest readings of a station and of these channels back to what still stands.

    After readings were taken away by reading their files again. Since when a channel is judged
    stays, and so does what is known of one that has no reading left. The caller holds the lock.
    """
    patience = ClockRules.on(day_of(timezone.now())).patience
    newest = _newest_row(setup.station_id)
    link = Link.objects.filter(pk=setup.station_id).first()
    if newest is not None and link is not None:
        interval = setup.pace.interval(day_of(newest.measured_at)) or USUAL_INTERVAL[0].value
        silence = silence_of(newest, interval, patience=patience)
        assert silence is not None  # noqa: S101 - it was heard
        link.newest_measured_at, link.newest_received_at = newest.measured_at, newest.received_at
        link.silent_after = silence.after
        link.save(update_fields=["newest_measured_at", "newest_received_at", "silent_after"])
    channels = {channel.slot: channel for channel in setup.channels}
    for slot in slots:
        own = _newest_row(setup.station_id, slot)
        if own is not None:
            ChannelLink.objects.filter(station=setup.station_id, slot=slot).update(
                newest_time=own.measured_at,
                newest_received_at=own.received_at,
                silent_after=_silent_after(own, channels.get(slot), patience),
            )


def _silent_after(
    newest: Heard, channel: ChannelSetup | None, patience: Patience
) -> datetime | None:
    """From when a channel's silence counts; None for one that the register no longer has."""
    if channel is None:
        return None
    interval = channel.pace.interval(day_of(newest.measured_at)) or USUAL_INTERVAL[0].value
    return newest.received_at + patience.allowance(interval)


def _newest_row(station_id: int, slot: int | None = None) -> Heard | None:
    """The newest reading, of any channel or of one, and the first delivery of that row."""
    there = (
        ""
        if slot is None
        else " AND (r.values[%(slot)s] IS NOT NULL OR r.statuses[%(slot)s] IS NOT NULL)"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT d.received_at, r.time FROM (SELECT time, deliveries FROM monitoring_reading r"  # noqa: S608
            f" WHERE station_id = %(station)s{there} ORDER BY time DESC LIMIT 1) r"
            " JOIN monitoring_delivery d ON d.station_id = %(station)s AND d.id = ANY(r.deliveries)"
            " ORDER BY d.received_at, d.id LIMIT 1",
            {"station": station_id, "slot": slot},
        )
        found = cursor.fetchone()
    return Heard(*found) if found else None


def _store_links(moved: Sequence[Link]) -> None:
    Link.objects.bulk_create(
        moved,
        update_conflicts=True,
        unique_fields=["station"],
        update_fields=[
            *("first_heard_at", "newest_measured_at", "newest_received_at"),
            *("last_received_at", "silent_after", "silent_since", "heard_again_at"),
        ],
    )


def _last(setup: StationSetup) -> datetime:
    """The newest reception of a station that is heard for the first time, unread files too."""
    stored = Delivery.objects.filter(station=setup.station_id).aggregate(last=Max("received_at"))
    last: datetime = stored["last"]
    return last


def _first_newer(before: Link, arrivals: Sequence[Arrival]) -> Arrival:
    """The first arrival that brought something newer than what was known."""
    newer = (
        arrival
        for arrival in _with_rows(arrivals)
        if arrival.parsed.rows[-1].time > before.newest_measured_at
    )
    return min(newer, key=lambda arrival: arrival.order)


def _silence_is_over(link: Link, by: Arrival, now: datetime) -> None:
    """The station speaks again: what was told of its silence, and of the duty of notice, ends."""
    received_at, measured_at = by.entry.received_at, by.parsed.rows[-1].time
    for kind in (SILENT_STATION, SILENT_12H):
        resolve(
            kind=kind,
            station_id=link.station_id,
            at=received_at,
            now=now,
            by_what={
                "received_at": received_at.isoformat(),
                "measured_at": measured_at.isoformat(),
            },
        )


def _give_channels_time(link: Link, setup: StationSetup, patience: Patience) -> None:
    """While its station was silent no channel could be heard: each gets one allowance anew."""
    day = day_of(link.newest_measured_at)
    for channel in setup.channels:
        interval = channel.pace.interval(day) or USUAL_INTERVAL[0].value
        ChannelLink.objects.filter(
            station=link.station_id,
            slot=channel.slot,
            silent_since=None,
            silent_after__isnull=False,
        ).update(
            silent_after=Greatest(
                "silent_after", Value(link.newest_received_at + patience.allowance(interval))
            )
        )


def _with_rows(arrivals: Sequence[Arrival]) -> list[Arrival]:
    return [each for each in arrivals if each.parsed.rows and not each.duplicate]


@dataclass(slots=True)
class _Ends:
    """The first and the newest reading of a channel, and since when it is called silent."""

    first: datetime
    newest: Heard
    silent_since: datetime | None = None
    silent_after: datetime | None = None
    spoke: Heard | None = None
    """The first reading that came newer than what was known."""

    def stretch(self, row: Row, received_at: datetime) -> None:
        """Take a row in. A row without a value that calls itself measured says nothing newer."""
        self.first = min(self.first, row.time)
        if row.value is not None or row.status != MEASURING:
            if row.time > self.newest.measured_at and self.spoke is None:
                self.spoke = Heard(received_at, row.time)
            self.newest = heard(self.newest, received_at=received_at, measured_at=row.time)


def _update_channels(
    by_station: Mapping[int, Sequence[Arrival]],
    setups: Mapping[int, StationSetup],
    patience: Patience,
    now: datetime,
) -> None:
    known = {
        (link.station_id, link.slot): _Ends(
            link.first_time,
            Heard(link.newest_received_at, link.newest_time),
            link.silent_since,
            link.silent_after,
        )
        for link in ChannelLink.objects.filter(station__in=by_station)
    }
    before = {key: ends.newest for key, ends in known.items()}
    stretched: dict[tuple[int, int], _Ends] = {}
    for station_id, arrivals in by_station.items():
        for arrival in _with_rows(arrivals):
            received_at = arrival.entry.received_at
            for row in arrival.parsed.rows:
                key = station_id, row.slot
                ends = known.get(key)
                if ends is None:
                    stretched[key] = known[key] = _Ends(row.time, Heard(received_at, row.time))
                elif row.time < ends.first or row.time >= ends.newest.measured_at:
                    ends.stretch(row, received_at)
                    stretched[key] = ends
    for (station_id, slot), ends in sorted(stretched.items()):
        channels = {channel.slot: channel for channel in setups[station_id].channels}
        _note_silence(
            station_id, ends, before.get((station_id, slot)), channels.get(slot), patience, now
        )
    _store_channels(stretched)


def _note_silence(
    station_id: int,
    ends: _Ends,
    before: Heard | None,
    channel: ChannelSetup | None,
    patience: Patience,
    now: datetime,
) -> None:
    """From when the channel's silence counts after what came; one that lasted until now is over."""
    if before == ends.newest and ends.silent_after is not None:
        return
    ends.silent_after = _silent_after(ends.newest, channel, patience)
    spoke = ends.spoke
    if ends.silent_since is None or spoke is None:
        return
    ends.silent_since = None
    if channel is not None:
        resolve(
            kind=SILENT_PARAMETER,
            station_id=station_id,
            parameter=channel.symbol,
            at=spoke.received_at,
            now=now,
            by_what={
                "received_at": spoke.received_at.isoformat(),
                "measured_at": spoke.measured_at.isoformat(),
            },
        )


def _store_channels(stretched: Mapping[tuple[int, int], _Ends]) -> None:
    ChannelLink.objects.bulk_create(
        [
            ChannelLink(
                station_id=station_id,
                slot=slot,
                first_time=ends.first,
                newest_time=ends.newest.measured_at,
                newest_received_at=ends.newest.received_at,
                silent_after=ends.silent_after,
                silent_since=ends.silent_since,
            )
            for (station_id, slot), ends in sorted(stretched.items())
        ],
        update_conflicts=True,
        unique_fields=["station", "slot"],
        update_fields=[
            *("first_time", "newest_time", "newest_received_at"),
            *("silent_after", "silent_since"),
        ],
    )
