"""The causes of alerts and of silences, in the words of the reader."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from alerts.domain.reach import Reach
from alerts.domain.wishes import DAILY, DAY_BEGINS, HOURLY
from alerts.models import Kind
from alerts.views.words import sentence
from monitoring.domain.explaining import Cause, Explained, Hour, Reason
from stations.domain import wording
from stations.states import state_of_alert
from stations.views.limits import language, mean_of

STATE_OF = {
    Cause.WITHDRAWN: "notice",
    Cause.WITHIN: "within",
    Cause.COMPLETE: "within",
    Cause.NOT_ENOUGH_DATA: "not_enough_data",
    Cause.SOME_MISSING: "not_enough_data",
    Cause.STOPPED: "maintenance",
    Cause.IDLE: "maintenance",
    Cause.ANNOUNCED: "maintenance",
    Cause.SHORT_FAULT: "device_fault",
    Cause.SHORT_CALIBRATION: "calibrating",
    Cause.ON_THE_WAY: "not_enough_data",
    Cause.GATHERING: "silent",
    Cause.LINE_OUTAGE: "silent",
    Cause.OWN_OUTAGE: "notice",
    Cause.UNKNOWN: "notice",
}
"""The state whose colour a cell bears; the others are neither good nor bad."""

NEUTRAL = "not_connected"


def state_of(reason: Reason) -> str:
    """The state of components/strip.html that speaks for a cause."""
    if reason.cause == Cause.ALERTED:
        return state_of_alert(reason.kind)
    return STATE_OF.get(reason.cause, NEUTRAL)


def short(reason: Reason) -> str:
    """A cause in a few words: for the cell of an hour."""
    if reason.cause == Cause.ALERTED:
        return sentence(Kind(reason.kind).label)
    return {
        Cause.WITHDRAWN: _("Alert withdrawn"),
        Cause.TO_COME: _("Not begun"),
        Cause.ENDED: _("Out of service"),
        Cause.NOT_CONNECTED: _("Not yet connected"),
        Cause.NOT_PROCESSED: _("Being processed"),
        Cause.NO_LIMIT: _("No limit"),
        Cause.ENTERED_LATER: _("Limit entered later"),
        Cause.NOT_DUE: _("Not due"),
        Cause.WITHIN: _("Within the limit"),
        Cause.NOT_ENOUGH_DATA: _("Not enough data"),
        Cause.COMPLETE: _("Data complete"),
        Cause.NO_SLOT: _("No slot in this hour"),
        Cause.STOPPED: _("Approved stop"),
        Cause.IDLE: _("Plant idle"),
        Cause.RUNNING: _("The hour is not over"),
        Cause.ON_THE_WAY: _("May still come"),
        Cause.GATHERING: _("Silence being gathered"),
        Cause.LINE_OUTAGE: _("Line outage"),
        Cause.OWN_OUTAGE: _("Our own outage"),
        Cause.ANNOUNCED: _("Announced work"),
        Cause.SHORT_FAULT: _("Short device fault"),
        Cause.SHORT_CALIBRATION: _("Short calibration"),
        Cause.SOME_MISSING: _("Some values missing"),
        Cause.UNKNOWN: _("No cause found"),
    }[reason.cause]


def at_length(reason: Reason, hour: Hour) -> str:
    """A cause as a sentence with its numbers."""
    return _SENTENCES[reason.cause](reason, hour)


def _clock(at: datetime | None, hour: Hour) -> str:
    return wording.NOTHING if at is None else wording.moment(at, now=hour.now, language=language())


def _counts(hour: Hour) -> dict[str, Any]:
    return {
        "filled": hour.filled,
        "expected": hour.expected,
        "missing": max(hour.expected - hour.filled, 0),
    }


def _alerted(reason: Reason, hour: Hour) -> str:
    told = {"kind": sentence(Kind(reason.kind).label), "mean": mean_of(reason.period)}
    if reason.period:
        return _("There is an alert: %(kind)s, %(mean)s.") % told
    return _("There is an alert: %(kind)s.") % told


def _of_mean(words: str) -> Callable[[Reason, Hour], str]:
    def told(reason: Reason, hour: Hour) -> str:
        about = {"mean": mean_of(reason.period), "time": _clock(reason.at, hour)}
        return sentence(_(words) % about)

    return told


def _of_hour(words: str) -> Callable[[Reason, Hour], str]:
    return lambda reason, hour: _(words) % {**_counts(hour), "time": _clock(reason.at, hour)}


_SENTENCES: dict[Cause, Callable[[Reason, Hour], str]] = {
    Cause.ALERTED: _alerted,
    Cause.WITHDRAWN: _of_mean(
        gettext_noop(
            "An alert was opened and withdrawn: corrected values brought the %(mean)s within"
            " the limit."
        )
    ),
    Cause.TO_COME: _of_hour(gettext_noop("This hour has not begun.")),
    Cause.ENDED: _of_hour(gettext_noop("The parameter was no longer in service.")),
    Cause.NOT_CONNECTED: _of_hour(
        gettext_noop(
            "Nothing had been measured yet: a parameter is judged from its first reading on."
        )
    ),
    Cause.NOT_PROCESSED: _of_hour(
        gettext_noop("Files have come that are being processed at this moment.")
    ),
    Cause.NO_LIMIT: _of_hour(
        gettext_noop("No limit was in force: there is nothing to compare the values with.")
    ),
    Cause.ENTERED_LATER: _of_mean(
        gettext_noop(
            "The limit of the %(mean)s was entered after its period was over; the past is judged"
            " anew only by a correction with a reason."
        )
    ),
    Cause.NOT_DUE: _of_mean(
        gettext_noop("The %(mean)s is judged at %(time)s; until then nothing was exceeded.")
    ),
    Cause.WITHIN: _of_mean(gettext_noop("The %(mean)s was within its limit.")),
    Cause.NOT_ENOUGH_DATA: _of_mean(
        gettext_noop(
            "The %(mean)s could not be judged: too few valid values. That is neither within nor"
            " above."
        )
    ),
    Cause.COMPLETE: _of_hour(gettext_noop("All %(expected)s expected values came and were valid.")),
    Cause.NO_SLOT: _of_hour(
        gettext_noop("No value was expected: its interval is longer than an hour.")
    ),
    Cause.STOPPED: _of_hour(gettext_noop("An approved stop covers it: no value was expected.")),
    Cause.IDLE: _of_hour(
        gettext_noop("The plant stood idle by its oxygen: no value was expected.")
    ),
    Cause.RUNNING: _of_hour(
        gettext_noop("The hour is not over: %(filled)s of %(expected)s values have come.")
    ),
    Cause.ON_THE_WAY: _of_hour(
        gettext_noop("Nothing newer has come, but it may still be on its way until %(time)s.")
    ),
    Cause.GATHERING: _of_hour(
        gettext_noop(
            "The silence was shorter than the allowance and the 3 minutes in which silences are"
            " gathered, until %(time)s."
        )
    ),
    Cause.LINE_OUTAGE: _of_hour(
        gettext_noop(
            "Many stations fell silent at once: an outage of the line holds their silences back."
        )
    ),
    Cause.OWN_OUTAGE: _of_hour(
        gettext_noop("We could not receive ourselves: nobody is to blame for this time.")
    ),
    Cause.ANNOUNCED: _of_hour(gettext_noop("Work that was announced and approved covers it.")),
    Cause.SHORT_FAULT: _of_hour(
        gettext_noop(
            "The device told of a fault for less than 60 minutes before it measured again."
        )
    ),
    Cause.SHORT_CALIBRATION: _of_hour(
        gettext_noop("The device was calibrated for less than 4 hours.")
    ),
    Cause.SOME_MISSING: _of_hour(
        gettext_noop(
            "The station spoke all the time; %(missing)s of %(expected)s values are missing or not"
            " valid, which counts in the share of valid data."
        )
    ),
    Cause.UNKNOWN: _of_hour(
        gettext_noop(
            "The rules ask for an alert or a verdict here and there is none. Please report this."
        )
    ),
}


def headline(explained: Explained) -> str:
    """Whether there was an alert, in one line."""
    told = {reason.cause for reason in (explained.value, explained.data)}
    if Cause.ALERTED in told:
        return _("Why there was an alert")
    return _("Why there was no alert")


def reach_words(reach: Reach) -> str:
    """How it stands with one reader."""
    return {
        Reach.MAILED: _("mailed"),
        Reach.WAITING: _("waits for its time"),
        Reach.SENDING: _("is about to be sent"),
        Reach.RETRYING: _("not taken yet, tried again"),
        Reach.REFUSED: _("refused by the server"),
        Reach.DROPPED: _("dropped before it left"),
        Reach.NOT_WRITTEN: _("could not be written"),
        Reach.NO_RULE: _("not mailed: no mailing rule for this kind"),
        Reach.UNCONFIRMED: _("not mailed: the limit is not confirmed"),
        Reach.BELOW_RATIO: _("not mailed: below the ratio from which it is told"),
        Reach.ONCE_A_DAY: _("not mailed: told of this parameter already that day"),
        Reach.ONLY_NEAR: _("not mailed: near the limit, not above it"),
        Reach.BACK_FILL: _("not mailed: filled in from history by a command"),
        Reach.HELD_BACK: _("not mailed: announced work covers it"),
        Reach.UNKNOWN: _("no cause found"),
    }[reach]


def waits_words(waits: Mapping[str, Any]) -> str:
    """The wish or the quiet hours for which a mail waits, or waited; empty where there are none."""
    if not waits:
        return ""
    by_pace = {
        HOURLY: _("The reader wishes to hear hourly."),
        DAILY: _("The reader wishes to hear daily, at %(time)s."),
    }
    said = by_pace.get(waits["pace"], "")
    if waits["pace"] == DAILY and not waits["asked"]:
        said = _("No wish of the reader names such a case: as a duty it comes daily, at %(time)s.")
    found = [said % {"time": f"{DAY_BEGINS:%H:%M}"}] if said else []
    if "quiet" in waits:
        start, end = waits["quiet"]
        found.append(_("Quiet hours of the reader: %(from)s–%(to)s.") % {"from": start, "to": end})
    return " ".join(found)
