"""An alert in one line: what it is, what is known, and the first words on what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Max
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from alerts.domain import kinds, states
from alerts.mail.said import fault_words
from alerts.models import Alert, AlertSpan, Kind, State
from alerts.views.deadlines import deadline
from stations.domain import wording
from stations.models import Person
from stations.states import STATES, state_of_alert
from stations.views.limits import language, mean_of
from stations.views.names import place_name, short_code

NOTICE_AFTER = timedelta(hours=12)
"""Longer interruptions are to be told in writing (regulation.md §3: general knowledge)."""


@dataclass(frozen=True)
class Reader:
    """What the person in front of the page may do with the alerts on it, and since when each of
    them goes on: an alert that came again has had more than one course."""

    handles: frozenset[int] = frozenset()
    answers: frozenset[int] = frozenset()
    since: Mapping[int, datetime] = field(default_factory=dict)

    def began(self, alert: Alert) -> datetime:
        """The start of the alert's latest course."""
        return self.since.get(alert.pk, alert.starts_at)


def reader_of(user: Person, alerts: Iterable[Alert]) -> Reader:
    """The rights of `user` on these alerts."""
    ids = [alert.pk for alert in alerts]

    def permitted(permission: str) -> frozenset[int]:
        found = Alert.objects.for_user(user, permission).filter(pk__in=ids)
        return frozenset(found.values_list("pk", flat=True))

    spans = AlertSpan.objects.filter(alert__in=ids).order_by().values_list("alert")
    since = dict(spans.annotate(latest=Max("start")))
    return Reader(permitted("handle_alerts"), permitted("answer_alerts"), since)


def sentence(words: Any) -> str:
    """With a capital at its head."""
    text = str(words)
    return text[:1].upper() + text[1:]


def kind_word(alert: Alert) -> str:
    """Mất kết nối; for a mean beyond its limit the word of its state."""
    state = state_of_alert(alert.kind)
    if alert.kind in (Kind.EXCEEDANCE, Kind.EARLY_WARNING):
        return str(STATES[state])
    return sentence(alert.get_kind_display())


def clock(at: datetime, now: datetime) -> str:
    """08:35, or 20/11 08:35 when it is not today."""
    return wording.moment(at, now=now, language=language())


def course(alert: Alert, began: datetime, now: datetime) -> str:
    """How long it has lasted, or lasted."""
    end = alert.resolved_at or now
    return wording.duration(max(end - began, timedelta()), language=language())


def changed_count(evidence: Mapping[str, Any]) -> str:
    """12 / 288 (4,2 %)."""
    share = wording.percent(Decimal(str(evidence.get("share") or 0)), language=language())
    return f"{evidence.get('changed')} / {evidence.get('readings')} ({share})"


def words(alert: Alert, began: datetime, now: datetime) -> str:
    """Of what no mean tells: "Mất kết nối 14 giờ", "TSS: lỗi thiết bị 5 giờ", "pH 7,19: giá trị
    không đổi 3 giờ"."""
    if alert.value is not None and alert.period:
        return ""
    if alert.kind == Kind.CHANGED_VALUES and "changed" in alert.evidence:
        return f"{kind_word(alert)}: {changed_count(alert.evidence)}"
    if alert.kind == Kind.OWN_FAULT:
        return _own_fault(alert)
    if alert.kind == Kind.SILENT_12H:
        told = {"time": course(alert, began, now)}
        return _("No data for %(time)s, over 12 hours") % told
    lasting = "" if alert.kind in kinds.DEPARTMENT_KINDS else f" {course(alert, began, now)}"
    if alert.parameter:
        value = "" if alert.value is None else wording.number(alert.value, language=language())
        return f"{f'{alert.parameter} {value}'.strip()}: {alert.get_kind_display()}{lasting}"
    return f"{kind_word(alert)}{lasting}"


def _own_fault(alert: Alert) -> str:
    """What of this system does not work; an address keeps its letters."""
    if address := alert.evidence.get("address"):
        return _("Address that refuses our mails: %(address)s") % {"address": address}
    return sentence(fault_words(alert))


def period(alert: Alert, began: datetime, now: datetime) -> str:
    """What was averaged and when: "trung bình 24 giờ, 20/11"."""
    if alert.value is None or not alert.period:
        return _("since %(time)s") % {"time": clock(began, now)}
    mean = mean_of(alert.period)
    if alert.kind == Kind.EARLY_WARNING and alert.resolved_at is None and alert.ends_at > now:
        return _("mean since %(time)s") % {"time": clock(began, now)}
    latest = max(began, alert.starts_at)
    told = wording.period(latest, alert.ends_at, now=now, language=language())
    if latest == alert.starts_at:
        return f"{mean}, {told}"
    since = _("since %(time)s") % {"time": clock(alert.starts_at, now)}
    return f"{mean}, {told} · {since}"


def line(alert: Alert, reader: Reader, now: datetime) -> dict[str, Any]:
    """Everything that components/work_list.html and the list of cases show of an alert."""
    station = alert.station
    began = reader.began(alert)
    due, overdue = first_words(alert, reader, now)
    return {
        "id": alert.pk,
        "key": alert.pk,
        "url": f"/alerts/{alert.pk}/",
        "kind": alert.kind,
        "kind_word": kind_word(alert),
        "state": state_of_alert(alert.kind),
        "state_of_case": sentence(alert.get_state_display()),
        "parameter": alert.parameter,
        "value": alert.value,
        "low": alert.minimum,
        "high": alert.maximum,
        "unit": "" if alert.unit == "-" else alert.unit,
        "words": words(alert, began, now),
        "station": short_code(station) if station else "",
        "facility": place_name(station.facility) if station else str(alert.zone or ""),
        "why": _why(alert, began, now),
        "opened_at": alert.opened_at,
        "raised_at": alert.raised_at,
        "resolved_at": alert.resolved_at,
        "limit_confirmed": alert.limit_confirmed or alert.value is None,
        "late": alert.late,
        "late_words": late_words(alert.evidence, now) if alert.late else "",
        "withdrawn": alert.withdrawn,
        "flapping": alert.flapping_since is not None,
        "due": due,
        "overdue": overdue,
    }


def late_words(evidence: dict[str, Any], now: datetime) -> str:
    """That data came late, and when; the time that was measured stands beside it."""
    at = evidence.get("received")
    moment = parse_datetime(at) if isinstance(at, str) else at
    if moment is None:
        return _("sent late")
    return _("sent late, received at %(time)s") % {"time": clock(moment, now)}


def _why(alert: Alert, began: datetime, now: datetime) -> str:
    if alert.resolved_at is not None:
        told = {"period": period(alert, began, now), "time": clock(alert.resolved_at, now)}
        return _("%(period)s · over since %(time)s") % told
    return period(alert, began, now)


def first_words(alert: Alert, reader: Reader, now: datetime) -> tuple[str, bool]:
    """What to do, or what is being done, in one phrase; and whether a time has passed."""
    if alert.state == State.CLOSED:
        return "", False
    due, overdue = deadline(alert, handles=alert.pk in reader.handles, now=now)
    if overdue:
        return due, True
    if alert.resolved_at is None and alert.kind in _TO_DO:
        return _TO_DO[alert.kind](alert, reader, now)
    return due or _step(alert, reader), False


def _step(alert: Alert, reader: Reader) -> str:
    """The step of the desk that comes next."""
    if alert.pk in reader.handles:
        if alert.state == states.OPEN:
            return _("look at the evidence, acknowledge")
        if alert.state == states.ANSWERED:
            return _("look at the explanation")
        if alert.state == states.RETURNED:
            return _("waits for the operator to add what is missing")
        return _("write what was found, close")
    if alert.pk in reader.answers:
        if alert.state in (states.ANSWERED, states.VERIFIED):
            return _("explained; an officer looks at it")
        if alert.state == states.RETURNED:
            return _("add what is missing in the explanation")
        return _("check treatment and analyser")
    return _("waits to be acknowledged") if alert.state == states.OPEN else _("being handled")


def _warning(alert: Alert, reader: Reader, now: datetime) -> tuple[str, bool]:
    if alert.ends_at <= now:
        return _step(alert, reader), False
    end = _end(alert, now)
    if alert.evidence.get("certain"):
        return _("certain to exceed by %(end)s") % {"end": end}, False
    most, least = alert.evidence.get("rest_max"), alert.evidence.get("rest_min")
    if most is not None and most >= 0:
        return _("until %(end)s on average ≤ %(value)s") % {
            "end": end,
            "value": _number(most),
        }, False
    if least is not None:
        told = {"end": end, "value": _number(least)}
        return _("until %(end)s on average ≥ %(value)s") % told, False
    return _("watch until %(end)s") % {"end": end}, False


def _number(value: Any) -> str:
    return wording.exact(Decimal(str(value)), language=language())


def _end(alert: Alert, now: datetime) -> str:
    """The end of the period; midnight tonight is 24:00."""
    last = wording.in_vietnam(alert.ends_at - timedelta(microseconds=1))
    if last.date() == wording.in_vietnam(now).date() and last.hour == 23:
        return "24:00"
    return clock(alert.ends_at, now)


def _silence(alert: Alert, reader: Reader, now: datetime) -> tuple[str, bool]:
    limit = reader.began(alert) + NOTICE_AFTER
    if limit <= now:
        return _("over 12 hours: written notice is due"), True
    told = {"time": clock(limit, now)}
    if alert.pk in reader.answers:
        return _("restore the line before %(time)s") % told, False
    return _("ask the operator; written notice after %(time)s") % told, False


def _fault(alert: Alert, reader: Reader, now: datetime) -> tuple[str, bool]:
    if alert.pk in reader.answers:
        return _("have the device looked at"), False
    return _("ask when it measures again"), False


def _calibration(alert: Alert, reader: Reader, now: datetime) -> tuple[str, bool]:
    if alert.pk in reader.answers:
        return _("end the calibration"), False
    return _("ask why the calibration goes on"), False


def _wrong_sender(alert: Alert, reader: Reader, now: datetime) -> tuple[str, bool]:
    return _("ask which logger uses this account"), False


_TO_DO: dict[str, Callable[[Alert, Reader, datetime], tuple[str, bool]]] = {
    kinds.EARLY_WARNING: _warning,
    kinds.SILENT_STATION: _silence,
    kinds.SILENT_PARAMETER: _silence,
    kinds.DEVICE_FAULT: _fault,
    kinds.LONG_CALIBRATION: _calibration,
    kinds.WRONG_SENDER: _wrong_sender,
}
