"""Fewer points of a line, drawn alike: extremes, edges of gaps and every status stay.

Time is cut into equal stretches; of each the first and the last point stay, the lowest and the
highest of those that count, and the first and the last of each other status. A gap longer than a
stretch therefore keeps both its edges, to the second.
"""

from __future__ import annotations

from collections.abc import Sequence

from monitoring.domain.parsed import MEASURING

POINTS_OF_A_STRETCH = 4


def thinned(
    times: Sequence[float],
    values: Sequence[float | None],
    statuses: Sequence[str] | None,
    *,
    points: int,
) -> list[int]:
    """The places of the points that stay, in order, at most `points` of them.

    `times` are ascending, in seconds; `statuses` None means that every value counts. A point
    without a value is one of its status. Many statuses in little time make the stretches longer;
    below a dozen points one stretch may still need more than `points`.
    """
    if len(times) <= points:
        return list(range(len(times)))
    stretches = max(1, points // POINTS_OF_A_STRETCH)
    while True:
        kept = _kept(times, values, statuses, stretches)
        if len(kept) <= points or stretches == 1:
            return kept
        stretches = max(1, stretches * 3 // 4)


def _kept(
    times: Sequence[float],
    values: Sequence[float | None],
    statuses: Sequence[str] | None,
    stretches: int,
) -> list[int]:
    begin = times[0]
    width = (times[-1] - begin) / stretches or 1.0
    kept: list[int] = []
    start = 0
    while start < len(times):
        stretch = min(int((times[start] - begin) / width), stretches - 1)
        edge = begin + (stretch + 1) * width
        end = start + 1
        while end < len(times) and (times[end] < edge or stretch == stretches - 1):
            end += 1
        kept += _of_stretch(values, statuses, start, end)
        start = end
    return kept


def _of_stretch(
    values: Sequence[float | None], statuses: Sequence[str] | None, start: int, end: int
) -> list[int]:
    """The places that stay of the points from `start` up to `end`."""
    kept = {start, end - 1}
    lowest = highest = None
    first_and_last: dict[str, tuple[int, int]] = {}
    for place in range(start, end):
        status = MEASURING if statuses is None else statuses[place]
        value = values[place]
        if status != MEASURING or value is None:
            first_and_last[status] = (first_and_last.get(status, (place, place))[0], place)
            continue
        if lowest is None or value < lowest[0]:
            lowest = (value, place)
        if highest is None or value > highest[0]:
            highest = (value, place)
    kept.update(place for ends in first_and_last.values() for place in ends)
    kept.update(found[1] for found in (lowest, highest) if found is not None)
    return sorted(kept)
