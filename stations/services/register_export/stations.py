"""Stations with their channels."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from stations.models import (
    AirClass,
    Edition,
    FilePrefix,
    FtpAccount,
    GasFlow,
    JudgedBy,
    KvZone,
    SamplingInterval,
    SourceType,
    StampSetting,
    Station,
)
from stations.services.register_export.channels import channels_by_station
from stations.services.register_export.writing import (
    days,
    filled,
    histories,
    history,
    location,
    one_or_list,
)

FACTS = {
    "file_prefix": (FilePrefix, "prefix"),
    "interval_minutes": (SamplingInterval, "minutes"),
    "stamp_closes_window": (StampSetting, "closes_window"),
    "gas_flow_m3_per_hour": (GasFlow, "m3_per_hour"),
    "kv_zone": (KvZone, "zone"),
    "source_type": (SourceType, "source_type"),
    "air_class": (AirClass, "kind"),
}


def stations_by_facility() -> dict[int, list[dict[str, Any]]]:
    """All stations, by the number of their facility, in the order of their codes."""
    facts = {name: histories(model, "station") for name, (model, _target) in FACTS.items()}
    judged = histories(JudgedBy, "station")
    channels = channels_by_station()
    accounts = _accounts()
    editions = dict(Edition.objects.values_list("pk", "code"))
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for station in Station.objects.filter(synthetic=False).order_by("code"):
        told = filled(
            code=station.code,
            name=None if station.name == station.code else station.name,
            medium=station.medium,
            location=location(station),
        )
        for name, (_model, target) in FACTS.items():
            told |= filled(**{name: _history(facts[name][station.pk], target)})
        told |= filled(
            ftp=one_or_list(accounts[station.pk]),
            judged_by=[_judged_by(row, editions) for row in judged[station.pk]],
            channels=channels[station.pk],
            until=station.ended_on,
        )
        found[station.facility_id].append(told)
    return found


def _history(rows: list[Any], target: str) -> Any:
    return history(rows, lambda row: getattr(row, target))


def _accounts() -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for account in FtpAccount.objects.prefetch_related("stations").order_by("username"):
        told = filled(username=account.username, active=None if account.active else False)
        for station in account.stations.all():
            found[station.pk].append(told)
    return found


def _judged_by(row: JudgedBy, editions: dict[int, str]) -> dict[str, Any]:
    told = {"regulation": editions[row.edition_id], "column": row.column, **days(row)}
    return told | filled(confirmed=row.confirmed)
