"""What a regulation asks about a facility or a station: dated, each change with its paper."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from stations.models import (
    AirClass,
    DesignFlow,
    Facility,
    GasFlow,
    JudgedBy,
    KvZone,
    Medium,
    Person,
    ReceivingWater,
    SourceType,
    Station,
)
from stations.models.dated import Dated
from stations.services.rule_changes.papers import Paper
from stations.services.rule_changes.placing import CannotStand, change_by, place


@dataclass(frozen=True)
class BasisKind:
    """One input of a limit: its table, its columns, and which stations it means something for."""

    name: str
    title: Promise
    model: type[Dated]
    owner: str
    columns: tuple[str, ...]
    media: frozenset[str]

    def history(self, owner: Facility | Station) -> models.QuerySet[Any]:
        """All rows of this kind of one facility or station, in order of time."""
        rows = self.model._default_manager.filter(**{self.owner: owner})
        return rows.order_by(models.F("valid_from").asc(nulls_first=True), "pk")


_WATER = frozenset({Medium.WASTEWATER})
_GAS = frozenset({Medium.EMISSION})
_ALL = frozenset(Medium)

KINDS: Mapping[str, BasisKind] = {
    kind.name: kind
    for kind in (
        BasisKind(
            "judged_by",
            gettext_lazy("Edition and column"),
            JudgedBy,
            "station",
            ("edition", "column"),
            _ALL,
        ),
        BasisKind(
            "design_flow",
            gettext_lazy("Design flow"),
            DesignFlow,
            "facility",
            ("m3_per_day",),
            _WATER,
        ),
        BasisKind(
            "receiving_water",
            gettext_lazy("Receiving water"),
            ReceivingWater,
            "facility",
            ("kind", "flow_m3_per_s", "volume_m3"),
            _WATER,
        ),
        BasisKind("gas_flow", gettext_lazy("Gas flow"), GasFlow, "station", ("m3_per_hour",), _GAS),
        BasisKind("kv_zone", gettext_lazy("Kv zone"), KvZone, "station", ("zone",), _GAS),
        BasisKind(
            "source_type",
            gettext_lazy("Type of source"),
            SourceType,
            "station",
            ("source_type",),
            _GAS,
        ),
        BasisKind(
            "air_class",
            gettext_lazy("Class of the air station"),
            AirClass,
            "station",
            ("kind",),
            frozenset({Medium.AMBIENT_AIR}),
        ),
    )
}


def change_basis(
    *,
    kind: BasisKind,
    owner: Facility | Station,
    values: Mapping[str, Any],
    since: date | None,
    until: date | None,
    paper: Paper,
    by: Person,
    row: Dated | None = None,
) -> Dated:
    """A new value from a day on, or another for `row`. Raises CannotStand."""
    columns = {name: values[name] for name in kind.columns}
    if isinstance(owner, Station) and "edition" in columns:
        _check_edition(owner, columns)
        columns |= {"confirmed": "", "confirmed_by": None, "confirmed_at": None}
    with change_by(by):
        return place(
            kind.history(owner),
            since=since,
            until=until,
            columns=columns,
            row=row,
            paper=paper,
            **{kind.owner: owner},
        )


def _check_edition(station: Station, columns: Mapping[str, Any]) -> None:
    edition, column = columns["edition"], columns["column"]
    if edition.medium != station.medium:
        told = {"code": edition.code, "medium": edition.get_medium_display()}
        raise CannotStand(_("%(code)s is about: %(medium)s") % told, field="edition")
    if column not in edition.columns:
        told = {"code": edition.code, "known": ", ".join(edition.columns)}
        raise CannotStand(_("the columns of %(code)s are: %(known)s") % told, field="column")
