"""The ways out by HTTP: where alerts are told, by whom that was set, and what came of each call."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from alerts.domain.reaching import HOST, PLAIN, PRIVATE, SCHEME, USERINFO, NotAllowed, target_of
from alerts.models import Kind, Severity, Webhook, WebhookCall
from alerts.services.webhooks import Described, call_again, keep_webhook, lay_test, renew_secret
from alerts.views.inbox import department_of, handler_of
from alerts.views.replies import reply_words
from alerts.views.words import sentence

SHOWN_CALLS = 100


class WebhookForm(forms.Form):
    """Where to call, of what."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    url = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=500,
        widget=forms.URLInput(attrs={"placeholder": "https://", "autocomplete": "off"}),
    )
    least_severity = forms.TypedChoiceField(
        label=gettext_lazy("From which severity"), coerce=int, choices=Severity.choices
    )
    active = forms.BooleanField(label=gettext_lazy("active"), required=False)
    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("Kinds"),
        required=False,
        choices=Kind.choices,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        for name in ("least_severity", "kinds"):
            field: Any = self.fields[name]
            field.choices = [(value, sentence(label)) for value, label in field.choices]

    def clean_url(self) -> str:
        """An address that may be called as far as its text tells; the rest is looked at then."""
        url = str(self.cleaned_data["url"]).strip()
        try:
            target = target_of(url)
        except NotAllowed as refusal:
            raise forms.ValidationError(why_not(refusal.reason)) from None
        if not target.tls and not settings.WEBHOOK_NETWORKS:
            raise forms.ValidationError(why_not(PLAIN))
        return url


def why_not(reason: str) -> str:
    """Why an address is not called, in the reader's language."""
    return {
        SCHEME: _("Begin the address with https://"),
        USERINFO: _("Leave name and password out of the address; the signature proves who calls."),
        HOST: _("This is no address that can be called."),
        PLAIN: _("Only HTTPS is called; plain HTTP is for networks opened in WEBHOOK_NETWORKS."),
        PRIVATE: _("This name leads into a private network that WEBHOOK_NETWORKS does not open."),
    }.get(reason, reason)


@login_required
@require_safe
def webhook_list(request: HttpRequest) -> HttpResponse:
    """The webhooks, and a form for one more."""
    department_of(request)
    return _list(request, WebhookForm(initial={"least_severity": 2, "active": True}))


def _list(request: HttpRequest, form: WebhookForm, *, status: int = 200) -> HttpResponse:
    rows = Webhook.objects.select_related("changed_by").order_by("name", "pk")
    shown = {
        "rows": [
            {
                "webhook": row,
                "kinds": _kinds(row),
                "severity": sentence(row.get_least_severity_display()),
                "url": reverse("webhook", args=[row.pk]),
                "last": row.calls.order_by("-created_at").first(),
                "failed": row.calls.filter(state="failed").count(),
            }
            for row in rows
        ],
        "form": form,
        "form_open": form.is_bound,
        "opened": settings.WEBHOOK_NETWORKS,
    }
    return render(request, "pages/webhooks.html", shown, status=status)


def _kinds(row: Webhook) -> str:
    labels = dict(Kind.choices)
    return ", ".join(sentence(labels[kind]) for kind in row.kinds if kind in labels) or _("all")


@login_required
@require_POST
def webhook_new(request: HttpRequest) -> HttpResponse:
    """A further webhook; its secret is shown once."""
    by = handler_of(request)
    form = WebhookForm(request.POST)
    if not form.is_valid():
        return _list(request, form, status=400)
    kept = keep_webhook(by=by, asked=Described(**form.cleaned_data))
    _show_secret(request, kept.secret)
    return redirect("webhook", pk=kept.pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def webhook(request: HttpRequest, pk: int) -> HttpResponse:
    """One webhook with its calls; POST changes it."""
    department_of(request)
    row = get_object_or_404(Webhook.objects.select_related("changed_by"), pk=pk)
    form = WebhookForm(
        request.POST if request.method == "POST" else None,
        initial={
            "name": row.name,
            "url": row.url,
            "least_severity": row.least_severity,
            "active": row.active,
            "kinds": row.kinds,
        },
    )
    if request.method == "POST":
        by = handler_of(request)
        if form.is_valid():
            keep_webhook(by=by, asked=Described(**form.cleaned_data), webhook=row)
            messages.success(request, _("Kept."))
            return redirect("webhook", pk=pk)
    calls = row.calls.select_related("event__alert").order_by("-created_at")[:SHOWN_CALLS]
    shown = {
        "row": row,
        "form": form,
        "secret": request.session.pop("webhook_secret", ""),
        "calls": [_call(call) for call in calls],
    }
    return render(request, "pages/webhook.html", shown, status=400 if form.errors else 200)


def _call(call: WebhookCall) -> dict[str, Any]:
    event = call.event
    reply = call.reply
    if reply.startswith("not called: "):
        reply = why_not(reply.removeprefix("not called: "))
    return {
        "id": call.pk,
        "what": sentence(event.get_what_display()) if event else _("Test"),
        "alert": str(event.alert) if event else "",
        "alert_url": reverse("alert-detail", args=[event.alert_id]) if event else "",
        "created_at": call.created_at,
        "state": call.state,
        "state_word": sentence(call.get_state_display()),
        "attempts": call.attempts_made,
        "next_attempt_at": call.next_attempt_at if call.state == "waiting" else None,
        "sent_at": call.sent_at,
        "reply": reply_words(reply),
        "raw": reply,
    }


def _show_secret(request: HttpRequest, secret: str) -> None:
    request.session["webhook_secret"] = secret


@login_required
@require_POST
def webhook_secret(request: HttpRequest, pk: int) -> HttpResponse:
    """A new secret, shown once."""
    by = handler_of(request)
    _show_secret(request, renew_secret(by=by, webhook=get_object_or_404(Webhook, pk=pk)))
    return redirect("webhook", pk=pk)


@login_required
@require_POST
def webhook_test(request: HttpRequest, pk: int) -> HttpResponse:
    """Call it once with nothing to tell."""
    by = handler_of(request)
    lay_test(by=by, webhook=get_object_or_404(Webhook, pk=pk), now=timezone.now())
    messages.success(request, _("A test call leaves within seconds; see what came of it below."))
    return redirect("webhook", pk=pk)


@login_required
@require_POST
def webhook_call_again(request: HttpRequest, pk: int, call: UUID) -> HttpResponse:
    """Try a call again that was given up."""
    by = handler_of(request)
    get_object_or_404(WebhookCall, pk=call, webhook=pk)
    if call_again(by=by, number=call, now=timezone.now()):
        messages.success(request, _("The call leaves within seconds."))
    return redirect("webhook", pk=pk)
