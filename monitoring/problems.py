"""What is said of a problem in a file, in the reader's language."""

from __future__ import annotations

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

MESSAGES = {
    "wrong_station": _("The file bears the name of a station of another account."),
    "unknown_station": _("No station has the prefix of this file's name."),
    "unreadable_name": _("The file's name has no _yyyyMMddHHmmss, and the line has no time."),
    "empty_file": _("The file is empty."),
    "not_text": _("The file is not text."),
    "bad_line": _("The line cannot be read, or it is cut."),
    "bad_value": _("The value is not a number."),
    "bad_time": _("The time is not a date and time."),
    "future_time": _(
        "The time lies more than 10 minutes after reception: check the logger's clock."
    ),
    "too_old": _("The time lies too far back."),
    "unknown_symbol": _("The station has no parameter with this symbol."),
    "unknown_unit": _("The unit is not known for this parameter."),
    "unknown_status": _("The status is not known; the reading is kept, never in a mean."),
    "repeated_in_file": _("The file gives this reading again, differently; the last one counts."),
    "unfinished": _("A temporary file that was never given its final name; kept, not read."),
    "too_large": _("The file is larger than 1 MiB."),
}


def message_of(code: str, text: str = "") -> str:
    """The sentence for a problem, with the offending piece."""
    sentence = str(MESSAGES.get(code) or gettext("Unknown problem."))
    return f"{sentence} «{text}»" if text else sentence
