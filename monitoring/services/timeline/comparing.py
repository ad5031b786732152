"""What came of a timeline against what it expects: exactly these alerts and mails, none else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from alerts.models import Alert
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
    """One thing that is not as the timeline says, in the reader's language."""

    words: str

    def __str__(self) -> str:
        return self.words


def compare(timeline: Timeline, played: Played) -> list[Difference]:
    """Every difference; none where all is as expected. Raises TimelineRefused for a wrong word.

    Where `expect` has no `alerts` (or `mails`), there must be none.
    """
    checks = _Checks(timeline)
    found = [
        *checks.alerts(timeline.expect.get("alerts") or []),
        *checks.mails(timeline.expect.get("mails") or [], played.mails),
        *checks.outages(timeline.expect.get("outages")),
        *checks.refusals(timeline.expect.get("refused", 0), played.refused),
    ]
    return [Difference(words) for words in found]


class _Checks:
    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline
        self.name = timeline.name

    def alerts(self, expected: list[Mapping[str, Any]]) -> Iterator[str]:
        left = list(Alert.objects.select_related("station", "zone").order_by("opened_at", "pk"))
        for number, wanted in enumerate(expected, 1):
            self._known(wanted, ALERT_KEYS, f"alerts {number}")
            candidates = [(list(self._unlike(alert, wanted, number)), alert) for alert in left]
            fitting = [alert for unlike, alert in candidates if not unlike]
            if fitting:
                left.remove(fitting[0])
                continue
            nearest = min(candidates, key=lambda each: len(each[0]), default=None)
            yield _("expected alert %(number)s: %(why)s") % {
                "number": number,
                "why": "; ".join(nearest[0]) if nearest else _("there is none"),
            }
        for alert in left:
            yield _("an alert that nobody expected: %s") % _told(alert)

    def _unlike(self, alert: Alert, wanted: Mapping[str, Any], number: int) -> Iterator[str]:
        for key, value in wanted.items():
            if key in ALERT_MOMENTS:
                yield from self._moment(key, getattr(alert, ALERT_MOMENTS[key]), value, number)
            elif key in ("events", "no_events"):
                yield from self._events(alert, key, value)
            elif (is_so := _word(alert, key)) != value:
                yield f"{key}: {is_so} ≠ {value}"

    def _events(self, alert: Alert, key: str, wanted: list[str]) -> Iterator[str]:
        happened = list(alert.events.values_list("what", flat=True))
        for what in wanted:
            if (what in happened) != (key == "events"):
                yield f"{key}: {what} ({', '.join(happened)})"

    def _moment(self, key: str, at: datetime | None, wanted: Any, number: int) -> Iterator[str]:
        if wanted is None or at is None:
            if wanted is not at:
                yield f"{key}: {_shown(at)} ≠ {wanted}"
            return
        begin, end = self._window(wanted, f"alerts {number}: {key}")
        if not begin <= at <= end:
            yield f"{key}: {_shown(at)} ∉ [{_shown(begin)}, {_shown(end)}]"

    def _window(self, wanted: Any, where: str) -> tuple[datetime, datetime]:
        where = f"{self.name}: {where}"
        if isinstance(wanted, list):
            begin, end = (self.timeline.clock.moment(one, where) for one in wanted)
            return begin, end
        moment = self.timeline.clock.moment(wanted, where)
        return moment, moment

    def outages(self, expected: list[Mapping[str, Any]] | None) -> Iterator[str]:
        """Where `expect` says nothing of outages, none is looked at: what they cause is."""
        if expected is None:
            return
        left = list(Outage.objects.select_related("zone").order_by("start", "pk"))
        for number, wanted in enumerate(expected, 1):
            self._known(wanted, OUTAGE_KEYS, f"outages {number}")
            fitting = [each for each in left if not list(self._other(each, wanted, number))]
            if fitting:
                left.remove(fitting[0])
            else:
                near = "; ".join(f"{each} ({_shown(each.end)})" for each in left) or "–"
                yield _("expected outage %(number)s: %(why)s") % {"number": number, "why": near}
        for each in left:
            yield _("an outage that nobody expected: %s") % each

    def _other(self, outage: Outage, wanted: Mapping[str, Any], number: int) -> Iterator[str]:
        for key, value in wanted.items():
            if key in ("start", "end"):
                yield from self._moment(key, getattr(outage, key), value, number)
            elif (is_so := _word_of_outage(outage, key)) != value:
                yield f"{key}: {is_so} ≠ {value}"

    def mails(self, expected: list[Mapping[str, Any]], came: list[Mail]) -> Iterator[str]:
        left = list(came)
        for number, wanted in enumerate(expected, 1):
            self._known(wanted, MAIL_KEYS, f"mails {number}")
            for _again in range(int(wanted.get("times", 1))):
                fitting = [mail for mail in left if self._fits(mail, wanted, number)]
                if fitting:
                    left.remove(fitting[0])
                else:
                    yield _("expected mail %(number)s did not come: %(what)s") % {
                        "number": number,
                        "what": dict(wanted),
                    }
        for mail in left:
            yield _("a mail that nobody expected: %(at)s %(to)s %(subject)s") % {
                "at": _shown(mail.at),
                "to": mail.to,
                "subject": mail.subject,
            }

    def _fits(self, mail: Mail, wanted: Mapping[str, Any], number: int) -> bool:
        if "to" in wanted and mail.to != wanted["to"]:
            return False
        if "between" in wanted or "at" in wanted:
            window = wanted.get("between", wanted.get("at"))
            begin, end = self._window(window, f"mails {number}")
            if not begin <= mail.at <= end:
                return False
        whole = f"{mail.subject}\n{mail.text}"
        return all(str(word) in whole for word in _listed(wanted.get("says"))) and not any(
            str(word) in whole for word in _listed(wanted.get("says_not"))
        )

    def refusals(self, expected: int, refused: list[str]) -> Iterator[str]:
        if len(refused) != expected:
            yield _("%(count)s acts were refused, %(expected)s were expected: %(which)s") % {
                "count": len(refused),
                "expected": expected,
                "which": "; ".join(refused) or "–",
            }

    def _known(self, wanted: Mapping[str, Any], keys: set[str], where: str) -> None:
        if strange := set(wanted) - keys:
            raise TimelineRefused(
                _("%(where)s: unknown: %(keys)s")
                % {"where": f"{self.name}: {where}", "keys": ", ".join(sorted(strange))}
            )


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


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _shown(at: datetime | None) -> str:
    return "–" if at is None else at.astimezone(VIETNAM).strftime("%d/%m %H:%M:%S")


def _told(alert: Alert) -> str:
    parts = (alert.kind, str(alert.station or alert.zone or ""), alert.parameter, alert.period)
    return " ".join(filter(None, (*parts, alert.state, _shown(alert.opened_at))))
