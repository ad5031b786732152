"""What happens in the demonstration province, hour by hour, for ever.

A track is a row of episodes that take turns over its subjects: whatever the moment, somebody
exceeds, somebody is silent, calibrating or out of order. A subject stands in one pool only, so
that no episode hides another; all the other stations live calmly.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from monitoring.demo.local_time import DAY, HOUR


class Kind(StrEnum):
    """What an episode does to its subject."""

    RISES = "rises"
    SILENT = "silent"
    FAULT = "fault"
    CALIBRATES = "calibrates"
    FLOWS = "flows"
    STANDS_STILL = "stands_still"


@dataclass(frozen=True, slots=True)
class Subject:
    """A station, or one of its parameters with the limit that it is judged by (0: not needed)."""

    station: str
    parameter: str = ""
    limit: float = 0.0


@dataclass(frozen=True, slots=True)
class Episode:
    """From ≤ minute < until, something happens to a subject; `aim` is the value it rises to."""

    kind: Kind
    subject: Subject
    starts: int
    ends: int
    aim: float


@dataclass(frozen=True, slots=True)
class Track:
    """Episodes that begin every so many minutes, last so long, and take turns over the subjects.

    Longer than `every` means that two overlap: the old one is still there while the new one is too
    young to be noticed. `levels` are shares of the subject's limit, in turn.
    """

    kind: Kind
    every: int
    lasts: int
    subjects: tuple[Subject, ...]
    levels: tuple[float, ...] = (0.0,)

    def episode(self, turn: int) -> Episode:
        """The episode of one turn."""
        subject = self.subjects[turn % len(self.subjects)]
        level = self.levels[turn % len(self.levels)]
        starts = turn * self.every
        return Episode(self.kind, subject, starts, starts + self.lasts, level * subject.limit)

    def between(self, starts: int, ends: int) -> Iterator[Episode]:
        """The episodes that touch a span of minutes, oldest first."""
        first = (starts - self.lasts) // self.every + 1
        last = -(-ends // self.every)
        return (self.episode(turn) for turn in range(first, last))


def _subjects(*words: str) -> tuple[Subject, ...]:
    """Subjects from "station", "station/parameter" or "station/parameter/limit"."""
    return tuple(_subject(*word.split("/")) for word in words)


def _subject(station: str, parameter: str = "", limit: str = "0") -> Subject:
    return Subject(station, parameter, float(limit))


EMISSION_HOURS = Track(
    Kind.RISES, HOUR, HOUR,
    # QCVN 19:2009, column B: C × Kp × Kv
    _subjects(
        "MH01-KT01/PM/180", "MH06-KT01/SO2/360", "MH08-KT01/PM/192", "MH09-KT01/CO/1000",
        "MH11-KT01/SO2/450", "MH06-KT01/NOx/612", "MH08-KT01/NOx/816",
    ),
    levels=(1.15, 1.3, 1.22, 1.6, 1.18),
)  # fmt: skip
WASTEWATER_WARNINGS = Track(
    Kind.RISES, DAY, DAY,
    # QCVN 40:2011: C × Kq × Kf
    _subjects(
        "KCNDT-NT01/COD/67.5", "CCNDN-NT01/NH4/9", "MH20-NT01/TSS/90", "MH21-NT01/TP/5.28",
        "MH25-NT01/COD/82.5",
    ),
    levels=(0.93, 0.95),
)  # fmt: skip
WASTEWATER_DAYS = Track(
    Kind.RISES, 2 * DAY, DAY,
    _subjects("MH15-NT01/COD/150", "KCNTH-NT01/COD/67.5", "MH17-NT01/NH4/9.9", "MH23-NT01/TSS/90"),
    levels=(1.12, 1.25, 1.7),
)  # fmt: skip
AIR_DAYS = Track(Kind.RISES, 3 * DAY, DAY, _subjects("KKTPBG-KK01/PM2.5/45"), levels=(0.92, 1.15))
RIVER_DAYS = Track(Kind.RISES, 4 * DAY, DAY, _subjects("NMTPBG-NM01/TSS/100"), levels=(0.9, 1.2))
SILENCES = Track(
    Kind.SILENT, 5 * HOUR, 5 * HOUR + 40,
    _subjects(
        "CCNHT-NT01", "MH12-NT01", "NMLN-NM01", "MH18-NT01", "KCNYL-NT01", "MH03-KT01",
        "MH22-NT01", "KKSD-KK01", "MH13-NT01", "MH10-KT01", "MH16-NT01", "MH02-KT01", "MH19-NT01",
    ),
)  # fmt: skip
LONG_SILENCES = Track(Kind.SILENT, 5 * DAY, 14 * HOUR, _subjects("CCNTD-NT01", "MH07-KT02"))
FAULTS = Track(
    Kind.FAULT, 5 * HOUR, 6 * HOUR + 15,
    _subjects(
        "KCNVH-NT01/TSS", "MH14-NT01/COD", "MH24-NT01/TSS", "MH05-KT01/CO", "KCNQC-NT02/pH",
        "CCNHM-NT01/COD", "NMYD-NM01/DO", "KCNHP-NT02/NH4", "MH01-KT02/SO2", "KKVY-KK01/PM10",
    ),
)  # fmt: skip
CALIBRATIONS = Track(
    Kind.CALIBRATES, 80, 100,
    _subjects(
        "KCNQC-NT01/pH", "KCNVT-NT01/TSS", "KCNSKNH-NT01/COD", "KCNHP-NT01/TSS", "CCNXG2-NT01/COD",
        "MH02-NT01/pH", "MH05-NT01/COD", "MH06-NT01/TSS", "MH06-NT02/COD", "MH07-NT01/pH",
        "MH10-NT01/TSS", "MH11-NT01/COD", "MH04-KT01/PM", "MH06-KT02/NOx", "MH07-KT01/NOx",
        "KKHH-KK01/O3", "NMVY-NM01/DO", "KCNVH-NT01/COD", "MH14-NT01/pH", "MH24-NT01/COD",
        "MH05-KT01/PM", "KCNQC-NT02/COD", "NMYD-NM01/pH", "MH01-KT02/NOx", "KKVY-KK01/SO2",
        "KCNHP-NT02/COD",
    ),
)  # fmt: skip
LONG_CALIBRATIONS = Track(
    Kind.CALIBRATES, 3 * DAY, 5 * HOUR, _subjects("MH07-NT01/TSS", "KCNSKNH-NT01/NH4")
)
# Flows: `aim` is a share of what would flow on a calm day. What comes in rises with what goes out.
FLOODS_OUT = Track(
    Kind.FLOWS,
    2 * DAY,
    DAY,
    _subjects("KCNVT-NT01/FlowOut/1", "MH21-NT01/FlowOut/1"),
    levels=(1.75,),
)
FLOODS_IN = Track(
    Kind.FLOWS, 2 * DAY, DAY, _subjects("KCNVT-NT01/FlowIn/1", "MH21-NT01/FlowIn/1"), levels=(1.75,)
)
FLOW_PARTS = Track(
    Kind.FLOWS,
    3 * DAY,
    DAY,
    _subjects("MH20-NT01/FlowOut/1", "KCNSKNH-NT01/FlowOut/1"),
    levels=(0.7,),
)
FLOW_DROPS = Track(
    Kind.FLOWS, 37 * HOUR, 4 * HOUR, _subjects("MH25-NT01/FlowOut/1", "KCNDT-NT01/FlowOut/1"),
    levels=(0.06, 0.1),
)  # fmt: skip
STILL_VALUES = Track(
    Kind.STANDS_STILL, 13 * HOUR, 3 * HOUR, _subjects("MH20-NT01/Temp", "MH21-NT01/pH")
)
TRACKS = (
    EMISSION_HOURS, WASTEWATER_WARNINGS, WASTEWATER_DAYS, AIR_DAYS, RIVER_DAYS, SILENCES,
    LONG_SILENCES, FAULTS, CALIBRATIONS, LONG_CALIBRATIONS, FLOODS_OUT, FLOODS_IN, FLOW_PARTS,
    FLOW_DROPS, STILL_VALUES,
)  # fmt: skip


@lru_cache(maxsize=256)
def _episodes_on(day: int) -> dict[tuple[str, str], tuple[Episode, ...]]:
    found: dict[tuple[str, str], tuple[Episode, ...]] = {}
    for track in TRACKS:
        for episode in track.between(day * DAY, (day + 1) * DAY):
            key = (episode.subject.station, episode.subject.parameter)
            found[key] = (*found.get(key, ()), episode)
    return found


def episode_at(station: str, parameter: str, minute: int) -> Episode | None:
    """What happens to a parameter (or, with "", to the whole station) at a minute."""
    for episode in _episodes_on(minute // DAY).get((station, parameter), ()):
        if episode.starts <= minute < episode.ends:
            return episode
    return None
