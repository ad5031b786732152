"""The kinds of alerts, and what sets one kind apart from another (judging.md §5)."""

from __future__ import annotations

from datetime import timedelta

EXCEEDANCE = "exceedance"
EARLY_WARNING = "early_warning"
SILENT_STATION = "silent_station"
SILENT_PARAMETER = "silent_parameter"
SILENT_12H = "silent_12h"
LINE_OUTAGE = "line_outage"
DEVICE_FAULT = "device_fault"
LONG_CALIBRATION = "long_calibration"
WRONG_CLOCK = "wrong_clock"
WRONG_SENDER = "wrong_sender"
CHANGED_VALUES = "changed_values"
STUCK_VALUE = "stuck_value"
OUT_OF_RANGE = "out_of_range"
UNREADABLE_FILES = "unreadable_files"
OWN_FAULT = "own_fault"

KINDS = (
    EXCEEDANCE,
    EARLY_WARNING,
    SILENT_STATION,
    SILENT_PARAMETER,
    SILENT_12H,
    LINE_OUTAGE,
    DEVICE_FAULT,
    LONG_CALIBRATION,
    WRONG_CLOCK,
    WRONG_SENDER,
    CHANGED_VALUES,
    STUCK_VALUE,
    OUT_OF_RANGE,
    UNREADABLE_FILES,
    OWN_FAULT,
)

LINK_KINDS = frozenset({SILENT_STATION, SILENT_PARAMETER, SILENT_12H, LINE_OUTAGE})
"""About the line, not about a value: those who keep the links may see them."""

DEPARTMENT_KINDS = frozenset({WRONG_SENDER, OWN_FAULT})
"""Their evidence names other people's stations, so only who sees the whole province reads them."""

KEEPERS_KINDS = frozenset({LINE_OUTAGE, OWN_FAULT})
"""About no station: who keeps the links of the province, or sees all of it, reads them."""

KINDS_BY_PERIOD = frozenset({EXCEEDANCE})
"""Each finding is a closed period with a verdict; findings of the other kinds grow as time goes."""

ONE_COURSE_WITHIN = {WRONG_SENDER: timedelta(hours=24)}
"""Findings no further apart than this are one course: it is over after so long without another."""

KINDS_WITHOUT_SOURCE = frozenset({EARLY_WARNING})
"""One unclosed alert a (station, parameter, period kind), whichever limit warned: judging.md §4."""
