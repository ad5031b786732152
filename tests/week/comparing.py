"""The truth beside what the program said, as lines that a person can read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from tests.week.province import local
from tests.week.truth import Case, Span

CLOCKED = ("silent_station", "silent_parameter", "silent_12h", "line_outage", "own_fault")
"""Kinds of which a span's end says no more than when it was told."""

BY_FILES = (*CLOCKED[:3], "wrong_clock", "wrong_sender", "unreadable_files")
"""Kinds of which every end is told, not only the last."""


def lines_of(cases: Iterable[Case]) -> Counter[str]:
    """A line for each case: what it is about, when it was opened, what it tells of, its end."""
    return Counter(_line(case) for case in cases)


def _line(case: Case) -> str:
    identity = " ".join(filter(None, case.identity))
    spans = " ".join(_span(case, span) for span in sorted(case.spans, key=_order))
    resolved = "" if case.withdrawn else f" over {_at(case.resolved)}"
    ends = ""
    if case.identity.kind in BY_FILES:
        ends = f" ends {' '.join(map(_at, sorted(case.ends)))}"
    closed = "" if case.closed is None else f" closed {_at(case.closed)}"
    return f"{identity}: opened {_at(case.opened)}{resolved}{closed}: {spans}{ends}"


def _order(span: Span) -> tuple[int, int, bool]:
    return span.start, span.told, span.withdrawn


def _span(case: Case, span: Span) -> str:
    end = "" if case.identity.kind in CLOCKED else f"–{_at(span.end)}"
    late = " late" if span.late and case.identity.kind == "exceedance" else ""
    withdrawn = " withdrawn" if span.withdrawn else ""
    return f"[{_at(span.start)}{end} told {_at(span.told)}{late}{withdrawn}]"


def _at(second: int | None) -> str:
    return "–" if second is None else f"{local(second):%d/%m %H:%M:%S}"


def differences(wanted: Iterable[Case], found: Iterable[Case]) -> list[str]:
    """What is missing (−) and what nobody expected (+), one beside the other."""
    truth, said = lines_of(wanted), lines_of(found)
    missing = [f"- {line}" for line in (truth - said).elements()]
    unasked = [f"+ {line}" for line in (said - truth).elements()]
    return sorted([*missing, *unasked], key=lambda line: (line[2:].partition(":")[0], line))
