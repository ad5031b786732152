"""Letters about announced work: to who may decide, and to who asked. They are never an alert."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from alerts.mail.said import Letter, language
from alerts.models import Maintenance, WorkNews
from alerts.services.announced import state_word
from alerts.services.posting import Composed
from stations.domain import wording

Step = WorkNews.Step


def compose_work_news(news: Sequence[WorkNews], now: datetime) -> Composed:
    """One mail of all the news for one reader."""
    tongue = "en" if news[0].language.startswith("en") else "vi"
    with translation.override(tongue):
        letters = [_letter(row, now) for row in news]
        subject = letters[0].what
        if len(letters) > 1:
            subject = _("%(what)s (and %(count)s more)") % {
                "what": subject,
                "count": len(letters) - 1,
            }
        context = {
            "letters": letters,
            "name": news[0].name,
            "language": tongue,
            "answers": False,
            "wishes": f"{settings.SITE_URL}/mails/mine/" if news[0].person_id else "",
        }
        return Composed(
            subject=render_to_string("mails/alerts/subject.txt", {"what": subject}).strip(),
            text=render_to_string("mails/works/text.txt", context),
            html=render_to_string("mails/works/html.html", context),
        )


def _letter(news: WorkNews, now: datetime) -> Letter:
    work = news.work
    names = {
        "what": _capital(str(work.get_what_display())),
        "where": f"{work.station.code}, {work.station.facility.name}",
        "span": wording.period(work.start, work.end, now=now, language=language()),
        "who": str(news.by),
    }
    return Letter(
        what=_WHAT[news.step]() % names,
        todo=_todo(news, now),
        rows=_rows(work, now),
        remarks=_remarks(news),
        link=f"{settings.SITE_URL}/works/{work.pk}/",
    )


_WHAT: dict[str, Callable[[], str]] = {
    Step.ANNOUNCED: lambda: _("%(what)s announced: %(where)s, %(span)s"),
    Step.APPROVED: lambda: _("%(what)s approved: %(where)s, %(span)s"),
    Step.REFUSED: lambda: _("%(what)s refused: %(where)s, %(span)s"),
    Step.WITHDRAWN: lambda: _("%(what)s taken back: %(where)s, %(span)s"),
    Step.ENDED: lambda: _("%(what)s ended early: %(where)s, %(span)s"),
}


def _todo(news: WorkNews, now: datetime) -> str:
    work = news.work
    end = wording.moment(work.end, now=now, language=language())
    if news.step == Step.ANNOUNCED:
        if work.declared_afterwards:
            return _("It was announced after it had begun. Approve or refuse it.")
        start = wording.moment(work.start, now=now, language=language())
        return _("Approve or refuse it before %(time)s; until then nothing is held back.") % {
            "time": start
        }
    if news.step == Step.APPROVED:
        return _(
            "Until %(time)s mails about what it explains are held back; an exceedance is told as"
            " ever."
        ) % {"time": end}
    if news.step == Step.REFUSED:
        return _("Nothing is held back. Announce it anew if the reason can be met.")
    if news.step == Step.WITHDRAWN:
        return _("Nothing to do: nothing is held back any more.")
    return _("Nothing to do: from then on everything is told as ever.")


def _rows(work: Maintenance, now: datetime) -> list[tuple[str, str]]:
    return [
        (_("Parameters"), ", ".join(work.parameters) or _("the whole station")),
        (_("Lasting"), wording.duration(work.end - work.start, language=language())),
        (_("Reason"), work.reason),
        (
            _("Announced"),
            f"{work.declared_by}, "
            + wording.moment(work.declared_at, now=now, language=language()),
        ),
        (_("Stands now"), _capital(state_word(work))),
    ]


def _remarks(news: WorkNews) -> list[str]:
    """What who decided, or took it back, said of it."""
    work = news.work
    said = work.cancelled_reason if news.step == Step.WITHDRAWN else work.decision_note
    if news.step in (Step.ANNOUNCED, Step.ENDED) or not said:
        return []
    return [_("%(who)s: “%(words)s”") % {"who": news.by, "words": said}]


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
