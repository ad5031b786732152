"""Three people before each address: an owner, a neighbour and a stranger; and a station's data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from monitoring.models import Delivery
from monitoring.services.drain import drain, host_spool
from monitoring.services.settle import settle_dirty
from monitoring.services.snapshot import renew_snapshot
from stations.models import Agency, Person, SamplingInterval, Station
from stations.services.accounts import new_station_token
from stations.services.grants import rebuild_grants
from tests.factories import (
    AgencyFactory,
    ChannelFactory,
    FacilityFactory,
    JurisdictionFactory,
    MembershipFactory,
    StationFactory,
    UnitFactory,
    ZoneFactory,
)

MORNING = datetime(2024, 5, 21, 1, tzinfo=UTC)  # 21/5/2024 08:00 in Vietnam
Kind = Agency.Kind


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, settings: Any) -> Path:
    """A data folder of this test's own: its spool, its snapshot of tokens."""
    settings.DATA_DIR = tmp_path
    return tmp_path


def member(kind: str, *, role: str = "officer", **jurisdiction: object) -> Person:
    agency = AgencyFactory(kind=kind)
    JurisdictionFactory(agency=agency, **jurisdiction)
    return MembershipFactory(agency=agency, role=role).person


@dataclass
class Place:
    """A district with a plant in a zone, its station, and people around it."""

    station: Station
    neighbours_station: Station
    owner: Person
    reader: Person
    neighbour: Person
    stranger: Person
    department: Person
    line_keeper: Person


@pytest.fixture
def place(db: None) -> Place:
    own, other = UnitFactory(code="VY"), UnitFactory(code="LN")
    made = Place(
        station=station_in(ZoneFactory(units=[own]), "OWN-NT01"),
        neighbours_station=station_in(ZoneFactory(units=[other]), "OTHER-NT01"),
        owner=member(Kind.DISTRICT, what="unit", unit=own),
        reader=member(Kind.DISTRICT, role="viewer", what="unit", unit=own),
        neighbour=member(Kind.DISTRICT, what="unit", unit=other),
        stranger=MembershipFactory(agency=AgencyFactory()).person,
        department=member(Kind.ENVIRONMENT),
        line_keeper=member(Kind.INFORMATION, what="links"),
    )
    rebuild_grants()
    return made


def station_in(zone: object, code: str) -> Station:
    station: Station = StationFactory(code=code, facility=FacilityFactory(zone=zone))
    SamplingInterval.objects.create(station=station, minutes=5)
    for symbol in ("COD", "pH"):
        ChannelFactory(station=station, symbol=symbol)
    return station


class Reader(APIClient):
    """A client that reads JSON and says what was wrong."""

    def read(self, path: str, **query: Any) -> Any:
        """The answer of an address that must answer."""
        answer = self.get(f"/api/v1/{path}", query)
        assert answer.status_code == 200, answer.content
        return answer.json()

    def rows(self, path: str, **query: Any) -> list[Any]:
        """The rows of a list's first page."""
        return list(self.read(path, **query)["results"])

    def status(self, path: str, **query: Any) -> int:
        """The status of the answer."""
        return int(self.get(f"/api/v1/{path}", query).status_code)


AsPerson = Callable[[Person], Reader]


@pytest.fixture
def as_person() -> AsPerson:
    """A client in which a person has signed in."""

    def signed_in(person: Person) -> Reader:
        client = Reader()
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return signed_in


@pytest.fixture
def owner(place: Place, as_person: AsPerson) -> Reader:
    return as_person(place.owner)


@pytest.fixture
def neighbour(place: Place, as_person: AsPerson) -> Reader:
    return as_person(place.neighbour)


@pytest.fixture
def stranger(place: Place, as_person: AsPerson) -> Reader:
    return as_person(place.stranger)


def store(
    station: Station, text: str | bytes, *, name: str = "file.txt", at: datetime = MORNING
) -> Delivery:
    """A file of the station, received at that moment and stored."""
    raw = text if isinstance(text, bytes) else text.encode()
    entry = host_spool().put(
        raw,
        door="http",
        account=f"station:{station.pk}",
        peer="127.0.0.1",
        name=name,
        received_at=at,
    )
    drain_now(at)
    return Delivery.objects.get(id=entry.id)


def row(at: datetime, value: float | str, status: str = "00", symbol: str = "COD") -> str:
    """A line of a file."""
    stamp = (at + timedelta(hours=7)).strftime("%Y%m%d%H%M%S")
    return f"{symbol}\t{value}\t\t{stamp}\t{status}\n"


def drain_now(now: datetime) -> None:
    drain(host_spool(), clock=lambda: now, stored=lambda _received: None)


def drain_as_a_worker(_: str) -> None:
    """In place of a bell: what a worker does with it, outside the request that rang."""
    of_the_request, connection.execute_wrappers = connection.execute_wrappers, []
    try:
        drain_now(datetime.now(UTC))
    finally:
        connection.execute_wrappers = of_the_request


def settle_now(now: datetime) -> None:
    while settle_dirty(now=now):
        pass


@pytest.fixture
def logger(place: Place) -> APIClient:
    """The owner's station, with a token that the snapshot knows."""
    token = new_station_token(station=place.station)
    renew_snapshot()
    return APIClient(HTTP_AUTHORIZATION=f"Token {token}")


@pytest.fixture
def bells(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The bells that were rung; the broker is outside the house."""
    rung: list[str] = []
    monkeypatch.setattr("monitoring.api.deliveries.ring", rung.append)
    return rung  # type: ignore[return-value]
