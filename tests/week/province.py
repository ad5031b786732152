"""Two hundred stations of a province: plants in zones, one cluster, streets and rivers.

Times are whole seconds since 1970, so that the truth can count with them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from fractions import Fraction
from typing import Any

VIETNAM = timezone(timedelta(hours=7))
AHEAD = 7 * 3600
MINUTE, HOUR, DAY = 60, 3600, 86400
SINCE = date(2024, 1, 1)
PERMIT = "GPMT số 1"
"""Where every limit stands that is judged by; it is confirmed by the same document."""


@dataclass(frozen=True)
class Limit:
    """A limit of a permit: what it allows of which period. No factors, nothing merged."""

    period: str
    maximum: Fraction | None = None
    minimum: Fraction | None = None
    min_capture: Fraction = Fraction(3, 4)
    grace: int = 30 * MINUTE


@dataclass(frozen=True)
class Channel:
    """A parameter as its analyser measures it. `level`: what it shows on a calm day."""

    symbol: str
    level: str
    limits: tuple[Limit, ...] = ()
    slow: int = 0
    """Minutes of one result."""
    span: tuple[str, str] | None = None
    """The instrument's range."""


@dataclass(frozen=True)
class Station:
    """A station and its logger. `interval`: of its readings; `upload`: of its files, in minutes."""

    code: str
    facility: str
    zone: str | None
    medium: str
    interval: int
    upload: int
    channels: tuple[Channel, ...]

    @property
    def prefix(self) -> str:
        return f"BG_{self.code.replace('-', '_')}"

    @property
    def account(self) -> str:
        return self.code.lower()

    @property
    def operator(self) -> str:
        """The address of its facility's operator."""
        return f"{self.facility.lower()}@vanhanh.example"

    def channel(self, symbol: str) -> Channel:
        return next(channel for channel in self.channels if channel.symbol == symbol)


def at_most(maximum: str, period: str) -> Limit:
    return Limit(period, Fraction(maximum))


WASTEWATER = (
    Channel("pH", "7.4", (Limit("day", Fraction(9), Fraction(6)),), span=("0", "14")),
    Channel("COD", "32", (at_most("75", "day"),), slow=15, span=("0", "500")),
    Channel("NH4", "2.1", (at_most("5", "day"),), slow=30, span=("0", "50")),
    Channel("FlowOut", "140"),
)
STACK = (
    Channel("SO2", "110", (at_most("300", "hour"),), span=("0", "1500")),
    Channel("PM", "60", (at_most("150", "hour"), at_most("140", "day")), span=("0", "600")),
    Channel("Temp", "130"),
)
STREET = (
    Channel("PM2.5", "21", (at_most("50", "day"),), span=("0", "1000")),
    Channel("NO2", "40", (at_most("200", "hour"),), span=("0", "2000")),
)
RIVER = (
    Channel("DO", "6.8", (Limit("day", minimum=Fraction(4)),), span=("0", "20")),
    Channel("TSS", "28", (at_most("50", "day"),), span=("0", "1000")),
)


def _pair(number: int, zone: str | None, *, interval: int, upload: int) -> list[Station]:
    """A plant with its outlet and its stack."""
    plant = f"NM{number:03}"
    return [
        Station(f"{plant}-NT01", plant, zone, "wastewater", interval, upload, WASTEWATER),
        Station(f"{plant}-KT01", plant, zone, "emission", interval, upload, STACK),
    ]


def _watch(number: int, medium: str, interval: int) -> Station:
    place = f"QT{number:03}"
    channels = STREET if medium == "ambient_air" else RIVER
    return Station(f"{place}-01", place, None, medium, interval, interval, channels)


def whole_province() -> tuple[Station, ...]:
    """200: 112 in five zones and outside of them, 16 in a cluster, the rest on streets and rivers.

    128 measure every ten minutes and send two rows every twenty; the cluster's sixteen every five
    minutes; 24 every quarter, 16 every half, 16 every full hour.
    """
    found: list[Station] = []
    plant = 0
    for zone, count in [(f"KCN{n}", 10) for n in range(1, 6)] + [("", 14)]:
        for _ in range(count):
            plant += 1
            found += _pair(plant, zone or None, interval=10, upload=20)
    for _ in range(8):
        plant += 1
        found += _pair(plant, "CCN1", interval=5, upload=5)
    place = 0
    for interval, count in [(15, 24), (30, 16), (60, 16)]:
        for each in range(count):
            place += 1
            found.append(_watch(place, "ambient_air" if each % 2 else "surface_water", interval))
    return tuple(found)


def small_province() -> tuple[Station, ...]:
    """Twelve: a zone with four plants, one plant of the cluster, a street and a river."""
    found: list[Station] = []
    for plant in range(1, 5):
        found += _pair(plant, "KCN1", interval=10, upload=20)
    found += _pair(65, "CCN1", interval=5, upload=5)
    return (*found, _watch(1, "surface_water", 15), _watch(42, "ambient_air", 60))


DEPARTMENT, BOARD, KEEPER = "canhbao@stnmt.example", "kcn@bql.example", "mang@stttt.example"


def register(stations: tuple[Station, ...]) -> dict[str, Any]:
    """The register file of these stations and of the agencies that watch them."""
    zones = sorted({station.zone for station in stations if station.zone})
    facilities: dict[str, list[Station]] = {}
    for station in stations:
        facilities.setdefault(station.facility, []).append(station)
    return {
        "agencies": [
            _agency("STNMT", "environment_department", DEPARTMENT),
            _agency("BQLKCN", "zones_board", BOARD),
            _agency("STTTT", "information_department", KEEPER),
        ],
        "people": [
            {"username": "can.bo", "agency": "STNMT", "role": "officer", "password": "for tests"}
        ],
        "units": [{"code": "VY", "kind": "district", "name": "Thị xã Việt Yên"}],
        "zones": [_zone(code) for code in zones],
        "facilities": [_facility(code, own) for code, own in facilities.items()],
    }


def _agency(code: str, kind: str, email: str) -> dict[str, Any]:
    return {"code": code, "kind": kind, "name": code, "emails": [email]}


def _zone(code: str) -> dict[str, Any]:
    kind = "cluster" if code.startswith("CCN") else "zone"
    return {"code": code, "kind": kind, "name": code, "units": ["VY"]}


def _facility(code: str, stations: list[Station]) -> dict[str, Any]:
    first = stations[0]
    return {
        "code": code,
        "name": f"Cơ sở Minh họa {code}",
        **({"zone": first.zone} if first.zone else {}),
        "unit": "VY",
        "kind": "plant" if code.startswith("NM") else "public",
        "operator": {"name": f"Công ty Minh họa {code}", "emails": [first.operator]},
        "stations": [_station(station) for station in stations],
    }


def _station(station: Station) -> dict[str, Any]:
    return {
        "code": station.code,
        "medium": station.medium,
        "file_prefix": station.prefix,
        "interval_minutes": station.interval,
        "ftp": {"username": station.account, "password": "for tests"},
        "channels": [_channel(channel) for channel in station.channels],
    }


def _channel(channel: Channel) -> dict[str, Any]:
    said: dict[str, Any] = {"parameter": channel.symbol}
    if channel.span:
        said["range"] = [float(side) for side in channel.span]
    if channel.limits:
        said["limit"] = [_limit(limit) for limit in channel.limits]
    return said


def _limit(limit: Limit) -> dict[str, Any]:
    said: dict[str, Any] = {"period": limit.period, "from": SINCE}
    match limit.minimum, limit.maximum:
        case None, maximum:
            said["max"] = _number(maximum)
        case minimum, None:
            said["min"] = _number(minimum)
        case minimum, maximum:
            said["between"] = [_number(minimum), _number(maximum)]
    return {**said, "source": PERMIT, "confirmed": PERMIT}


def _number(side: Fraction | None) -> float | int:
    if side is None:
        raise ValueError("a limit without a side")
    return int(side) if side.denominator == 1 else float(side)


def seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def local(second: int) -> datetime:
    """A moment as it is written in Vietnam."""
    return datetime.fromtimestamp(second, VIETNAM)


def day_start(second: int) -> int:
    """When the Vietnamese day of a moment began."""
    return second - (second + AHEAD) % DAY
