"""Means held against their limits, and a month of a province judged anew."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from datetime import timedelta
from fractions import Fraction

from django.db import connection, connections

from config.bench.figures import Figure, timed
from config.bench.month import BEGIN, END, lay_out_month
from config.runtime.processes import SETTLERS
from monitoring.domain.averaging import Mean
from monitoring.domain.comparing import bounds_of, compare
from monitoring.domain.long_periods import capture_needed
from monitoring.models import Correction, Verdict
from monitoring.services.corrections import ask_correction, correct_one
from monitoring.services.judge import Case, judge_means
from monitoring.services.settle import settle_stations
from monitoring.services.setup import setups_of
from stations.models import EditionLimit, PermitLimit, Person, Station
from stations.services.limits import RuleBook

MEANS = 24_000
JUDGED_AT = END + timedelta(hours=1)
CORRECTED_AT = END + timedelta(days=1)
TIMES = 7
"""How often what takes milliseconds is measured; the best counts."""

BARE_COPY = (
    "CREATE TABLE bare_verdict AS SELECT * FROM monitoring_verdict WHERE superseded_at IS NULL"
)


def measure_judging() -> Iterator[Figure]:
    """Comparing apart from storing, then everything that a correction of a month takes."""
    lay_out_month()
    yield from _comparisons()
    yield from _first_time()
    yield from _corrections()


def _comparisons() -> Iterator[Figure]:
    """In memory: exact sums against limits."""
    cases = _cases()
    means = [case.mean for case in cases]
    bounds = [
        bounds_of(one.maximum, one.minimum, capture_needed(one.period, one.min_capture))
        for one in (case.limit for case in cases)
    ]
    values = [float(mean.total / mean.n) for mean in means]
    tops = [float(case.limit.maximum or 0) for case in cases]
    exact = min(_seconds(lambda: compare(means, bounds)) for _ in range(TIMES))
    floats = min(
        _seconds(lambda: [value > top for value, top in zip(values, tops, strict=True)])
        for _ in range(TIMES)
    )
    whole = min(_seconds(lambda: judge_means(cases)) for _ in range(TIMES))
    yield Figure("judge", "24,000 means compared, exactly", 1000 * exact, "ms", at_most=20)
    yield Figure("judge", "the same, with all that a verdict carries", 1000 * whole, "ms")
    yield Figure("judge", "comparing against bare floats", exact / floats, "times")


def _cases() -> list[Case]:
    """Hours of every channel that has a limit of the hour or the day."""
    ids = list(Station.objects.values_list("pk", flat=True))
    setups, rules = setups_of(ids), RuleBook.load(ids)
    limited = [
        (channel, limit)
        for pk, setup in setups.items()
        for channel in setup.channels
        for limit in rules.limits_on(pk, channel.slot, BEGIN.date())
    ]
    return [
        Case(channel, limit.period, BEGIN, limit, Mean(Fraction(number, 10), 12, 12))
        for number in range(MEANS)
        for channel, limit in (limited[number % len(limited)],)
    ]


def _first_time() -> Iterator[Figure]:
    """A month that nobody judged yet, as after a back-fill."""
    ids = list(Station.objects.values_list("pk", flat=True))
    with timed() as judging:
        settle_stations(ids, now=JUDGED_AT)
    verdicts = Verdict.objects.count()
    yield Figure("judge", "a month of 200 stations, first time", judging.seconds, "s")
    yield Figure("judge", "the same", verdicts / judging.seconds, "verdicts/s")


def _corrections() -> Iterator[Figure]:
    """Every limit of the month changed, so every verdict is made anew."""
    with connection.cursor() as cursor, timed() as copying:
        cursor.execute(BARE_COPY)
    PermitLimit.objects.update(source="GPMT số 2")
    EditionLimit.objects.update(takes_factors=False)
    who = Person.objects.create(username="bench")
    ask_correction(
        stations=Station.objects.all(),
        what=Correction.What.RULES,
        start=BEGIN,
        end=END,
        reason="bench",
        by=who,
        now=CORRECTED_AT,
    )
    with timed() as correcting:
        _correct_by(SETTLERS)
    changed = sum(row.verdicts_changed or 0 for row in Correction.objects.all())
    seconds = correcting.seconds
    yield Figure("judge", "a month of 200 stations judged anew", seconds, "s", at_most=60)
    yield Figure("judge", "workers that did it, as `up` starts them", SETTLERS, "workers")
    yield Figure("judge", "verdicts that changed in it", changed, "verdicts")
    ratio = correcting.seconds / copying.seconds
    yield Figure("judge", "against copying the same verdicts in SQL", ratio, "times")


def _correct_by(workers: int) -> None:
    """Each worker takes the next station that nobody else is correcting, as settlers do."""
    connections.close_all()  # none is shared with a fork
    forked = multiprocessing.get_context("fork")
    running = [forked.Process(target=_correct) for _ in range(workers)]
    for worker in running:
        worker.start()
    for worker in running:
        worker.join()
    if any(worker.exitcode for worker in running):
        raise RuntimeError("a worker of the bench failed")


def _correct() -> None:
    while correct_one(now=CORRECTED_AT):
        continue


def _seconds(work: Callable[[], object]) -> float:
    with timed() as watch:
        work()
    return watch.seconds
