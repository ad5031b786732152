"""The register as it stands while one file is compared with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.db import models
from django.utils.translation import gettext as _

from stations import models as m
from stations.services.register_load.pairs import Pairs
from stations.services.register_load.shelf import Shelf, under
from stations.services.register_load.tree import Place, Problem
from stations.services.register_load.values import Code

M = TypeVar("M", bound=models.Model)

FACTS_OF_A_FACILITY = (
    m.FacilityUnit,
    m.DesignFlow,
    m.PollutingType,
    m.ReceivingWater,
    m.Permit,
)
FACTS_OF_A_STATION = (
    m.FilePrefix,
    m.SamplingInterval,
    m.StampSetting,
    m.GasFlow,
    m.KvZone,
    m.SourceType,
    m.AirClass,
    m.JudgedBy,
)
FACTS_OF_A_CHANNEL = (m.ChannelInterval, m.Instrument, m.PermitLimit)


@dataclass(frozen=True)
class Loaded:
    """What a file brought: rows inserted and rows changed, by the name of their table."""

    inserted: dict[str, int] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)

    @property
    def nothing(self) -> bool:
        """Whether the register said all of it already."""
        return not self.inserted and not self.changed


class Register:
    """Every table that a file speaks of, in the order in which it must be written."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.passwords: list[tuple[m.Person, str]] = []
        self.secrets: dict[str, str] = {}
        self.units = Shelf(m.Unit, lambda row: row.code)
        self.zones = Shelf(m.Zone, lambda row: row.code)
        self.operators = Shelf(m.Operator, lambda row: row.name)
        self.contacts = Shelf(m.Contact, under("operator"))
        self.agencies = Shelf(m.Agency, lambda row: row.code)
        self.jurisdictions = Shelf(m.Jurisdiction, under("agency"))
        self.people = Shelf(m.Person, lambda row: row.username)
        self.memberships = Shelf(m.Membership, under("person"))
        self.facilities = Shelf(m.Facility, lambda row: row.code)
        self.stations = Shelf(m.Station, lambda row: row.code)
        self.channels = Shelf(m.Channel, under("station"))
        self.accounts = Shelf(m.FtpAccount, lambda row: row.username)
        self.facts: dict[type[models.Model], Shelf[Any]] = {
            **{model: Shelf(model, under("facility")) for model in FACTS_OF_A_FACILITY},
            **{model: Shelf(model, under("station")) for model in FACTS_OF_A_STATION},
            **{model: Shelf(model, under("channel")) for model in FACTS_OF_A_CHANNEL},
        }
        self.zone_units = Pairs(m.Zone.units)
        self.account_stations = Pairs(m.FtpAccount.stations)
        self.parameters = {row.symbol: row for row in m.Parameter.objects.all()}
        self.editions = {row.code: row for row in m.Edition.objects.all()}

    def find(self, shelf: Shelf[M], code: Code | None) -> M | None:
        """The row of a code; an unknown one is a problem."""
        if code is None:
            return None
        row = shelf.one(code)
        if row is None:
            told = {"code": code, "name": shelf.model._meta.verbose_name}
            self.refuse(code.place, _("“%(code)s” is no %(name)s of the register") % told)
        return row

    def refuse(self, place: Place, message: str) -> None:
        """Notes a problem; a register with one is never written."""
        self.problems.append(Problem(place, message))

    def flush(self) -> Loaded:
        """Writes everything that differs."""
        loaded = Loaded()
        for shelf in self._in_order():
            inserted, changed = shelf.flush()
            name = str(shelf.model._meta.verbose_name)
            if inserted:
                loaded.inserted[name] = inserted
            if changed:
                loaded.changed[name] = changed
        for pairs in (self.zone_units, self.account_stations):
            for told, count in zip((loaded.inserted, loaded.changed), pairs.flush(), strict=True):
                if count:
                    told[_("tie between entries")] = told.get(_("tie between entries"), 0) + count
        return loaded

    def _in_order(self) -> list[Shelf[Any]]:
        return [
            self.units,
            self.zones,
            self.operators,
            self.contacts,
            self.facilities,
            self.agencies,
            self.jurisdictions,
            self.people,
            self.memberships,
            self.stations,
            self.channels,
            self.accounts,
            *self.facts.values(),
        ]
