"""A month of a province's means and verdicts, laid straight into the database to judge it anew."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from monitoring.domain.periods import starts_between
from monitoring.domain.slots import day_of
from monitoring.models import ChannelLink, Link
from monitoring.services.store import copy_rows
from stations.models import Channel, Station
from stations.services.limits import RuleBook

BEGIN = datetime(2024, 4, 30, 17, tzinfo=UTC)
"""1/5/2024 00:00 in Vietnam."""

DAYS = 31
END = BEGIN + timedelta(days=DAYS)
ABOVE_ONE_IN = 50
PAPER = {"source": "GPMT", "confirmed": "GPMT", "from": date(2024, 1, 1)}

PERMITTED: dict[str, dict[str, float]] = {
    "wastewater": {
        "Temp": 40,
        "COD": 75,
        "TSS": 50,
        "NH4": 5,
        "TN": 20,
        "TP": 4,
        "Color": 50,
        "Cl": 500,
    },
    "surface_water": {"COD": 15, "TSS": 50, "NH4": 0.3, "TN": 0.6, "TP": 0.1},
}
"""Maxima of the day, as a permit of the bench says them."""

BY_REGULATION = {
    "emission": ("SO2", "NOx", "CO", "PM", "HCl", "H2S"),
    "ambient_air": ("SO2", "CO", "NO2", "O3", "PM10", "PM2.5"),
}
EDITIONS = {
    "emission": ("QCVN 19:2009/BTNMT", "B"),
    "ambient_air": ("QCVN 05:2023/BTNMT", "only"),
}

MEDIA = (("wastewater", 136), ("emission", 50), ("ambient_air", 5), ("surface_water", 9))
"""As one merged province had them in 2025 (domain/regulation.md §8)."""


def lay_out_month() -> None:
    """The register of the province, and the means of a month with one in fifty above its limit."""
    path = settings.DATA_DIR / "month-register.yaml"
    _write_register(path)
    call_command("load_register", str(path), verbosity=0)
    ids = list(Station.objects.values_list("pk", flat=True))
    _lay_means(ids)
    _lay_links(ids)


def _write_register(path: Path) -> None:
    kinds = [medium for medium, count in MEDIA for _ in range(count)]
    facilities = [_facility(number, medium) for number, medium in enumerate(kinds)]
    path.write_text(yaml.safe_dump({"facilities": facilities}, allow_unicode=True), "utf-8")


def _facility(number: int, medium: str) -> dict[str, Any]:
    code = f"TH{number:03}"
    station = {
        "code": f"{code}-01",
        "medium": medium,
        "file_prefix": f"BG_{code}_01",
        "interval_minutes": 5,
        "channels": list(_channels(medium)),
        **_judged_by(medium),
    }
    return {
        "code": code,
        "name": f"Nhà máy Minh họa {number}",
        "kind": "plant",
        "operator": {"name": f"Công ty Minh họa {number}"},
        "stations": [station],
    }


def _channels(medium: str) -> Iterator[dict[str, Any]]:
    for symbol, maximum in PERMITTED.get(medium, {}).items():
        yield {"parameter": symbol, "limit": {"max": maximum, "period": "day", **PAPER}}
    for symbol in BY_REGULATION.get(medium, ()):
        yield {"parameter": symbol}


def _judged_by(medium: str) -> dict[str, Any]:
    if medium not in EDITIONS:
        return {}
    edition, column = EDITIONS[medium]
    return {
        "judged_by": [
            {"regulation": edition, "column": column, "from": date(2024, 1, 1), "confirmed": "GPMT"}
        ]
    }


def _lay_means(ids: list[int]) -> None:
    rules = RuleBook.load(ids)
    channels = Channel.objects.order_by("station", "slot").values_list("station", "slot")
    hours = list(starts_between("hour", BEGIN, END))
    days = list(starts_between("day", BEGIN, END))
    tops = {each: _strictest(rules, *each) for each in channels}
    for period, starts, slots in (("hour", hours, 12), ("day", days, 288)):
        copy_rows(
            f"monitoring_{period}mean",
            (
                *("station_id", "slot", "start", "basis", "numerator", "denominator", "n"),
                *("expected", "calibrating", "faulty", "idle", "low", "high", "newest"),
            ),
            (
                _mean(station, slot, start, top, slots, number)
                for (station, slot), top in tops.items()
                for number, start in enumerate(starts)
            ),
        )


def _strictest(rules: RuleBook, station: int, slot: int) -> Decimal:
    limits = rules.limits_on(station, slot, day_of(BEGIN))
    return min((limit.maximum for limit in limits if limit.maximum is not None), default=Decimal(1))


def _mean(
    station: int, slot: int, start: datetime, top: Decimal, slots: int, number: int
) -> tuple[Any, ...]:
    """A mean of 30 to 80 % of the limit, or 30 % above it."""
    mixed = (station * 7919 + slot * 104729 + number * 31) % 1000
    share = Decimal("1.3") if mixed % ABOVE_ONE_IN == 0 else Decimal(300 + mixed // 2) / 1000
    total = top * share * slots * 1000
    high = float(top * share)
    counts = (slots, slots, 0, 0, 0)
    return station, slot, start, "", round(total), 1000, *counts, high, high, start


def _lay_links(ids: list[int]) -> None:
    last = END - timedelta(minutes=5)
    Link.objects.bulk_create(
        Link(
            station_id=pk,
            first_heard_at=BEGIN,
            newest_measured_at=last,
            newest_received_at=last,
            last_received_at=last,
            silent_after=END + timedelta(days=1),
        )
        for pk in ids
    )
    ChannelLink.objects.bulk_create(
        ChannelLink(
            station_id=station,
            slot=slot,
            first_time=BEGIN,
            newest_time=last,
            newest_received_at=last,
        )
        for station, slot in Channel.objects.values_list("station", "slot")
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
