"""A facility's permit: what it prints, beside what it and the register would compute."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from monitoring.views.rules.access import facility_kept, facility_seen, keeps
from monitoring.views.rules.basis import confirmation
from monitoring.views.rules.foreseen import days_words
from monitoring.views.rules.forms import LineForm, PermitForm
from monitoring.views.rules.proposing import propose
from stations.domain.permits import Held, own_cmax
from stations.models import Channel, DesignFlow, EditionLimit, Facility, Permit, PermitLimit
from stations.services.limits import RuleBook
from stations.services.rule_changes import PrintedLimit, keep_permit
from stations.views.limits import mean_of
from stations.views.names import short_code
from stations.views.person import person_of

SPARE_LINES = 3
LineSet = forms.formset_factory(LineForm, extra=0)


@login_required
@require_safe
def permit_detail(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Each number of a permit held against the register."""
    facility = facility_seen(request, code)
    permit = _permit(facility, pk)
    shown = {
        "facility": facility,
        "permit": permit,
        "days": days_words(permit.valid_from, permit.valid_until),
        "may_edit": keeps(request, facility),
        "lines": list(held_lines(permit)),
        "flow": _flow(permit),
        **confirmation(permit),
    }
    return render(request, "pages/rules/permit.html", shown)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def permit_edit(request: HttpRequest, code: str, pk: int | None = None) -> HttpResponse:
    """A new permit, or another wording of one."""
    facility = facility_kept(request, code)
    permit = None if pk is None else _permit(facility, pk)
    channels = _channels(facility)
    form = PermitForm(
        request.POST or None,
        request.FILES or None,
        by=person_of(request),
        facility=facility,
        permit=permit,
        initial=_initial(permit),
    )
    lines = LineSet(
        request.POST or None,
        initial=_lines_initial(permit, channels),
        prefix="lines",
        form_kwargs={"channels": [(str(one.pk), _name(one)) for one in channels]},
    )

    def change() -> Permit:
        return keep_permit(
            facility=facility,
            values=form.values(),
            since=form.cleaned_data["since"],
            until=form.cleaned_data["until"],
            limits=list(_printed(lines, channels, permit)),
            paper=form.paper(),
            by=person_of(request),
            permit=permit,
            instead_of=form.cleaned_data.get("instead_of"),
        )

    ready = request.method == "POST" and all([form.is_valid(), lines.is_valid()])
    return propose(
        request,
        form,
        change=change,
        stations=list(facility.stations.order_by("code")),
        template="pages/rules/permit_form.html",
        context={
            "title": _("New permit") if permit is None else _("Correct the permit"),
            "facility": facility,
            "permit": permit,
            "lines": lines,
            "held": _held_while_entering(form, lines, channels) if ready else {},
            "rows": _rows(form, lines, channels, ready=ready),
            "back": reverse("rule-basis", args=[facility.code]),
        },
        done=lambda made: reverse("rule-permit", args=[facility.code, made.pk]),
        ready=ready,
    )


def _permit(facility: Facility, pk: int) -> Permit:
    rows = facility.permits.select_related("edition", "document", "confirmed_by", "facility")
    permit: Permit = get_object_or_404(rows, pk=pk)
    return permit


def _channels(facility: Facility) -> list[Channel]:
    rows = Channel.objects.filter(station__facility=facility, ended_on=None)
    rows = rows.select_related("parameter", "station__facility")
    return list(rows.order_by("station__code", "slot"))


def _name(channel: Channel) -> str:
    return f"{channel.symbol} · {short_code(channel.station)}"


def _initial(permit: Permit | None) -> dict[str, Any]:
    if permit is None:
        return {"since": timezone.localdate(), "past": "now"}
    names = ("number", "kq", "kf", "flow_m3_per_day")
    return {
        **{name: getattr(permit, name) for name in names},
        "edition": f"{permit.edition_id}|{permit.column}" if permit.edition_id else "",
        "since": permit.valid_from,
        "until": permit.valid_until,
        "document_number": permit.document.number if permit.document else "",
        "past": "now",
    }


def _lines_initial(permit: Permit | None, channels: Sequence[Channel]) -> list[dict[str, Any]]:
    """What the permit prints, a line for each parameter that it does not, and some to spare."""
    lines = [
        {
            "channel": str(row.channel_id),
            "row": row.pk,
            "printed_c": row.printed_c,
            "minimum": row.minimum,
            "maximum": row.maximum,
            "period": row.period,
            "replaces": row.replaces,
        }
        for row in _in_order(permit)
    ]
    told = {line["channel"] for line in lines}
    for channel in channels:
        if str(channel.pk) not in told and not channel.parameter.symbol.startswith("Flow"):
            period = _USUAL_PERIODS.get(channel.station.medium, "day")
            lines.append({"channel": str(channel.pk), "period": period})
    return lines + [{"period": "day"}] * SPARE_LINES


def _in_order(permit: Permit | None) -> Iterable[PermitLimit]:
    if permit is None:
        return ()
    return permit.limits.order_by("channel__station__code", "channel__slot", "period")


_USUAL_PERIODS = {"emission": "hour"}


def _printed(
    lines: Any, channels: Sequence[Channel], permit: Permit | None
) -> Iterable[PrintedLimit]:
    by_pk = {str(channel.pk): channel for channel in channels}
    rows = {} if permit is None else {row.pk: row for row in permit.limits.all()}
    for line in lines:
        if line.says:
            told = line.cleaned_data
            yield PrintedLimit(
                channel=by_pk[told["channel"]],
                period=told.get("period") or "day",
                maximum=told.get("maximum"),
                minimum=told.get("minimum"),
                printed_c=told.get("printed_c"),
                replaces=bool(told.get("replaces")),
                row=rows.get(told.get("row") or 0),
            )


def _rows(
    form: PermitForm, lines: Any, channels: Sequence[Channel], *, ready: bool
) -> list[dict[str, Any]]:
    """Each line of the form with its parameter, and what it is held against once it is known."""
    by_pk = {str(channel.pk): channel for channel in channels}
    held = _held_while_entering(form, lines, channels) if ready else {}
    found = []
    for number, line in enumerate(lines):
        channel = by_pk.get(str(line["channel"].value() or ""))
        fixed = line.initial.get("channel") if number < len(lines.initial or []) else None
        found.append(
            {"form": line, "channel": channel, "fixed": bool(fixed), "held": held.get(number)}
        )
    return found


def _held_while_entering(
    form: PermitForm, lines: Any, channels: Sequence[Channel]
) -> dict[int, dict[str, Any]]:
    values, since = form.values(), form.cleaned_data["since"]
    holding = _Holding(values["edition"], values["column"], values["kq"], values["kf"], channels)
    by_pk = {str(channel.pk): channel for channel in channels}
    return {
        number: holding.held(
            by_pk[line.cleaned_data["channel"]],
            line.cleaned_data.get("period") or "day",
            line.cleaned_data.get("maximum"),
            line.cleaned_data.get("printed_c"),
            since,
        )
        for number, line in enumerate(lines)
        if line.says
    }


def held_lines(permit: Permit) -> Iterable[dict[str, Any]]:
    """What a permit prints, each line beside both ways to compute it."""
    rows = permit.limits.select_related("channel__parameter", "channel__station__facility")
    ordered = list(rows.order_by("channel__station__code", "channel__slot", "period"))
    holding = _Holding(
        permit.edition, permit.column, permit.kq, permit.kf, [row.channel for row in ordered]
    )
    for row in ordered:
        yield {
            "row": row,
            "name": _name(row.channel),
            "unit": "" if row.channel.unit == "-" else row.channel.unit,
            "mean": mean_of(row.period),
            **confirmation(row),
            **holding.held(
                row.channel, row.period, row.maximum, row.printed_c, _day_of(row, permit)
            ),
        }


def _day_of(row: PermitLimit, permit: Permit) -> date:
    """Today, or the nearest day on which the permit holds."""
    today = timezone.localdate()
    begun = row.valid_from or permit.valid_from or today
    ended = row.valid_until or permit.valid_until or today
    return max(begun, min(today, ended))


class _Holding:
    """The two other ways to a limit: the permit's own factors, and the register."""

    def __init__(
        self,
        edition: Any,
        column: str,
        kq: Decimal | None,
        kf: Decimal | None,
        channels: Sequence[Channel],
    ) -> None:
        self.kq, self.kf = kq, kf
        self.rules = RuleBook.load({channel.station_id for channel in channels})
        cells = EditionLimit.objects.filter(edition=edition, column=column) if edition else []
        self.takes = {cell.parameter_id: cell.takes_factors for cell in cells}

    def held(
        self,
        channel: Channel,
        period: str,
        printed: Decimal | None,
        c: Decimal | None,
        day: date | None,
    ) -> dict[str, Any]:
        """Both comparisons, with how the register comes to its number."""
        law = next(
            (
                limit
                for limit in self.rules.law_on(
                    channel.station_id, channel.slot, day or timezone.localdate()
                )
                if limit.period == period
            ),
            None,
        )
        takes = self.takes.get(channel.parameter_id, True)
        own = own_cmax(c, self.kq, self.kf, takes_factors=takes)
        return {
            "own": Held(printed, own),
            "takes_factors": takes,
            "register": Held(printed, None if law is None else law.maximum),
            "register_source": "" if law is None else law.source,
            "register_formula": "" if law is None else law.derivation.expression,
        }


def _flow(permit: Permit) -> dict[str, Any] | None:
    """The permit's flow beside the design flow of the register."""
    if permit.flow_m3_per_day is None:
        return None
    day = permit.valid_from or timezone.localdate()
    row = DesignFlow.objects.filter(facility=permit.facility).in_force(day).first()
    return {"held": Held(permit.flow_m3_per_day, row.m3_per_day if row else None)}
