"""What the department changes about the desk: dated, with its paper, by whom and when.

A change holds from its day on and changes no running case: each keeps the rules it began with.
Whoever compared a setting with the province's own rule compared it as it stood, so a change makes
it uncompared again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from alerts.models import (
    Clause,
    EscalationStep,
    KindRule,
    NotificationPolicy,
    RatioBand,
    SpecialDay,
    WorkHolds,
    WorkingHours,
)
from stations.domain.wording import in_vietnam
from stations.models import Document, Person, RuleSetting
from stations.models.dated import Dated
from stations.models.regulation import Provenance
from stations.services.rule_changes import CannotStand, Paper
from stations.services.rule_changes.placing import ONE_DAY, change_by, place

Setting = Clause.Setting


class InThePast(CannotStand):
    """What has been decided by a rule is not decided anew by changing it."""

    def __init__(self) -> None:
        super().__init__(_("A change holds from today at the earliest."), field="since")


class ChangedMeanwhile(CannotStand):
    """Another officer was first."""

    def __init__(self) -> None:
        super().__init__(_("Another officer changed this meanwhile: look at it again."))


@dataclass(frozen=True, slots=True)
class Part:
    """One sort of setting: its table, what makes one thing of it, and its clause."""

    name: str
    model: type[Dated]
    identity: tuple[str, ...]
    clause: str

    def key(self, of: Mapping[str, Any]) -> str:
        """Which clause of the sort it is tied to: that of its kind, its number's name, its work."""
        return str(of.get("kind", of.get("key", of.get("what", ""))))

    def identity_of(self, row: Any) -> dict[str, Any]:
        """What makes a row the same thing as its other versions."""
        return {name: getattr(row, name) for name in self.identity}

    def versions(self, of: Mapping[str, Any]) -> models.QuerySet[Any]:
        """All rows of one thing."""
        return self.model._default_manager.filter(**of)


PARTS: Mapping[str, Part] = {
    part.name: part
    for part in (
        Part("kind", KindRule, ("kind",), Setting.KIND_RULE),
        Part("mailing", NotificationPolicy, ("kind", "audience", "agency_kind"), Setting.MAILING),
        Part("step", EscalationStep, ("kind", "missing", "number"), Setting.ESCALATION),
        Part("band", RatioBand, ("measure", "number"), Setting.BANDS),
        Part("works", WorkHolds, ("what",), Setting.WORKS),
        Part("number", RuleSetting, ("key",), Setting.RULE_SETTING),
        Part("hours", WorkingHours, (), Setting.CALENDAR),
    )
}


def change_setting(
    *,
    part: Part,
    of: Mapping[str, Any],
    columns: Mapping[str, Any],
    since: date,
    paper: Paper,
    by: Person,
    now: datetime,
    seen: int | None = None,
) -> Any:
    """Another value from a day on; what began on the same day is corrected. Raises CannotStand.

    `seen`: how often it had been changed (`times_changed`) when the person looked at it.
    """
    if since < in_vietnam(now).date():
        raise InThePast
    with change_by(by):
        _still_as_seen(part, of, seen)
        same_day = part.versions(of).filter(valid_from=since).first()
        row = place(
            part.versions(of),
            since=since,
            until=None,
            columns={**columns, **_source(part)},
            row=same_day,
            paper=paper,
            **of,
        )
        _uncompare(part, of)
    return row


def end_setting(
    *,
    part: Part,
    of: Mapping[str, Any],
    since: date,
    paper: Paper,
    by: Person,
    now: datetime,
    seen: int | None = None,
) -> None:
    """From a day on it holds no more; its rows stay. Raises CannotStand."""
    if since <= in_vietnam(now).date():
        raise CannotStand(_("It can end from tomorrow at the earliest."), field="since")
    with change_by(by):
        _still_as_seen(part, of, seen)
        standing = part.versions(of).filter(
            models.Q(valid_from=None) | models.Q(valid_from__lt=since),
            models.Q(valid_until=None) | models.Q(valid_until__gte=since),
        )
        for row in standing.select_for_update():
            row.valid_until = since - ONE_DAY
            row.document, row.reason = paper.document, paper.reason
            row.save(update_fields=["valid_until", "document", "reason"])
        _uncompare(part, of)


def times_changed(part: Part, of: Mapping[str, Any]) -> int:
    """How many changes the database has written down of a thing."""
    return sum(row.events.count() for row in part.versions(of))


def _still_as_seen(part: Part, of: Mapping[str, Any], seen: int | None) -> None:
    """Of two officers at once the second is told."""
    list(part.versions(of).select_for_update().order_by("pk"))
    if seen is not None and times_changed(part, of) != seen:
        raise ChangedMeanwhile


def _source(part: Part) -> dict[str, Any]:
    """Entered here, it is an officer's own; the paper says the rest."""
    if part.model is RuleSetting:
        return {"source": _("entered by an officer"), "provenance": Provenance.OFFICER}
    if part.model in (KindRule, WorkingHours, RatioBand, WorkHolds):
        return {"source": _("entered by an officer")}
    return {}


def _uncompare(part: Part, of: Mapping[str, Any]) -> None:
    Clause.objects.filter(setting=part.clause, key=part.key(of)).update(
        compared_by=None, compared_at=None
    )


def compare(
    *,
    setting: str,
    key: str,
    article: str,
    quote: str,
    document: Document | None,
    by: Person,
    now: datetime,
) -> Clause:
    """An officer compared a setting with the clause of the province's rule that it carries out.

    Raises CannotStand where the document or the clause is not named.
    """
    if document is None:
        raise CannotStand(_("Name the document."), field="document_number")
    if not article.strip():
        raise CannotStand(_("Name the clause."), field="article")
    told = {
        "article": article.strip(),
        "quote": quote.strip(),
        "document": document,
        "compared_by": by,
        "compared_at": now,
    }
    with change_by(by):
        clause, _made = Clause.objects.update_or_create(setting=setting, key=key, defaults=told)
    return clause


def put_day(
    *, day: date, kind: str, name: str, source: str, by: Person, now: datetime
) -> SpecialDay:
    """A day off, or one that is worked for another. Raises CannotStand for a day of the past."""
    _not_past(day, now)
    if not name.strip():
        raise CannotStand(_("Name the day."), field="name")
    told = {
        "kind": kind,
        "name": name.strip(),
        "source": source.strip() or _("entered by an officer"),
        "provenance": Provenance.OFFICER,
    }
    with change_by(by):
        row, _made = SpecialDay.objects.update_or_create(day=day, defaults=told)
        _uncompare(PARTS["hours"], {})
    return row


def take_out_day(*, day: date, by: Person, now: datetime) -> None:
    """A day that is as its weekday says after all; its history stays. Raises CannotStand."""
    _not_past(day, now)
    with change_by(by):
        SpecialDay.objects.filter(day=day).delete()
        _uncompare(PARTS["hours"], {})


def _not_past(day: date, now: datetime) -> None:
    if day < in_vietnam(now).date():
        raise CannotStand(_("Days that have passed stay as they were counted."), field="day")
