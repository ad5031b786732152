"""The numbers of the clock as they hold on a day: dated data, with judging.md §6 as the default.

Where nobody entered a number for the day, that of judging.md counts: a silence must not go unseen
because a row of a table has run out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from monitoring.domain.outage import LineRules
from monitoring.domain.silence import Patience
from stations.services.settings import Key, SettingMissing, Settings


@dataclass(frozen=True, slots=True)
class ClockRules:
    """How long silence may last, and what makes an outage of a line."""

    patience: Patience = field(default_factory=Patience)
    line: LineRules = field(default_factory=LineRules)

    @classmethod
    def on(cls, day: date, settings: Settings | None = None) -> ClockRules:
        """Those of a Vietnamese day; the numbers are loaded where they are not given."""
        numbers = _Numbers(settings or Settings.load(), day)
        usual, line = Patience(), LineRules()
        patience = Patience(
            numbers.of(Key.SILENT_INTERVALS, usual.intervals),
            numbers.minutes(Key.SILENT_LEAST, usual.least),
            numbers.minutes(Key.TRANSMISSION, usual.transmission),
            numbers.minutes(Key.GATHERING, usual.gathering),
            numbers.hours(Key.NOTICE_HOURS, usual.notice),
        )
        return cls(
            patience,
            LineRules(
                int(numbers.of(Key.OUTAGE_STATIONS, Decimal(line.stations))),
                numbers.of(Key.OUTAGE_SHARE, line.share),
                numbers.minutes(Key.OUTAGE_ALIVE, line.alive_before),
                numbers.minutes(Key.OUTAGE_WITHIN, line.within),
                numbers.hours(Key.OUTAGE_HOLD, line.hold),
                patience.least + patience.transmission,
            ),
        )


@dataclass(frozen=True, slots=True)
class _Numbers:
    settings: Settings
    day: date

    def of(self, key: str, default: Decimal) -> Decimal:
        try:
            return self.settings.on(key, self.day)
        except SettingMissing:
            return default

    def minutes(self, key: str, default: timedelta) -> timedelta:
        return self._times(key, default, timedelta(minutes=1))

    def hours(self, key: str, default: timedelta) -> timedelta:
        return self._times(key, default, timedelta(hours=1))

    def _times(self, key: str, default: timedelta, unit: timedelta) -> timedelta:
        seconds = Decimal(str(default / unit))
        return unit * float(self.of(key, seconds))
