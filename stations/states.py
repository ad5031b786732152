"""The states that a station, a parameter, an hour or an alert can be shown in.

A state is a colour and a shape and a word, always together; the names below are also the names of
the colours in static/css/tokens.css. Scripts clone the marks of the page and draw none.
"""

from __future__ import annotations

from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _

# Worst first: the order in which rows, cells and clusters let one state speak for many.
STATES = {
    "exceeded": _("Limit exceeded"),
    "early_warning": _("Signs of exceedance"),
    "silent": _("Connection lost"),
    "device_fault": _("Device fault"),
    "notice": _("To be looked at"),
    "not_enough_data": _("Not enough data"),
    "calibrating": _("Calibrating"),
    "maintenance": _("Maintenance or stopped discharge"),
    "not_connected": _("Not yet connected"),
    "within": _("Within the limit"),
}
# What those see who keep the lines and read no values.
LINK_STATES = {"connected": _("Connected")}
WORST_FIRST = {state: rank for rank, state in enumerate(STATES)}

_SHAPES = {
    "within": '<circle cx="8" cy="8" r="5"/>',
    "early_warning": '<path d="M8 2 14.5 13.5H1.5Z"/>',
    "exceeded": '<path d="M8 1 15 8 8 15 1 8Z"/>',
    "not_enough_data": '<circle class="hollow" cx="8" cy="8" r="5"/>',
    "silent": '<circle class="hollow dashed" cx="8" cy="8" r="5.5"/>',
    "calibrating": '<path d="M3 3H13V13H3Z"/>',
    "device_fault": '<path class="stroke" d="M3.5 3.5 12.5 12.5M12.5 3.5 3.5 12.5"/>',
    "maintenance": '<path d="M1.5 6H14.5V10H1.5Z"/>',
    "not_connected": '<path class="stroke" d="M4.5 8H11.5"/>',
    "notice": '<path class="hollow" d="M3.5 3.5H12.5V12.5H3.5Z"/>',
    "connected": '<path class="stroke" d="M3 8.5 6.8 12 13 4.5"/>',
}

MARKS = {
    state: mark_safe(  # noqa: S308  both names and shapes stand above
        f'<svg class="mark mark-{state}" viewBox="0 0 16 16" aria-hidden="true">{shape}</svg>'
    )
    for state, shape in _SHAPES.items()
}

_STATES_OF_ALERTS = {
    "exceedance": "exceeded",
    "early_warning": "early_warning",
    "silent_station": "silent",
    "silent_parameter": "silent",
    "silent_12h": "silent",
    "line_outage": "silent",
    "device_fault": "device_fault",
    "stuck_value": "device_fault",
    "out_of_range": "device_fault",
    "wrong_clock": "device_fault",
    "long_calibration": "calibrating",
}


def state_of_alert(kind: str) -> str:
    """The state whose mark an alert of this kind bears; "notice" where none of them fits."""
    return _STATES_OF_ALERTS.get(kind, "notice")
