"""A timeline and what came of it, in the words of the office."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from alerts.models import Kind, Maintenance, State, What
from monitoring.models import Outage
from monitoring.services.timeline import Timeline, TimelineRefused
from monitoring.services.timeline.reading import VIETNAM, Step, duration
from stations.domain import wording
from stations.models import Period
from stations.views.limits import language

Row = dict[str, Any]


def shown(at: datetime) -> str:
    """21/05 08:35; seconds only where there are some."""
    there = at.astimezone(VIETNAM)
    return there.strftime("%d/%m %H:%M:%S" if there.second else "%d/%m %H:%M")


def read_steps(timeline: Timeline) -> list[Row]:
    """What is done when: at, when, what, line."""
    return [
        {
            "at": begin,
            "when": shown(begin),
            "what": _step(timeline, step),
            "line": step.line,
            "sort": (begin, 0, step.number),
        }
        for step in timeline.steps
        for begin in [_begin(timeline, step)]
    ]


def _begin(timeline: Timeline, step: Step) -> datetime:
    if step.act == "files" and "from" in step.given:
        return timeline.clock.moment(step.given["from"], timeline.where(step))
    return step.at


def _step(timeline: Timeline, step: Step) -> str:
    given, said = step.given, str(step.given.get("what", ""))
    match step.act:
        case "files":
            return _files(timeline, step)
        case "file":
            words = _("%(station)s sends a file: %(values)s")
            return words % {"station": given.get("station", "–"), "values": _values(given)}
        case "rows":
            words = _("%(station)s sends one file with all rows from %(from)s to %(until)s")
            return words % {"station": said, **_span(timeline, step)}
        case "person":
            return _person(given)
        case "announce":
            return _announce(timeline, step)
        case "decide":
            words = _("%(who)s decides on the announcement of %(station)s: %(act)s")
            told = {"who": said, "station": given.get("station", "–"), "act": _act(given)}
            return words % told
        case "change":
            return _("The register is changed")
        case "wishes":
            return _("%(who)s says how to be told") % {"who": said}
        case "settle":
            return _("The clock is looked at")
    return _down_or_up(step.act, said, given)


def _files(timeline: Timeline, step: Step) -> str:
    given = step.given
    stations = given.get("stations") or [given.get("station", "–")]
    words = _("%(stations)s: a file every %(every)s until %(until)s: %(values)s")
    told = {
        "stations": ", ".join(map(str, stations)),
        "every": _length(given.get("every", "5 min"), timeline.where(step)),
        "values": _values(given),
        **_span(timeline, step),
    }
    parts = [words % told]
    if given.get("without"):
        where = timeline.where(step)
        gaps = [
            " – ".join(shown(timeline.clock.moment(end, where)) for end in gap)
            for gap in given["without"]
        ]
        parts.append(_("none in %(gaps)s") % {"gaps": "; ".join(gaps)})
    if "received" in given:
        at = timeline.clock.moment(given["received"], timeline.where(step))
        parts.append(_("all received at %(at)s") % {"at": shown(at)})
    return "; ".join(parts)


def _length(written: Any, where: str) -> str:
    return wording.duration(duration(written, where), language=language())


def _span(timeline: Timeline, step: Step) -> dict[str, str]:
    where = timeline.where(step)
    return {
        key: shown(timeline.clock.moment(step.given[key], where)) if key in step.given else "–"
        for key in ("from", "until")
    }


def _values(given: Mapping[str, Any]) -> str:
    if "text" in given:
        return _("text as it is written")
    values = given.get("values") or {}
    if not isinstance(values, Mapping):
        return str(values)
    status = given.get("status", "00")
    return ", ".join(f"{symbol} {_value(said, status)}" for symbol, said in values.items())


def _value(said: Any, status: str) -> str:
    value, own = (said[0], str(said[-1])) if isinstance(said, list) and said else (said, status)
    words = _number(value)
    return words if own in ("00", "0") else f"{words} ({_status(own)})"


def _status(code: str) -> str:
    return {"01": _("calibrating"), "02": str(Kind.DEVICE_FAULT.label)}.get(code, code)


def _number(value: Any) -> str:
    if value is None:
        return _("no value")
    try:
        return wording.exact(Decimal(str(value)), language=language())
    except (InvalidOperation, ValueError):
        return str(value)


def _person(given: Mapping[str, Any]) -> str:
    words = _("%(who)s %(act)s: %(case)s")
    case = given.get("alert")
    about = _alert_name(case) if isinstance(case, Mapping) else ""
    said = words % {"who": given.get("what", "–"), "act": _act(given), "case": about or "–"}
    return f"{said} – “{given['note']}”" if given.get("note") else said


def _act(given: Mapping[str, Any]) -> str:
    acts = {
        "acknowledge": _("acknowledges the case"),
        "answer": _("explains the case"),
        "verify": _("verifies the explanation"),
        "return": _("sends the explanation back"),
        "close": _("closes the case"),
        "note": _("adds a note"),
        "approve": _("approved"),
        "refuse": _("refused"),
        "withdraw": _("withdrawn"),
        "end": _("ended early"),
    }
    said = str(given.get("does", ""))
    return acts.get(said, said)


def _announce(timeline: Timeline, step: Step) -> str:
    given = step.given
    words = _("%(by)s announces %(what)s of %(station)s, %(from)s – %(until)s")
    what = str(given.get("what", ""))
    told = {
        "by": given.get("by", "–"),
        "what": _label(Maintenance.What, what),
        "station": given.get("station", "–"),
        **_span(timeline, step),
    }
    said = words % told
    if "approved_by" in given:
        said += "; " + _("approved by %(who)s") % {"who": given["approved_by"]}
    return said


def _down_or_up(act: str, said: str, given: Mapping[str, Any]) -> str:
    if act == "mail_server" and said not in ("up", "down"):
        words = _("The mail server answers %(answers)s for %(to)s")
        return words % {"answers": given.get("answers", "–"), "to": given.get("to", "–")}
    place = str(given.get("zone") or ", ".join(map(str, given.get("stations") or [])))
    names = {
        "mail_server": (_("The mail server is away"), _("The mail server is back")),
        "door": (_("Our door for loggers is shut"), _("Our door for loggers is open again")),
        "ours": (_("This system stands still"), _("This system runs again")),
        "line": (_("The line is down"), _("The line is back")),
    }
    down, up = names.get(act, (act, act))
    return ": ".join(filter(None, (down if said == "down" else up, place)))


def read_expected(timeline: Timeline, differences: Iterable[Mapping[str, Any]] = ()) -> list[Row]:
    """What is expected: about, what, details, why (of what is not so; empty where all is)."""
    unlike: dict[tuple[str, int | None], list[str]] = {}
    for each in differences:
        unlike.setdefault((each["about"], each["number"]), []).append(each["words"])
    found = []
    for about, words in (("alerts", _alert), ("mails", _mail), ("outages", _outage)):
        rows = timeline.expect.get(about) or []
        for number, row in enumerate(rows if isinstance(rows, list) else [], 1):
            if isinstance(row, Mapping):
                what, details = words(timeline, row, timeline.where_expected(about, number))
                why = unlike.get((about, number), [])
                found.append({"about": about, "what": what, "details": details, "why": why})
    if (count := timeline.expect.get("refused", 0)) or ("refused", None) in unlike:
        said = _("%(count)s acts of people are refused") % {"count": count}
        why = unlike.get(("refused", None), [])
        found.append({"about": "refused", "what": said, "details": [], "why": why})
    return found


def unexpected(differences: Iterable[Mapping[str, Any]]) -> list[str]:
    """What came and was not expected."""
    return [
        each["words"]
        for each in differences
        if each["number"] is None and each["about"] != "refused"
    ]


def expects_silence(timeline: Timeline) -> bool:
    """Whether nobody is to be told anything."""
    return not (timeline.expect.get("alerts") or timeline.expect.get("mails"))


def _alert(timeline: Timeline, row: Mapping[str, Any], where: str) -> tuple[str, list[str]]:
    moments = {
        "opened": _("opened"),
        "resolved": _("over since"),
        "starts": _("begins"),
        "acknowledge_due": _("to be acknowledged by"),
        "answer_due": _("to be explained by"),
    }
    details = [
        f"{words} {_window(timeline, row[key], where)}"
        for key, words in moments.items()
        if row.get(key) is not None
    ]
    return _alert_name(row), [*details, *_about_alert(row)]


def _about_alert(row: Mapping[str, Any]) -> list[str]:
    details = []
    if "resolved" in row and row["resolved"] is None:
        details.append(_("not over"))
    if "state" in row:
        details.append(_("state: %(state)s") % {"state": _label(State, row["state"])})
    if "spans" in row:
        details.append(_("periods: %(count)s") % {"count": row["spans"]})
    for key, words in (("late", _("from late data")), ("withdrawn", _("withdrawn"))):
        if row.get(key):
            details.append(words)
    if row.get("events"):
        details.append(", ".join(_label(What, each) for each in row["events"]))
    if row.get("no_events"):
        told = ", ".join(_label(What, each) for each in row["no_events"])
        details.append(_("without: %(events)s") % {"events": told})
    if "mailed" in row:
        details.append(_("is mailed") if row["mailed"] else _("nobody is mailed"))
    return details


def _alert_name(row: Mapping[str, Any]) -> str:
    parts = [
        _sentence(_label(Kind, row.get("kind", ""))),
        str(row.get("parameter", "")),
        _label(Period, row.get("period", "")),
        str(row.get("station") or row.get("zone") or row.get("place") or ""),
    ]
    return " · ".join(filter(None, parts))


def _mail(timeline: Timeline, row: Mapping[str, Any], where: str) -> tuple[str, list[str]]:
    details = []
    if "between" in row or "at" in row:
        details.append(_window(timeline, row.get("between", row.get("at")), where))
    if said := _listed(row.get("says")):
        details.append(_("says %(words)s") % {"words": ", ".join(f"“{each}”" for each in said)})
    if said := _listed(row.get("says_not")):
        words = ", ".join(f"“{each}”" for each in said)
        details.append(_("does not say %(words)s") % {"words": words})
    if int(row.get("times", 1)) > 1:
        details.append(_("%(count)s times") % {"count": row["times"]})
    return _("Mail to %(to)s") % {"to": row.get("to", "–")}, details


def _outage(timeline: Timeline, row: Mapping[str, Any], where: str) -> tuple[str, list[str]]:
    details = []
    for key, words in (("start", _("begins")), ("end", _("ends"))):
        if row.get(key) is not None:
            details.append(f"{words} {_window(timeline, row[key], where)}")
    name = _sentence(_label(Outage.What, row.get("what", "")))
    return " · ".join(filter(None, (name, str(row.get("zone") or "")))), details


def _window(timeline: Timeline, wanted: Any, where: str) -> str:
    try:
        ends = [shown(timeline.clock.moment(one, where)) for one in _listed(wanted)]
    except TimelineRefused:
        return str(wanted)
    return " – ".join(ends)


def read_story(story: Mapping[str, Any]) -> list[Row]:
    """What happened: at, when, what, by, note; of a mail also its subject and text."""
    found = []
    for number, row in enumerate(story.get("happened", [])):
        at = parse_datetime(row["at"])
        if at is not None:
            found.append(
                {"when": shown(at), "kind": row["what"], "sort": (at, 1, number), **_happened(row)}
            )
    return found


def _happened(row: Mapping[str, Any]) -> Row:
    if row["what"] == "mail":
        what = _("Mail to %(to)s") % {"to": row["to"]}
        return {"what": what, "subject": row["subject"], "text": row["text"]}
    if row["what"] == "outage":
        end = parse_datetime(row["end"]) if row["end"] else None
        words = _("until %(end)s") % {"end": shown(end)} if end else ""
        name = _sentence(_label(Outage.What, row["kind"]))
        return {"what": " · ".join(filter(None, (name, row["place"], words)))}
    event = _sentence(_label(What, row["event"]))
    return {
        "what": f"{event}: {_alert_name(row)}",
        "by": row["by"],
        "note": row["note"],
        "case": row["case"],
    }


def whole_story(timeline: Timeline, story: Mapping[str, Any]) -> list[Row]:
    """What was done and what came of it, by time."""
    steps = [{**row, "kind": "step"} for row in read_steps(timeline)]
    return sorted([*steps, *read_story(story)], key=lambda row: row["sort"])


def _label(choices: Any, value: Any) -> str:
    return str(choices(value).label) if value in choices.values else str(value)


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def _listed(value: Any) -> Sequence[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
