"""All that one history of reception comes to, in whatever order it is processed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tests.model.alerts import Alert, Identity, alerts_of
from tests.model.files import File
from tests.model.readings import Readings, readings_of
from tests.model.register import Station
from tests.model.verdicts import Key, Verdict, verdicts_of


@dataclass(frozen=True)
class Outcome:
    """What stands at a moment."""

    station: Station
    readings: Readings
    verdicts: dict[Key, Verdict]

    def alerts(
        self, said_before: Mapping[Key, Sequence[str]] | None = None
    ) -> dict[Identity, Alert]:
        """What is told, given what superseded verdicts had said."""
        return alerts_of(self.station, self.readings, self.verdicts, said_before or {})


def outcome_of(station: Station, history: Sequence[File], now: datetime) -> Outcome:
    """What a history comes to at `now`."""
    symbols = {channel.symbol for channel in station.channels}
    readings = readings_of(history, symbols)
    return Outcome(station, readings, verdicts_of(station, readings.cells, now))
