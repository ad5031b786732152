"""A day, a week and (by hand) a month of a province: its alerts are the truth's, and none else.

What was chosen, and why. Two hundred stations that all send every five minutes send 403,200 files
a week; settled by its own bell, at 25 ms each, that is close to three hours. So 128 of the 200
measure every ten minutes and send two rows every twenty, sixteen send every five minutes, and the
analysers of streets and rivers every 15, 30 and 60: 121,900 files, 617,000 readings. All that came
is stored every ten minutes, when the watch looks and mails leave too; the readings of each station
are settled every 200 minutes, another part of the province at each step, as by a worker that is far
behind: ten thousand settlings. So early warnings are those of the hours at which somebody looked.
The truth is told these moments, and nothing else of the program. The share of the slow stations is
bounded by the rule itself: only what falls silent within the same quarter of an hour makes an
outage of everything, so 60 % of all must keep one pace.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from monitoring.models import Delivery
from monitoring.services.timeline.playing import Mail
from stations.models import RuleSetting
from tests.week import stories
from tests.week.comparing import differences
from tests.week.playing import played, told
from tests.week.province import BOARD, DEPARTMENT, HOUR, KEEPER, MINUTE
from tests.week.stream import Play, Sent, files_of
from tests.week.truth import Case, truth_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("data_dir")]

OFFICES = {DEPARTMENT, BOARD, KEEPER}
TOLD_LATER = {"silent_station": HOUR, "silent_parameter": HOUR}
"""How long a cause must last before its operator is written to (decision 8)."""
NOT_THEIRS = {"wrong_sender", "changed_values"}
"""Kinds that the department alone is told of (decisions 13 and 29)."""
KINDS = {
    *("exceedance", "early_warning", "device_fault", "long_calibration", "stuck_value"),
    *("out_of_range", "changed_values", "silent_station", "silent_parameter", "silent_12h"),
    *("wrong_clock", "wrong_sender", "unreadable_files", "line_outage", "own_fault"),
}
"""All that there are."""
KEEPER_AFTER = 25 * MINUTE
"""By when it is clear how far an outage of a line reaches (decision 37)."""
LINE_WORDS = "đường truyền"


@dataclass(frozen=True)
class Replayed:
    """What was sent, what is true of it, what the program said and mailed."""

    play: Play
    files: Sequence[Sent]
    truth: list[Case]
    said: list[Case]
    mails: list[Mail]

    @property
    def operators(self) -> set[str]:
        return {station.operator for station in self.play.stations}

    @property
    def got(self) -> Counter[str]:
        """How many mails each address got."""
        return Counter(mail.to for mail in self.mails)

    @property
    def troubled(self) -> set[str]:
        """The operators of stations of which there was anything to tell them."""
        operator_of = {station.code: station.operator for station in self.play.stations}
        return {
            operator_of[case.identity.subject]
            for case in self.truth
            if case.identity.subject in operator_of and _is_for_operators(case)
        }

    def told(self) -> str:
        """The numbers, for who reads the run."""
        kinds = Counter(case.identity.kind for case in self.truth)
        spans = Counter(c.identity.kind for c in self.truth for _ in c.spans)
        lines = [
            f"{len(self.play.stations)} stations, {len(self.files)} files,"
            f" {sum(len(file.rows) for file in self.files)} readings",
            "alerts (and their periods): "
            + ", ".join(f"{kind} {many} ({spans[kind]})" for kind, many in kinds.most_common()),
            f"mails: {len(self.mails)}; operators with none: {len(self.operators - set(self.got))}",
            *(f"  {many:4} {to}" for to, many in self.got.most_common()),
        ]
        return "\n".join(lines)


def _is_for_operators(case: Case) -> bool:
    """Whether a case has a course that its operator had to hear of."""
    if case.identity.kind in NOT_THEIRS:
        return False
    least = TOLD_LATER.get(case.identity.kind, 0)
    if not least:
        return not case.withdrawn
    ends = sorted(case.ends)
    for span in case.standing:
        end = next((at for at in ends if at >= span.told), None)
        if end is None or end - span.start >= least:
            return True
    return False


def replayed(play: Play, folder: Path, *, turns: int) -> Replayed:
    """Take a play through the program, and work out the truth of it."""
    RuleSetting.objects.create(key="stuck_slots", value=12, source="–")
    files = files_of(play)
    done = played(play, files, folder=folder, turns=turns)
    assert Delivery.objects.count() == len(files)
    truth = truth_of(play, files, steps=done.steps, settled=done.settled)
    return Replayed(play, files, truth, list(told()), done.door.taken)


def check(one: Replayed) -> None:
    """Alerts are the truth's; who had nothing to hear heard nothing; of lines the keeper did."""
    assert any(span.late for case in one.truth for span in case.spans)
    assert any(span.withdrawn for case in one.truth for span in case.spans)
    assert "\n".join(differences(one.truth, one.said)) == ""
    assert set(one.got) <= one.operators | OFFICES
    assert set(one.got) & one.operators <= one.troubled
    lines = [mail for mail in one.mails if LINE_WORDS in mail.subject]
    assert {mail.to for mail in lines} <= {KEEPER}
    outages = [s for c in one.truth if c.identity.kind == "line_outage" for s in c.spans]
    mailed = [s for s in outages if not s.withdrawn or s.told - s.start >= KEEPER_AFTER]
    begun = [mail for mail in lines if mail.subject.startswith("[QTTĐ] Sự cố")]
    assert len(begun) == len(mailed) > 0


def test_a_day_of_twelve_stations(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    one = replayed(stories.a_day(), tmp_path, turns=6)
    record_property("told", one.told())
    check(one)
    assert {case.identity.kind for case in one.truth} == KINDS - {"long_calibration"}


@pytest.mark.long
def test_a_week_of_two_hundred_stations(
    tmp_path: Path, record_property: Callable[[str, object], None], thorough: bool
) -> None:
    """A month in `make torture`, in which what was closed weeks ago begins anew."""
    began = time.monotonic()
    one = replayed(stories.weeks(4 if thorough else 1), tmp_path, turns=20)
    record_property("told", f"{one.told()}\n{time.monotonic() - began:.0f} s")
    check(one)
    assert len(one.play.stations) == 200
    assert {case.identity.kind for case in one.truth} == KINDS
    assert len(one.operators - set(one.got)) >= 40
