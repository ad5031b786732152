"""What came of a timeline against what it expects: exactly these alerts and mails, none else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from alerts.models import Alert, Kind, State, What
from monitoring.models import Outage
from monitoring.services.timeline.playing import Mail, Played
from monitoring.services.timeline.reading import VIETNAM, Timeline, TimelineRefused
from stations.models import Station

ALERT_WORDS = ("kind", "station", "parameter", "period", "state", "late", "withdrawn", "source")
ALERT_MOMENTS = {
    "opened": "opened_at",
    "resolved": "resolved_at",
    "starts": "starts_at",
    "acknowledge_due": "acknowledge_due_at",
    "answer_due": "answer_due_at",
}
ALERT_KEYS = {*ALERT_WORDS, *ALERT_MOMENTS, "zone", "spans", "events", "no_events", "mailed"}
OUTAGE_KEYS = {"what", "zone", "start", "end", "stations"}
MAIL_KEYS = {"to", "between", "at", "says", "says_not", "times"}


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as the timeline says, in the reader's language.

    `about`: alerts, mails, outages or refused; `number`: which of those that are expected, from 1,
    or none where nobody expected it.
    """

    words: str
    about: str = ""
    number: int | None = None

    def __str__(self) -> str:
        return self.words


def compare(timeline: Timeline, played: Played) -> list[Difference]:
    """Every difference; none where all is as expected. Raises TimelineRefused for a wrong word.

    Where `expect` has no `alerts` (or `mails`), there must be none.
    """
    checks = _Checks(timeline)
    return [
        *checks.alerts(_rows(timeline, "alerts")),
        *checks.mails(_rows(timeline, "mails"), played.mails),
        *checks.outages(timeline.expect.get("outages")),
        *checks.refusals(timeline.expect.get("refused", 0), played.refused),
    ]


def _rows(timeline: Timeline, name: str) -> list[Mapping[str, Any]]:
    """What is expected of a kind. Raises TimelineRefused where that is no list of mappings."""
    rows = timeline.expect.get(name) or []
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise TimelineRefused(
            _("%(where)s: is a list of mappings") % {"where": f"{timeline.name}: expect.{name}"}
        )
    return rows


class _Checks:
    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline
        self.name = timeline.name

    def alerts(self, expected: list[Mapping[str, Any]]) -> Iterator[Difference]:
        left = list(Alert.objects.select_related("station", "zone").order_by("opened_at", "pk"))
        for number, wanted in enumerate(expected, 1):
            self._known(wanted, ALERT_KEYS, "alerts", number)
            candidates = [(list(self._unlike(alert, wanted, number)), alert) for alert in left]
            fitting = [alert for unlike, alert in candidates if not unlike]
            if fitting:
                left.remove(fitting[0])
                continue
            nearest = min(candidates, key=lambda each: len(each[0]), default=None)
            words = _("expected alert %(number)s: %(why)s") % {
                "number": number,
                "why": "; ".join(nearest[0]) if nearest else _("there is none"),
            }
            yield Difference(words, "alerts", number)
        for alert in left:
            words = _("an alert that nobody expected: %s") % _told(alert)
            yield Difference(words, "alerts")

    def _unlike(self, alert: Alert, wanted: Mapping[str, Any], number: int) -> Iterator[str]:
        for key, value in wanted.items():
            if key in ALERT_MOMENTS:
                yield from self._moment(
                    _called(key), getattr(alert, ALERT_MOMENTS[key]), value, ("alerts", number)
                )
            elif key in ("events", "no_events"):
                yield from self._events(alert, key, value)
            elif (is_so := _word(alert, key)) != value:
                yield f"{_called(key)}: {_said(is_so)} ≠ {_said(value)}"

    def _events(self, alert: Alert, key: str, wanted: list[str]) -> Iterator[str]:
        happened = list(alert.events.values_list("what", flat=True))
        for what in wanted:
            if (what in happened) != (key == "events"):
                words = _("has not happened") if key == "events" else _("has happened")
                yield f"{_event_word(what)}: {words}"

    def _moment(
        self, called: str, at: datetime | None, wanted: Any, row: tuple[str, int]
    ) -> Iterator[str]:
        if wanted is None:
            if at is not None:
                yield f"{called}: {_shown(at)} ≠ –"
            return
        begin, end = self._window(wanted, *row)
        window = _shown(begin) if begin == end else f"{_shown(begin)} … {_shown(end)}"
        if at is None or not begin <= at <= end:
            yield f"{called}: {_shown(at)} ≠ {window}"

    def _window(self, wanted: Any, about: str, number: int) -> tuple[datetime, datetime]:
        where = self.timeline.where_expected(about, number)
        if isinstance(wanted, list):
            begin, end = (self.timeline.clock.moment(one, where) for one in wanted)
            return begin, end
        moment = self.timeline.clock.moment(wanted, where)
        return moment, moment

    def outages(self, expected: list[Mapping[str, Any]] | None) -> Iterator[Difference]:
        """Where `expect` says nothing of outages, none is looked at: what they cause is."""
        if expected is None:
            return
        left = list(Outage.objects.select_related("zone").order_by("start", "pk"))
        for number, wanted in enumerate(expected, 1):
            self._known(wanted, OUTAGE_KEYS, "outages", number)
            fitting = [each for each in left if not list(self._other(each, wanted, number))]
            if fitting:
                left.remove(fitting[0])
            else:
                near = "; ".join(f"{each} ({_shown(each.end)})" for each in left) or "–"
                words = _("expected outage %(number)s: %(why)s") % {"number": number, "why": near}
                yield Difference(words, "outages", number)
        for each in left:
            yield Difference(_("an outage that nobody expected: %s") % each, "outages")

    def _other(self, outage: Outage, wanted: Mapping[str, Any], number: int) -> Iterator[str]:
        for key, value in wanted.items():
            if key in ("start", "end"):
                at = getattr(outage, key)
                yield from self._moment(_called(key), at, value, ("outages", number))
            elif (is_so := _word_of_outage(outage, key)) != value:
                yield f"{_called(key)}: {_said(is_so)} ≠ {_said(value)}"

    def mails(self, expected: list[Mapping[str, Any]], came: list[Mail]) -> Iterator[Difference]:
        left = list(came)
        for number, wanted in enumerate(expected, 1):
            self._known(wanted, MAIL_KEYS, "mails", number)
            for _again in range(int(wanted.get("times", 1))):
                fitting = [mail for mail in left if self._fits(mail, wanted, number)]
                if fitting:
                    left.remove(fitting[0])
                else:
                    words = _("expected mail %(number)s did not come: %(what)s") % {
                        "number": number,
                        "what": _wanted_mail(wanted),
                    }
                    yield Difference(words, "mails", number)
        for mail in left:
            words = _("a mail that nobody expected: %(at)s %(to)s %(subject)s") % {
                "at": _shown(mail.at),
                "to": mail.to,
                "subject": mail.subject,
            }
            yield Difference(words, "mails")

    def _fits(self, mail: Mail, wanted: Mapping[str, Any], number: int) -> bool:
        if "to" in wanted and mail.to != wanted["to"]:
            return False
        if "between" in wanted or "at" in wanted:
            window = wanted.get("between", wanted.get("at"))
            begin, end = self._window(window, "mails", number)
            if not begin <= mail.at <= end:
                return False
        whole = f"{mail.subject}\n{mail.text}"
        return all(str(word) in whole for word in _listed(wanted.get("says"))) and not any(
            str(word) in whole for word in _listed(wanted.get("says_not"))
        )

    def refusals(self, expected: int, refused: list[str]) -> Iterator[Difference]:
        if len(refused) != expected:
            words = _("%(count)s acts were refused, %(expected)s were expected: %(which)s") % {
                "count": len(refused),
                "expected": expected,
                "which": "; ".join(refused) or "–",
            }
            yield Difference(words, "refused")

    def _known(self, wanted: Mapping[str, Any], keys: set[str], about: str, number: int) -> None:
        if strange := set(map(str, wanted)) - keys:
            where = self.timeline.where_expected(about, number)
            raise TimelineRefused(
                _("%(where)s: unknown: %(keys)s")
                % {"where": where, "keys": ", ".join(sorted(strange))}
            )


def _called(key: str) -> str:
    """What a key of an expectation is about, in the reader's words."""
    return {
        "kind": _("kind"),
        "station": _("station"),
        "zone": _("zone"),
        "parameter": _("parameter"),
        "period": _("period"),
        "state": _("state"),
        "late": _("late"),
        "withdrawn": _("withdrawn"),
        "source": _("source of the limit"),
        "opened": _("opened"),
        "resolved": _("over since"),
        "starts": _("begins"),
        "acknowledge_due": _("to be acknowledged by"),
        "answer_due": _("to be explained by"),
        "spans": _("number of periods"),
        "mailed": _("mail sent"),
        "start": _("begins"),
        "end": _("ends"),
        "stations": _("stations"),
        "what": _("what"),
    }.get(key, key)


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if value in Kind.values:
        return str(Kind(value).label)
    if value in State.values:
        return str(State(value).label)
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "–" if value in (None, "") else str(value)


def _event_word(what: str) -> str:
    return str(What(what).label) if what in What.values else what


def _word(alert: Alert, key: str) -> Any:
    if key == "station":
        return alert.station.code if alert.station else None
    if key == "zone":
        return alert.zone.code if alert.zone else None
    if key == "spans":
        return alert.spans.count()
    if key == "mailed":
        return alert.notifications.filter(message__state="sent").exists()
    return getattr(alert, key)


def _word_of_outage(outage: Outage, key: str) -> Any:
    if key == "zone":
        return outage.zone.code if outage.zone else None
    if key == "stations":
        rows = Station.objects.filter(pk__in=outage.stations)
        return sorted(rows.values_list("code", flat=True))
    return outage.what


def _wanted_mail(wanted: Mapping[str, Any]) -> str:
    when = wanted.get("between", wanted.get("at"))
    parts = [str(wanted.get("to", "")), " … ".join(map(str, _listed(when)))]
    parts += [f"“{word}”" for word in _listed(wanted.get("says"))]
    return ", ".join(filter(None, parts))


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _shown(at: datetime | None) -> str:
    return "–" if at is None else at.astimezone(VIETNAM).strftime("%d/%m %H:%M:%S")


def _told(alert: Alert) -> str:
    kind, state = str(Kind(alert.kind).label), str(State(alert.state).label)
    parts = (kind, str(alert.station or alert.zone or ""), alert.parameter, alert.period)
    return " ".join(filter(None, (*parts, f"({state})", _shown(alert.opened_at))))
