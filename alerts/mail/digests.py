"""Digests: an officer's morning, the week of an agency's head with a sheet, an operator's month."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import groupby

import structlog
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from alerts.domain.digests import MONTH, MORNING, WEEK, Due, due_digests
from alerts.mail.compose import tidy
from alerts.mail.papers import pdf_of
from alerts.mail.said import fault_words, language
from alerts.models import Alert, Kind
from alerts.services.asking import MonthCapture
from alerts.services.deadlines import DeskRules
from alerts.services.digesting import DigestReader, Told, keep_digest, readers_of, tell_of
from alerts.services.posting import Composed, Enclosed
from stations.domain import wording

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Line:
    """One line: what, where, and the way to the case."""

    text: str
    aside: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Lines under a head; `more` of them are not listed."""

    head: str
    lines: list[Line] = field(default_factory=list)
    more: int = 0


@dataclass(frozen=True, slots=True)
class Sheet:
    """A digest before it is put into words of a mail or on paper."""

    title: str
    what: str
    todo: str
    period: str
    sections: list[Section]
    link: str


def send_digests(*, now: datetime) -> int:
    """Write the digests that are due and not written yet; how many."""
    written = 0
    for due in due_digests(now, DeskRules().calendar):
        for reader in readers_of(due):
            told = tell_of(reader, due)
            if due.sort == MORNING and not told.is_worth_a_mail:
                continue
            composed = compose_digest(reader, due, told, now=now)
            written += keep_digest(composed, reader=reader, due=due, now=now) is not None
    return written


def compose_digest(reader: DigestReader, due: Due, told: Told, *, now: datetime) -> Composed:
    """The mail of a digest; that of a week goes with a sheet of A4."""
    tongue = "en" if reader.language.startswith("en") else "vi"
    with translation.override(tongue):
        sheet = sheet_of(due, told, now=now)
        context = {
            "sheet": sheet,
            "name": reader.name,
            "language": tongue,
            "wishes": "",
            "answers": False,
            "made": f"{wording.in_vietnam(now):%H:%M %d/%m/%Y}",
        }
        return Composed(
            subject=f"[QTTĐ] {sheet.title}: {sheet.what}",
            text=tidy(render_to_string("mails/digests/text.txt", context)),
            html=render_to_string("mails/digests/html.html", context),
            enclosed=_paper(context, due) if due.sort == WEEK else (),
        )


def _paper(context: dict[str, object], due: Due) -> tuple[Enclosed, ...]:
    """The sheet as PDF. Where it cannot be made the mail leaves without it, and the log says so."""
    try:
        content = pdf_of("mails/digests/sheet.html", context)
    except Exception:
        log.exception("sheet_not_made", sort=due.sort)
        return ()
    week = due.start.isocalendar()
    name = f"QTTD-{week.year}-tuan-{week.week:02}.pdf"
    return (Enclosed(name, "application/pdf", content),)


def sheet_of(due: Due, told: Told, *, now: datetime) -> Sheet:
    """What a digest says, in the language that is set."""
    make = {MORNING: _morning, WEEK: _week, MONTH: _month}[due.sort]
    return make(due, told, now)


def _morning(due: Due, told: Told, now: datetime) -> Sheet:
    day = wording.day(due.end.date(), today=wording.in_vietnam(now).date(), language=language())
    return Sheet(
        title=_("Morning of %(day)s") % {"day": day},
        what=", ".join(
            [
                _("%(count)s overdue") % {"count": _counted(told.overdue_count)},
                _("%(count)s new since the offices closed") % {"count": _counted(told.fresh_count)},
            ]
        ),
        todo=_("See to what is overdue first.")
        if told.overdue_count
        else _("Nothing is overdue; look at what is new and acknowledge it."),
        period=wording.period(due.start, due.end, now=now, language=language()),
        sections=_kept(
            [
                _cases(_("Overdue"), told.overdue, told.overdue_count, now, _overdue_since),
                _cases(_("Due today"), told.today, len(told.today), now, _due_at),
                _cases(_("New since the offices closed"), told.fresh, told.fresh_count, now),
            ]
        ),
        link=f"{settings.SITE_URL}/alerts/",
    )


def _week(due: Due, told: Told, now: datetime) -> Sheet:
    span = wording.period(due.start, due.end, now=now, language=language())
    return Sheet(
        title=_("Week of %(span)s") % {"span": span},
        what=", ".join(
            [
                ngettext("%(count)s case", "%(count)s cases", told.fresh_count)
                % {"count": _counted(told.fresh_count)},
                _("%(count)s overdue") % {"count": _counted(told.overdue_count)},
            ]
        ),
        todo=_("Ask today for what is overdue.")
        if told.overdue_count
        else _("Nothing is overdue."),
        period=span,
        sections=_kept(
            [
                Section(_("In numbers"), _numbers(told)),
                Section(_("By kind"), _by_kind(told)[:5]),
                _cases(_("Overdue"), told.overdue[:3], told.overdue_count, now, _overdue_since),
                _cases(_("Furthest beyond their limit"), told.worst[:3], len(told.worst[:3]), now),
                _cases(_("Longest silences"), told.silences, len(told.silences), now, _lasted),
                Section(
                    _("Three or more cases at"),
                    [Line(name, _counted(count)) for name, count in told.often],
                ),
            ]
        ),
        link=f"{settings.SITE_URL}/alerts/",
    )


def _month(due: Due, told: Told, now: datetime) -> Sheet:
    first = wording.in_vietnam(due.start)
    month = f"{first:%m/%Y}"
    return Sheet(
        title=_("Month %(month)s") % {"month": month},
        what=ngettext(
            "%(count)s case at your stations", "%(count)s cases at your stations", told.fresh_count
        )
        % {"count": _counted(told.fresh_count)},
        todo=_("Explain what still waits for your explanation.")
        if told.overdue_count or told.today
        else _("Nothing waits for your explanation."),
        period=wording.period(due.start, due.end, now=now, language=language()),
        sections=_kept(
            [
                Section(_("In numbers"), _numbers(told)),
                Section(_("By kind"), _by_kind(told)),
                *_captures(told),
                _cases(_("Waiting for your explanation"), told.overdue, told.overdue_count, now,
                       _overdue_since),
                _cases(_("Furthest beyond their limit"), told.worst, len(told.worst), now),
                _cases(_("Longest silences"), told.silences, len(told.silences), now, _lasted),
            ]
        ),
        link=f"{settings.SITE_URL}/alerts/",
    )  # fmt: skip


def _kept(sections: Sequence[Section]) -> list[Section]:
    return [section for section in sections if section.lines]


def _numbers(told: Told) -> list[Line]:
    return [
        Line(_("Cases"), _("%(now)s (before: %(before)s)") % {
            "now": _counted(told.fresh_count), "before": _counted(told.before_count)}),
        Line(_("Closed"), _counted(told.closed_count)),
        Line(_("Explained"), _("%(all)s, of these late: %(late)s") % {
            "all": _counted(told.explained_count),
            "late": _counted(told.late_explained_count)}),
        Line(_("Open at the end"), _counted(told.open_count)),
        Line(_("Overdue"), _counted(told.overdue_count)),
    ]  # fmt: skip


def _counted(count: int) -> str:
    """1.234 as the reader writes it."""
    return wording.number(count, language=language(), decimals=0)


MOST_CAPTURES = 60
"""Parameters listed; of more the worst are, for these are what there is to do something about."""


def _captures(told: Told) -> list[Section]:
    """A section a station: of each parameter how many of the expected values came."""
    listed = told.captures
    if len(listed) > MOST_CAPTURES:
        worst = sorted(listed, key=lambda one: -1.0 if one.capture is None else one.capture)
        kept = set(map(id, worst[:MOST_CAPTURES]))
        listed = [one for one in listed if id(one) in kept]
    sections = [
        Section(
            _("Data capture: %(where)s") % {"where": f"{station}, {facility}"},
            [_capture(one) for one in rows],
        )
        for (station, facility), rows in groupby(
            listed, key=lambda one: (one.station, one.facility)
        )
    ]
    if sections and len(told.captures) > len(listed):
        left = len(told.captures) - len(listed)
        sections[-1] = replace(sections[-1], more=left)
    return sections


def _place(one: MonthCapture) -> tuple[str, str]:
    return one.station, one.facility


def _capture(one: MonthCapture) -> Line:
    """98,6 % (8.513/8.640); beside it without what was excluded."""
    n, expected = (wording.exact(number, language=language()) for number in (one.n, one.expected))
    words = f"{wording.percent(one.capture, language=language())} ({n}/{expected})"
    if one.approved is not None and one.approved != one.capture:
        share = wording.percent(one.approved, language=language())
        words += _("; without what was excluded %(share)s") % {"share": share}
    return Line(one.parameter, words)


def _by_kind(told: Told) -> list[Line]:
    labels = dict(Kind.choices)
    return [Line(_capital(str(labels[kind])), _counted(count)) for kind, count in told.by_kind]


def _cases(
    head: str,
    alerts: list[Alert],
    count: int,
    now: datetime,
    aside: Callable[[Alert, datetime], str] | None = None,
) -> Section:
    lines = [
        Line(
            _case(alert),
            (aside or _since)(alert, now),
            f"{settings.SITE_URL}/alerts/{alert.pk}/",
        )
        for alert in alerts
    ]
    return Section(head, lines, max(0, count - len(alerts)))


def _case(alert: Alert) -> str:
    """Vượt giá trị giới hạn: COD 92,0 mg/L (≤ 67,5) – KCNQC-NT01, KCN Quang Châu."""
    where = str(alert.zone or "")
    if alert.kind == Kind.OWN_FAULT:
        where = ""  # its words name the place
    elif alert.station is not None:
        where = f"{alert.station.code}, {alert.station.facility.name}"
    return " – ".join(filter(None, (": ".join(filter(None, _told(alert))), where)))


def _told(alert: Alert) -> tuple[str, str]:
    kind = _capital(alert.get_kind_display())
    if alert.kind == Kind.OWN_FAULT:
        return kind, fault_words(alert)
    if alert.value is None:
        return kind, alert.parameter
    limits = (alert.minimum, alert.maximum)
    value = wording.measured(alert.value, against=limits, language=language())
    unit = f"\u00a0{alert.unit}" if alert.unit and alert.unit != "-" else ""
    against = wording.limits(*limits, language=language())
    beside = f" ({against})" if against != wording.NOTHING else ""
    return kind, f"{alert.parameter} {value}{unit}{beside}"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _since(alert: Alert, now: datetime) -> str:
    """When it began; of days the days."""
    if alert.period == "day":
        return wording.period(alert.starts_at, alert.ends_at, now=now, language=language())
    return wording.moment(alert.starts_at, now=now, language=language())


def _due_at(alert: Alert, now: datetime) -> str:
    due = alert.answer_due_at
    return "" if due is None else wording.moment(due, now=now, language=language())


def _overdue_since(alert: Alert, now: datetime) -> str:
    """By how long the earlier of its deadlines has passed."""
    passed = [
        due
        for due in (alert.acknowledge_due_at if alert.state == "open" else None,
                    alert.answer_due_at)
        if due is not None and due < now
    ]  # fmt: skip
    if not passed:
        return ""
    return wording.duration(now - min(passed), language=language())


def _lasted(alert: Alert, now: datetime) -> str:
    end = alert.resolved_at or now
    return wording.duration(max(end - alert.starts_at, timedelta()), language=language())


def route_mail(now: datetime) -> Composed:
    """The daily test of the mail route: says what it is, to who finds it in the control mailbox."""
    with translation.override("vi"):
        words = {
            "what": _("Test of the mail route, %(time)s")
            % {"time": f"{wording.in_vietnam(now):%d/%m/%Y %H:%M}"},
            "todo": _("Nothing to do: this system reads this mail itself; if it does not come"
                      " back within half an hour, it raises an alarm."),
            "language": "vi",
        }  # fmt: skip
        return Composed(
            subject=f"[QTTĐ] {words['what']}",
            text=f"{words['what']}\n{words['todo']}\n",
            html=render_to_string("mails/test.html", words),
        )
