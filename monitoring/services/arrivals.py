"""From spool entries to arrivals: whose they are, and what they say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from monitoring.domain.fileformat import DatedMaps, Parsed, Problem, Row, parse
from monitoring.domain.readwith import ReadWith
from monitoring.domain.sender import (
    PrefixIndex,
    Sender,
    which_stamp,
    whose_by_account,
    whose_by_command,
)
from monitoring.models import NOBODY, Delivery
from monitoring.services.readmaps import prefix_index
from monitoring.services.setup import maps_of
from monitoring.services.spool import Entry
from stations.models import FtpAccount, Station

Order = tuple[datetime, int]

LONGEST_NAME = 255


@dataclass(slots=True)
class Arrival:
    """A file that was received and is now to be stored."""

    entry: Entry
    station_id: int
    sha256: str
    name_time: datetime | None
    parsed: Parsed
    how: ReadWith | None = None
    """How it was read; None where its rows were not looked at."""
    sent_by: tuple[int, ...] = ()
    """The stations of the account that sent it; none by command."""
    duplicate: bool = False
    revisions: int = 0
    stored_at: datetime | None = None
    """When it was stored first, of one that was stored before as nobody's."""

    @property
    def read_with(self) -> str:
        """The fingerprint of how it was read."""
        return self.how.fingerprint if self.how else ""

    @property
    def id(self) -> UUID:
        return self.entry.id

    @property
    def order(self) -> Order:
        """Its place in the history of reception: received_at, then spool id."""
        return self.entry.received_at, self.entry.id.int

    @property
    def name(self) -> str:
        """The file's name as it is kept."""
        return storable(self.entry.name)[-LONGEST_NAME:]

    @property
    def key(self) -> tuple[int, str, str]:
        """What makes a later file a duplicate of this one (judging.md §4)."""
        return self.station_id, self.name, self.sha256

    @property
    def can_repeat(self) -> bool:
        """Whether it can be a duplicate: not what is nobody's, nor what was too large to keep."""
        return self.station_id != NOBODY and not self.entry.too_large

    @property
    def kept(self) -> Sequence[Row]:
        """The rows that count; none of a repetition."""
        return () if self.duplicate else self.parsed.rows

    @property
    def readings(self) -> int:
        """How many readings it brought."""
        return len(self.kept)

    @property
    def problems(self) -> Sequence[Problem]:
        """What was wrong with it; of a repetition the first one tells."""
        return () if self.duplicate else self.parsed.problems

    @property
    def outcome(self) -> str:
        return Delivery.Outcome.DUPLICATE.value if self.duplicate else self.parsed.outcome


def arrivals_of(entries: Sequence[Entry]) -> list[Arrival]:
    """Find the station of each entry and read it; in the order of reception."""
    prefixes = prefix_index()
    own, senders = senders_of(entries, prefixes)
    maps = maps_of({sender.station_id for sender in senders if sender.station_id is not None})
    found = [_arrival(*each, maps, prefixes) for each in zip(entries, senders, own, strict=True)]
    return sorted(found, key=lambda arrival: arrival.order)


def senders_of(
    entries: Sequence[Entry], prefixes: PrefixIndex
) -> tuple[list[tuple[int, ...]], list[Sender]]:
    """Of each entry the stations of its account, and whose it is as the register stands now."""
    accounts = _stations_of_accounts(entries)
    own = [
        accounts.get((entry.door == Delivery.Door.HTTP, entry.account or ""), ())
        for entry in entries
    ]
    return own, [_sender(*pair, prefixes) for pair in zip(entries, own, strict=True)]


def _sender(entry: Entry, own: tuple[int, ...], prefixes: PrefixIndex) -> Sender:
    if entry.door == Delivery.Door.COMMAND:
        return whose_by_command(entry.name, prefixes=prefixes)
    return whose_by_account(entry.name, account_station_ids=own, prefixes=prefixes)


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


def _arrival(
    entry: Entry,
    sender: Sender,
    own: tuple[int, ...],
    maps: dict[int, DatedMaps],
    prefixes: PrefixIndex,
) -> Arrival:
    station_id = NOBODY if sender.station_id is None else sender.station_id
    dated = maps.get(station_id)
    refused = _refused(entry, sender)
    if refused is not None or dated is None:
        digest = "" if entry.too_large else entry.sha256
        parsed = refused or _nothing()
        return Arrival(entry, station_id, digest, sender.name_time, parsed, None, own)
    return read_entry(entry, station_id, ReadWith(dated, which_stamp(entry.name, prefixes)))


def read_entry(entry: Entry, station_id: int, how: ReadWith) -> Arrival:
    """Read an entry of a known station."""
    name_time = how.name_time(entry.name)
    parsed = parse(
        entry.raw,
        name_time=name_time,
        received_at=entry.received_at,
        maps=how.maps,
        by_command=entry.door == Delivery.Door.COMMAND,
    )
    return Arrival(entry, station_id, entry.sha256, name_time, parsed, how)


def entry_of(delivery: Delivery, *, mail: bool | None = None) -> Entry:
    """A stored delivery as it came through its door; `mail`: whether it may still be mailed of."""
    return Entry(
        delivery.id,
        delivery.received_at,
        delivery.door,
        delivery.account,
        delivery.peer,
        delivery.name,
        bytes(delivery.raw),
        mail=not delivery.quiet if mail is None else mail,
    )


def _refused(entry: Entry, sender: Sender) -> Parsed | None:
    """What a file gives whose rows are not looked at; None where they are."""
    for applies, code, text in (
        (entry.too_large, "too_large", ""),
        (sender.code == "wrong_station", "wrong_station", entry.name),
        (entry.unfinished, "unfinished", entry.name),
        (sender.code is not None, sender.code or "", entry.name),
    ):
        if applies:
            return Parsed(rows=(), revisions=(), problems=(Problem(None, code, text),))
    return None


def _nothing() -> Parsed:
    return Parsed(rows=(), revisions=(), problems=(Problem(None, "unknown_station"),))


def storable(text: str) -> str:
    """Text that PostgreSQL takes: no NUL, no lone surrogates."""
    return text.replace("\0", "␀").encode("utf-8", "replace").decode("utf-8")
