"""What came in, and addresses that refuse: for who sees the whole province."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from alerts.models import InboundMail, RefusedAddress
from alerts.services.refusing import mend
from alerts.views.words import sentence
from stations.models import Person
from stations.models.scope import sees_province
from stations.views.filters import Filters, choice, page_of, search
from stations.views.person import person_of


def department_of(request: HttpRequest) -> Person:
    """The reader, if they see the whole province; else the page does not exist for them."""
    person = person_of(request)
    if not sees_province(person, "view_readings"):
        raise Http404
    return person


def handler_of(request: HttpRequest) -> Person:
    """The same, if they may also act for the province; a reader gets 403."""
    person = department_of(request)
    if not sees_province(person, "handle_alerts"):
        raise PermissionDenied
    return person


@login_required
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """The mails that came in, newest first."""
    department_of(request)
    sorts = [(s.value, sentence(s.label)) for s in InboundMail.Sort]
    filters = Filters(request, search(_("Find in the subject")), choice("sort", _("Sort"), sorts))
    asked = Q()
    if filters["sort"]:
        asked &= Q(sort=filters["sort"])
    if filters["q"]:
        asked &= Q(subject__icontains=filters["q"])
    rows = InboundMail.objects.filter(asked).defer("raw", "text").select_related("answers")
    page, pages = page_of(rows, filters, request)
    shown = {
        "filters": filters.fields,
        "filtered": filters.filtered,
        "found": page.paginator.count,
        "pages": pages,
        "configured": settings.INBOX is not None,
        "mails": [_line(mail) for mail in page.object_list],
    }
    return render(request, "pages/inbox.html", shown)


def _line(mail: InboundMail) -> dict[str, Any]:
    return {
        "id": mail.pk,
        "sender": mail.sender,
        "subject": mail.subject or _("(no subject)"),
        "sort_word": sentence(mail.get_sort_display()),
        "received_at": mail.received_at,
        "url": reverse("inbox-mail", args=[mail.pk]),
        "case": reverse("alert-detail", args=[mail.alert_id]) if mail.alert_id else "",
    }


@login_required
@require_safe
def inbox_mail(request: HttpRequest, pk: int) -> HttpResponse:
    """One mail that came in, as text."""
    department_of(request)
    mail = get_object_or_404(InboundMail.objects.select_related("answers").defer("raw"), pk=pk)
    shown = {"mail": mail, "sort_word": sentence(mail.get_sort_display())}
    return render(request, "pages/inbox_mail.html", shown)


@login_required
@require_safe
def refused_addresses(request: HttpRequest) -> HttpResponse:
    """Addresses that refuse, and those that were mended."""
    person = department_of(request)
    rows = RefusedAddress.objects.select_related("cleared_by", "message").order_by("-since")
    shown = {
        "standing": rows.filter(cleared_at=None),
        "mended": rows.exclude(cleared_at=None)[:50],
        "may_mend": sees_province(person, "handle_alerts"),
    }
    return render(request, "pages/refused_addresses.html", shown)


@login_required
@require_POST
def mend_address(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that an address takes mail again."""
    person = handler_of(request)
    refused = get_object_or_404(RefusedAddress, pk=pk)
    if mend(refused=refused, by=person):
        messages.success(request, _("Mails go to %s again.") % refused.address)
    else:
        messages.warning(request, _("Somebody was first: the address is marked as mended."))
    return redirect("refused-addresses")
