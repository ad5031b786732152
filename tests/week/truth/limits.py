"""Verdicts on hours and days, what they open and end, and the warnings before them (§§1, 4, 5).

An exceedance is over when the first later period within its limit has ended. What is late: a period
that was not exceeded by what had come when it fell due.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from tests.week.province import DAY, HOUR, MINUTE, Channel, Limit, Station, day_start
from tests.week.truth.cases import Cases, Identity, Span, of_channel
from tests.week.truth.readings import Readings

LENGTH = {"hour": HOUR, "day": DAY}
TENDENCY = Fraction(8, 10)
SHARE_OF_HOUR = Fraction(3, 4)
HOURS_OF_DAY = 3


@dataclass(frozen=True)
class Mean:
    """Sum and count of the filled slots of a period, and how many it has."""

    total: Fraction
    n: int
    expected: int

    def has(self, share: Fraction) -> bool:
        return self.n >= share * self.expected

    def result(self, limit: Limit) -> str:
        if self.n == 0 or not self.has(limit.min_capture):
            return "not enough"
        return "exceeded" if self.is_outside(limit) else "within"

    def is_outside(self, limit: Limit) -> bool:
        above = limit.maximum is not None and self.total > limit.maximum * self.n
        below = limit.minimum is not None and self.total < limit.minimum * self.n
        return above or below

    def warns(self, limit: Limit) -> bool:
        """From 0.8 of a maximum, from a minimum ÷ 0.8; of a range only outside."""
        if self.n == 0:
            return False
        if limit.minimum is not None and limit.maximum is not None:
            return self.is_outside(limit)
        if limit.maximum is not None:
            return self.total >= TENDENCY * limit.maximum * self.n
        return limit.minimum is not None and self.total * TENDENCY <= limit.minimum * self.n


class Limits:
    """The limits of one station."""

    def __init__(self, station: Station, cases: Cases, readings: Readings) -> None:
        self.station = station
        self.cases = cases
        self.readings = readings
        self.step = station.interval * MINUTE
        self.slots: dict[tuple[str, int], set[int]] = {}
        self.hours: dict[tuple[str, int], Mean] = {}
        self.judged = [
            _Judged(self, channel, limit)
            for channel in station.channels
            for limit in channel.limits
        ]
        self.warned = [
            _Warned(self, channel, period)
            for channel in station.channels
            if channel.limits
            for period in ("hour", "day")
        ]

    def look(self, touched: set[tuple[str, int]], now: int) -> None:
        """Somebody looks: means, then verdicts, then warnings."""
        for symbol, stamp in touched:
            self.slots.setdefault((symbol, stamp - stamp % self.step), set()).add(stamp)
        hours = {(symbol, stamp - stamp % HOUR) for symbol, stamp in touched}
        for symbol, hour in hours:
            self.hours[symbol, hour] = self._hour(symbol, hour, None)
        for each in self.judged:
            each.look({hour for symbol, hour in hours if symbol == each.symbol}, now)
        for each in self.judged:
            each.end(now)
        for warned in self.warned:
            warned.judge(now)
        if touched:
            for warned in self.warned:
                warned.look(now)

    def mean(self, symbol: str, period: str, start: int) -> Mean:
        """Of what stands now."""
        if period == "hour":
            return self.hours.get((symbol, start)) or Mean(Fraction(), 0, HOUR // self.step)
        return _sum(self.hours.get((symbol, hour)) for hour in range(start, start + DAY, HOUR))(
            DAY // self.step
        )

    def mean_by(self, symbol: str, period: str, start: int, moment: int) -> Mean:
        """Of what stood at a moment."""
        hours = range(start, start + LENGTH[period], HOUR)
        found = [self._hour(symbol, hour, moment) for hour in hours]
        return _sum(found)(LENGTH[period] // self.step)

    def _hour(self, symbol: str, hour: int, moment: int | None) -> Mean:
        total, n = Fraction(), 0
        for slot in range(hour, hour + HOUR, self.step):
            values = [value for value in self._values(symbol, slot, moment) if value is not None]
            if values:
                total, n = total + sum(values, Fraction()) / len(values), n + 1
        return Mean(total, n, HOUR // self.step)

    def _values(self, symbol: str, slot: int, moment: int | None) -> Iterator[Fraction | None]:
        for stamp in self.slots.get((symbol, slot), ()):
            if moment is None:
                said = self.readings.now(symbol, stamp)
            else:
                said = self.readings.by(symbol, stamp, moment)
            if said is not None and said.is_measured:
                yield said.value


@dataclass
class _Sum:
    total: Fraction
    n: int

    def __call__(self, expected: int) -> Mean:
        return Mean(self.total, self.n, expected)


def _sum(means: Iterable[Mean | None]) -> _Sum:
    known = [mean for mean in means if mean is not None and mean.n]
    return _Sum(sum((mean.total for mean in known), Fraction()), sum(mean.n for mean in known))


@dataclass
class _Judged:
    """The verdicts by one limit."""

    of: Limits
    channel: Channel
    limit: Limit
    results: dict[int, str] = field(default_factory=dict)
    spans: dict[int, Span] = field(default_factory=dict)
    coming: int | None = None
    """The first period that is not judged yet."""

    @property
    def symbol(self) -> str:
        return self.channel.symbol

    @property
    def identity(self) -> Identity:
        return of_channel("exceedance", self.of.station.code, self.symbol, self.limit.period)

    def start_of(self, stamp: int) -> int:
        return day_start(stamp) if self.limit.period == "day" else stamp - stamp % HOUR

    def due(self, start: int) -> int:
        return start + LENGTH[self.limit.period] + self.limit.grace

    def look(self, hours: set[int], now: int) -> None:
        """Judge what fell due, and again what changed under it."""
        if self.coming is None:
            if not hours:
                return
            self.coming = self.start_of(min(hours))
        again = {self.start_of(hour) for hour in hours}
        periods = {start for start in again if start < self.coming}
        while self.due(self.coming) <= now:
            periods.add(self.coming)
            self.coming += LENGTH[self.limit.period]
        for start in sorted(periods):
            self._judge(start, now)

    def _judge(self, start: int, now: int) -> None:
        result = self.of.mean(self.symbol, self.limit.period, start).result(self.limit)
        self.results[start] = result
        span = self.spans.get(start)
        if result == "exceeded" and span is None:
            end = start + LENGTH[self.limit.period]
            late = self._was_otherwise(start)
            self.spans[start] = self.of.cases.tell(self.identity, start, end, now, late=late)
        elif result == "exceeded" and span is not None and span.withdrawn:
            span.withdrawn = False
        elif result == "within" and span is not None:
            span.withdrawn = True

    def _was_otherwise(self, start: int) -> bool:
        """Whether what had come when it was due did not exceed the limit."""
        by_then = self.of.mean_by(self.symbol, self.limit.period, start, self.due(start))
        return by_then.result(self.limit) != "exceeded"

    def end(self, now: int) -> None:
        """The first later period within."""
        for case in self.of.cases.of(self.identity, now)[-1:]:
            if case.withdrawn:
                continue
            within = [s for s, said in self.results.items() if said == "within"]
            later = [start for start in within if start >= case.last_end]
            case.resolved = min(later) + LENGTH[self.limit.period] if later else None


@dataclass
class _Warned:
    """Early warnings on the running hour and the one before it, or on the running day."""

    of: Limits
    channel: Channel
    period: str
    spans: dict[int, Span] = field(default_factory=dict)

    @property
    def identity(self) -> Identity:
        return of_channel("early_warning", self.of.station.code, self.channel.symbol, self.period)

    @property
    def own(self) -> list[Limit]:
        """The limits that it is held against: an hour without its own, against the day's."""
        own = [limit for limit in self.channel.limits if limit.period == self.period]
        return own or (list(self.channel.limits) if self.period == "hour" else [])

    @property
    def is_judged(self) -> bool:
        return any(limit.period == self.period for limit in self.own)

    def look(self, now: int) -> None:
        """Somebody looks at what runs; there is news."""
        running = now - now % HOUR
        watched = [running - HOUR, running] if self.period == "hour" else [day_start(now)]
        for start in watched:
            if self._warns(start, now):
                self._tell(start, now)
        if self.period == "hour" and not self.is_judged:
            self._end_by_calm(watched, now)

    def _warns(self, start: int, now: int) -> bool:
        mean = self.of.mean(self.channel.symbol, self.period, start)
        for limit in self.own:
            if limit.period == self.period and start + LENGTH[self.period] + limit.grace <= now:
                continue  # its verdict has come due
            if self._speaks(start, mean, limit) and mean.warns(limit):
                return True
        return False

    def _speaks(self, start: int, mean: Mean, limit: Limit) -> bool:
        if self.period == "hour":
            return mean.has(SHARE_OF_HOUR)
        hours = [
            self.of.hours.get((self.channel.symbol, hour))
            for hour in range(start, start + DAY, HOUR)
        ]
        valid = [hour for hour in hours if hour is not None and hour.has(limit.min_capture)]
        return len(valid) >= HOURS_OF_DAY

    def _tell(self, start: int, now: int) -> None:
        if start not in self.spans:
            end = start + LENGTH[self.period]
            self.spans[start] = self.of.cases.tell(self.identity, start, end, now)

    def judge(self, now: int) -> None:
        """A warning ends when the last period warned of has been judged."""
        case = self.of.cases.latest(self.identity, now)
        if case is None or case.resolved is not None or not self.is_judged:
            return
        grace = max(limit.grace for limit in self.own)
        if case.last_end + grace <= now:
            case.resolved = case.last_end

    def _end_by_calm(self, watched: list[int], now: int) -> None:
        """Without a limit of its own: by the first later hour that speaks and gives no warning."""
        case = self.of.cases.latest(self.identity, now)
        if case is None or case.resolved is not None:
            return
        for start in watched:
            mean = self.of.mean(self.channel.symbol, "hour", start)
            if start >= case.last_end and mean.has(SHARE_OF_HOUR):
                case.resolved = start
                return
