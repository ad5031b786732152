"""What waits to be compared with its paper, and the comparing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from monitoring.views.rules.access import EDIT, keeps_the_law, require_keeper_of_the_law
from monitoring.views.rules.basis import value_words
from monitoring.views.rules.editions import affected, unit_of
from monitoring.views.rules.foreseen import days_words
from monitoring.views.rules.forms import ConfirmForm
from monitoring.views.rules.permits import held_lines
from monitoring.views.rules.proposing import propose
from stations.models import Edition, EditionLimit, Facility, JudgedBy, Permit, PermitLimit, Station
from stations.services.rule_changes import (
    KINDS,
    confirm_limits,
    confirm_permit,
    confirm_rule,
)
from stations.views.limits import mean_of
from stations.views.person import person_of


@login_required
@require_safe
def unconfirmed(request: HttpRequest) -> HttpResponse:
    """Every rule of the reader's stations that nobody has compared with its paper."""
    person = person_of(request)
    facilities = Facility.objects.for_user(person)
    kept = set(Facility.objects.for_user(person, EDIT).values_list("pk", flat=True))
    shown = {
        "rules": [_rule(row, kept) for row in _unconfirmed_rules(person)],
        "permits": [_permit(row, kept) for row in _unconfirmed_permits(facilities)],
        "limits": [_limit(row, kept) for row in _unconfirmed_limits(person)],
        "editions": _unconfirmed_editions(),
        "may_edit_law": keeps_the_law(request),
        "may_edit": bool(kept),
    }
    return render(request, "pages/rules/unconfirmed.html", shown)


def _going() -> Q:
    """Whatever holds today or later."""
    return Q(valid_until=None) | Q(valid_until__gte=timezone.localdate())


def _unconfirmed_rules(person: Any) -> Sequence[JudgedBy]:
    stations = Station.objects.for_user(person).values("pk")
    rows = JudgedBy.objects.filter(_going(), confirmed="", station__in=stations)
    return list(rows.select_related("edition", "station__facility").order_by("station__code"))


def _unconfirmed_permits(facilities: Any) -> Sequence[Permit]:
    rows = Permit.objects.filter(_going(), confirmed="", facility__in=facilities.values("pk"))
    counted = rows.select_related("facility").annotate(numbers=Count("limits"))
    return list(counted.order_by("facility__code", "number"))


def _unconfirmed_limits(person: Any) -> Sequence[PermitLimit]:
    """Limits whose permit is not in the register, or was confirmed before they were."""
    stations = Station.objects.for_user(person).values("pk")
    rows = PermitLimit.objects.filter(_going(), confirmed="", channel__station__in=stations)
    rows = rows.filter(Q(permit=None) | ~Q(permit__confirmed=""))
    return list(
        rows.select_related("channel__station__facility", "permit").order_by(
            "channel__station__code", "channel__slot"
        )
    )


def _unconfirmed_editions() -> list[dict[str, Any]]:
    found = []
    counted = Edition.objects.annotate(
        numbers=Count("limits"), waiting=Count("limits", filter=Q(limits__confirmed=""))
    )
    for edition in counted.order_by("code"):
        if edition.waiting or not edition.numbers:
            found.append(
                {
                    "edition": edition,
                    "waiting": edition.waiting,
                    "all": edition.numbers,
                    "url": reverse("rule-confirm-edition", args=[edition.pk]),
                }
            )
    return found


def _rule(row: JudgedBy, kept: set[int]) -> dict[str, Any]:
    return {
        "station": row.station,
        "facility": row.station.facility,
        "value": value_words(KINDS["judged_by"], row),
        "days": days_words(row.valid_from, row.valid_until),
        "url": reverse("rule-confirm-rule", args=[row.pk]),
        "may": row.station.facility_id in kept,
    }


def _permit(row: Any, kept: set[int]) -> dict[str, Any]:
    return {
        "permit": row,
        "facility": row.facility,
        "days": days_words(row.valid_from, row.valid_until),
        "count": row.numbers,
        "url": reverse("rule-confirm-permit", args=[row.pk]),
        "may": row.facility_id in kept,
    }


def _limit(row: PermitLimit, kept: set[int]) -> dict[str, Any]:
    return {
        "row": row,
        "station": row.channel.station,
        "facility": row.channel.station.facility,
        "symbol": row.channel.symbol,
        "unit": "" if row.channel.unit == "-" else row.channel.unit,
        "mean": mean_of(row.period),
        "days": days_words(row.valid_from, row.valid_until),
        "url": reverse("rule-confirm-limit", args=[row.pk]),
        "may": row.channel.station.facility_id in kept,
    }


def _mine(request: HttpRequest, facility: Facility) -> None:
    """404 for a stranger, 403 for who may only read."""
    get_object_or_404(Facility.objects.for_user(person_of(request)), pk=facility.pk)
    if not Facility.objects.for_user(person_of(request), EDIT).filter(pk=facility.pk).exists():
        raise PermissionDenied


def _confirm(
    request: HttpRequest,
    *,
    about: Any,
    facts: list[tuple[str, Any]],
    confirm: Callable[[Any], Any],
    stations: Sequence[Station],
    document: str,
    back: str,
    more: dict[str, Any] | None = None,
) -> HttpResponse:
    form = ConfirmForm(
        request.POST or None,
        request.FILES or None,
        by=person_of(request),
        initial={"document_number": document, "past": "now"},
    )
    return propose(
        request,
        form,
        change=lambda: confirm(form.paper().document),
        stations=stations,
        template="pages/rules/confirm.html",
        context={
            "title": _("Compare with the paper and confirm"),
            "about": about,
            "facts": facts,
            "back": back,
            **(more or {}),
        },
        done=lambda _made: back,
        ready=request.method == "POST" and form.is_valid(),
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_judged_by(request: HttpRequest, pk: int) -> HttpResponse:
    """The edition and column of a station."""
    row = get_object_or_404(
        JudgedBy.objects.select_related("edition", "station__facility", "document"), pk=pk
    )
    station = row.station
    _mine(request, station.facility)
    facts = [
        (_("Station"), station.code),
        (_("Edition and column"), value_words(KINDS["judged_by"], row)),
        (_("Days"), days_words(row.valid_from, row.valid_until)),
    ]
    return _confirm(
        request,
        about=station,
        facts=facts,
        confirm=lambda paper: confirm_rule(
            rule=JudgedBy.objects.get(pk=pk), document=paper, by=person_of(request)
        ),
        stations=[station],
        document=row.document.number if row.document else "",
        back=f"{reverse('rule-basis', args=[station.facility.code])}#{station.code}",
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_a_permit(request: HttpRequest, pk: int) -> HttpResponse:
    """A permit with all that it prints."""
    row = get_object_or_404(Permit.objects.select_related("facility", "document", "edition"), pk=pk)
    _mine(request, row.facility)
    facts = [
        (_("Permit"), row.number),
        (_("Days"), days_words(row.valid_from, row.valid_until)),
    ]
    return _confirm(
        request,
        about=row.facility,
        facts=facts,
        confirm=lambda paper: confirm_permit(
            permit=Permit.objects.get(pk=pk), document=paper, by=person_of(request)
        ),
        stations=list(row.facility.stations.order_by("code")),
        document=row.document.number if row.document else row.number,
        back=reverse("rule-permit", args=[row.facility.code, row.pk]),
        more={"lines": list(held_lines(row))},
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_a_limit(request: HttpRequest, pk: int) -> HttpResponse:
    """One limit that stands without a permit of the register."""
    row = get_object_or_404(
        PermitLimit.objects.select_related("channel__station__facility", "document"), pk=pk
    )
    station = row.channel.station
    _mine(request, station.facility)
    facts = [
        (_("Station"), station.code),
        (_("Parameter"), row.channel.symbol),
        (_("Source of the limit"), row.source or "—"),
        (_("Days"), days_words(row.valid_from, row.valid_until)),
    ]
    return _confirm(
        request,
        about=station,
        facts=facts,
        confirm=lambda paper: confirm_limits(
            limits=PermitLimit.objects.filter(pk=pk), document=paper, by=person_of(request)
        ),
        stations=[station],
        document=row.document.number if row.document else row.source,
        back=reverse("rule-unconfirmed"),
        more={"limit": row, "unit": "" if row.channel.unit == "-" else row.channel.unit},
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_edition(request: HttpRequest, pk: int) -> HttpResponse:
    """Numbers of an edition, those that are chosen."""
    require_keeper_of_the_law(request)
    edition = get_object_or_404(Edition.objects.select_related("document"), pk=pk)
    rows = edition.limits.select_related("parameter").order_by(
        "source_type", "parameter__position", "period", "column", "valid_from"
    )
    chosen = {int(one) for one in request.POST.getlist("limits") if one.isdecimal()}
    numbers = [
        {
            "row": row,
            "unit": unit_of(row, edition),
            "mean": mean_of(row.period),
            "days": days_words(row.valid_from, row.valid_until)
            if row.valid_from or row.valid_until
            else "",
            "chosen": row.pk in chosen if request.method == "POST" else False,
        }
        for row in rows
    ]
    return _confirm(
        request,
        about=edition,
        facts=[(_("Edition"), edition.code)],
        confirm=lambda paper: confirm_limits(
            limits=EditionLimit.objects.filter(edition=edition, pk__in=chosen),
            document=paper,
            by=person_of(request),
        ),
        stations=affected(edition),
        document=edition.document.number if edition.document else "",
        back=reverse("rule-edition", args=[pk]),
        more={"numbers": numbers},
    )
