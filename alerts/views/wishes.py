"""How the reader wants to be told: of what, how soon, when not, in which language."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from alerts.domain import kinds
from alerts.models import Digest, Kind, QuietLetters, RefusedAddress, Severity, Subscription
from alerts.services.digesting import sorts_for
from alerts.services.subscribing import (
    Wanted,
    speak,
    subscribe,
    unsubscribe,
    want_quiet_letters,
)
from alerts.views.words import sentence
from stations.models import Facility, Person
from stations.models.scope import sees_province
from stations.views.person import person_of


class SubscriptionForm(forms.Form):
    """One wish. Offers only kinds and facilities that the person may see."""

    pace = forms.ChoiceField(
        label=gettext_lazy("How soon"), choices=Subscription.Pace.choices, widget=forms.RadioSelect
    )
    least_severity = forms.TypedChoiceField(
        label=gettext_lazy("From which severity"), choices=Severity.choices, coerce=int
    )
    quiet_from = forms.TimeField(
        label=gettext_lazy("Quiet from"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    quiet_until = forms.TimeField(
        label=gettext_lazy("Quiet until"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("Kinds"), required=False, widget=forms.CheckboxSelectMultiple
    )
    facilities = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Facilities"),
        queryset=Facility.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *given: Any, person: Person, **named: Any) -> None:
        super().__init__(*given, **named)
        hidden = frozenset() if sees_province(person, "view_readings") else kinds.DEPARTMENT_KINDS
        offered: Any = self.fields["kinds"]
        offered.choices = [
            (value, sentence(label)) for value, label in Kind.choices if value not in hidden
        ]
        for name in ("pace", "least_severity"):
            field: Any = self.fields[name]
            field.choices = [(value, sentence(label)) for value, label in field.choices]
        mine: Any = self.fields["facilities"]
        mine.queryset = Facility.objects.for_user(person).order_by("sort_name")

    def clean(self) -> dict[str, Any]:
        """Quiet hours have both ends."""
        given: dict[str, Any] = super().clean() or {}
        if (given.get("quiet_from") is None) != (given.get("quiet_until") is None):
            self.add_error("quiet_until", _("Quiet hours need both a beginning and an end."))
        return given

    @property
    def wanted(self) -> Wanted:
        """What was asked for, of a valid form."""
        return Wanted(**self.cleaned_data)


class QuietForm(forms.Form):
    """News of announced work, and digests: what no duty asks for can be switched off."""

    works = forms.ChoiceField(
        label=gettext_lazy("News of announced work"), choices=QuietLetters.Pace.choices
    )
    digests = forms.MultipleChoiceField(
        label=gettext_lazy("Digests"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *given: Any, person: Person, **named: Any) -> None:
        kept = QuietLetters.objects.filter(person=person).first() or QuietLetters(person=person)
        self.sorts = sorts_for(person, on=timezone.localdate())
        self.declined_elsewhere = [one for one in kept.without if one not in self.sorts]
        named.setdefault("prefix", "quiet")
        named.setdefault(
            "initial",
            {
                "works": kept.works,
                "digests": [one for one in self.sorts if one not in kept.without],
            },
        )
        super().__init__(*given, **named)
        labels = dict(Digest.Sort.choices)
        works: Any = self.fields["works"]
        works.choices = [(value, sentence(label)) for value, label in works.choices]
        digests: Any = self.fields["digests"]
        digests.choices = [(one, sentence(labels[one])) for one in self.sorts]

    @property
    def without(self) -> list[str]:
        """The digests that are not wanted; of those not offered today what was said before."""
        wanted = self.cleaned_data["digests"]
        return [one for one in self.sorts if one not in wanted] + self.declined_elsewhere


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def my_wishes(request: HttpRequest) -> HttpResponse:
    """The reader's wishes; POST keeps one (`number` empty: a new one)."""
    person = person_of(request)
    if request.method != "POST":
        return _shown(request)
    number = int(text) if (text := request.POST.get("number", "")).isdecimal() else None
    form = SubscriptionForm(request.POST, person=person, prefix=_prefix(number))
    if not form.is_valid():
        return _shown(request, number, form, status=400)
    try:
        subscribe(person=person, wanted=form.wanted, number=number)
    except Subscription.DoesNotExist:
        raise Http404 from None
    messages.success(request, _("Kept."))
    return redirect("mail-wishes")


@login_required
@require_POST
def forget_wish(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget one wish of the reader."""
    if not unsubscribe(person=person_of(request), number=pk):
        raise Http404
    messages.success(request, _("Removed."))
    return redirect("mail-wishes")


@login_required
@require_POST
def my_quiet_letters(request: HttpRequest) -> HttpResponse:
    """Keep how news of announced work and digests come."""
    person = person_of(request)
    form = QuietForm(request.POST, person=person)
    if not form.is_valid():
        return _shown(request, quiet=form, status=400)
    want_quiet_letters(person=person, works=form.cleaned_data["works"], without=form.without)
    messages.success(request, _("Kept."))
    return redirect("mail-wishes")


@login_required
@require_POST
def my_language(request: HttpRequest) -> HttpResponse:
    """In which language the reader is written to."""
    languages = dict(Person._meta.get_field("language").choices or ())
    chosen = request.POST.get("language", "")
    if chosen not in languages:
        raise Http404
    speak(person=person_of(request), language=chosen)
    messages.success(request, _("Kept."))
    return redirect("mail-wishes")


def _shown(
    request: HttpRequest,
    number: int | None = None,
    form: SubscriptionForm | None = None,
    *,
    quiet: QuietForm | None = None,
    status: int = 200,
) -> HttpResponse:
    person = person_of(request)
    mine = Subscription.objects.filter(person=person).prefetch_related("facilities").order_by("pk")
    bound = form is not None
    rows = [
        {
            "number": row.pk,
            "open": bound and row.pk == number,
            "words": _words(row),
            "form": form if bound and row.pk == number else _form_of(row, person),
        }
        for row in mine
    ]
    refused = RefusedAddress.objects.filter(address__iexact=person.email, cleared_at=None)
    shown = {
        "rows": rows,
        "new": form
        if bound and number is None
        else SubscriptionForm(
            person=person, prefix="new", initial={"pace": "at_once", "least_severity": 1}
        ),
        "new_open": bound and number is None,
        "email": person.email,
        "quiet": quiet or QuietForm(person=person),
        "refused": refused.first() if person.email else None,
        "languages": [
            {"value": value, "label": label, "current": value == person.language}
            for value, label in Person._meta.get_field("language").choices or ()
        ],
    }
    return render(request, "pages/mail_wishes.html", shown, status=status)


def _prefix(number: int | None) -> str:
    return "new" if number is None else f"w{number}"


def _form_of(row: Subscription, person: Person) -> SubscriptionForm:
    initial = {
        "pace": row.pace,
        "least_severity": row.least_severity,
        "quiet_from": row.quiet_from,
        "quiet_until": row.quiet_until,
        "kinds": row.kinds,
        "facilities": list(row.facilities.all()),
    }
    return SubscriptionForm(person=person, prefix=_prefix(row.pk), initial=initial)


def _words(row: Subscription) -> list[tuple[str, str]]:
    """A wish in a few lines."""
    labels = dict(Kind.choices)
    named = [sentence(labels[kind]) for kind in row.kinds if kind in labels]
    places = [each.name for each in row.facilities.all()]
    quiet = _("none")
    if row.quiet_from is not None and row.quiet_until is not None:
        quiet = f"{row.quiet_from:%H:%M}–{row.quiet_until:%H:%M}"
    return [
        (_("How soon"), sentence(row.get_pace_display())),
        (_("Kinds"), ", ".join(named) or _("all")),
        (_("From which severity"), sentence(row.get_least_severity_display())),
        (_("Facilities"), ", ".join(places) or _("all that I may see")),
        (_("Quiet hours"), quiet),
    ]
