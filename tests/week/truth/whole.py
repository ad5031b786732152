"""The truth of a whole play: station by station, and the clock over all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.week.stream import Play, Sent
from tests.week.truth.arrivals import arrivals_of
from tests.week.truth.cases import Case, Cases, Identity, of_channel
from tests.week.truth.clock import Clock
from tests.week.truth.courses import Courses
from tests.week.truth.limits import Limits
from tests.week.truth.readings import Readings


def truth_of(
    play: Play,
    files: Sequence[Sent],
    *,
    steps: Sequence[int],
    settled: Mapping[str, Sequence[int]],
) -> list[Case]:
    """Every alert that must have come. `steps`: when what had come was stored and the clock was
    looked at; `settled`: when each station's readings were."""
    cases = Cases((at, _identity(s.code, kind, symbol)) for at, s, kind, symbol in play.closings)
    arrivals = arrivals_of(files)
    clock, coming = Clock(play, cases), iter(arrivals)
    waiting = next(coming, None)
    for now in steps:
        batch = []
        while waiting is not None and waiting.received <= now:
            batch.append(waiting)
            waiting = next(coming, None)
        clock.take(batch, now)
        clock.look(now)
    for since, until in play.ours:
        identity = Identity("own_fault", source="door")
        cases.tell(identity, since, until, since)
        cases.of(identity, until)[-1].resolved = until
    for station in play.stations:
        own = [each for each in arrivals if each.code == station.code and each.kept]
        readings = Readings()
        limits, courses = Limits(station, cases, readings), Courses(station, cases, readings)
        place = 0
        for now in settled[station.code]:
            touched = set()
            while place < len(own) and own[place].received <= now:
                touched |= readings.take(own[place])
                place += 1
            limits.look(touched, now)
            courses.look(touched, now)
    return cases.all(max(steps))


def _identity(code: str, kind: str, symbol: str) -> Identity:
    return of_channel(kind, code, symbol) if symbol else Identity(kind, code)
