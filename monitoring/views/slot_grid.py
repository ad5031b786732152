"""The slots of a period set as a table: a row an hour or a few, each with its sum and count."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import groupby
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from monitoring.domain.evidence import Part, Read, Slot, mean_of
from monitoring.views.numbers import bare, ends, equals, to_decimals, written
from stations.domain import wording
from stations.domain.quantities import decimal_of
from stations.states import MARKS

CELLS_A_ROW = 12
MOST_CELLS = 20
DIGITS = 6
"""So many digits count in the cell of a number without an end."""

LISTED = 20
"""Up to so many slots are told one a line, with every reading and file."""

MARK_OF = {
    "missing": "not_enough_data",
    "calibrating": "calibrating",
    "device_fault": "device_fault",
    "unknown_status": "notice",
    "no_oxygen": "notice",
    "idle": "maintenance",
    "excluded": "notice",
    "stopped": "maintenance",
}


def word_of(state: str) -> str:
    """Why a slot entered nothing."""
    return {
        "missing": _("No data"),
        "calibrating": _("Calibrating"),
        "device_fault": _("Device fault"),
        "unknown_status": _("Unknown status"),
        "no_oxygen": _("No O₂"),
        "idle": _("Idle"),
        "excluded": _("Left out"),
        "stopped": _("Stopped"),
    }.get(state, "")


def short_word_of(state: str) -> str:
    """The same where there is little room."""
    return {
        "missing": _("none"),
        "calibrating": _("calibr."),
        "device_fault": _("fault"),
        "unknown_status": _("unknown"),
        "no_oxygen": _("no O₂"),
        "idle": _("idle"),
        "excluded": _("left out"),
        "stopped": _("stopped"),
    }.get(state, "")


def clock(at: datetime) -> str:
    """08:35."""
    return wording.in_vietnam(at).strftime("%H:%M")


def is_listed(slots: Sequence[Slot]) -> bool:
    """Whether there are so few slots that each has a line of its own."""
    return 0 < len(slots) <= LISTED


def grid(slots: Sequence[Slot], *, oxygen: bool, parts: Sequence[Part] = ()) -> dict[str, Any]:
    """Rows of cells; of 8 hours each row is one hour, with its mean and whether it is valid."""
    if not slots:
        return {}
    minutes = min(slot.minutes for slot in slots)
    decimals = decimals_of(slots)
    span = timedelta(hours=1) if parts else _span_of_row(minutes)
    of_hours = {part.start: part for part in parts}
    origin = slots[0].start
    rows = []
    for number, those in groupby(slots, key=lambda slot: (slot.start - origin) // span):
        start = origin + number * span
        rows.append(
            _row(start, span, list(those), of_hours.get(start), oxygen=oxygen, decimals=decimals)
        )
    width = max(len(row["cells"]) for row in rows)
    for row in rows:
        row["padding"] = range(width - len(row["cells"]))
    heads = [
        f"+{offset // 60}:{offset % 60:02}" if span > timedelta(hours=1) else f":{offset:02}"
        for offset in range(0, width * minutes, minutes)
    ]
    return {"heads": heads, "rows": rows, "oxygen": oxygen, "by_hour": bool(parts)}


def _span_of_row(minutes: int) -> timedelta:
    """How long a row is: 12 slots, or a part of an hour where these are many."""
    if minutes >= 60 // MOST_CELLS:
        wide = minutes * CELLS_A_ROW
        return timedelta(minutes=max(wide - wide % 60, 60))
    return timedelta(minutes=30 if minutes * MOST_CELLS >= 30 else 20)


def _row(
    start: datetime,
    span: timedelta,
    slots: Sequence[Slot],
    part: Part | None,
    *,
    oxygen: bool,
    decimals: int | None,
) -> dict[str, Any]:
    mean = mean_of(slots)
    last = start + span - timedelta(minutes=1)
    one_hour = span == timedelta(hours=1)
    row = {
        "label": clock(start) if span <= timedelta(hours=1) else f"{clock(start)}–{clock(last)}",
        "one_hour": one_hour,
        "cells": [_cell(slot, oxygen=oxygen, decimals=decimals) for slot in slots],
        "total": bare(mean.total) if decimals is not None else written(mean.total),
        "n": mean.n,
        "expected": mean.expected,
    }
    if part is not None:
        row |= {"valid": part.valid, "mean": written(part.mean.value)}
    return row


def decimals_of(slots: Iterable[Slot]) -> int | None:
    """To how many decimals the cells are rounded where most have no end; None where they have."""
    return _common_decimals([slot.value for slot in slots if slot.value is not None])


def _common_decimals(values: Sequence[Fraction]) -> int | None:
    endless = sum(not ends(value) for value in values)
    if endless * 2 <= len(values):
        return None
    size = len(str(int(max(abs(value) for value in values))))
    return max(DIGITS - size, 2)


def rounding_note(values: Sequence[Fraction]) -> str:
    """What adding up the rounded values can be off by; "" where they are not rounded."""
    decimals = _common_decimals(values)
    if decimals is None:
        return ""
    half = Fraction(1, 2 * 10**decimals)
    return _(
        "The values are rounded to %(decimals)s decimals: their sum can be off Σ by at most"
        " %(n)s × %(half)s = %(most)s."
    ) % {
        "decimals": decimals,
        "n": len(values),
        "half": written(half),
        "most": written(half * len(values)),
    }


def small_note(slots: Sequence[Slot], *, oxygen: bool) -> str:
    """What the small figures in the table are, as far as there are any."""
    told = []
    if oxygen:
        told.append(_("Small: C | O₂ of the slot."))
    elif any(len(slot.entered) > 1 for slot in slots):
        told.append(_("Small: the sum of a slot's readings ÷ their number."))
    if any(slot.value is None and slot.readings for slot in slots):
        told.append(_("In brackets: what was measured and does not enter."))
    return " ".join(told)


def note_on(slots: Sequence[Slot], parts: Sequence[Part]) -> str:
    """What is to be known of the digits in the table."""
    values = [slot.value for slot in slots if slot.value is not None]
    if not slots:
        values = _means(part for part in parts if part.valid)
    return rounding_note(values) or digits_note()


def _cell(slot: Slot, *, oxygen: bool, decimals: int | None = None) -> dict[str, Any]:
    value = ""
    if slot.value is not None:
        value = (
            written(slot.value, digits=DIGITS)
            if decimals is None
            else to_decimals(slot.value, decimals)
        )
    return {
        "state": slot.state,
        "mark": MARKS.get(MARK_OF.get(slot.state, ""), ""),
        "word": short_word_of(slot.state),
        "value": value,
        "how": _how(slot, oxygen=oxygen),
        "url": delivery_url(slot.deliveries[-1]) if slot.deliveries else "",
        "title": title_of(slot),
    }


def _how(slot: Slot, *, oxygen: bool) -> str:
    """The second line of a cell: sum ÷ count, C | O₂, or what did not enter."""
    if slot.state == "filled" and oxygen:
        return f"{bare(slot.measured, digits=DIGITS)}\u2009|\u2009{bare(slot.oxygen, digits=5)}"
    if slot.state == "filled":
        count = len(slot.entered)
        return f"{written(sum_of(slot))}\u2009÷\u2009{count}" if count > 1 else ""
    if slot.state == "idle":
        return f"O₂ {written(slot.oxygen, digits=5)}"
    values = [read.value for read in slot.readings if read.value is not None]
    return f"({written(decimal_of(values[0]))})" if values else ""


def sum_of(slot: Slot) -> Any:
    """The sum of a slot's readings that entered."""
    return slot.measured * len(slot.entered) if slot.measured is not None else None


def title_of(slot: Slot) -> str:
    """A slot in a sentence: 08:35 · 67,5 · 67,4 + 67,6."""
    end = slot.start + timedelta(minutes=slot.minutes)
    told = [f"{clock(slot.start)}–{clock(end)}"]
    if slot.value is not None:
        told.append(written(slot.value))
    else:
        told.append(word_of(slot.state))
    told += [reading_words(read) for read in slot.readings]
    return " · ".join(told)


def reading_words(read: Read) -> str:
    """08:36:10 → 47,5 (status 01)."""
    at = wording.in_vietnam(read.time).strftime("%H:%M:%S")
    value = wording.NOTHING if read.value is None else written(decimal_of(read.value))
    status = "" if read.status == "00" else f" ({_('status')} {read.status})"
    return f"{at} → {value}{status}"


def delivery_url(pk: UUID) -> str:
    """The page of a file."""
    return reverse("delivery-detail", args=[pk])


def lines(slots: Iterable[Slot], files: dict[UUID, Any], *, oxygen: bool) -> list[dict[str, Any]]:
    """One line a slot, with its readings as they were measured and the files they came in."""
    return [
        {
            **_cell(slot, oxygen=oxygen),
            "time": f"{clock(slot.start)}–{clock(slot.start + timedelta(minutes=slot.minutes))}",
            "full_word": word_of(slot.state),
            "readings": [
                {
                    "at": wording.in_vietnam(read.time).strftime("%H:%M:%S"),
                    "value": None if read.value is None else written(decimal_of(read.value)),
                    "status": read.status,
                    "enters": read.enters,
                }
                for read in slot.readings
            ],
            "measured": written(slot.measured) if slot.measured is not None else "",
            "sum": written(sum_of(slot)) if len(slot.entered) > 1 else "",
            "count": len(slot.entered),
            "oxygen": written(slot.oxygen) if slot.oxygen is not None else "",
            "files": [
                {"url": delivery_url(pk), "name": files[pk]["name"], "at": files[pk]["at"]}
                for pk in slot.deliveries
                if pk in files
            ],
        }
        for slot in slots
    ]


def crowded(slots: Iterable[Slot]) -> list[dict[str, Any]]:
    """The slots of several readings, each as its sum written out."""
    return [
        {
            "time": clock(slot.start),
            "sum": " + ".join(
                written(decimal_of(read.value)) for read in slot.entered if read.value is not None
            ),
            "total": written(sum_of(slot)),
            "count": len(slot.entered),
            "value": written(slot.measured),
        }
        for slot in slots
        if len(slot.entered) > 1
    ]


def absent(slots: Iterable[Slot]) -> list[dict[str, Any]]:
    """The slots that entered nothing, by why, each kind as stretches of time."""
    found = []
    kept = list(slots)
    for state in MARK_OF:
        those = [slot for slot in kept if slot.state == state]
        if those:
            found.append(
                {
                    "state": state,
                    "mark": MARKS[MARK_OF[state]],
                    "word": word_of(state),
                    "count": len(those),
                    "times": ", ".join(_stretches(those)),
                    "expected": state not in ("idle", "stopped"),
                }
            )
    return found


def _stretches(slots: Sequence[Slot]) -> list[str]:
    """Neighbouring slots as 06:00–08:55."""
    told: list[tuple[datetime, datetime]] = []
    for slot in slots:
        end = slot.start + timedelta(minutes=slot.minutes)
        if told and told[-1][1] == slot.start:
            told[-1] = told[-1][0], end
        else:
            told.append((slot.start, end))
    return [f"{clock(begin)}–{_until(end)}" for begin, end in told]


def _until(end: datetime) -> str:
    return "24:00" if clock(end) == "00:00" else clock(end)


def month_grid(parts: Sequence[Part]) -> dict[str, Any]:
    """The day means of a year, a column a month, each column with its sum and count."""
    columns: list[list[Part]] = [[] for _month in range(12)]
    for part in parts:
        columns[wording.in_vietnam(part.start).month - 1].append(part)
    decimals = _common_decimals(_means(parts))
    rows = [
        {
            "day": day + 1,
            "cells": [
                _day_cell(column[day], decimals) if day < len(column) else None
                for column in columns
            ],
        }
        for day in range(31)
    ]
    sums = []
    for column in columns:
        valid = _means(part for part in column if part.valid)
        sums.append({"total": bare(sum(valid, Fraction())) if valid else "", "n": len(valid)})
    return {"months": [f"{number:02}" for number in range(1, 13)], "rows": rows, "sums": sums}


def _means(parts: Iterable[Part]) -> list[Fraction]:
    return [value for part in parts if (value := part.mean.value) is not None]


def _day_cell(part: Part, decimals: int | None) -> dict[str, Any]:
    told = wording.in_vietnam(part.start).strftime("%d/%m")
    value = part.mean.value
    if value is None:
        return {"value": "", "valid": False, "title": f"{told} · {_('No data')}"}
    count = f"n {part.mean.n}/{part.mean.expected}"
    return {
        "value": written(value) if decimals is None else to_decimals(value, decimals),
        "valid": part.valid,
        "title": f"{told} · {count} · Σ {equals(part.mean.total)}",
    }


def digits_note() -> str:
    """What the sign of an unending number means."""
    return _("≈ marks a number without an end, shown rounded; the JSON has it exactly.")
