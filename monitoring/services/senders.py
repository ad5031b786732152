"""Files that an account sent under another account's name: told to the department."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from alerts.services.findings import Finding
from alerts.services.raising import report
from monitoring.services.arrivals import Arrival


def report_wrong_senders(arrivals: Sequence[Arrival], *, now: datetime) -> None:
    """One finding for each file with the code `wrong_station`, about the account's own station.

    Of an account with several stations about the first: nobody knows which logger sent it.
    """
    for arrival in arrivals:
        codes = {problem.code for problem in arrival.parsed.problems}
        if "wrong_station" in codes and arrival.sent_by:
            _report(arrival, arrival.sent_by[0], now)


def _report(arrival: Arrival, station_id: int, now: datetime) -> None:
    entry = arrival.entry
    report(
        Finding(
            kind="wrong_sender",
            station_id=station_id,
            start=entry.received_at,
            end=entry.received_at,
            evidence={
                "file": arrival.name,
                "account": entry.account,
                "peer": entry.peer,
                "delivery": str(entry.id),
            },
        ),
        now=now,
        mail=entry.mail,
    )
