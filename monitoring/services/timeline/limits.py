"""How large a timeline may be that a person tries from a page: it must end in seconds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from monitoring.services.timeline.reading import (
    Timeline,
    TimelineRefused,
    duration,
    read_timelines,
)

MOST_BYTES = 64 * 1024
MOST_TIMELINES = 5
MOST_STEPS = 300
MOST_STATIONS = 12
MOST_FILES = 6000
"""Files and rows of all steps together: a month of one station at five minutes has 8,928."""
LONGEST = timedelta(days=62)
GAP = 2
"""Moments of a gap: from, until."""
SHORTEST_LOOK = timedelta(minutes=1)


def read_to_try(text: str, *, name: str = "") -> list[Timeline]:
    """The timelines of a text that a person typed. Raises TimelineRefused with what is wrong, or
    too much."""
    size = len(text.encode())
    if size > MOST_BYTES:
        raise TimelineRefused(
            _("The text has %(size)s KB; at most %(most)s KB can be tried.")
            % {"size": size // 1024 + 1, "most": MOST_BYTES // 1024}
        )
    if "\x00" in text:
        raise TimelineRefused(_("The text holds a character that no YAML has."))
    found = read_timelines(text, name=name)
    if len(found) > MOST_TIMELINES:
        raise TimelineRefused(_("At most %s timelines can be tried at once.") % MOST_TIMELINES)
    for each in found:
        _measure(each)
    files = sum(_files(each) for each in found)
    if files > MOST_FILES:
        told = {"count": files, "most": MOST_FILES}
        raise TimelineRefused(
            _("It has %(count)s files and rows; at most %(most)s can be tried.") % told
        )
    return found


def _measure(timeline: Timeline) -> None:
    name = timeline.name
    if len(timeline.steps) > MOST_STEPS:
        told = {"name": name, "count": len(timeline.steps), "most": MOST_STEPS}
        raise TimelineRefused(_("%(name)s: has %(count)s steps; at most %(most)s") % told)
    stations = sum(_stations(each) for each in _registers(timeline))
    if stations > MOST_STATIONS:
        told = {"name": name, "count": stations, "most": MOST_STATIONS}
        raise TimelineRefused(_("%(name)s: has %(count)s stations; at most %(most)s") % told)
    moments = [timeline.until, *(step.at for step in timeline.steps)]
    if max(moments) - min(moments) > LONGEST or timeline.until < min(moments):
        told = {"name": name, "days": LONGEST.days}
        raise TimelineRefused(
            _("%(name)s: `until` lies after the first step, at most %(days)s days") % told
        )
    look = duration(timeline.settings.get("look_every", "15 min"), name)
    if look < SHORTEST_LOOK:
        raise TimelineRefused(_("%s: `look_every` is at least one minute") % name)


def _registers(timeline: Timeline) -> list[Mapping[str, Any]]:
    changes = [step.given for step in timeline.steps if step.act == "change"]
    return [timeline.world, timeline.register, *changes]


def _stations(register: Mapping[str, Any]) -> int:
    return sum(len(_list(each.get("stations"))) for each in _mappings(register.get("facilities")))


def _files(timeline: Timeline) -> int:
    return sum(_files_of(timeline, step.given, timeline.where(step), step.act) for step in
               timeline.steps if step.act in ("file", "files", "rows"))  # fmt: skip


def _files_of(timeline: Timeline, given: Mapping[str, Any], where: str, act: str) -> int:
    if act == "file":
        return 1
    for key in ("from", "until"):
        if key not in given:
            raise TimelineRefused(_("%(where)s: `%(key)s` is missing") % {
                "where": where, "key": key,
            })  # fmt: skip
    length = timeline.clock.moment(given["until"], where) - timeline.clock.moment(
        given["from"], where
    )
    without = given.get("without") or []
    if not all(isinstance(gap, list) and len(gap) == GAP for gap in _rows(without)):
        raise TimelineRefused(_("%s: `without` is a list of [from, until]") % where)
    every = duration(given.get("every", "5 min"), where)
    if not every:
        raise TimelineRefused(_("%s: `every` is more than nothing") % where)
    stations = max(len(_list(given.get("stations"))), 1)
    return max(-(-length // every), 0) * stations


def _rows(value: Any) -> list[Any]:
    """The rows of what must be a list; one that fits nowhere where it is none."""
    return value if isinstance(value, list) else [None]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _mappings(value: Any) -> Iterable[Mapping[str, Any]]:
    return [each for each in _list(value) if isinstance(each, Mapping)]
