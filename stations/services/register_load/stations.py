"""Stations, what is dated about them, and the accounts of their loggers."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from stations.domain.dated import Dated, overlaps
from stations.models import (
    AirClass,
    Edition,
    Facility,
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
from stations.services.accounts import digest_of
from stations.services.register_load.channels import CHANNEL, interval, keep_channels
from stations.services.register_load.confirmation import confirmation
from stations.services.register_load.dated import check_days, dated, keep_dated, stated_of
from stations.services.register_load.places import named, once, position
from stations.services.register_load.register import Register
from stations.services.register_load.shelf import ref
from stations.services.register_load.tree import Node
from stations.services.register_load.values import (
    Entry,
    Problems,
    Stated,
    any_text,
    code,
    column,
    day,
    entry,
    flag,
    list_of,
    optional,
    text,
)

JUDGED_BY = entry(
    {
        "regulation": code,
        "column": column(JudgedBy, "column"),
        "from": day,
        "until": day,
        "confirmed": any_text,
    },
    required=("regulation",),
)

_ACCOUNT = entry(
    {
        "username": column(FtpAccount, "username"),
        "active": flag,
        "password": optional(text),
    },
    required=("username",),
)


def judgements(node: Node, problems: Problems) -> list[Stated]:
    """The editions that a station is judged by, one after the other."""
    if node.value is None:
        return []
    entries = list_of(JUDGED_BY)(node, problems)
    stated = [stated_of(each, each) for each in entries]
    check_days(stated, problems)
    return stated


def accounts(node: Node, problems: Problems) -> list[Entry]:
    """The FTP account of a station; a list, where it has several."""
    if node.value is None:
        return []
    several = isinstance(node.value, list)
    return list_of(_ACCOUNT)(node, problems) if several else [_ACCOUNT(node, problems)]


# Name in the file: the table, its column. Each is one value, or a history of values.
_FACTS: Mapping[str, tuple[type[models.Model], str]] = {
    "file_prefix": (FilePrefix, "prefix"),
    "interval_minutes": (SamplingInterval, "minutes"),
    "stamp_closes_window": (StampSetting, "closes_window"),
    "gas_flow_m3_per_hour": (GasFlow, "m3_per_hour"),
    "kv_zone": (KvZone, "zone"),
    "source_type": (SourceType, "source_type"),
    "air_class": (AirClass, "kind"),
}
_OWN_READERS: Mapping[str, Callable[[Node, Problems], Any]] = {
    "interval_minutes": interval,
    "stamp_closes_window": flag,
}

STATION = entry(
    {
        **named(Station),
        "medium": column(Station, "medium"),
        **{
            name: dated(_OWN_READERS.get(name) or column(model, target))
            for name, (model, target) in _FACTS.items()
        },
        "ftp": accounts,
        "judged_by": judgements,
        "channels": list_of(CHANNEL),
        "until": day,
    },
    required=("code", "medium"),
)


def keep_stations(register: Register, entries: list[tuple[Facility, Entry]]) -> None:
    """Stations with all that belongs to them."""
    facility_of = {id(each): facility for facility, each in entries}
    kept = {}
    for each in once(register, [each for _facility, each in entries]):
        station = _keep_station(register, facility_of[id(each)], each)
        kept[ref(station)] = each
    _refuse_shared_prefixes(register, kept)


def _keep_station(register: Register, facility: Facility, each: Entry) -> Station:
    name = each.get("code")
    columns = each.given(name="name", medium="medium", ended_on="until") | position(each)
    station = register.stations.keep(
        name, {**columns, "facility": facility}, code=name, name=each.get("name") or name
    )
    for fact, (model, target) in _FACTS.items():
        stated = [(one, {target: one.value}) for one in each.get(fact, [])]
        shelf = register.facts[model]
        keep_dated(shelf, shelf.of(ref(station)), stated, station=station)
    _keep_judgements(register, station, each)
    for account in each.get("ftp", []):
        _keep_account(register, station, account)
    keep_channels(register, station, each.get("channels", []))
    return station


def _keep_judgements(register: Register, station: Station, each: Entry) -> None:
    shelf = register.facts[JudgedBy]
    rows = shelf.of(ref(station))
    stated = []
    for one in each.get("judged_by", []):
        edition = _edition(register, one.value)
        if edition is not None:
            known = next((row for row in rows if row.valid_from == one.since), None)
            columns = {
                "edition": edition,
                "column": _column(register, station, edition, one.value),
                **confirmation(one.value, known),
            }
            stated.append((one, columns))
    keep_dated(shelf, rows, stated, station=station)


def _edition(register: Register, found: Entry) -> Edition | None:
    name = found.get("regulation")
    edition = register.editions.get(name)
    if edition is None and name is not None:
        told = {"code": name, "known": ", ".join(register.editions)}
        register.refuse(name.place, _("“%(code)s” is none of the editions: %(known)s") % told)
    return edition


def _column(register: Register, station: Station, edition: Edition, found: Entry) -> str:
    if station.medium != edition.medium:
        told = {"code": edition.code, "medium": edition.get_medium_display()}
        register.refuse(found.at("regulation"), _("%(code)s is about: %(medium)s") % told)
    only = edition.columns[0] if len(edition.columns) == 1 else None
    name: str | None = found.get("column", only)
    if name not in edition.columns:
        told = {"code": edition.code, "known": ", ".join(edition.columns)}
        register.refuse(found.at("column"), _("the columns of %(code)s are: %(known)s") % told)
    return name or ""


def _keep_account(register: Register, station: Station, each: Entry) -> None:
    name = each.get("username")
    if name is None:
        return
    account = register.accounts.keep(name, each.given(active="active"), username=name)
    register.account_stations.add(account, station)
    if secret := each.get("password"):
        digest = digest_of(secret)
        if register.secrets.setdefault(name, digest) != digest:
            register.refuse(each.at("password"), _("this account has two passwords in this file"))
        register.accounts.change(account, digest=digest)


def _refuse_shared_prefixes(register: Register, kept: Mapping[Hashable, Entry]) -> None:
    """A prefix names one station at a time, in the file and in the register together."""
    shelf = register.facts[FilePrefix]
    owners: dict[str, list[Dated[FilePrefix]]] = {}
    for row in shelf.all():
        owners.setdefault(row.prefix, []).append(Dated(row, row.valid_from, row.valid_until))
    for prefix, rows in owners.items():
        for one, other in overlaps(rows):
            told = {"prefix": prefix, "one": one.value.station, "other": other.value.station}
            told_by = kept.get(shelf.key(other.value)) or kept[shelf.key(one.value)]
            message = _("the prefix “%(prefix)s” is that of %(one)s and of %(other)s")
            register.refuse(told_by.at("file_prefix"), message % told)
