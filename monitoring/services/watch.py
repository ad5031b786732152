"""The clock alone: who should have spoken by now (judging.md §6).

A silence counts from its `silent_after` on and is told 3 min later, so that an outage of the line
shows itself first. Nobody is judged beyond what has been received and stored, nor for time in which
we could not receive.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_noop

from alerts.domain.kinds import SILENT_12H, SILENT_PARAMETER, SILENT_STATION, WRONG_SENDER
from alerts.models import Alert, AlertSpan, Notification
from alerts.services.easing import resolve, withdraw
from alerts.services.findings import Finding
from alerts.services.outbox import RAISING
from alerts.services.raising import report
from monitoring.domain.outage import EVERYTHING, Line, broken_line, recovered_at
from monitoring.domain.silence import Lost, received_through
from monitoring.domain.slots import day_of
from monitoring.models import ChannelLink, Link, Outage
from monitoring.services.clock_rules import ClockRules
from monitoring.services.locks import lock_stations
from monitoring.services.outages import (
    begin_line_outage,
    end_line_outage,
    join_into,
    lock_outages,
    lost_by,
)
from monitoring.services.settle import redraw
from monitoring.services.setup import USUAL_INTERVAL, setups_of
from monitoring.services.spool import Spool
from stations.models import Channel

SENDER_QUIET = timedelta(hours=24)
"""A wrong sender is over when this long no such file has come."""

STILL_MATTERS = timedelta(days=2)
"""How long after its start the stations of an outage are looked at for what was held back."""

PART_OF_OUTAGE = gettext_noop("It belongs to an outage of the transmission line.")
WIDER = gettext_noop("It belongs to a wider outage.")


def watch(spool: Spool, *, now: datetime, door_back_at: datetime | None = None) -> int:
    """Open the alerts of what is silent; how many. `door_back_at`: since when we listen."""
    oldest = spool.oldest_received_at()
    through = min(received_through([oldest] if oldest else [], now), now)
    lost = lost_by(now)
    opened = 0
    if not lost.goes_on_at(now) and not lost.goes_on_at(through):
        opened = _Watch(through, now, lost, door_back_at).look()
    _end_wrong_senders(through, now)
    return opened


@dataclass
class _Watch:
    """One look at all lines, as of `through`."""

    through: datetime
    now: datetime
    lost: Lost
    door_back_at: datetime | None = None
    rules: ClockRules = field(init=False)

    def __post_init__(self) -> None:
        self.rules = ClockRules.on(day_of(self.through))

    def look(self) -> int:
        """Outages first, since they hold back; then stations, parameters, the duty of notice."""
        fresh = self._fresh()
        with transaction.atomic():
            if fresh or self._line_outages:
                lock_outages()
                self._keep_lines(fresh)
        opened = sum(self._open_station(line) for line in fresh if self._is_gathered(line))
        return opened + self._open_held_back() + self._open_parameters() + self._open_notices()

    @cached_property
    def _back_at(self) -> datetime | None:
        """Since when we can receive again."""
        known = (self.door_back_at, self.lost.back_at(self.now))
        return max((moment for moment in known if moment is not None), default=None)

    @property
    def _in_use(self) -> Q:
        going = Q(station__ended_on=None) | Q(station__ended_on__gte=day_of(self.through))
        return going & Q(station__synthetic=False)

    def _fresh(self) -> list[Line]:
        """Stations whose silence counts and that are not called silent yet."""
        links = Link.objects.filter(self._in_use, silent_after__lte=self.through, silent_since=None)
        return [line for line in self._lines(links) if line.after <= self.through]

    def _lines(self, links: Iterable[Link]) -> list[Line]:
        columns = ("pk", "station__facility__zone", "first_heard_at", "newest_received_at")
        rows = links.values_list(*columns, "silent_after")  # type: ignore[attr-defined]
        return [self._since_we_listen(Line(*row)) for row in rows]

    def _since_we_listen(self, line: Line) -> Line:
        """After we could receive again one full allowance passes first."""
        if self._back_at is None:
            return line
        allowed = line.after - line.received_at
        return replace(line, after=max(line.after, self._back_at + allowed))

    def _is_gathered(self, line: Line) -> bool:
        return line.after <= self.through - self.rules.patience.gathering

    # Lines: what many stations have in common

    @cached_property
    def _line_outages(self) -> list[Outage]:
        """Those that go on, and those whose stations may still be held back."""
        rows = Outage.objects.filter(
            Q(end=None) | Q(start__gt=self.now - STILL_MATTERS), what=Outage.What.LINE
        )
        return list(rows.order_by("start", "pk"))

    def _keep_lines(self, fresh: list[Line]) -> None:
        for outage in self._line_outages:
            if outage.end is None:
                self._end_if_back(outage)
        if fresh:
            self._find_outages()
        self._take_in(fresh)

    def _end_if_back(self, outage: Outage) -> None:
        links = Link.objects.filter(self._in_use, pk__in=outage.stations)
        again = Coalesce("heard_again_at", "newest_received_at")
        known = list(links.values_list(again, "silent_since"))
        returned = [heard_at for heard_at, since in known if since is None]
        at = recovered_at(returned, silent=len(known) - len(returned), rules=self.rules.line)
        if at is not None:
            end_line_outage(outage, at=at, now=self.now)

    def _find_outages(self) -> None:
        """Find what has begun; that of everything first, for it takes in those of zones."""
        lines = self._lines(Link.objects.filter(self._in_use))
        zones = sorted({line.zone for line in lines if line.zone is not None})
        for zone in (EVERYTHING, *zones):
            if self._is_down(zone) or self._is_down(EVERYTHING):
                continue
            own = lines if zone is EVERYTHING else [one for one in lines if one.zone == zone]
            broken = broken_line(
                own,
                zone=zone,
                through=self.through,
                rules=self.rules.line,
                was_silent=self._was_silent,
            )
            if broken is None:
                continue
            outage = begin_line_outage(
                zone_id=zone, start=broken.start, stations=broken.stations, now=self.now
            )
            self._hold(broken.stations)
            for narrower in self._line_outages if zone is EVERYTHING else ():
                if narrower.end is None:
                    join_into(outage, narrower, reason=WIDER, now=self.now)
            self._line_outages.append(outage)

    def _is_down(self, zone: int | None) -> bool:
        return any(one.end is None and one.zone_id == zone for one in self._line_outages)

    @cached_property
    def _silences(self) -> dict[int, list[tuple[datetime, datetime]]]:
        """When stations that may speak by now were called silent lately: (after, end)."""
        since = self.through - 2 * self.rules.line.hold - self.rules.line.alive_before
        spans = AlertSpan.objects.filter(
            alert__kind=SILENT_STATION, alert__resolved_at__gt=since, withdrawn_at=None
        ).values_list("alert__station", "evidence__silent_after", "alert__resolved_at")
        found: dict[int, list[tuple[datetime, datetime]]] = {}
        for station, after, resolved_at in spans:
            begun = parse_datetime(after) if after else None
            if begun is not None and resolved_at is not None:
                found.setdefault(station, []).append((begun, resolved_at))
        return found

    def _was_silent(self, station: int, moment: datetime) -> bool:
        spans = self._silences.get(station, ())
        return any(after <= moment < until for after, until in spans)

    def _hold(self, stations: Iterable[int]) -> None:
        """These are silent with their line: seen on every page, told to nobody for now."""
        for pk in stations:
            lock_stations([pk])
            link = Link.objects.get(pk=pk)
            if link.silent_since is None:
                link.silent_since = link.newest_received_at
                link.save(update_fields=["silent_since"])
                transaction.on_commit(lambda pk=pk: redraw([pk], now=self.now))  # type: ignore[misc]
            spans = AlertSpan.objects.filter(
                alert__kind=SILENT_STATION,
                alert__station=pk,
                start=link.silent_since,
                withdrawn_at=None,
            )
            for start, end in spans.values_list("start", "end"):
                withdraw(
                    kind=SILENT_STATION,
                    station_id=pk,
                    start=start,
                    end=end,
                    now=self.now,
                    reason=PART_OF_OUTAGE,
                )

    def _take_in(self, fresh: list[Line]) -> None:
        """Stations that fall silent while their line is down belong to its outage."""
        for line in fresh:
            outage = next((one for one in self._line_outages if self._holds(one, line)), None)
            if outage is None or line.station in outage.stations:
                continue
            self._hold([line.station])
            outage.stations = sorted({*outage.stations, line.station})
            outage.save(update_fields=["stations"])

    def _holds(self, outage: Outage, line: Line) -> bool:
        """Whether an outage holds this silence back: one of its scope that began with it or after,
        before the line was back."""
        in_scope = outage.zone_id in (None, line.zone)
        begun = line.after > outage.start
        before_back = outage.end is None or line.received_at <= outage.end
        return in_scope and begun and before_back and not self._is_released(outage)

    def _is_released(self, outage: Outage) -> bool:
        """Whether what is still silent comes out: two hours after the start, or one allowance
        after the line was back."""
        return self.through >= released_at(outage, self.rules)

    # What is told

    def _open_station(self, line: Line) -> bool:
        """Open one, unless the station has spoken meanwhile, or its line holds it back."""
        return self._opened(line.station, Q(silent_since=None, silent_after__lte=self.through))

    @transaction.atomic
    def _opened(self, station_id: int, condition: Q) -> bool:
        lock_stations([station_id])
        link = Link.objects.filter(condition, pk=station_id).first()
        if link is None:
            return False
        if link.silent_since is None:
            link.silent_since = link.newest_received_at
            link.save(update_fields=["silent_since"])
        report(self._finding(SILENT_STATION, link), now=self.now)
        redraw([station_id], now=self.now)
        return True

    def _finding(self, kind: str, link: Link) -> Finding:
        since = link.silent_since or link.newest_received_at
        return Finding(
            kind=kind,
            station_id=link.pk,
            start=since,
            end=self.now,
            counts_from=self._counts_from(since),
            evidence={
                "last_received": link.newest_received_at.isoformat(),
                "last_measured": link.newest_measured_at.isoformat(),
                "silent_after": link.silent_after.isoformat(),
            },
        )

    def _counts_from(self, since: datetime) -> datetime:
        """From when the delay of a mail is counted: the time that we lost is nobody's silence."""
        return since + self.lost.between(since, self.now)

    def _open_held_back(self) -> int:
        """What is still silent after an outage comes out together: one mail to each reader."""
        told = AlertSpan.objects.filter(
            alert__kind=SILENT_STATION,
            alert__station=OuterRef("pk"),
            start=OuterRef("silent_since"),
            withdrawn_at=None,
        )
        opened = 0
        held = {
            pk for one in self._line_outages if not self._is_released(one) for pk in one.stations
        }
        for outage in self._line_outages:
            if not self._is_released(outage):
                continue
            own = set(outage.stations) - held  # a wider one, that took this in, may hold them still
            links = Link.objects.filter(
                self._in_use, ~Exists(told), pk__in=own, silent_since__isnull=False
            )
            still = list(links.order_by("pk").values_list("pk", flat=True))
            for pk in still:
                opened += self._opened(pk, Q(silent_since__isnull=False))
            _tell_together(still, now=self.now)
        return opened

    def _open_parameters(self) -> int:
        """A parameter is silent only while its station is not."""
        speaking = Link.objects.filter(
            self._in_use, silent_since=None, silent_after__gt=self.through
        ).values("pk")
        quiet = ChannelLink.objects.filter(
            station__in=speaking,
            silent_since=None,
            silent_after__lte=self.through - self.rules.patience.gathering,
        )
        keys = list(quiet.order_by("station", "slot").values_list("station", "slot"))
        if not keys:
            return 0
        ended = Q(ended_on__lt=day_of(self.through))
        rows = Channel.objects.filter(station__in={pk for pk, _ in keys}).exclude(ended)
        channels = {(row.station_id, row.slot): row for row in rows}
        return sum(self._open_parameter(channels[key]) for key in keys if key in channels)

    @transaction.atomic
    def _open_parameter(self, channel: Channel) -> bool:
        lock_stations([channel.station_id])
        link = ChannelLink.objects.filter(
            station=channel.station_id,
            slot=channel.slot,
            silent_since=None,
            silent_after__lte=self.through - self.rules.patience.gathering,
        ).first()
        if link is None or not self._had_its_time(channel, link):
            return False
        ChannelLink.objects.filter(station=channel.station_id, slot=channel.slot).update(
            silent_since=link.newest_received_at
        )
        since = link.newest_received_at
        report(
            Finding(
                kind=SILENT_PARAMETER,
                station_id=channel.station_id,
                parameter=channel.symbol,
                unit=channel.unit,
                start=since,
                end=self.now,
                counts_from=self._counts_from(since),
                evidence={
                    "last_received": since.isoformat(),
                    "last_measured": link.newest_time.isoformat(),
                    "silent_after": link.silent_after and link.silent_after.isoformat(),
                },
            ),
            now=self.now,
        )
        return True

    def _had_its_time(self, channel: Channel, link: ChannelLink) -> bool:
        """Whether one allowance has passed since we could receive, or since its approved stop."""
        setup = setups_of([channel.station_id])[channel.station_id]
        own = next((one for one in setup.channels if one.slot == channel.slot), None)
        interval = own and own.pace.interval(day_of(self.through))
        allowed = self.rules.patience.allowance(interval or USUAL_INTERVAL[0].value)
        stops = () if own is None else setup.stops_of(own)
        if any(stop.start <= self.through < stop.end + allowed for stop in stops):
            return False  # nothing is expected of it in an approved stop
        if self._back_at is None or self._back_at <= link.newest_received_at:
            return True
        return self._back_at + allowed <= self.through - self.rules.patience.gathering

    def _open_notices(self) -> int:
        """After twelve hours in which we could have received, the owner has to give notice."""
        told = AlertSpan.objects.filter(
            alert__kind=SILENT_12H,
            alert__station=OuterRef("pk"),
            start=OuterRef("silent_since"),
            withdrawn_at=None,
        )
        notice = self.rules.patience.notice
        links = Link.objects.filter(
            self._in_use, ~Exists(told), silent_since__lte=self.through - notice
        )
        return sum(
            self._opened_notice(link.pk)
            for link in links
            if link.silent_since is not None
            and self.lost.after(link.silent_since, notice) <= self.through
        )

    @transaction.atomic
    def _opened_notice(self, station_id: int) -> bool:
        lock_stations([station_id])
        link = Link.objects.filter(pk=station_id, silent_since__isnull=False).first()
        if link is None:
            return False
        report(self._finding(SILENT_12H, link), now=self.now)
        return True


def released_at(outage: Outage, rules: ClockRules) -> datetime:
    """When what an outage of a line still holds back comes out."""
    longest = outage.start + rules.line.hold
    return longest if outage.end is None else min(longest, outage.end + rules.line.rest)


def next_silence(after: datetime) -> datetime | None:
    """When a silence next begins to count, has gathered, or makes its owner give notice."""
    rules, lost = ClockRules.on(day_of(after)), lost_by(after)
    gathering = rules.patience.gathering
    coming = [moment + length for moment in _counting(after, lost) for length in (_NOW, gathering)]
    silent = Link.objects.filter(
        station__synthetic=False, silent_since__gt=after - 2 * rules.patience.notice
    )
    since = silent.values_list("silent_since", flat=True)
    coming += [lost.after(moment, rules.patience.notice) for moment in since if moment]
    outages = Outage.objects.filter(what=Outage.What.LINE, start__gt=after - STILL_MATTERS)
    coming += [released_at(outage, rules) for outage in outages]
    return min((moment for moment in coming if moment > after), default=None)


_NOW = timedelta(0)


def _counting(after: datetime, lost: Lost) -> Iterable[datetime]:
    """From when the silences of stations and parameters count that are about to."""
    since = after - STILL_MATTERS
    back_at = lost.back_at(after)
    for model in (Link, ChannelLink):
        rows = model.objects.filter(silent_since=None, silent_after__gt=since)
        for heard, counts in rows.values_list("newest_received_at", "silent_after"):
            if counts is None:
                continue
            yield counts
            if back_at is not None and back_at > heard:
                yield back_at + (counts - heard)


def _tell_together(stations: Iterable[int], *, now: datetime) -> None:
    """What came out together leaves together: one mail to each reader, whatever the station."""
    notes = Notification.objects.filter(
        alert__kind=SILENT_STATION,
        alert__station__in=list(stations),
        event__what__in=RAISING,
        event__at=now,
        state=Notification.State.WAITING,
    )
    latest = notes.order_by("-due_at").values_list("due_at", flat=True).first()
    if latest is not None:
        notes.update(together=True, due_at=latest)


def _end_wrong_senders(through: datetime, now: datetime) -> None:
    going = Alert.objects.unclosed().filter(kind=WRONG_SENDER, resolved_at=None)
    over = going.filter(ends_at__lte=through - SENDER_QUIET)
    for station_id in over.values_list("station", flat=True):
        _end_wrong_sender(station_id, through, now)


@transaction.atomic
def _end_wrong_sender(station_id: int, through: datetime, now: datetime) -> None:
    """End one, unless another such file has come meanwhile."""
    lock_stations([station_id])
    alert = Alert.objects.unclosed().get(kind=WRONG_SENDER, station=station_id)
    over_at = alert.ends_at + SENDER_QUIET
    if alert.resolved_at is None and over_at <= through:
        resolve(kind=WRONG_SENDER, station_id=station_id, at=over_at, now=now)
