"""What the probes of a door tell of it: small files that we send ourselves, as a logger would.

judging.md §6: a door whose probe fails is known to be down, and then nobody is silent. A probe
speaks only of what it has seen: one that never came through knows nothing of the door, nor does
one that stopped trying; and while stations' files come in it is the probe that is in trouble.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

SPEAKS_FOR = timedelta(minutes=3)
"""How old the newest probe may be to say anything of the door as it is now."""

SURE_AFTER = 2
"""How many failures in a row are told; one alone already keeps everybody from being silent."""

REACHES_BACK = timedelta(minutes=5)
"""How long before its first failure a probe that came through says since when the door is down."""

BELIEVED_FOR = timedelta(minutes=15)
"""How long a station's file that came through speaks against a probe that fails: less than the
least allowance of a silence, so that nobody is blamed when the door closes after all."""

Door = Literal["open", "down", "doubtful", "unknown"]


@dataclass(frozen=True, slots=True)
class Tried:
    """One probe: when it was sent, and whether the door acknowledged it."""

    sent_at: datetime
    came_through: bool


@dataclass(frozen=True, slots=True)
class Word:
    """What the probes say: the door is so since `since`; `asked_at` is the newest probe.

    `doubtful`: probes fail, but stations' files come in. `sure` once it failed often enough to be
    told.
    """

    door: Door = "unknown"
    since: datetime | None = None
    asked_at: datetime | None = None
    sure: bool = False


def word_of(tried: Sequence[Tried], *, now: datetime, heard_at: datetime | None = None) -> Word:
    """What these probes say of their door at `now`; the newest first, those under way left out.

    `heard_at` is when a station's file came through the same door last.
    """
    if not tried:
        return Word()
    newest = tried[0]
    run = _run(tried)
    if now - newest.sent_at > SPEAKS_FOR:
        return Word(asked_at=newest.sent_at)
    first = run[-1].sent_at
    if newest.came_through:
        return Word("open", first, newest.sent_at)
    before = tried[len(run)].sent_at if len(run) < len(tried) else None
    if before is None:
        return Word(asked_at=newest.sent_at)
    sure = len(run) >= SURE_AFTER
    if heard_at is not None and heard_at > first:
        door: Door = "doubtful" if now - heard_at <= BELIEVED_FOR else "down"
        return Word(door, heard_at, newest.sent_at, sure)
    since = before if first - before <= REACHES_BACK else first
    return Word("down", since, newest.sent_at, sure)


def _run(tried: Sequence[Tried]) -> Sequence[Tried]:
    """The newest ones that ended alike."""
    alike = tried[0].came_through
    for index, each in enumerate(tried):
        if each.came_through != alike:
            return tried[:index]
    return tried
