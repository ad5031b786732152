"""Makes the trio of a mail: subject, plain text, HTML, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from alerts.domain import kinds
from alerts.mail import case_letters, limit_letters, other_letters
from alerts.mail.said import Letter, Said
from alerts.models import Notification, What
from alerts.services.posting import Composed

LETTERS: dict[str, Callable[[Said], Letter]] = {
    kinds.EXCEEDANCE: limit_letters.exceedance,
    kinds.EARLY_WARNING: limit_letters.early_warning,
    kinds.SILENT_STATION: other_letters.silent_station,
    kinds.DEVICE_FAULT: other_letters.device_fault,
    kinds.LONG_CALIBRATION: other_letters.long_calibration,
    kinds.WRONG_SENDER: other_letters.wrong_sender,
    kinds.CHANGED_VALUES: other_letters.changed_values,
}
BY_EVENT: dict[str, Callable[[Said], Letter]] = {
    What.RESOLVED: other_letters.resolved,
    What.WITHDRAWN: other_letters.withdrawn,
    What.REMINDED: case_letters.reminded,
    What.ESCALATED: case_letters.escalated,
}


def compose(notes: Sequence[Notification], now: datetime) -> Composed:
    """One mail of all these notes, which go to one address about one station."""
    language = "en" if notes[0].language.startswith("en") else "vi"
    with translation.override(language):
        letters = [letter_of(Said(note, now)) for note in notes]
        context = {"letters": letters, "name": notes[0].name, "language": language}
        return Composed(
            subject=_subject(letters),
            text=render_to_string("mails/alerts/text.txt", context),
            html=render_to_string("mails/alerts/html.html", context),
        )


def letter_of(said: Said) -> Letter:
    """The letter of one note: by what happened in its case, else by its kind."""
    write = BY_EVENT.get(said.note.event.what) or LETTERS.get(
        said.alert.kind, other_letters.any_kind
    )
    return write(said)


def _subject(letters: list[Letter]) -> str:
    if len(letters) == 1:
        return render_to_string("mails/alerts/subject.txt", {"what": letters[0].what}).strip()
    more = _("%(what)s (and %(count)s more)") % {
        "what": letters[0].what,
        "count": len(letters) - 1,
    }
    return render_to_string("mails/alerts/subject.txt", {"what": more}).strip()
