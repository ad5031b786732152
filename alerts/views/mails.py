"""The outbox: each mail with its state, its attempts, and what the server answered."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db.models import Count, OuterRef, Q, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from alerts.models import Alert, Attempt, Message
from alerts.models.outbox import MessageQuerySet
from alerts.views.recipients import Addresses
from alerts.views.replies import reply_words
from alerts.views.words import sentence
from stations.models.scope import sees_province
from stations.views.filters import Filters, choice, page_of, search
from stations.views.names import short_name
from stations.views.person import person_of


@login_required
@require_safe
def mail_list(request: HttpRequest) -> HttpResponse:
    """The mails that the reader may read, newest first."""
    mine = Message.objects.for_user(person_of(request))
    filters = Filters(
        request,
        search(_("Find in the subject")),
        choice("state", _("State"), [(s.value, sentence(s.label)) for s in Message.State]),
    )
    found = mine.filter(_asked(filters))
    answer = Attempt.objects.filter(message=OuterRef("pk")).order_by("-number").values("reply")[:1]
    rows = found.for_list().annotate(answer=Subquery(answer))
    page, pages = page_of(rows, filters, request)
    shown = {
        "filters": filters.fields,
        "filtered": filters.filtered,
        "found": page.paginator.count,
        "counts": _counts(mine, filters),
        "mails": _lines(list(page.object_list), Addresses.seen_by(person_of(request))),
        "pages": pages,
        "in_folder": settings.EMAIL_FOLDER is not None,
        "department": sees_province(person_of(request), "view_readings"),
    }
    return render(request, "pages/mail_list.html", shown)


def _asked(filters: Filters) -> Q:
    condition = Q()
    if filters["state"]:
        condition &= Q(state=filters["state"])
    if filters["q"]:
        condition &= Q(subject__icontains=filters["q"])
    return condition


def _counts(mine: MessageQuerySet, filters: Filters) -> list[dict[str, Any]]:
    found = dict(mine.order_by().values_list("state").annotate(Count("pk")))
    return [
        {
            "state": "",
            "word": sentence(state.label),
            "count": found.get(state.value, 0),
            "query": filters.address(state=state.value),
            "current": filters["state"] == state.value,
        }
        for state in Message.State
    ]


def _lines(mails: list[Message], addresses: Addresses) -> list[dict[str, Any]]:
    told = addresses.of(mails)
    return [
        {
            "id": mail.pk,
            "url": reverse("mail-detail", args=[mail.pk]),
            "to": told[mail.pk],
            "subject": mail.subject,
            "station": short_name(mail.station) if mail.station else "",
            "state": mail.state,
            "state_word": sentence(mail.get_state_display()),
            "created_at": mail.created_at,
            "sent_at": mail.sent_at,
            "attempts": mail.attempts_made,
            "answer": mail.answer or "",  # type: ignore[attr-defined]
            "next_attempt_at": mail.next_attempt_at if mail.state == "waiting" else None,
        }
        for mail in mails
    ]


@login_required
@require_safe
def mail_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One mail as it was written, and every attempt to hand it over."""
    mine = Message.objects.for_user(person_of(request)).select_related("station__facility__zone")
    mail = get_object_or_404(mine, pk=pk)
    about = Alert.objects.filter(notifications__message=mail).distinct().with_for_list()
    shown = {
        "mail": mail,
        "to": Addresses.seen_by(person_of(request)).of([mail])[mail.pk],
        "state_word": sentence(mail.get_state_display()),
        "station": mail.station and short_name(mail.station),
        "alerts": [
            {"url": reverse("alert-detail", args=[a.pk]), "words": sentence(a)} for a in about
        ],
        "attempts": [
            {
                "number": each.number,
                "started_at": each.started_at,
                "finished_at": each.finished_at,
                "outcome_word": sentence(each.get_outcome_display()) if each.outcome else "",
                "reply": reply_words(each.reply),
            }
            for each in mail.attempts.order_by("number")
        ],
        "came_back": [
            {
                "sort_word": sentence(each.get_sort_display()),
                "sender": each.sender,
                "text": each.text,
                "at": each.received_at,
            }
            for each in mail.replies.exclude(sort="other").defer("raw").order_by("received_at")
        ],
        "enclosed": list(mail.attachments.defer("content").order_by("pk")),
        "in_folder": settings.EMAIL_FOLDER is not None,
    }
    return render(request, "pages/mail_detail.html", shown)


@login_required
@require_safe
def mail_enclosed(request: HttpRequest, pk: int, file_pk: int) -> HttpResponse:
    """A file that went with a mail, for who may read the mail."""
    mail = get_object_or_404(Message.objects.for_user(person_of(request)), pk=pk)
    file = get_object_or_404(mail.attachments, pk=file_pk)
    shown = file.content_type == "image/png"
    answer = HttpResponse(bytes(file.content), content_type=file.content_type)
    how = "inline" if shown else "attachment"
    answer["Content-Disposition"] = content_disposition_header(not shown, file.name) or how
    return answer
