"""Letters about the course of a case: what is missing, and that a higher level now knows."""

from __future__ import annotations

from django.utils.translation import gettext as _

from alerts.domain.escalation import ACKNOWLEDGEMENT
from alerts.mail.said import Letter, Said
from stations.domain import wording


def reminded(said: Said) -> Letter:
    """A deadline comes near, or has passed: to whoever must act."""
    return _about_what_is_missing(said, _todo(said))


def escalated(said: Said) -> Letter:
    """A deadline has passed and the level below did nothing."""
    todo = (
        _("The deadline has passed and nobody explained: see to it that it is explained now.")
        if said.data.get("missing") != ACKNOWLEDGEMENT
        else _("The deadline has passed and nobody took the alert: see to it now.")
    )
    return _about_what_is_missing(said, todo)


def sent_back(said: Said) -> Letter:
    """An officer asks for more: what is missing, and by when."""
    event, due = said.note.event, said.alert.answer_due_at
    return Letter(
        what=_("Explanation sent back: %(what)s") % {"what": said.subject()},
        todo=_("Open the case and add what is missing by %(time)s.") % {"time": said.clock(due)}
        if due is not None
        else _("Open the case and add what is missing."),
        rows=[
            (_("Still missing"), event.note),
            (_("Sent back by"), f"{event.by}, {said.clock(event.at)}"),
            *_value_rows(said),
        ],
        link=said.link,
    )


def _about_what_is_missing(said: Said, todo: str) -> Letter:
    due = said.moment("due")
    if said.data.get("missing") == ACKNOWLEDGEMENT:
        words = _("Not acknowledged by %(time)s: %(what)s")
    elif due is not None and due <= said.now:
        words = _("Explanation overdue since %(time)s: %(what)s")
    else:
        words = _("To be explained by %(time)s: %(what)s")
    return Letter(
        what=words % {"time": said.clock(due), "what": said.subject()},
        todo=todo,
        rows=[
            (_("Deadline"), said.clock(due)),
            (_("Began"), said.clock(said.alert.starts_at)),
            (_("State"), said.alert.get_state_display()),
            *_value_rows(said),
        ],
        link=said.link,
    )


def _todo(said: Said) -> str:
    if said.data.get("missing") == ACKNOWLEDGEMENT:
        return _("Look at the evidence now and acknowledge the alert.")
    return _("Open the case and explain: the cause, what is done, and by when it is mended.")


def _value_rows(said: Said) -> list[tuple[str, str]]:
    alert = said.alert
    if alert.value is None:
        return []
    limits = (alert.minimum, alert.maximum)
    value = wording.measured(alert.value, against=limits, language=said.language)
    unit = f"\u00a0{alert.unit}" if alert.unit and alert.unit != "-" else ""
    return [(_("Value"), f"{value}{unit}"), (_("Limit"), f"{alert.limit}{unit}")]
