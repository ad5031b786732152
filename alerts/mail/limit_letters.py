"""Letters about limits: exceeded, or about to be."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from alerts.mail.said import (
    Letter,
    Said,
    capture_words,
    derivation_words,
    language,
    mean_words,
)
from alerts.models import AlertSpan
from alerts.services.grading import band_words
from stations.domain import wording


def exceedance(said: Said) -> Letter:
    """A mean lies beyond its limit. Only who may sanction says more than "signs" (§4)."""
    return Letter(
        what=_("Limit exceeded: %(parameter)s %(value)s (%(mean)s, limit %(limit)s) – %(where)s")
        % {
            "parameter": said.alert.parameter,
            "value": said.value(),
            "mean": mean_words(said.alert.period),
            "limit": said.limit(),
            "where": said.where(),
        },
        todo=_what_to_do_about_an_exceedance(said),
        rows=[
            (_("Period"), said.time()),
            *_late_rows(said),
            (mean_words(said.alert.period).capitalize(), said.value()),
            (_("Limit"), _limit_words(said)),
            *_ratio_row(said),
            *_basis_rows(said),
        ],
        remarks=[
            _(
                "These are signs that the standard is exceeded; what they mean is decided by the"
                " competent authority."
            ),
            *_remarks(said),
        ],
        link=said.link,
        how=said.how,
    )


def early_warning(said: Said) -> Letter:
    """A running mean is beyond its limit before its period is over."""
    certain = bool(said.evidence.get("certain"))
    words = (
        _("Certain to exceed: %(parameter)s %(value)s (limit %(limit)s) – %(where)s")
        if certain
        else _("Signs of exceedance: %(parameter)s %(value)s (limit %(limit)s) – %(where)s")
    )
    since = said.clock(said.moment("from"))
    return Letter(
        what=words
        % {
            "parameter": said.alert.parameter,
            "value": said.value(),
            "limit": said.limit(),
            "where": said.where(),
        },
        todo=_what_is_left(said, certain=certain),
        rows=[
            (_("Mean since %(time)s") % {"time": since}, said.value()),
            (
                _("Limit (%(mean)s)") % {"mean": mean_words(_judged_period(said))},
                _limit_words(said),
            ),
            *_ratio_row(said),
            *_rest_rows(said),
            *_basis_rows(said),
        ],
        remarks=_remarks(said),
        link=said.link,
    )


def _what_to_do_about_an_exceedance(said: Said) -> str:
    if not said.to_operator:
        return _("Look at the evidence now and acknowledge the alert.")
    end = _next_end(said)
    if end is None:
        return _("Check the treatment and the analyser now.")
    return _("Check the treatment and the analyser now: the next mean is closed at %(time)s.") % {
        "time": said.clock(end)
    }


def _next_end(said: Said) -> datetime | None:
    """The end of the period that runs while this is read; of hours and days only."""
    length = {"hour": timedelta(hours=1), "day": timedelta(days=1)}.get(said.alert.period)
    end = said.moment("until")
    if length is None or end is None:
        return None
    return end + length * ((said.now - end) // length + 1)


def _what_is_left(said: Said, *, certain: bool) -> str:
    end = _end_words(said)
    if certain:
        return _(
            "Even with zeros until %(end)s the mean stays above its limit. Reduce what leaves the"
            " plant now."
        ) % {"end": end}
    most, least = said.number("rest_max"), said.number("rest_min")
    if most is not None and most >= 0:
        return _(
            "To stay within the limit, the mean from now to %(end)s must not be above %(value)s."
        ) % {"end": end, "value": said.in_unit(most)}
    if least is not None:
        return _(
            "To stay within the limit, the mean from now to %(end)s must not be below %(value)s."
        ) % {"end": end, "value": said.in_unit(least)}
    return _("Check the treatment and the analyser now: this mean is closed at %(end)s.") % {
        "end": end
    }


def _end_words(said: Said) -> str:
    """24:00 for the end of the day that is read about, else the clock."""
    start, end = said.moment("from"), said.moment("until")
    if start is None or end is None:
        return wording.NOTHING
    here = wording.in_vietnam(end)
    if (here.hour, here.minute) == (0, 0):
        day_before = here.date() - timedelta(days=1)
        if day_before == wording.in_vietnam(said.now).date():
            return "24:00"
    return said.clock(end)


def _judged_period(said: Said) -> str:
    return (said.evidence.get("limit") or {}).get("period") or said.alert.period


def _rest_rows(said: Said) -> list[tuple[str, str]]:
    most = said.number("rest_max")
    if most is None or most < 0 or said.evidence.get("certain"):
        return []
    return [(_("Highest mean left until %(end)s") % {"end": _end_words(said)}, said.in_unit(most))]


def _limit_words(said: Said) -> str:
    """The limit, marked where no officer has confirmed it."""
    if said.data.get("confirmed", True):
        return said.limit()
    return f"{said.limit()} ({_('not confirmed')})"


def _ratio_row(said: Said) -> list[tuple[str, str]]:
    """The ratio, and the band that it was told in."""
    return [*_ratio_alone(said), *_band_row(said)]


def _band_row(said: Said) -> list[tuple[str, str]]:
    words = band_words(said.evidence.get("band"), language=language())
    return [(_("Band of exceedance"), words)] if words else []


def _ratio_alone(said: Said) -> list[tuple[str, str]]:
    ratio = said.number("ratio")
    if ratio is None:
        return []
    shown = wording.measured(ratio, against=[1], language=language(), decimals=2)
    return [(_("Ratio to the limit"), shown)]


def _basis_rows(said: Said) -> list[tuple[str, str]]:
    limit = said.evidence.get("limit") or {}
    derivation = derivation_words(said.evidence)
    source = limit.get("source") or said.alert.source
    rows = [(_("Valid data"), capture_words(said))]
    if derivation:
        rows.append((_("How the limit is made"), derivation))
    if source:
        rows.append((_("Source of the limit"), source))
    return rows


def _remarks(said: Said) -> list[str]:
    remarks = []
    if not said.data.get("confirmed", True):
        remarks.append(_("This limit is not yet confirmed; so only the department gets this mail."))
    if said.data.get("late"):
        remarks.append(_late_words(said))
    return remarks


def _late_words(said: Said) -> str:
    """Both clocks: when it was measured, and when it was received."""
    received = said.moment("received")
    if received is None:
        return _("The data came late: the period is past.")
    return _("The data came late: measured %(period)s, received at %(received)s.") % {
        "period": said.time(),
        "received": said.clock(received),
    }


def _late_rows(said: Said) -> list[tuple[str, str]]:
    """When late data were received, and what else the same back-fill brought to this case."""
    if not said.data.get("late"):
        return []
    received = said.moment("received")
    rows = [] if received is None else [(_("Received"), said.clock(received))]
    spans = [span for span in said.alert.spans.all() if span.late and span.withdrawn_at is None]
    if len(spans) > 1:
        begin, end = min(span.start for span in spans), max(span.end for span in spans)
        time = wording.period(begin, end, now=said.now, language=language())
        shown = _("%(count)s, within %(period)s") % {"count": len(spans), "period": time}
        rows.append((_("Periods in late data"), shown))
        rows += _worst_row(said, spans)
    return rows


def _worst_row(said: Said, spans: list[AlertSpan]) -> list[tuple[str, str]]:
    """The period furthest beyond a maximum, of those of a back-fill."""
    worst = max(spans, key=lambda span: span.ratio or 0)
    if not worst.ratio or worst.value is None:
        return []
    limits = (worst.minimum, worst.maximum)
    shown = said.with_unit(wording.measured(worst.value, against=limits, language=language()))
    time = wording.period(worst.start, worst.end, now=said.now, language=language())
    return [(_("Worst of them"), f"{shown} ({time})")]
