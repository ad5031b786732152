"""Files that an account sent under another account's name: told to the department."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from alerts.services.findings import Finding
from alerts.services.raising import report
from monitoring.models import NOBODY
from monitoring.services.arrivals import Arrival


def report_wrong_senders(arrivals: Sequence[Arrival], *, now: datetime) -> None:
    """One finding for each file with the code `wrong_station`, about the account's own station."""
    for arrival in arrivals:
        codes = {problem.code for problem in arrival.parsed.problems}
        if "wrong_station" in codes and arrival.station_id != NOBODY and not arrival.duplicate:
            _report(arrival, now)


def _report(arrival: Arrival, now: datetime) -> None:
    entry = arrival.entry
    report(
        Finding(
            kind="wrong_sender",
            station_id=arrival.station_id,
            start=entry.received_at,
            end=entry.received_at,
            evidence={
                "file": entry.name,
                "account": entry.account,
                "peer": entry.peer,
                "delivery": str(entry.id),
            },
        ),
        now=now,
        mail=entry.mail,
    )
