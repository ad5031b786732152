"""A timeline as it is written: YAML, with every mistake named by its place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any

from django.utils.translation import gettext as _

from monitoring.services.timeline.safe_yaml import Document, UnreadableYaml, documents

VIETNAM = timezone(timedelta(hours=7))
MOMENT = re.compile(r"(?:\+(\d+)\s+)?(\d{1,2}):(\d{2})(?::(\d{2}))?$")
DURATION = re.compile(r"(\d+)\s*(s|min|h|d)$")
UNITS = {"s": "seconds", "min": "minutes", "h": "hours", "d": "days"}
ACTS = (
    *("file", "files", "rows", "person", "mail_server", "door", "ours", "line"),
    *("announce", "decide", "change", "wishes", "calendar", "reach", "settle"),
)

KEYS = {"name", "rule", "day", "until", "register", "settings", "steps", "expect"}
"""What a timeline may say; `rule` names the paragraph that it proves, for its reader."""


class TimelineRefused(Exception):
    """A timeline that cannot be played; the text names the place and what is wrong there."""


@dataclass(frozen=True, slots=True)
class Step:
    """What happens at a moment: one of `ACTS`, with what belongs to it."""

    at: datetime
    act: str
    given: Mapping[str, Any]
    number: int
    line: int | None = None
    """The line of its file, from 1."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """Everything that a timeline says. Moments are aware; days are Vietnamese."""

    name: str
    day: date
    until: datetime
    register: Mapping[str, Any]
    settings: Mapping[str, Any]
    steps: tuple[Step, ...]
    expect: Mapping[str, Any]
    clock: Clock = field(repr=False)
    world: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """The register that it shares with the other timelines of its file."""
    rule: str = ""
    lines: Mapping[str, list[int]] = field(default_factory=dict, repr=False)
    """The lines at which the rows of `steps`, `expect.alerts` and so on begin."""

    def where(self, step: Step) -> str:
        """How a step is named in a mistake."""
        return place_of_step(self.name, step.number, step.line)

    def where_expected(self, about: str, number: int) -> str:
        """How an expected alert, mail or outage is named in a mistake."""
        lines = self.lines.get(f"expect.{about}", [])
        place = f"{about} {number}"
        if number <= len(lines):
            place += " " + _("(line %(line)s)") % {"line": lines[number - 1]}
        return f"{self.name}: expect.{place}"


@dataclass(frozen=True, slots=True)
class Clock:
    """How a timeline writes moments: `08:35`, `+1 08:35` (the next day), `24:00`, or ISO 8601."""

    day: date

    def moment(self, written: Any, where: str) -> datetime:
        """The moment in UTC. Raises TimelineRefused."""
        if isinstance(written, int):  # YAML reads a bare 12:30 as 750, in sixties
            raise TimelineRefused(
                _('%(where)s: write the time in quotation marks, such as "08:35"')
                % {"where": where}
            )
        text = str(written).strip()
        try:
            if isinstance(written, datetime):
                return _aware(written)
            found = MOMENT.fullmatch(text)
            if found:
                days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
                midnight = datetime.combine(self.day, time.min, VIETNAM)
                return (
                    midnight + timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
                ).astimezone(UTC)
            return _aware(datetime.fromisoformat(text))
        except (ValueError, OverflowError):  # beyond all time too
            raise TimelineRefused(
                _("%(where)s: %(text)s is no moment (08:35, +1 08:35, or ISO 8601)")
                % {"where": where, "text": repr(text)}
            ) from None


def place_of_step(name: str, number: int, line: int | None) -> str:
    """The name of a timeline, the number of a step and its line."""
    words = _("step %(number)s") % {"number": number}
    if line is not None:
        words = _("step %(number)s (line %(line)s)") % {"number": number, "line": line}
    return f"{name}: {words}"


def duration(written: Any, where: str) -> timedelta:
    """A length of time such as `5 min`, `2 h`, `1 d`. Raises TimelineRefused."""
    found = DURATION.fullmatch(str(written).strip())
    with suppress(ValueError, OverflowError):  # longer than all time is no length either
        if found is not None:
            return timedelta(**{UNITS[found[2]]: int(found[1])})
    raise TimelineRefused(
        _("%(where)s: %(text)s is no length of time (5 min, 2 h, 1 d)")
        % {"where": where, "text": repr(written)}
    )


def read_timeline(text: str, *, name: str = "") -> Timeline:
    """Read the only timeline of a text. Raises TimelineRefused with the first mistake."""
    found = read_timelines(text, name=name)
    if len(found) != 1:
        raise TimelineRefused(_("%s: holds more than one timeline") % name)
    return found[0]


def read_timelines(text: str, *, name: str = "") -> list[Timeline]:
    """Read every timeline of a text: YAML documents, one after another.

    A first document that says `world` gives the others what they do not say themselves: `day`,
    `until`, `settings`; its `register` is loaded before their own. Raises TimelineRefused.
    """
    try:
        found = documents(text)
    except UnreadableYaml as error:
        raise TimelineRefused(f"{name}: {error}") from error
    world: Mapping[str, Any] = {}
    if found and isinstance(found[0].said, Mapping) and "world" in found[0].said:
        world = _mapping(found.pop(0).said["world"], f"{name}: world")
    if not found:
        raise TimelineRefused(_("%s: holds no timeline") % name)
    shared = _mapping(world.get("register"), f"{name}: world: register")
    return [_timeline(one, world, shared, name) for one in found]


def _timeline(
    document: Document, world: Mapping[str, Any], shared: Mapping[str, Any], name: str
) -> Timeline:
    given = document.said
    if not isinstance(given, Mapping):
        raise TimelineRefused(_("%s: a timeline is a mapping") % name)
    written = {**world, "register": None, **given}
    name = str(written.get("name") or name)
    if strange := set(given) - KEYS:
        raise TimelineRefused(
            _("%(where)s: unknown: %(keys)s") % {"where": name, "keys": ", ".join(sorted(strange))}
        )
    day = written.get("day")
    if not isinstance(day, date) or isinstance(day, datetime):
        raise TimelineRefused(_("%s: `day` is missing, such as 2024-05-21") % name)
    clock = Clock(day)
    lines = document.lines.get("steps", [])
    steps = tuple(_steps(written.get("steps") or [], clock, name, lines))
    return Timeline(
        name=name,
        day=day,
        until=clock.moment(written.get("until", "+1 01:00"), f"{name}: until"),
        register=_mapping(written.get("register"), f"{name}: register"),
        settings=_mapping(written.get("settings"), f"{name}: settings"),
        steps=tuple(sorted(steps, key=lambda step: (step.at, step.number))),
        expect=_mapping(written.get("expect"), f"{name}: expect"),
        clock=clock,
        world=shared,
        rule=str(written.get("rule") or ""),
        lines=document.lines,
    )


def _steps(written: Any, clock: Clock, name: str, lines: list[int]) -> Iterator[Step]:
    if not isinstance(written, list):
        raise TimelineRefused(_("%s: `steps` is a list") % name)
    for number, row in enumerate(written, 1):
        line = lines[number - 1] if number <= len(lines) else None
        where = place_of_step(name, number, line)
        acts = [act for act in ACTS if isinstance(row, Mapping) and act in row]
        if len(acts) != 1:
            raise TimelineRefused(
                _("%(where)s: says one of %(acts)s") % {"where": where, "acts": ", ".join(ACTS)}
            )
        given = row[acts[0]]
        rest = {key: value for key, value in row.items() if key not in (acts[0], "at")}
        if not isinstance(given, Mapping):
            given = {"what": given}
        if "at" not in row and acts[0] != "files":
            raise TimelineRefused(_("%s: `at` is missing") % where)
        at = clock.moment(row.get("at", "00:00"), where)
        yield Step(at, acts[0], {**given, **rest}, number, line)


def _mapping(written: Any, where: str) -> Mapping[str, Any]:
    if written is None:
        return {}
    if not isinstance(written, Mapping):
        raise TimelineRefused(_("%s: is a mapping") % where)
    return written


def _aware(moment: datetime) -> datetime:
    return (moment if moment.tzinfo else moment.replace(tzinfo=VIETNAM)).astimezone(UTC)
