"""The limit laboratory: another edition, column or permit put on the data of the past.

A study is a row: the question, then the answer, station by station as far as it has come. Nothing
else is kept: the rows of the register that it supposes are taken back before a verdict is looked
at, and no verdict is stored.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from monitoring.domain.averaging import Mean
from monitoring.domain.judging import is_above, is_below
from monitoring.domain.slots import HOUR, ONE_DAY, day_of, day_start
from monitoring.domain.tallying import Tally
from monitoring.models import Study
from monitoring.services.corrections import others_were_in_the_way
from monitoring.services.means import MeanReader
from monitoring.services.rejudge import judged_under, means_under, supposed
from monitoring.services.setup import StationSetup, setups_of
from monitoring.services.verdicts import Judged
from stations.models import Channel, Edition, JudgedBy, PermitLimit, Person, SourceType, Station
from stations.services.limits import RuleBook

logger = logging.getLogger(__name__)

SUPPOSED = "Giả định của nghiên cứu"
"""The source of a limit that a study supposes."""
HOURS_AT_ONCE = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class OwnLimit:
    """A limit that a study supposes in the place of all others of its parameter and period."""

    parameter: str
    period: str
    maximum: Decimal | None = None
    minimum: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """Which rule is supposed, for which stations, over which days (both inclusive)."""

    stations: tuple[str, ...]
    first: date
    last: date
    edition: str = ""
    column: str = ""
    source_type: str = ""
    limits: tuple[OwnLimit, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """As the study keeps it; decimals as they were written."""
        return {
            "stations": list(self.stations),
            "first": self.first.isoformat(),
            "last": self.last.isoformat(),
            "edition": self.edition,
            "column": self.column,
            "source_type": self.source_type,
            "limits": [
                {
                    "parameter": one.parameter,
                    "period": one.period,
                    "max": None if one.maximum is None else str(one.maximum),
                    "min": None if one.minimum is None else str(one.minimum),
                }
                for one in self.limits
            ],
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Question:
        """The question that a study keeps."""
        return cls(
            tuple(kept["stations"]),
            date.fromisoformat(kept["first"]),
            date.fromisoformat(kept["last"]),
            kept["edition"],
            kept["column"],
            kept["source_type"],
            tuple(
                OwnLimit(
                    one["parameter"], one["period"], _decimal(one["max"]), _decimal(one["min"])
                )
                for one in kept["limits"]
            ),
        )


def _decimal(written: str | None) -> Decimal | None:
    return None if written is None else Decimal(written)


def ask_study(*, name: str, question: Question, by: Person, now: datetime) -> Study:
    """Put a question; the worker answers it. Who asks rings `monitoring.tasks.STUDY`."""
    return Study.objects.create(
        name=name, asked_by=by, asked_at=now, question=question.as_json(), result={"stations": {}}
    )


def study_one(*, now: datetime) -> bool:
    """Answer the next station of the oldest study that is not done; False if there is none.

    A station a transaction: what was answered stays, whatever happens to the worker. One that
    fails, also by taking longer than the database allows, keeps the reason and is not tried again.
    """
    with transaction.atomic():
        waiting = Study.objects.filter(done_at=None, failure="").order_by("asked_at", "pk")
        study = waiting.select_for_update(skip_locked=True).first()
        if study is None:
            return False
        try:
            with transaction.atomic():
                _answer_next(study, now)
        except Exception as error:
            if others_were_in_the_way(error):
                raise
            logger.exception("Study %s cannot be answered", study.pk)
            study.failure = f"{type(error).__name__}: {error}"[:2000]
        study.save(update_fields=["result", "done_at", "failure"])
    return True


def _answer_next(study: Study, now: datetime) -> None:
    question = Question.from_json(study.question)
    study.result = study.result or {"stations": {}}
    answered: dict[str, Any] = study.result["stations"]
    code = next((one for one in question.stations if one not in answered), None)
    if code is not None:
        station = Station.objects.select_related("facility").filter(code=code).first()
        answered[code] = [] if station is None else answer(station, question)
    if len(answered) == len(set(question.stations)):
        study.done_at = now


def answer(station: Station, question: Question) -> list[dict[str, Any]]:
    """What a station's past comes to under its own rules and under the supposed one.

    A row a parameter and period: `now` and `then` are tallies (see Tally.as_json); `above` counts
    hour means beyond the supposed limit by the hour of the day, for limits of longer periods.
    """
    setup = setups_of([station.pk])[station.pk]
    start = day_start(question.first)
    end = day_start(question.last) + ONE_DAY
    own = RuleBook.load([station.pk])
    with supposed():
        suppose(station, question)
        other = RuleBook.load([station.pk])
    before = _tallies(judged_under(setup, own, start=start, end=end))
    verdicts = list(judged_under(setup, other, start=start, end=end))
    after = _tallies(verdicts)
    above = _hours_above(verdicts, start, end, means_under(setup, other))
    limits = {_key(each): each.limit for each in verdicts}
    return [
        {
            "symbol": key[0],
            "period": key[1],
            "unit": _unit(setup, key[0]),
            "limit": _limit(limits.get(key)),
            "now": before[key].as_json() if key in before else None,
            "then": after[key].as_json() if key in after else None,
            "above": above.get(key),
        }
        for key in sorted({*before, *after})
    ]


def suppose(station: Station, question: Question) -> None:
    """Write into the register what the question supposes of a station; the caller takes it back."""
    if question.edition:
        edition = Edition.objects.get(code=question.edition)
        JudgedBy.objects.filter(station=station).delete()
        JudgedBy.objects.create(
            station=station, edition=edition, column=question.column, confirmed=SUPPOSED
        )
        if question.source_type:
            SourceType.objects.filter(station=station).delete()
            SourceType.objects.create(station=station, source_type=question.source_type)
    for limit in question.limits:
        _suppose_limit(station, limit)


def _suppose_limit(station: Station, limit: OwnLimit) -> None:
    for channel in Channel.objects.filter(station=station, parameter__symbol=limit.parameter):
        PermitLimit.objects.filter(channel=channel, period=limit.period).delete()
        PermitLimit.objects.create(
            channel=channel,
            period=limit.period,
            maximum=limit.maximum,
            minimum=limit.minimum,
            replaces=True,
            source=SUPPOSED,
            confirmed=SUPPOSED,
        )


Key = tuple[str, str, str]
"""A channel's symbol, a kind of period, and the basis of its means."""


def _key(each: Judged) -> Key:
    return each.channel.symbol, each.period, each.basis


def _tallies(verdicts: Iterable[Judged]) -> dict[Key, Tally]:
    found: dict[Key, Tally] = defaultdict(Tally)
    for each in verdicts:
        hour = _hour_of_day(each.start) if each.period == "hour" else None
        ratio = each.judgement.ratio if each.verdict == "exceeded" else None
        found[_key(each)].add(each.verdict, day_of(each.start), ratio=ratio, hour=hour)
    return dict(found)


def _hours_above(
    verdicts: Sequence[Judged], start: datetime, end: datetime, read: MeanReader
) -> dict[Key, list[int]]:
    """By the hour of the day: hour means beyond the limit of a longer period that was exceeded.

    Only hours within exceeded periods: when it happened, where a day says only that it did.
    """
    longer = [
        each for each in verdicts if each.verdict == "exceeded" and each.period in ("day", "hours8")
    ]
    if not longer:
        return {}
    spans: dict[Key, list[Judged]] = defaultdict(list)
    for each in longer:
        spans[_key(each)].append(each)
    counted = {key: [0] * 24 for key in spans}
    slots = {key: own[0].channel.slot for key, own in spans.items()}
    while start < end:
        until = min(start + HOURS_AT_ONCE, end)
        hours = [start + HOUR * n for n in range((until - start) // HOUR)]
        rows = read("hour", hours)
        for key, own in spans.items():
            inside = _hours_inside(own, start, until)
            for hour, limit in inside.items():
                row = rows.get((slots[key], hour, key[2]))
                if row is not None and _is_beyond(row.mean, limit):
                    counted[key][_hour_of_day(hour)] += 1
        start = until
    return counted


def _hours_inside(own: Sequence[Judged], start: datetime, end: datetime) -> dict[datetime, Any]:
    found = {}
    for each in own:
        hour = max(each.start, start)
        while hour < min(each.end, end):
            found[hour] = each.limit
            hour += HOUR
    return found


def _is_beyond(mean: Mean, limit: Any) -> bool:
    return mean.n > 0 and (is_above(mean, limit.maximum) or is_below(mean, limit.minimum))


def _hour_of_day(at: datetime) -> int:
    """The hour on the clock in Viet Nam, 0 to 23."""
    return (at - day_start(day_of(at))) // HOUR


def _unit(setup: StationSetup, symbol: str) -> str:
    return next((c.unit for c in setup.channels if c.symbol == symbol), "")


def _limit(limit: Any) -> dict[str, Any] | None:
    """The supposed limit as it stood at the end of the time looked at."""
    if limit is None:
        return None
    return {
        "max": None if limit.maximum is None else float(limit.maximum),
        "min": None if limit.minimum is None else float(limit.minimum),
        "source": limit.source,
        "expression": limit.derivation.expression,
        "oxygen": None if limit.reference_oxygen is None else float(limit.reference_oxygen),
    }
