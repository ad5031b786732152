"""Letters about lines, loggers, instruments and this system itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from alerts.mail.other_letters import NOTICE_AFTER, _course_rows, _parameter_and_place
from alerts.mail.said import Letter, Said, fault_words, language, range_words
from stations.domain import wording


def silent_parameter(said: Said) -> Letter:
    """One parameter is missing while its station sends."""
    since = _since(said)
    return Letter(
        what=_("No data of one parameter: %(what)s, since %(since)s")
        % {"what": _parameter_and_place(said), "since": said.clock(since)},
        todo=_("Have the analyser and its line to the logger looked at now; the others still send.")
        if said.to_operator
        else _("Ask the operator now why this parameter is missing; the others still come."),
        rows=_silent_rows(said, since),
        link=said.link,
    )


def silent_12h(said: Said) -> Letter:
    """The owner's duty of notice has begun (regulation.md §3: general knowledge)."""
    since = _since(said)
    return Letter(
        what=_("Over 12 hours without data: %(where)s, since %(since)s")
        % {"where": said.where(), "since": said.clock(since)},
        todo=_("Tell the department in writing and by e-mail now: cause, and by when it is mended.")
        if said.to_operator
        else _("The owner's written notice is due: ask for it now if it has not come."),
        rows=[
            *_silent_rows(said, since),
            (_("Notice due since"), said.clock(since + NOTICE_AFTER)),
            (_("Form of the notice"), f"{said.link}notice.pdf"),
        ],
        link=said.link,
    )


def line_outage(said: Said) -> Letter:
    """Many stations silent at once: the line, not the plants."""
    since = _since(said)
    silent, alive = _count(said, "silent", "stations"), _count(said, "alive")
    counted = f"{silent} / {alive}" if silent and alive else silent
    return Letter(
        what=_("Transmission line down: %(where)s, since %(since)s")
        % {"where": said.where(), "since": said.clock(since)},
        todo=_("Look at the line now; no operator was written to, their plants may be well."),
        rows=[
            (_("Since"), said.clock(since)),
            (_("For"), wording.duration(said.now - since, language=language())),
            *([(_("Stations silent"), counted)] if counted else []),
        ],
        link=said.link,
    )


def wrong_clock(said: Said) -> Letter:
    """Files are stamped ahead of the time at which they come."""
    return Letter(
        what=_("Wrong logger clock: %(where)s, ahead since %(since)s")
        % {"where": said.where(), "since": said.clock(_since(said))},
        todo=_("Set the logger's clock now; readings from the future are not kept.")
        if said.to_operator
        else _("Ask the operator now to set the logger's clock; such readings are not kept."),
        rows=_course_rows(said),
        link=said.link,
    )


def stuck_value(said: Said) -> Letter:
    """An analyser repeats one value for longer than it may."""
    return Letter(
        what=_("Value does not change: %(what)s, since %(since)s")
        % {"what": _value_and_place(said), "since": said.clock(_since(said))},
        todo=_("Look at the analyser and the sampling line now: is the water still flowing to it?")
        if said.to_operator
        else _("Ask the operator today whether the analyser still measures."),
        rows=[*_value_rows(said), *_course_rows(said)],
        link=said.link,
    )


def out_of_range(said: Said) -> Letter:
    """Values that the instrument cannot measure."""
    limits = range_words(said.evidence)
    rows = [(_("Range of the instrument"), said.with_unit(limits))] if limits else []
    return Letter(
        what=_("Outside the instrument's range: %(what)s, since %(since)s")
        % {"what": _value_and_place(said), "since": said.clock(_since(said))},
        todo=_("Have the analyser looked at now, or enter the range that it really has.")
        if said.to_operator
        else _("Ask the operator today: is it the analyser, or is the range entered wrong?"),
        rows=[*_value_rows(said), *rows, *_course_rows(said)],
        link=said.link,
    )


def unreadable_files(said: Said) -> Letter:
    """Files in a row of which nothing could be kept."""
    file = said.evidence.get("file") or said.evidence.get("last_file")
    return Letter(
        what=_("Unreadable files: %(where)s, since %(since)s")
        % {"where": said.where(), "since": said.clock(_since(said))},
        todo=_("Set the logger's file format right now: nothing of these files could be kept.")
        if said.to_operator
        else _("Look at the files now: a symbol or a unit that is missing can be entered here."),
        rows=[*_course_rows(said), *([(_("Last file"), str(file))] if file else [])],
        link=said.link,
    )


def own_fault(said: Said) -> Letter:
    """Something of this system does not work, or nobody can be reached."""
    return Letter(
        what=_("Fault of this system: %(what)s") % {"what": fault_words(said.alert)},
        todo=_todo_of_a_fault(said),
        rows=[
            *_course_rows(said),
            *_answer_rows(said),
        ],
        link=said.link,
    )


def _answer_rows(said: Said) -> list[tuple[str, str]]:
    reply = said.evidence.get("reply")
    return [(_("Answer"), str(reply))] if reply else []


def _todo_of_a_fault(said: Said) -> str:
    match said.alert.source.partition(":")[0]:
        case "no_recipient":
            return _("Enter a contact with a mailbox that works; until then call by phone.")
        case "refused_address":
            return _("Ask for the right address and enter it; then mark this one as mended.")
        case "mail_route":
            return _("Look at the mail server now: alerts may not be leaving.")
        case "door":
            return _(
                "Look at the FTP server, its firewall and its line now; until it is open again"
                " nobody is called silent."
            )
        case "probe":
            return _(
                "Files of stations do come in: look at the probe's address and at what the door"
                " answers it."
            )
        case _:
            return _("Look at the system now; what could not be received is blamed on nobody.")


def _since(said: Said) -> datetime:
    return said.moment("from") or said.alert.starts_at


def _silent_rows(said: Said, since: datetime) -> list[tuple[str, str]]:
    last = said.moment("last_received") or since
    return [
        (_("Silent for"), wording.duration(said.now - since, language=language())),
        (_("Last received"), said.clock(last)),
    ]


def _value_and_place(said: Said) -> str:
    """COD 620 mg/L – MH91-NT02, Nhà máy Minh họa 91."""
    if said.number("value") is None:
        return _parameter_and_place(said)
    return f"{said.alert.parameter} {said.value()} – {said.where()}"


def _value_rows(said: Said) -> list[tuple[str, str]]:
    return [] if said.number("value") is None else [(_("Value"), said.value())]


def _count(said: Said, *names: str) -> str:
    for name in names:
        found: Any = said.evidence.get(name)
        if isinstance(found, int):
            return str(found)
        if isinstance(found, list):
            return str(len(found))
    return ""
