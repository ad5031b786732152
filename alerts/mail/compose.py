"""Makes the trio of a mail: subject, plain text, HTML, in the reader's language."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from urllib.parse import urlsplit

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from alerts.domain import kinds
from alerts.domain.plotting import HOUR
from alerts.mail import case_letters, limit_letters, link_letters, other_letters
from alerts.mail.notice import has_notice, notice_if_it_can_be_made
from alerts.mail.pictures import WITH_CHART, chart_of, plot_of
from alerts.mail.said import Letter, Said
from alerts.models import Alert, Audience, Notification, State, What
from alerts.services.outbox import RAISING
from alerts.services.posting import Composed, Enclosed
from stations.domain import wording
from stations.states import state_of_alert

MOST_PICTURES = 3
MOST_WHOLE = 4
"""Of more cases in one mail the gravest are told whole, the others in short."""
SHOWS_A_CHART = frozenset({*RAISING, What.REMINDED, What.ESCALATED})

LETTERS: dict[str, Callable[[Said], Letter]] = {
    kinds.EXCEEDANCE: limit_letters.exceedance,
    kinds.EARLY_WARNING: limit_letters.early_warning,
    kinds.SILENT_STATION: other_letters.silent_station,
    kinds.SILENT_PARAMETER: link_letters.silent_parameter,
    kinds.SILENT_12H: link_letters.silent_12h,
    kinds.LINE_OUTAGE: link_letters.line_outage,
    kinds.DEVICE_FAULT: other_letters.device_fault,
    kinds.LONG_CALIBRATION: other_letters.long_calibration,
    kinds.WRONG_CLOCK: link_letters.wrong_clock,
    kinds.WRONG_SENDER: other_letters.wrong_sender,
    kinds.CHANGED_VALUES: other_letters.changed_values,
    kinds.STUCK_VALUE: link_letters.stuck_value,
    kinds.OUT_OF_RANGE: link_letters.out_of_range,
    kinds.UNREADABLE_FILES: link_letters.unreadable_files,
    kinds.OWN_FAULT: link_letters.own_fault,
}
BY_EVENT: dict[str, Callable[[Said], Letter]] = {
    What.RESOLVED: other_letters.resolved,
    What.WITHDRAWN: other_letters.withdrawn,
    What.REMINDED: case_letters.reminded,
    What.ESCALATED: case_letters.escalated,
    What.RETURNED: case_letters.sent_back,
}


def compose(notes: Sequence[Notification], now: datetime) -> Composed:
    """One mail of all these notes, which go to one address."""
    language = "en" if notes[0].language.startswith("en") else "vi"
    with translation.override(language):
        letters = _with_pictures([Said(note, now) for note in notes], language=language)
        context = {
            "letters": letters,
            "name": notes[0].name,
            "language": language,
            "answers": settings.INBOX is not None,
            "wishes": f"{settings.SITE_URL}/mails/mine/" if notes[0].person_id else "",
        }
        return Composed(
            subject=_subject(letters),
            text=tidy(render_to_string("mails/alerts/text.txt", context)),
            html=render_to_string("mails/alerts/html.html", context),
            enclosed=(
                *(each.picture for each in letters if each.picture is not None),
                *_notices(notes, now),
            ),
        )


def _notices(notes: Sequence[Notification], now: datetime) -> list[Enclosed]:
    """The form of the notice that an operator owes, once a case."""
    owed = {
        note.alert_id: note.alert
        for note in notes
        if note.audience == Audience.OPERATOR
        and note.event.what in RAISING
        and has_notice(note.alert)
    }
    return [form for alert in owed.values() for form in notice_if_it_can_be_made(alert, now=now)]


def tidy(text: str) -> str:
    """Paragraphs one empty line apart, and nothing after the last."""
    return re.sub(r"\n{3,}", "\n\n", text).rstrip() + "\n"


def letter_of(said: Said) -> Letter:
    """The letter of one note: by what happened in its case, else by its kind."""
    what = said.note.event.what
    write = BY_EVENT.get(what) or LETTERS.get(said.alert.kind, other_letters.any_kind)
    letter = write(said)
    state = "within" if _is_over(said) else state_of_alert(said.alert.kind)
    todo = f"{letter.todo} {_by_when(said)}".strip() if what in RAISING else letter.todo
    return replace(letter, todo=todo, state=state)


def _by_when(said: Said) -> str:
    """By when the reader of this note has to act in the case; "" where nothing is asked."""
    alert = said.alert
    if said.to_operator:
        waits = alert.state in (State.OPEN, State.ACKNOWLEDGED, State.RETURNED)
        if waits and alert.answer_due_at is not None:
            return _("Explain in the case by %(time)s.") % {"time": said.clock(alert.answer_due_at)}
        return ""
    if alert.state == State.OPEN and alert.acknowledge_due_at is not None:
        return _("To be acknowledged by %(time)s.") % {"time": said.clock(alert.acknowledge_due_at)}
    return ""


def _with_pictures(said: list[Said], *, language: str) -> list[Letter]:
    """The letters: what is over stands last, the gravest first; the first three that have a course
    are drawn, each once."""
    letters, drawn = [], set[int]()
    for each in sorted(said, key=lambda one: (_is_over(one), -one.alert.severity)):
        letter = letter_of(each)
        if _shows_a_chart(each) and each.alert.pk not in drawn and len(drawn) < MOST_PICTURES:
            letter = _drawn(letter, each.alert, now=each.now, language=language)
            if letter.picture is not None:
                drawn.add(each.alert.pk)
        letters.append(letter)
    if len(letters) > MOST_WHOLE:
        letters[MOST_WHOLE:] = [_in_short(letter) for letter in letters[MOST_WHOLE:]]
    return letters


def _is_over(said: Said) -> bool:
    return said.note.event.what in (What.RESOLVED, What.WITHDRAWN)


def _in_short(letter: Letter) -> Letter:
    """What and where, what to do, and the way there: the tail of a long mail."""
    return replace(letter, rows=[], remarks=[], how="", hours=[], picture=None, in_short=True)


def _shows_a_chart(said: Said) -> bool:
    return said.note.event.what in SHOWS_A_CHART and said.alert.kind in WITH_CHART


def _drawn(letter: Letter, alert: Alert, *, now: datetime, language: str) -> Letter:
    chart = chart_of(alert, now=now, language=language)
    if chart is None:
        return letter
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    name = f"{alert.parameter}.png"
    return replace(
        letter,
        picture=Enclosed(name, "image/png", chart.png, f"<{uuid.uuid4().hex}@{host}>"),
        picture_words=chart.words,
        hours=_hours(alert, now=now, language=language),
    )


def _hours(alert: Alert, *, now: datetime, language: str) -> list[tuple[str, str, bool]]:
    """The bars of the picture in words."""
    found = plot_of(alert, now=now)
    if found is None:
        return []
    limits = (alert.minimum, alert.maximum)
    return [
        (
            f"{wording.in_vietnam(found.start + bar.place * HOUR):%H:%M}",
            wording.measured(Decimal(str(bar.mean)), against=limits, language=language),
            bar.outside,
        )
        for bar in found.bars
        if bar.mean is not None
    ]


def _subject(letters: list[Letter]) -> str:
    if len(letters) == 1:
        return render_to_string("mails/alerts/subject.txt", {"what": letters[0].what}).strip()
    more = _("%(what)s (and %(count)s more)") % {
        "what": letters[0].what,
        "count": len(letters) - 1,
    }
    return render_to_string("mails/alerts/subject.txt", {"what": more}).strip()
