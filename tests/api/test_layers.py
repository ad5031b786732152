"""Both layers over the API: told apart, the data as sent unless one asks for the other."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from monitoring.models import Exclusion
from monitoring.services import exclusions
from monitoring.services.exclusions import Wanted
from monitoring.services.settle import settle_due
from stations.models import Document, PermitLimit
from tests.api.conftest import MORNING, AsPerson, Place, Reader, row, settle_now, store

MINUTE = timedelta(minutes=1)
LATER = MORNING + timedelta(hours=3)


@pytest.fixture
def excluded(place: Place) -> Exclusion:
    """An hour of COD from 08:00, its last quarter spoiled and excluded."""
    channel = place.station.channels.get(symbol="COD")
    PermitLimit.objects.create(
        channel=channel,
        period="hour",
        maximum=Decimal("67.5"),
        valid_from=date(2024, 1, 1),
        source="GPMT",
    )
    lines = [row(MORNING + n * 5 * MINUTE, 300 if n > 8 else 20) for n in range(12)]
    store(place.station, "".join(lines), name="0900", at=MORNING + 60 * MINUTE)
    settle_now(LATER)
    while settle_due(now=LATER):
        pass
    wanted = Wanted(
        channel,
        MORNING + 45 * MINUTE,
        MORNING + 60 * MINUTE,
        "fault",
        "Điện cực hỏng.",
        Document.objects.create(number="BB số 7"),
    )
    return exclusions.enter(wanted=wanted, by=place.department, now=LATER)


def verdicts(reader: Reader, **query: Any) -> list[tuple[str, str, int]]:
    rows = reader.read("verdicts/", **query, **{"from": "2024-05-21T08:00:00"})["results"]
    return [
        (r["layer"], r["verdict"], r["n"]) for r in rows if r["from"].startswith("2024-05-21T08")
    ]


@pytest.mark.usefixtures("excluded")
def test_verdicts_of_each_layer_are_told_apart(owner: Reader) -> None:
    assert verdicts(owner) == verdicts(owner, layer="raw") == [("raw", "exceeded", 12)]
    assert verdicts(owner, layer="approved") == [("approved", "within", 9)]


@pytest.mark.usefixtures("excluded")
def test_superseded_ones_are_of_the_layer_that_is_asked_for(owner: Reader) -> None:
    assert verdicts(owner, all=True) == [("raw", "exceeded", 12)]


def test_an_unknown_layer_is_refused(place: Place, owner: Reader) -> None:
    for path in ("verdicts/?layer=best", "stations/OWN-NT01/series/?parameter=COD&layer=best"):
        assert owner.get(f"/api/v1/{path}").status_code == 400


def series(reader: Reader, **query: Any) -> Any:
    span = {"from": "2024-05-21T08:00:00", "to": "2024-05-21T09:00:00"}
    return reader.read("stations/OWN-NT01/series/", parameter="COD", **span, **query)


@pytest.mark.usefixtures("excluded")
def test_a_series_names_what_is_excluded_in_either_layer(owner: Reader) -> None:
    span = {
        "from": "2024-05-21T08:45:00+07:00",
        "to": "2024-05-21T09:00:00+07:00",
        "why": "fault",
    }
    assert series(owner)["excluded"] == series(owner, layer="approved")["excluded"] == [span]


@pytest.mark.usefixtures("excluded")
def test_the_approved_series_leaves_out_what_is_excluded(owner: Reader) -> None:
    assert series(owner)["value"] == [20] * 9 + [300] * 3
    assert series(owner, layer="approved")["value"] == [20] * 9


@pytest.mark.usefixtures("excluded")
def test_means_of_the_approved_series_are_of_what_stays(owner: Reader) -> None:
    told = series(owner, step="hour")
    assert (told["value"], told["capture"]) == ([90], [1])
    told = series(owner, step="hour", layer="approved")
    assert (told["value"], told["capture"]) == ([20], [0.75])


def test_a_request_that_nobody_approved_is_not_excluded(
    excluded: Exclusion, place: Place, owner: Reader
) -> None:
    exclusions.revoke(exclusion=excluded, by=place.department, reason="Nhầm", now=LATER)
    assert series(owner)["excluded"] == []
    assert series(owner, layer="approved")["value"] == series(owner)["value"]
    assert verdicts(owner, layer="approved") == []


@pytest.mark.usefixtures("excluded")
def test_a_neighbour_sees_neither_layer(place: Place, as_person: AsPerson) -> None:
    reader = as_person(place.neighbour)
    assert reader.read("verdicts/", layer="approved")["results"] == []
    assert reader.status("stations/OWN-NT01/series/", parameter="COD", layer="approved") == 404
