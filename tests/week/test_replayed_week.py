"""A day of a province: its alerts are the truth's, and none else."""

from __future__ import annotations

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
KEEPER_AFTER = 25 * MINUTE
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
    assert "\n".join(differences(one.truth, one.said)) == ""
    assert set(one.got) <= one.operators | OFFICES
    assert set(one.got) & one.operators <= one.troubled
    lines = [mail for mail in one.mails if LINE_WORDS in mail.subject]
    assert {mail.to for mail in lines} <= {KEEPER}
    outages = [c for c in one.truth if c.identity.kind == "line_outage" and not c.withdrawn]
    long = [span for case in outages for span in case.standing]
    begun = [mail for mail in lines if mail.subject.startswith("[QTTĐ] Sự cố")]
    assert len(begun) == len(long) > 0


def test_a_day_of_twelve_stations(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    one = replayed(stories.a_day(), tmp_path, turns=6)
    record_property("told", one.told())
    check(one)
    assert {case.identity.kind for case in one.truth} >= {
        *("exceedance", "early_warning", "device_fault", "stuck_value", "out_of_range"),
        *("silent_station", "silent_parameter", "silent_12h", "line_outage", "own_fault"),
        *("wrong_clock", "wrong_sender", "unreadable_files", "changed_values"),
    }
