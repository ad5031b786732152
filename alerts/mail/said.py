"""What an event said, put into the words and numbers of the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.dateparse import parse_datetime
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from alerts.domain.kinds import LINE_OUTAGE, OWN_FAULT
from alerts.models import Alert, Audience, Notification
from alerts.services.posting import Enclosed
from stations.domain import wording

FACTORS = ("Kq", "Kf", "Kp", "Kv")
"""In the order of the regulations; the database keeps no order in JSON."""


@dataclass(frozen=True)
class Letter:
    """What one note says: what and where, what to do by when, then the numbers.

    `how`: where the verdict behind it is told step by step; "" where there is none. `hours`: the
    bars of the picture in words, for who reads plain text: clock, mean, whether outside.
    """

    what: str
    todo: str
    rows: list[tuple[str, str]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    link: str = ""
    how: str = ""
    state: str = ""
    hours: list[tuple[str, str, bool]] = field(default_factory=list)
    picture: Enclosed | None = None
    picture_words: str = ""
    in_short: bool = False


@dataclass(frozen=True)
class Said:
    """One note with its event, read at `now`: every number as it was when the event happened."""

    note: Notification
    now: datetime

    @property
    def alert(self) -> Alert:
        return self.note.alert

    @property
    def data(self) -> dict[str, Any]:
        data: dict[str, Any] = self.note.event.data
        return data

    @property
    def evidence(self) -> dict[str, Any]:
        return self.data.get("evidence") or {}

    @property
    def to_operator(self) -> bool:
        return self.note.audience == Audience.OPERATOR

    @property
    def link(self) -> str:
        return f"{settings.SITE_URL}/alerts/{self.alert.pk}/"

    @property
    def how(self) -> str:
        """Where the verdict that the event told of can be redone."""
        verdict = self.evidence.get("verdict")
        return f"{settings.SITE_URL}/verdicts/{verdict}/" if verdict else ""

    @property
    def language(self) -> str:
        return language()

    def subject(self) -> str:
        """What a case is about, in a line: its kind, its parameter, its place."""
        if self.alert.kind == OWN_FAULT:
            return f"{self.alert.get_kind_display()}, {fault_words(self.alert)}"
        what = " ".join(filter(None, (self.alert.get_kind_display(), self.alert.parameter)))
        return " – ".join(filter(None, (what, self.where())))

    def where(self) -> str:
        """The place of the case."""
        return where_of(self.alert)

    def number(self, name: str) -> Decimal | None:
        """A number of the event, else of its evidence."""
        found = self.data.get(name)
        if found is None:
            found = self.evidence.get(name)
        return None if found is None else Decimal(str(found))

    def moment(self, name: str) -> datetime | None:
        """A moment of the event, else of its evidence."""
        found = self.data.get(name) or self.evidence.get(name)
        return parse_datetime(found) if isinstance(found, str) else found

    def value(self) -> str:
        """The value with its unit, never rounded so that it looks equal to its limit."""
        limits = (self.number("minimum"), self.number("maximum"))
        shown = wording.measured(self.number("value"), against=limits, language=language())
        return self.with_unit(shown)

    def limit(self) -> str:
        """The limit with its unit."""
        low, high = self.number("minimum"), self.number("maximum")
        return self.with_unit(wording.limits(low, high, language=language()))

    def in_unit(self, number: Decimal) -> str:
        """Another number of this parameter, written in full."""
        return self.with_unit(wording.exact(number, language=language()))

    def with_unit(self, shown: str) -> str:
        unit = self.data.get("unit") or ""
        return f"{shown}\u00a0{unit}" if unit and unit != "-" else shown

    def clock(self, at: datetime | None) -> str:
        """A moment as 08:35, or 20/11 08:35 when it is not today."""
        return (
            wording.NOTHING if at is None else wording.moment(at, now=self.now, language=language())
        )

    def time(self) -> str:
        """The period of the event."""
        start, end = self.moment("from"), self.moment("until")
        if start is None or end is None:
            return wording.NOTHING
        return wording.period(start, end, now=self.now, language=language())


def where_of(alert: Alert) -> str:
    """The station's code and the facility's name; of a zone, its name; "" of our own."""
    station = alert.station
    if station is not None:
        return f"{station.code}, {station.facility.name}"
    everywhere = _("the whole province") if alert.kind == LINE_OUTAGE else ""
    return str(alert.zone or everywhere)


def fault_words(alert: Alert) -> str:
    """What of this system does not work: the part of `source` before a colon names it."""
    where = where_of(alert)
    match alert.source.partition(":")[0]:
        case "no_recipient":
            return _("nobody can be reached at %(where)s") % {"where": where}
        case "refused_address":
            address = alert.evidence.get("address") or wording.NOTHING
            return _("%(address)s refuses our mails") % {"address": address}
        case "mail_route":
            return _("the test mail did not arrive")
        case "door":
            return _("the receiving door is down, stations cannot send")
        case "own":
            return _("the whole program stood still")
        case "probe":
            return _("our own probe does not come through the receiving door")
        case _:
            return str(alert.evidence.get("what") or alert.source or where)


def range_words(evidence: Mapping[str, Any]) -> str:
    """What an instrument can measure: 0–500; "" where nobody said."""
    sides = [None if side is None else Decimal(str(side)) for side in evidence.get("range") or []]
    if len(sides) != 2 or sides == [None, None]:
        return ""
    return wording.limits(*sides, language=language())


def language() -> str:
    """The language that mails are being written in: vi or en."""
    return "en" if (get_language() or "vi").startswith("en") else "vi"


def mean_words(period: str) -> str:
    """The mean that a limit of this period is compared with."""
    words = {
        "hour": _("1-hour mean"),
        "hours8": _("8-hour mean"),
        "day": _("24-hour mean"),
        "year": _("yearly mean"),
    }
    return words.get(period, _("mean"))


def capture_words(said: Said) -> str:
    """How many of the expected values came: 98,6 % (284/288)."""
    capture = wording.percent(said.number("capture"), language=language())
    n, expected = said.evidence.get("n"), said.evidence.get("expected")
    return f"{capture} ({n}/{expected})" if n is not None and expected else capture


def derivation_words(evidence: dict[str, Any]) -> str:
    """How the limit came about: C 75 × Kq 1 × Kf 0,9; empty for a limit without factors."""
    derivation = (evidence.get("limit") or {}).get("derivation") or {}
    factors = [
        f"{name}\u00a0{wording.exact(derivation[name], language=language())}"
        for name in FACTORS
        if isinstance(derivation.get(name), int | float)
    ]
    base = derivation.get("C")
    if not factors or not isinstance(base, int | float):
        return ""
    return " × ".join([f"C\u00a0{wording.exact(base, language=language())}", *factors])
