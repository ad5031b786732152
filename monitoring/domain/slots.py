"""Which slot, hour and day a reading belongs to, and how many slots a period expects.

Times are aware and UTC, days are Vietnamese; Vietnam is UTC+7 all year. Time is cut into intervals
from Vietnamese midnight, so slots can be numbered through from 1970 in Vietnamese time. An interval
divides 1440, and divides 60 or is a multiple of it; hours of Vietnam are therefore hours of UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone

from stations.domain.dated import Dated, in_force

VIETNAM = timezone(timedelta(hours=7))
AHEAD_SECONDS = 7 * 3600
HOUR = timedelta(hours=1)
ONE_DAY = timedelta(days=1)
MINUTES_OF_DAY = 1440
ONE_SECOND = timedelta(seconds=1)


def check_interval(minutes: int) -> int:
    """The interval itself; ValueError for one that does not cut hours or days evenly."""
    fits_day = minutes > 0 and MINUTES_OF_DAY % minutes == 0
    if not fits_day or (60 % minutes and minutes % 60):
        raise ValueError(f"an interval of {minutes} min does not cut the day into even slots")
    return minutes


def shift_of(*, closes_window: bool) -> int:
    """Seconds from a stamp in UTC to the Vietnamese second that it counts for."""
    return AHEAD_SECONDS - (1 if closes_window else 0)


def slot_number(at: datetime, *, interval: int, closes_window: bool = False) -> int:
    """The slot of a stamp, counted from 1970 in Vietnamese time, in intervals of that length."""
    return int(at.timestamp() + shift_of(closes_window=closes_window)) // (interval * 60)


def start_of_slot(number: int, interval: int) -> datetime:
    """The moment at which a slot begins (UTC)."""
    return datetime.fromtimestamp(number * interval * 60 - AHEAD_SECONDS, UTC)


def slot_start(at: datetime, *, interval: int, closes_window: bool = False) -> datetime:
    """The moment at which the slot of a stamp begins (UTC)."""
    number = slot_number(at, interval=interval, closes_window=closes_window)
    return start_of_slot(number, interval)


def hour_of(at: datetime, *, interval: int, closes_window: bool = False) -> datetime:
    """The start of the hour in which a stamp counts: the hour in which its slot begins."""
    begins = slot_start(at, interval=interval, closes_window=closes_window)
    return begins.replace(minute=0, second=0, microsecond=0)


def day_of(at: datetime, *, closes_window: bool = False) -> date:
    """The Vietnamese day in which a stamp counts; 00:00:00 in the one it names, unless closing."""
    return ((at - ONE_SECOND) if closes_window else at).astimezone(VIETNAM).date()


def day_start(day: date) -> datetime:
    """Vietnamese midnight at the start of a day, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(seconds=AHEAD_SECONDS)


def hours_of_day(day: date) -> tuple[datetime, ...]:
    """The starts of the 24 hours of a Vietnamese day (UTC)."""
    midnight = day_start(day)
    return tuple(midnight + number * HOUR for number in range(24))


def expected_in_hour(hour: datetime, interval: int) -> int:
    """How many slots begin in an hour. Above 60 min most hours expect none."""
    if interval <= 60:
        return 60 // interval
    minute = hour.astimezone(VIETNAM).hour * 60
    return 1 if minute % interval == 0 else 0


def expected_in_day(interval: int) -> int:
    """How many slots a day has."""
    return MINUTES_OF_DAY // interval


def slots_begun(day: date, now: datetime, interval: int) -> int:
    """How many slots of a day have begun by now, the running one counted; 0 to all of them."""
    elapsed = (now - day_start(day)).total_seconds()
    begun = 1 + int(elapsed // (interval * 60)) if elapsed >= 0 else 0
    return min(begun, expected_in_day(interval))


def stamps_of_hour(
    hour: datetime, *, interval: int, closes_window: bool = False
) -> tuple[datetime, datetime] | None:
    """The stamps that count in an hour, from the first up to, not including, the second.

    None where no slot begins in the hour: then no stamp counts in it.
    """
    slots = expected_in_hour(hour, interval)
    if not slots:
        return None
    late = ONE_SECOND if closes_window else timedelta()
    return hour + late, hour + timedelta(minutes=slots * interval) + late


@dataclass(frozen=True, slots=True)
class Pace:
    """How a channel is cut into slots, through time: its interval and what its stamps mean.

    The setting of the day that a stamp names decides whether it closes its window; the interval of
    the day in which it then counts decides its slot.

    `otherwise`: whose intervals count on a day without one of its own (the station's), in turn.
    """

    intervals: tuple[Dated[int], ...]
    closing: tuple[Dated[bool], ...] = ()
    otherwise: tuple[tuple[Dated[int], ...], ...] = ()

    def interval(self, day: date) -> int | None:
        """Minutes of a slot on a day; None where nothing is in force."""
        found = (in_force(each, day) for each in (self.intervals, *self.otherwise))
        return next((minutes for minutes in found if minutes is not None), None)

    def may_exceed(self, minutes: int) -> bool:
        """Whether a slot is longer than that on any day."""
        return any(
            item.value > minutes for each in (self.intervals, *self.otherwise) for item in each
        )

    def closes_window(self, day: date) -> bool:
        """Whether a stamp that names this day closes its window."""
        closes: bool | None = in_force(self.closing, day)
        return closes is True

    def interval_at(self, at: datetime) -> int | None:
        """Minutes of the slot in which a stamp counts; None where no interval is in force."""
        return self.interval(day_of(at, closes_window=self.closes_window(day_of(at))))

    def hour_of(self, at: datetime) -> datetime | None:
        """The hour in which a stamp counts; None where no interval is in force."""
        interval = self.interval_at(at)
        if interval is None:
            return None
        return hour_of(at, interval=interval, closes_window=self.closes_window(day_of(at)))
