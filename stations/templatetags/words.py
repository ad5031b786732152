"""Filters and tags that put the register's words, numbers and states on a page.

Load with `{% load words %}`. Numbers and times follow the reader's language; the marks are inline
SVG, so that a state speaks by shape and word where its colour cannot be seen.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext

from stations.domain import wording
from stations.drawings import limit_bar_svg, sparkline_svg
from stations.states import LINK_STATES, MARKS, STATES, state_of_alert

WORDS = {**STATES, **LINK_STATES}

register = template.Library()


def _language() -> str:
    return "en" if (get_language() or "vi").startswith("en") else "vi"


def _decimal(value: Any) -> Decimal | None:
    return None if value in (None, "") else wording.as_decimal(value)


@register.filter
def number(value: Any, decimals: int | None = None) -> str:
    """A measured number: {{ mean|number }}, {{ mean|number:1 }}."""
    return wording.number(_decimal(value), language=_language(), decimals=decimals)


@register.simple_tag
def measured(value: Any, *limits: Any) -> str:
    """A number that never looks equal to a limit beside it: {% measured mean row.min row.max %}."""
    against = [_decimal(limit) for limit in limits]
    return wording.measured(_decimal(value), against=against, language=_language())


@register.filter
def exact(value: Any) -> str:
    """A number of the law, unrounded: {{ limit.max|exact }}."""
    return wording.exact(_decimal(value), language=_language())


@register.filter
def percent(fraction: Any, decimals: int = 1) -> str:
    """A share between 0 and 1 as a percentage, rounded down: {{ capture|percent }}."""
    return wording.percent(_decimal(fraction), language=_language(), decimals=decimals)


@register.filter
def ratio(value: Any) -> str:
    """A mean as a multiple of its limit, never shown as 1 unless it is: {{ row.ratio|ratio }}."""
    return wording.measured(_decimal(value), against=[1], language=_language(), decimals=2)


@register.simple_tag
def limits(low: Any, high: Any) -> str:
    """Both sides of a limit, either may be None: {% limits row.min row.max %}."""
    return wording.limits(_decimal(low), _decimal(high), language=_language())


@register.filter
def octets(count: int) -> str:
    """The size of a file in bytes, in words: {{ delivery.size|octets }}."""
    return wording.size(count, language=_language())


@register.filter
def moment(at: datetime | None) -> SafeString | str:
    """A moment as <time>, shortest form shown, whole moment in the title: {{ at|moment }}."""
    return _time(at, seconds=False)


@register.filter
def moment_with_seconds(at: datetime | None) -> SafeString | str:
    """Like `moment`, with seconds."""
    return _time(at, seconds=True)


@register.filter
def day(on: date | None) -> str:
    """A calendar day: {{ due|day }}."""
    if on is None:
        return wording.NOTHING
    today = wording.in_vietnam(timezone.now()).date()
    return wording.day(on, today=today, language=_language())


@register.simple_tag
def period(start: datetime, end: datetime) -> str:
    """From–to, as short as can be: {% period verdict.start verdict.end %}."""
    return wording.period(start, end, now=timezone.now(), language=_language())


@register.filter
def duration(span: timedelta | None) -> str:
    """A length of time: {{ silence|duration }}."""
    return wording.NOTHING if span is None else wording.duration(span, language=_language())


@register.filter
def since(at: datetime | None) -> str:
    """How long ago, or how long until, a moment is: {{ silent_since|since }}."""
    return duration(None if at is None else timezone.now() - at)


@register.filter
def alert_state(kind: str) -> str:
    """The state whose mark stands for a kind of alert: {{ alert.kind|alert_state }}."""
    return state_of_alert(kind)


@register.filter
def state_words(state: str) -> str:
    """The word of a state alone: {{ state|state_words }}."""
    return str(WORDS.get(state, ""))


@register.simple_tag
def state_mark(state: str, word: str = "") -> SafeString:
    """The mark of a state, its word for those who listen: {% state_mark "exceeded" %}."""
    if state not in MARKS:
        return SafeString("")
    hidden = format_html('<span class="visually-hidden">{}</span>', word or WORDS[state])
    return MARKS[state] + hidden


@register.simple_tag
def state_word(state: str, word: str = "") -> SafeString:
    """Mark and word together: {% state_word "silent" %}, {% state_word "silent" "14 giờ" %}."""
    if state not in MARKS:
        return format_html("{}", word)
    return format_html(
        '<span class="state state-{}">{}<span>{}</span></span>',
        state,
        MARKS[state],
        word or WORDS[state],
    )


@register.simple_tag
def state_legend(*states: str) -> list[tuple[str, str]]:
    """Each state with its word, for a legend: {% state_legend as legend %}; or only some."""
    return [(name, str(word)) for name, word in WORDS.items() if name in (states or STATES)]


@register.simple_tag
def limit_bar(value: Any, low: Any = None, high: Any = None, state: str = "within") -> SafeString:
    """A value against its limit as a thin bar: {% limit_bar row.mean row.min row.max row.state %}.

    A maximum fills up to its tick, a range shows where in it the value lies, a minimum must pass
    its tick. What lies outside the limit is tinted. Nothing is drawn without a limit.
    """
    mean, bottom, top = _decimal(value), _decimal(low), _decimal(high)
    drawing = limit_bar_svg(mean, bottom, top)
    if not drawing:
        return SafeString("")
    shown = wording.measured(mean, against=[bottom, top], language=_language())
    label = gettext("%(value)s against %(limits)s") % {
        "value": shown,
        "limits": wording.limits(bottom, top, language=_language()),
    }
    return format_html(
        '<svg class="bar bar-{}" viewBox="0 0 120 16" preserveAspectRatio="xMinYMid"'
        ' role="img" aria-label="{}">{}</svg>',
        state if state in MARKS else "not_enough_data",
        label,
        mark_safe(drawing),  # noqa: S308  numbers only
    )


@register.simple_tag
def sparkline(
    values: Iterable[float | None], low: Any = None, high: Any = None, label: str = ""
) -> SafeString:
    """A small line of the last values, None is a gap: {% sparkline row.day row.min row.max %}."""
    drawing = sparkline_svg(list(values or []), _decimal(low), _decimal(high))
    if not drawing:
        return format_html('<span class="quiet">{}</span>', wording.NOTHING)
    return format_html(
        '<svg class="spark" viewBox="0 0 144 28" preserveAspectRatio="none" role="img"'
        ' aria-label="{}">{}</svg>',
        label or gettext("Last 24 hours"),
        mark_safe(drawing),  # noqa: S308  numbers only
    )


@register.filter
def as_json(value: Any) -> str:
    """A value for a data-* attribute that a script reads: data-symbols="{{ symbols|as_json }}"."""
    return json.dumps(value, ensure_ascii=False)


@register.filter
def lookup(mapping: Mapping[str, Any] | None, key: str) -> Any:
    """One entry of a mapping: {{ counts|lookup:state }}; None where there is none."""
    return mapping.get(key) if mapping else None


def _time(at: datetime | None, *, seconds: bool) -> SafeString | str:
    if at is None:
        return wording.NOTHING
    shown = wording.moment(at, now=timezone.now(), language=_language(), seconds=seconds)
    there = wording.in_vietnam(at)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        there.isoformat(timespec="seconds"),
        there.strftime("%d/%m/%Y %H:%M:%S"),
        shown,
    )
