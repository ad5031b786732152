"""Many timelines one after another, each in a transaction that is taken back."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from django.db import transaction

from monitoring.services.timeline.comparing import Difference, compare
from monitoring.services.timeline.playing import Played, load_world, play
from monitoring.services.timeline.reading import Timeline
from monitoring.services.timeline.telling import tell


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A timeline that was played and taken back: what differs, and how long it took."""

    timeline: Timeline
    played: Played
    differences: tuple[Difference, ...]
    seconds: float
    story: dict[str, Any] = field(default_factory=dict)
    """What happened, as `tell` says it, where that was asked for."""


def rehearse(
    timelines: Iterable[Timeline], *, folder: Path, with_story: bool = False
) -> list[Rehearsed]:
    """Play each and compare; of all that nothing is left but the answer.

    The register that timelines share is loaded once. Raises TimelineRefused.
    """
    found = []
    for _world, own in groupby(timelines, key=lambda timeline: id(timeline.world)):
        same = list(own)
        with taken_back():
            load_world(same[0])
            found += [
                _one(each, folder / str(number), with_story) for number, each in enumerate(same)
            ]
    return found


def _one(timeline: Timeline, folder: Path, with_story: bool) -> Rehearsed:
    began = time.monotonic()
    with taken_back():
        played = play(timeline, folder=folder, in_its_world=True)
        differences = tuple(compare(timeline, played))
        story = tell(played) if with_story else {}
    return Rehearsed(timeline, played, differences, time.monotonic() - began, story)


@contextmanager
def taken_back() -> Iterator[None]:
    """Everything that is written within is taken back at its end."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
