"""Stations to measure with: as many as a province has, and what their loggers send."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

STATIONS = 200
PARAMETERS = ("COD", "Temp", "pH", "TSS", "NH4", "TN", "TP", "Color")
INTERVAL = timedelta(minutes=5)
HOUR = timedelta(hours=1)
PASSWORD = "only for benches"  # noqa: S105 - of stations that live as long as a bench
ABOVE, BELOW, LIMIT = "80", "20", 50
VIETNAM_AHEAD = timedelta(hours=7)


@dataclass(frozen=True, slots=True)
class Place:
    """One station of the bench, by its number."""

    number: int

    @property
    def code(self) -> str:
        """Its code in the register."""
        return f"DO{self.number:03}-NT01"

    @property
    def prefix(self) -> str:
        """What its files' names begin with."""
        return f"BG_DO{self.number:03}_NT01"

    @property
    def account(self) -> str:
        """Its FTP account."""
        return f"do{self.number:03}"

    @property
    def mailbox(self) -> str:
        """Where its operator reads."""
        return f"{self.account}@mau.example"


PLACES = tuple(map(Place, range(STATIONS)))


def write_register(path: Path, *, grace_minutes: int = 30) -> Path:
    """The register of the bench: each channel under one limit of the hour."""
    facilities = [_facility(place, grace_minutes) for place in PLACES]
    path.write_text(yaml.safe_dump({"facilities": facilities}, allow_unicode=True), "utf-8")
    return path


def _facility(place: Place, grace_minutes: int) -> dict[str, Any]:
    return {
        "code": place.code.partition("-")[0],
        "name": f"Nhà máy Minh họa {place.number}",
        "kind": "plant",
        "operator": {"name": f"Công ty Minh họa {place.number}", "emails": [place.mailbox]},
        "stations": [
            {
                "code": place.code,
                "medium": "wastewater",
                "file_prefix": place.prefix,
                "interval_minutes": 5,
                "ftp": {"username": place.account, "password": PASSWORD},
                "channels": [_channel(symbol, grace_minutes) for symbol in PARAMETERS],
            }
        ],
    }


def _channel(symbol: str, grace_minutes: int) -> dict[str, Any]:
    paper = {"source": "GPMT", "confirmed": "GPMT", "from": date(2024, 1, 1)}
    limit = {"max": LIMIT, "period": "hour", "grace_minutes": grace_minutes, **paper}
    return {"parameter": symbol, "limit": limit}


def stamp(at: datetime) -> str:
    """Fourteen digits by Vietnam's clock."""
    return f"{at.astimezone(UTC) + VIETNAM_AHEAD:%Y%m%d%H%M%S}"


def name_of(place: Place, at: datetime) -> str:
    """The name of the file of a moment."""
    return f"{place.prefix}_{stamp(at)}.txt"


def body_of(
    *moments: datetime, value: str, others: str = "", symbols: Sequence[str] = PARAMETERS
) -> bytes:
    """Each of `symbols` at each moment: the first with its value, the `others` with theirs or the
    same. No value stands still: every second slot has a tenth more."""
    said = dict.fromkeys(symbols, others or value) | {symbols[0]: value}
    return "".join(
        f"{symbol}\t{said[symbol]}.{at.minute // 5 % 2}\t\t{stamp(at)}\t00\n"
        for at in moments
        for symbol in said
    ).encode()


def files_of(begin: datetime, hours: int) -> Iterator[tuple[str, bytes]]:
    """A file a slot of each station, slot after slot; one station of fifty is above its limits."""
    for slot in range(hours * 12):
        at = begin + INTERVAL * slot
        for place in PLACES:
            value = BELOW if place.number % 50 else ABOVE
            yield name_of(place, at), body_of(at, value=value)
