"""Rows with only what they must have, and findings as the judge reports them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from alerts.services import Finding
from stations.models import Agency, Contact, Facility, Jurisdiction, Operator, Person, Station, Zone

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
MIDNIGHT = datetime(2024, 5, 20, 17, tzinfo=UTC)  # 21/5/2024 00:00 in Vietnam
JUDGED = MIDNIGHT + DAY + 30 * MINUTE

_numbers = count(1)


def station(*, operator_email: str = "vanhanh@mau.example", zone: Zone | None = None) -> Station:
    """A station of a facility whose operator has one contact."""
    number = next(_numbers)
    operator = Operator.objects.create(name=f"Công ty Minh họa {number}")
    Contact.objects.create(operator=operator, name="Trực ca", role="shift", email=operator_email)
    facility = Facility.objects.create(
        code=f"NM{number}",
        name=f"Nhà máy Minh họa {number}",
        kind=Facility.Kind.PLANT,
        operator=operator,
        zone=zone,
    )
    return Station.objects.create(
        code=f"NM{number}-NT01", name="NT01", facility=facility, medium="wastewater"
    )


def agency(kind: str = "environment_department", *, email: str = "", **jurisdiction: Any) -> Agency:
    """An agency with one mailbox; its jurisdiction is the province unless another is named."""
    number = next(_numbers)
    made = Agency.objects.create(
        code=f"A{number}", kind=kind, name=f"Cơ quan {number}", emails=[email] if email else []
    )
    Jurisdiction.objects.create(agency=made, **(jurisdiction or {"what": "province"}))
    return made


def zone() -> Zone:
    """An industrial zone."""
    number = next(_numbers)
    return Zone.objects.create(code=f"Z{number}", name=f"KCN Minh họa {number}", kind="zone")


def person(**columns: Any) -> Person:
    """Someone who signs in."""
    return Person.objects.create(username=f"nguoi{next(_numbers)}", **columns)


def exceedance(of: Station, *, day: int = 0, **changes: Any) -> Finding:
    """COD above its day limit, `day` days after 21/5/2024."""
    start = MIDNIGHT + day * DAY
    given: dict[str, Any] = {
        "kind": "exceedance",
        "station_id": of.pk,
        "start": start,
        "end": start + DAY,
        "parameter": "COD",
        "period": "day",
        "source": "QCVN 40:2011/BTNMT",
        "value": Decimal("92.04"),
        "maximum": Decimal("67.5"),
        "unit": "mg/L",
        "ratio": Decimal("1.3636"),
        "evidence": {
            "mean": 92.04,
            "n": 284,
            "expected": 288,
            "capture": 0.9861,
            "limit": {
                "max": 67.5,
                "period": "day",
                "source": "QCVN 40:2011/BTNMT",
                "derivation": {"C": 75, "Kq": 1, "Kf": 0.9, "reasons": {}, "expression": ""},
            },
        },
    }
    return Finding(**(given | changes))


def warning(of: Station, *, day: int = 0, ratio: str = "0.9", **evidence: Any) -> Finding:
    """The running day of COD on its way to the limit."""
    start = MIDNIGHT + day * DAY
    return Finding(
        kind="early_warning",
        station_id=of.pk,
        start=start,
        end=start + DAY,
        parameter="COD",
        period="day",
        source="QCVN 40:2011/BTNMT",
        value=Decimal(ratio) * Decimal("67.5"),
        maximum=Decimal("67.5"),
        unit="mg/L",
        ratio=Decimal(ratio),
        evidence={"n": 96, "expected": 96, "capture": 1.0, "limit": {"period": "day"}, **evidence},
    )


def silence(of: Station, *, since: datetime = MIDNIGHT, until: datetime | None = None) -> Finding:
    """A station that has not been heard since `since`."""
    return Finding(
        kind="silent_station", station_id=of.pk, start=since, end=until or since + 20 * MINUTE
    )
