"""Times in which we could not receive, and lines that are down: kept, and told to the desk.

Nobody is to blame for them: while we cannot receive nobody is silent, and after it one full
allowance passes first.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from alerts.domain.kinds import LINE_OUTAGE, OWN_FAULT
from alerts.models import Alert
from alerts.services.easing import resolve, withdraw
from alerts.services.findings import Finding
from alerts.services.raising import report
from monitoring.domain.probing import Word
from monitoring.domain.silence import Lost
from monitoring.models import Outage
from monitoring.services.doors import BEATS_WITHIN, Heartbeat

What = Outage.What
OURS = (What.DOOR, What.OWN)
REMEMBERED = timedelta(days=31)
"""How far back a time that we lost still matters to a silence that goes on."""

PROBE = "probe"
"""The source of the fault that our probe alone does not come through."""

NO_WORD = Word()

_KEEPER = 0x71_74_74_64_10  # the advisory lock of the one who keeps outages


def lock_outages() -> None:
    """One keeper of outages at a time; until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_KEEPER])


def lost_by(moment: datetime) -> Lost:
    """The times in which we could not receive, as far as they matter to what is silent then."""
    rows = Outage.objects.filter(
        Q(end=None) | Q(end__gt=moment - REMEMBERED), what__in=OURS, start__lte=moment
    )
    return Lost(tuple(rows.order_by("start").values_list("start", "end")))


@transaction.atomic
def note_lost(
    *,
    what: Outage.What,
    start: datetime,
    now: datetime,
    end: datetime | None = None,
    evidence: dict[str, Any] | None = None,
    tell: bool = True,
) -> Outage:
    """We cannot receive since `start`, or could not until `end`; told once as our own fault.

    What is known to go on already is not begun again; with `tell=False` it is told to nobody yet.
    """
    lock_outages()
    going = Outage.objects.filter(what=what, zone=None, end=None).first()
    if going is None:
        going = Outage.objects.create(what=what, start=start, end=end, found_at=now)
    if tell:
        _tell(going, end=end, now=now, evidence=evidence or {})
    return going


@transaction.atomic
def note_back(*, what: Outage.What, at: datetime, now: datetime) -> bool:
    """We can receive again since `at`; whether that was not known."""
    lock_outages()
    going = Outage.objects.filter(what=what, zone=None, end=None).first()
    if going is None:
        return False
    going.end = max(at, going.start)
    going.save(update_fields=["end"])
    _resolve(going, now=now)
    return True


def keep_door(
    last: Heartbeat | None, *, now: datetime, watching_since: datetime, probed: Word = NO_WORD
) -> None:
    """Bring our own outages to what the door's heartbeat and its probes tell.

    A stale heartbeat is a door that is down, once somebody has watched for as long as it may be
    old: at a start the watch may be up before the door. A gap before the door's present life in
    which nobody had seen it down is a time in which the whole program stood still. A door that
    beats may still be closed to loggers: then its probe does not come through.
    """
    if last is not None and not last.is_fresh(now):
        if now - watching_since > BEATS_WITHIN:
            _keep_down(last.at, now=now, evidence={"last_alive": last.at.isoformat()})
        return
    if probed.door == "down" and probed.since is not None:
        evidence = {"probe_failed": probed.asked_at and probed.asked_at.isoformat()}
        _keep_down(probed.since, now=now, evidence=evidence, tell=probed.sure)
    else:
        _keep_open(last, probed, now=now)
    _keep_probe(probed, now=now)


def _keep_down(
    start: datetime, *, now: datetime, evidence: dict[str, Any], tell: bool = True
) -> None:
    """The door is down; it is told once, and only what is sure."""
    going = Outage.objects.filter(what=What.DOOR, end=None).exists()
    if not going or (tell and not _is_told(What.DOOR)):
        note_lost(what=What.DOOR, start=start, now=now, evidence=evidence, tell=tell)


def _keep_open(last: Heartbeat | None, probed: Word, *, now: datetime) -> None:
    """The door is open: by its heartbeat, and by its probes where they say anything."""
    since = probed.since if probed.door in ("open", "doubtful") else probed.asked_at
    listening = None if last is None else last.since
    known = [moment for moment in (listening, since) if moment is not None]
    if not known:
        return
    note_back(what=What.DOOR, at=max(known), now=now)
    if last is not None and last.gap is not None and not _is_known(*last.gap):
        start, end = last.gap
        note_lost(what=What.OWN, start=start, end=end, now=now)


def _keep_probe(probed: Word, *, now: datetime) -> None:
    """A probe that fails while stations' files come in is a fault of its own."""
    if probed.door == "doubtful" and probed.sure and not _is_told(PROBE):
        fault = Finding(kind=OWN_FAULT, station_id=None, source=PROBE, start=now, end=now)
        report(fault, now=now)
    elif probed.door in ("open", "down") and _is_told(PROBE):
        resolve(kind=OWN_FAULT, station_id=None, source=PROBE, at=now, now=now)


def _is_told(source: str) -> bool:
    """Whether such a fault of ours is told and goes on."""
    going = Alert.objects.unclosed().filter(kind=OWN_FAULT, station=None, source=source)
    return going.filter(resolved_at=None).exists()


def _is_known(start: datetime, end: datetime) -> bool:
    """Whether we know already that we could not receive in this time."""
    touching = Outage.objects.filter(what__in=OURS, start__lt=end)
    return touching.filter(Q(end=None) | Q(end__gt=start)).exists()


def _tell(outage: Outage, *, end: datetime | None, now: datetime, evidence: dict[str, Any]) -> None:
    finding = Finding(
        kind=OWN_FAULT,
        station_id=None,
        source=outage.what,
        start=outage.start,
        end=end or max(now, outage.start),
        evidence={"outage": outage.pk, **evidence},
    )
    report(finding, now=now)
    if end is not None:
        _resolve(outage, now=now)


def _resolve(outage: Outage, *, now: datetime) -> None:
    if outage.end is None:
        raise ValueError(f"{outage} goes on")
    resolve(kind=OWN_FAULT, station_id=None, source=outage.what, at=outage.end, now=now)


def begin_line_outage(
    *, zone_id: int | None, start: datetime, stations: tuple[int, ...], now: datetime
) -> Outage:
    """A line is down: told to its keeper. The caller holds the lock of outages."""
    outage = Outage.objects.create(
        what=What.LINE, zone_id=zone_id, start=start, stations=list(stations), found_at=now
    )
    report(
        Finding(
            kind=LINE_OUTAGE,
            station_id=None,
            zone_id=zone_id,
            start=start,
            end=max(now, start),
            evidence={"outage": outage.pk, "stations": len(stations)},
        ),
        now=now,
    )
    return outage


def end_line_outage(outage: Outage, *, at: datetime, now: datetime) -> None:
    """The line is back since `at`."""
    outage.end = max(at, outage.start)
    outage.save(update_fields=["end"])
    resolve(kind=LINE_OUTAGE, station_id=None, zone_id=outage.zone_id, at=outage.end, now=now)


def join_into(wider: Outage, narrower: Outage, *, reason: str, now: datetime) -> None:
    """An outage that showed itself in one zone first is a part of a wider one."""
    wider.stations = sorted({*wider.stations, *narrower.stations})
    wider.save(update_fields=["stations"])
    narrower.end = max(now, narrower.start)
    narrower.save(update_fields=["end"])
    withdraw(
        kind=LINE_OUTAGE,
        station_id=None,
        zone_id=narrower.zone_id,
        start=narrower.start,
        end=max(narrower.found_at, narrower.start),
        now=now,
        reason=reason,
    )
