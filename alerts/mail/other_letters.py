"""Letters about lines, devices and files, and about what is over."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from alerts.domain import kinds
from alerts.mail.said import Letter, Said, language
from alerts.models import State
from stations.domain import wording

ONE_MINUTE = timedelta(minutes=1)
NOTICE_AFTER = timedelta(hours=12)
"""Longer interruptions are to be told in writing (regulation.md §3: general knowledge)."""


def silent_station(said: Said) -> Letter:
    """No newer data from a station."""
    since = said.moment("from") or said.alert.starts_at
    return Letter(
        what=_("Connection lost: %(where)s, no data since %(since)s")
        % {"where": said.where(), "since": said.clock(since)},
        todo=_restore_by(said, since),
        rows=[
            (_("Silent for"), wording.duration(said.now - since, language=language())),
            (_("Last received"), said.clock(said.moment("last_received") or since)),
            *_last_measured_row(said),
        ],
        link=said.link,
    )


def device_fault(said: Said) -> Letter:
    """An analyser says of itself that it is faulty (status 02)."""
    return Letter(
        what=_("Device fault: %(what)s, status 02 since %(since)s")
        % {"what": _parameter_and_place(said), "since": said.clock(said.moment("from"))},
        todo=_("Have the device looked at now; until it measures again the data do not count.")
        if said.to_operator
        else _("Ask the operator now when the device will measure again."),
        rows=_course_rows(said),
        link=said.link,
    )


def long_calibration(said: Said) -> Letter:
    """An analyser is being calibrated for longer than usual (status 01)."""
    return Letter(
        what=_("Calibration takes long: %(what)s, status 01 since %(since)s")
        % {"what": _parameter_and_place(said), "since": said.clock(said.moment("from"))},
        todo=_("End the calibration now, or set the logger back to measuring.")
        if said.to_operator
        else _("Ask the operator today why the calibration goes on."),
        rows=_course_rows(said),
        link=said.link,
    )


def wrong_sender(said: Said) -> Letter:
    """A file with another station's name came through this station's account."""
    return Letter(
        what=_("File of another station: sent through the account of %(where)s")
        % {"where": said.where()},
        todo=_("Ask the operator today which logger uses this account; the file was not read."),
        rows=[
            (_("File"), str(said.evidence.get("file") or wording.NOTHING)),
            (_("Account"), str(said.evidence.get("account") or wording.NOTHING)),
            (_("Received"), said.clock(said.moment("from"))),
        ],
        link=said.link,
    )


def changed_values(said: Said) -> Letter:
    """More of a day's readings were changed by later files than may be."""
    share = wording.percent(said.number("share"), language=language())
    changed, of = said.evidence.get("changed"), said.evidence.get("readings")
    counted = f"{changed} / {of} ({share})"
    return Letter(
        what=_("Values changed after they were sent: %(where)s, %(count)s readings")
        % {"where": said.where(), "count": counted},
        todo=_("Send the reason for the change to the department in writing, with what proves it.")
        if said.to_operator
        else _("Compare the files of before and after, and ask the operator today for the reason."),
        rows=[
            (_("Measured on"), said.time()),
            (_("Readings changed"), counted),
            (
                _("Told from"),
                "> " + wording.percent(said.number("allowed_share"), language=language()),
            ),
            (_("Files that changed them"), str(said.evidence.get("files") or wording.NOTHING)),
        ],
        link=said.link,
    )


def any_kind(said: Said) -> Letter:
    """A kind that has no words of its own."""
    return Letter(
        what=_("%(kind)s: %(what)s")
        % {
            "kind": said.alert.get_kind_display().capitalize(),
            "what": _parameter_and_place(said),
        },
        todo=_("Look at the evidence now and acknowledge the alert."),
        rows=_course_rows(said),
        link=said.link,
    )


def resolved(said: Said) -> Letter:
    """What was told is over, by the data."""
    ended = said.moment("ended_at")
    if said.alert.kind in kinds.KINDS_BY_PERIOD:
        return _within_again(said, ended)
    if said.alert.kind == "silent_station":
        words, names = _("Connected again: %(what)s, data since %(time)s"), said.where()
    else:
        words, names = _("Over: %(what)s, until %(time)s"), said.subject()
    return Letter(
        what=words % {"what": names, "time": said.clock(ended)},
        todo=_what_is_left_to_do(said),
        rows=[
            (_("Began"), said.clock(said.alert.starts_at)),
            (_("Ended"), said.clock(ended)),
            *_lasted_row(said.alert.starts_at, ended),
        ],
        link=said.link,
    )


def _within_again(said: Said, ended: datetime | None) -> Letter:
    """Of means: which exceeded, and which was the first within again."""
    alert = said.alert
    told = wording.period(alert.starts_at, alert.ends_at, now=said.now, language=language())
    return Letter(
        what=_("Over: %(what)s, within again by the mean up to %(time)s")
        % {"what": said.subject(), "time": said.clock(ended)},
        todo=_what_is_left_to_do(said),
        rows=[(_("Exceeded in"), told), (_("Within again by the mean up to"), said.clock(ended))],
        link=said.link,
    )


def _what_is_left_to_do(said: Said) -> str:
    """An exceedance is to be explained also when it is over; the rest only waits to be closed."""
    alert, due = said.alert, said.alert.answer_due_at
    waits = alert.state in (State.OPEN, State.ACKNOWLEDGED, State.RETURNED)
    if alert.kind not in kinds.KINDS_BY_PERIOD or due is None or not waits:
        return _("Nothing to do now; the case stays on the desk until someone closes it.")
    if due > said.now:
        words = (
            _("It is over, but still to be explained: do so in the case by %(time)s.")
            if said.to_operator
            else _("Not yet explained: the operator has until %(time)s.")
        )
    else:
        words = (
            _("It is over, but its explanation is overdue since %(time)s: give it in the case now.")
            if said.to_operator
            else _("Not yet explained, overdue since %(time)s.")
        )
    return words % {"time": said.clock(due)}


def withdrawn(said: Said) -> Letter:
    """What was told no longer holds: the data were corrected."""
    reason = said.note.event.note
    return Letter(
        what=_("Withdrawn: %(what)s") % {"what": said.subject()},
        todo=_("Nothing to do now; what was said before no longer holds."),
        rows=[(_("Period"), said.time()), (_("Reason"), _(reason) if reason else wording.NOTHING)],
        link=said.link,
    )


def _last_measured_row(said: Said) -> list[tuple[str, str]]:
    last = said.moment("last_measured")
    return [] if last is None else [(_("Last measured"), said.clock(last))]


def _restore_by(said: Said, since: datetime) -> str:
    end = since + NOTICE_AFTER
    if not said.to_operator:
        return _("Ask the operator now what has happened to the line.")
    if end <= said.now:
        return _(
            "Restore the transmission now, and tell the department in writing: it is over 12 hours."
        )
    return _(
        "Restore the transmission before %(time)s; after 12 hours the department must be told in"
        " writing."
    ) % {"time": said.clock(end)}


def _parameter_and_place(said: Said) -> str:
    parameter = said.alert.parameter
    return f"{parameter} – {said.where()}" if parameter else said.where()


def _course_rows(said: Said) -> list[tuple[str, str]]:
    since = said.moment("from")
    rows = [(_("Since"), said.clock(since))]
    if since is not None and said.now - since >= ONE_MINUTE:
        rows.append((_("For"), wording.duration(said.now - since, language=language())))
    if serial := said.evidence.get("serial"):
        rows.append((_("Instrument"), str(serial)))
    return rows


def _lasted_row(start: datetime, end: datetime | None) -> list[tuple[str, str]]:
    if end is None or end <= start or timezone.is_naive(end):
        return []
    return [(_("Lasted"), wording.duration(end - start, language=language()))]
