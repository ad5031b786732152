"""Every station's month at a glance: which are closed, and what the others wait for."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from monitoring.domain.exclusions import is_over, month_span, next_month
from monitoring.domain.slots import day_of
from monitoring.models import ChannelLink, ClosedMonth, Exclusion
from monitoring.services import months
from monitoring.services.months import CannotClose
from monitoring.views.approval.month import EARLIEST, LATEST, month_address
from stations.models import Person, Station
from stations.views.names import place_name, short_code
from stations.views.person import person_of


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def month_list(request: HttpRequest) -> HttpResponse:
    """A row a station with data of that time or before; who decides may close several at once."""
    user, now = person_of(request), timezone.now()
    month = _month(request.GET.get("month", "")) or _last_month(now)
    if request.method == "POST":
        _close(request, user, month)
        return redirect(f"{request.path}?month={month:%Y-%m}")
    stations = _stations(user, month)
    deciding = Station.objects.for_user(user, "decide_data").values_list("pk", flat=True)
    mine = set(deciding)
    over = is_over(month, now)
    rows = [_row(station, month, closes=over and station.pk in mine) for station in stations]
    shown = {
        "month": month,
        "value": f"{month:%Y-%m}",
        "previous": f"?month={_before(month):%Y-%m}",
        "next": f"?month={next_month(month):%Y-%m}" if over else "",
        "over": over,
        "rows": rows,
        "closed": sum(row["closed_at"] is not None for row in rows),
        "can_close": sum(row["closes"] for row in rows),
    }
    return render(request, "pages/approval/month_list.html", shown)


def _month(text: str) -> date | None:
    try:
        found = datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007  a month has no zone
    except ValueError:
        return None
    return found if EARLIEST <= found.year <= LATEST else None


def _before(month: date) -> date:
    return date(month.year - (month.month == 1), (month.month - 2) % 12 + 1, 1)


def _last_month(now: datetime) -> date:
    return _before(day_of(now).replace(day=1))


def _stations(user: Person, month: date) -> QuerySet[Any]:
    start, end = month_span(month)
    touching = Q(exclusions__start__lt=end, exclusions__end__gt=start)

    def many(state: str) -> Count:
        return Count("exclusions", filter=touching & Q(exclusions__state=state))

    heard = ChannelLink.objects.filter(station=OuterRef("pk"), first_time__lt=end)
    rows = (
        Station.objects.for_user(user)
        .filter(Exists(heard))
        .annotate(asked=many(Exclusion.State.ASKED), approved=many(Exclusion.State.APPROVED))
        .select_related("facility__zone")
        .order_by("facility__sort_name", "code")
    )
    return _with_closing(rows, month)


def _with_closing(rows: QuerySet[Any], month: date) -> QuerySet[Any]:
    closed = ClosedMonth.objects.filter(month=month).select_related("closed_by")
    return rows.prefetch_related(Prefetch("closed_months", queryset=closed, to_attr="closings"))


def _row(station: Any, month: date, *, closes: bool) -> dict[str, Any]:
    closed = station.closings[0] if station.closings else None
    return {
        "code": station.code,
        "name": short_code(station),
        "facility": place_name(station.facility),
        "url": month_address(station.code, month),
        "asked": station.asked,
        "asked_url": f"{reverse('exclusion-list')}?state=asked&station={station.code}",
        "approved": station.approved,
        "closed_at": closed.closed_at if closed else None,
        "closed_by": str(closed.closed_by) if closed else "",
        "closes": closes and closed is None and not station.asked,
    }


def _close(request: HttpRequest, user: Person, month: date) -> None:
    """Each chosen one by itself, so that one which must wait holds up no other."""
    chosen = Station.objects.for_user(user, "decide_data").filter(
        code__in=request.POST.getlist("station")
    )
    if not chosen:
        raise PermissionDenied
    done = 0
    for station in chosen:
        try:
            months.close_month(station=station, month=month, by=user)
            done += 1
        except CannotClose as refusal:
            messages.warning(request, str(refusal))
    if done:
        told = {"month": f"{month:%m/%Y}", "count": done}
        messages.success(request, _("%(month)s is closed (stations: %(count)s).") % told)
