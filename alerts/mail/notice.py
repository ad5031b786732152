"""The form of an owner's written notice: sending has been interrupted for over 12 hours.

The duty is general knowledge (regulation.md §3); no form of the law or the province is known, so
this one is our own and says so. It is filled in as far as the register and the case go.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import structlog
from django.utils import translation
from django.utils.dateparse import parse_datetime

from alerts.mail.papers import pdf_of
from alerts.models import Alert, Answer, Kind
from alerts.services.posting import Enclosed
from stations.domain import wording
from stations.models import Agency, Contact, Station
from stations.models.dated import in_force

log = structlog.get_logger(__name__)

DOTS = "." * 150
BLANKS = "." * 50
MOST_CONTACTS = 3


def has_notice(alert: Alert) -> bool:
    """Whether the owner of this case's station owes a notice."""
    return alert.kind == Kind.SILENT_12H and alert.station_id is not None


def notice_of(alert: Alert, *, now: datetime) -> Enclosed:
    """The form as a PDF, in Vietnamese whatever the reader's language: it is for the department.

    ValueError for a case that asks for none.
    """
    if not has_notice(alert) or alert.station is None:
        raise ValueError(f"{alert} asks for no notice")
    with translation.override("vi"):
        content = pdf_of("papers/notice.html", _told(alert, alert.station, now))
    return Enclosed(f"thong-bao-gian-doan-{alert.station.code}.pdf", "application/pdf", content)


def notice_if_it_can_be_made(alert: Alert, *, now: datetime) -> tuple[Enclosed, ...]:
    """The form for a mail, which leaves without it where it cannot be made; the log says so."""
    try:
        return (notice_of(alert, now=now),)
    except Exception:
        log.exception("notice_not_made", alert=alert.pk)
        return ()


def _told(alert: Alert, station: Station, now: datetime) -> dict[str, Any]:
    facility = station.facility
    answer = Answer.objects.filter(alert=alert).last()
    department = Agency.objects.filter(kind=Agency.Kind.ENVIRONMENT).order_by("pk").first()
    until = alert.resolved_at or now
    return {
        "language": "vi",
        "operator": facility.operator or facility.name,
        "facility": facility.name,
        "place": facility.zone or "",
        "station": station.code,
        "name": station.name,
        "medium": station.get_medium_display(),
        "agency": department.name if department else DOTS[:60],
        "since": _clock(alert.starts_at),
        "last_measured": _last_measured(alert),
        "silent_for": wording.duration(until - alert.starts_at, language="vi"),
        "contacts": _contacts(station, now),
        "cause": answer.get_cause_display() if answer else "",
        "words": answer.words if answer else "",
        "measure": answer.measure if answer else "",
        "expected_end": _clock(answer.expected_end) if answer and answer.expected_end else "",
        "made": _clock(now),
        "dots": DOTS,
        "blanks": BLANKS,
    }


def _clock(at: datetime) -> str:
    return f"{wording.in_vietnam(at):%H:%M %d/%m/%Y}"


def _last_measured(alert: Alert) -> str:
    found = alert.evidence.get("last_measured")
    at = parse_datetime(found) if isinstance(found, str) else None
    return _clock(at) if at is not None else ""


def _contacts(station: Station, now: datetime) -> list[tuple[str, str]]:
    """Name and phone of those who run the station today."""
    rows = Contact.objects.filter(
        in_force(wording.in_vietnam(now).date()), operator=station.facility.operator_id
    ).exclude(name="")
    return list(rows.values_list("name", "phone")[:MOST_CONTACTS])
