"""From spool entries to arrivals: whose they are, and what they say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from monitoring.domain.fileformat import DatedMaps, Parsed, Problem, parse
from monitoring.domain.sender import (
    PrefixIndex,
    PrefixPeriod,
    Sender,
    whose_by_account,
    whose_by_command,
)
from monitoring.models import NOBODY, Delivery
from monitoring.services.setup import maps_of
from monitoring.services.spool import Entry
from stations.models import FilePrefix, FtpAccount, Station

Order = tuple[datetime, int]


@dataclass(slots=True)
class Arrival:
    """A file that was received and is now to be stored."""

    entry: Entry
    station_id: int
    sha256: str
    name_time: datetime | None
    parsed: Parsed
    read_with: str
    duplicate: bool = False
    revisions: int = 0

    @property
    def id(self) -> UUID:
        return self.entry.id

    @property
    def order(self) -> Order:
        """Its place in the history of reception: received_at, then spool id."""
        return self.entry.received_at, self.entry.id.int

    @property
    def key(self) -> tuple[int, str, str]:
        """What makes a later file a duplicate of this one (judging.md §4)."""
        return self.station_id, self.entry.name, self.sha256

    @property
    def outcome(self) -> str:
        return Delivery.Outcome.DUPLICATE.value if self.duplicate else self.parsed.outcome


def arrivals_of(entries: Sequence[Entry]) -> list[Arrival]:
    """Find the station of each entry and read it; in the order of reception."""
    senders = _senders(entries)
    maps = maps_of({sender.station_id for sender in senders if sender.station_id is not None})
    found = [_arrival(entry, sender, maps) for entry, sender in zip(entries, senders, strict=True)]
    return sorted(found, key=lambda arrival: arrival.order)


def _senders(entries: Sequence[Entry]) -> list[Sender]:
    prefixes = prefix_index()
    stations = _stations_of_accounts(entries)
    senders = []
    for entry in entries:
        if entry.door == Delivery.Door.COMMAND:
            sender = whose_by_command(entry.name, prefixes=prefixes)
        else:
            own = stations.get((entry.door == Delivery.Door.HTTP, entry.account or ""), ())
            sender = whose_by_account(entry.name, account_station_ids=own, prefixes=prefixes)
        senders.append(sender)
    return senders


def prefix_index() -> PrefixIndex:
    """All file prefixes, with the days on which they hold."""
    rows = FilePrefix.objects.values_list("station_id", "prefix", "valid_from", "valid_until")
    return PrefixIndex([PrefixPeriod(*row) for row in rows])


def _stations_of_accounts(entries: Iterable[Entry]) -> dict[tuple[bool, str], tuple[int, ...]]:
    """Station ids by (through HTTP, account): an FTP user name, or the station of a token."""
    names = {entry.account for entry in entries if entry.account}
    found: dict[tuple[bool, str], tuple[int, ...]] = {}
    if not names:
        return found
    linked = FtpAccount.objects.filter(username__in=names, stations__isnull=False)
    for username, station_id in linked.order_by("stations__code").values_list(
        "username", "stations"
    ):
        found[False, username] = (*found.get((False, username), ()), station_id)
    told = {account_of_station(pk): pk for name in names if (pk := _station_told(name))}
    for pk in Station.objects.filter(pk__in=told.values()).values_list("pk", flat=True):
        found[True, account_of_station(pk)] = (pk,)
    return found


STATION_ACCOUNT = "station:"


def account_of_station(station_id: int) -> str:
    """The account of an entry that came with a station's token: the door knows no more of it."""
    return f"{STATION_ACCOUNT}{station_id}"


def _station_told(account: str) -> int | None:
    digits = account.removeprefix(STATION_ACCOUNT)
    return int(digits) if digits != account and digits.isdecimal() else None


def _arrival(entry: Entry, sender: Sender, maps: dict[int, DatedMaps]) -> Arrival:
    station_id = NOBODY if sender.station_id is None else sender.station_id
    dated = maps.get(station_id)
    refused = _refused(entry, sender)
    if refused is not None or dated is None:
        return Arrival(
            entry, station_id, entry.sha256, sender.name_time, refused or _nothing(), read_with=""
        )
    return read_entry(entry, station_id, sender.name_time, dated)


def read_entry(
    entry: Entry, station_id: int, name_time: datetime | None, maps: DatedMaps
) -> Arrival:
    """Read an entry of a known station."""
    parsed = parse(
        entry.raw,
        name_time=name_time,
        received_at=entry.received_at,
        maps=maps,
        by_command=entry.door == Delivery.Door.COMMAND,
    )
    day = parsed.rows[0].time.date() if parsed.rows else entry.received_at.date()
    read_with = maps.on(day)
    fingerprint = read_with.fingerprint if read_with else ""
    return Arrival(entry, station_id, entry.sha256, name_time, parsed, fingerprint)


def _refused(entry: Entry, sender: Sender) -> Parsed | None:
    """What a file gives whose rows are not looked at; None where they are."""
    for applies, code, text in (
        (entry.too_large, "too_large", ""),
        (sender.code is not None, sender.code or "", entry.name),
        (entry.unfinished, "unfinished", entry.name),
    ):
        if applies:
            return Parsed(rows=(), revisions=(), problems=(Problem(None, code, text),))
    return None


def _nothing() -> Parsed:
    return Parsed(rows=(), revisions=(), problems=(Problem(None, "unknown_station"),))
