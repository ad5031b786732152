"""The settings of the desk as forms; times are asked for in hours."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alerts.domain.muting import MAY_BE_HELD_BACK
from alerts.models import (
    Audience,
    Clock,
    EscalationStep,
    Kind,
    NotificationPolicy,
    Severity,
)
from alerts.views.words import sentence
from stations.models import Contact, Membership, RuleSetting
from stations.views.rule_fields import DayField, LawNumber, PaperForm

HOUR = timedelta(hours=1)


class HoursField(LawNumber):
    """A length of time in hours; kept as such."""

    def __init__(self, **given: Any) -> None:
        super().__init__(max_digits=8, decimal_places=2, **given)

    def prepare_value(self, value: Any) -> Any:
        """Hours, without an end of zeros."""
        if isinstance(value, timedelta):
            return super().prepare_value(Decimal(value.total_seconds()) / 3600)
        return super().prepare_value(value)

    def clean(self, value: Any) -> Any:
        """The length; None where nothing was said."""
        hours = super().clean(value)
        return None if hours is None else HOUR * float(hours)


class SettingForm(PaperForm):
    """A setting with the day from which it holds, and its paper."""

    since = DayField(label=gettext_lazy("From"))
    columns: tuple[str, ...] = ()
    own_names: tuple[str, ...] = ()

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        for field in self.fields.values():
            field.label = sentence(field.label)
        self.fields["since"].help_text = _("Today at the earliest.")
        if not self.is_bound:
            self.initial.setdefault("since", timezone.localdate())

    @property
    def own(self) -> Iterator[forms.BoundField]:
        """The fields of the setting itself."""
        return (self[name] for name in self.columns)

    def values(self) -> dict[str, Any]:
        """The columns as they are to be."""
        return {name: self.cleaned_data[name] for name in self.columns}


def _clock(label: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=Clock.choices)


class KindForm(SettingForm):
    """How grave a kind is, who must answer by when."""

    severity = forms.TypedChoiceField(
        label=gettext_lazy("severity"), choices=Severity.choices, coerce=int
    )
    acknowledge_within = HoursField(
        label=gettext_lazy("to be acknowledged within, hours"), required=False, min_value=0
    )
    acknowledge_clock = _clock(gettext_lazy("counted"))
    answer_within = HoursField(
        label=gettext_lazy("to be explained within, hours"),
        required=False,
        min_value=0,
        help_text=gettext_lazy("Empty: no explanation is asked of the operator."),
    )
    answer_clock = _clock(gettext_lazy("counted"))
    lapses_after = HoursField(
        label=gettext_lazy("acknowledgement lapses without progress after, working hours"),
        required=False,
        min_value=0,
    )
    columns = (
        "severity",
        "acknowledge_within",
        "acknowledge_clock",
        "answer_within",
        "answer_clock",
        "lapses_after",
    )


class MailingForm(SettingForm):
    """Whether, when and how often one sort of reader is mailed."""

    delay = HoursField(
        label=gettext_lazy("delay, hours"),
        min_value=0,
        initial=timedelta(0),
        help_text=gettext_lazy("Counted from the start of the event."),
    )
    above_ratio = LawNumber(
        label=gettext_lazy("only above this ratio to the limit"),
        required=False,
        max_digits=6,
        decimal_places=3,
        min_value=0,
    )
    once_a_day = forms.BooleanField(
        label=gettext_lazy("at most once a parameter and day"), required=False
    )
    if_unconfirmed = forms.BooleanField(
        label=gettext_lazy("also for an unconfirmed limit"), required=False
    )
    tell_resolved = forms.BooleanField(
        label=gettext_lazy("tell also when it is over"), required=False
    )
    columns = ("delay", "above_ratio", "once_a_day", "if_unconfirmed", "tell_resolved")


class NewMailingForm(MailingForm):
    """The same for a reader who is not mailed yet."""

    audience = forms.ChoiceField(label=gettext_lazy("recipient"), choices=Audience.choices)
    agency_kind = forms.ChoiceField(
        label=gettext_lazy("kind of agency"),
        required=False,
        choices=[("", "—"), *NotificationPolicy._meta.get_field("agency_kind").choices],  # type: ignore[misc]
    )
    own_names = ("audience", "agency_kind")

    def clean(self) -> dict[str, Any]:
        """An agency is named; an operator is none."""
        told = super().clean()
        if told.get("audience") == Audience.AGENCY and not told.get("agency_kind"):
            self.add_error("agency_kind", _("Choose the kind of agency."))
        if told.get("audience") == Audience.OPERATOR:
            told["agency_kind"] = ""
        return told


class StepForm(SettingForm):
    """What happens when nobody acknowledges or explains."""

    what = forms.ChoiceField(label=gettext_lazy("what"), choices=EscalationStep.What.choices)
    after = HoursField(
        label=gettext_lazy("after the deadline, hours"),
        help_text=gettext_lazy("Negative: before it."),
    )
    clock = _clock(gettext_lazy("counted"))
    audience = forms.ChoiceField(label=gettext_lazy("recipient"), choices=Audience.choices)
    contact_role = forms.ChoiceField(
        label=gettext_lazy("contact"), required=False, choices=[("", "—"), *Contact.Role.choices]
    )
    agency_kind = forms.ChoiceField(
        label=gettext_lazy("kind of agency"),
        required=False,
        choices=[("", "—"), *EscalationStep._meta.get_field("agency_kind").choices],  # type: ignore[misc]
    )
    member_role = forms.ChoiceField(
        label=gettext_lazy("role"), required=False, choices=[("", "—"), *Membership.Role.choices]
    )
    columns = ("what", "after", "clock", "audience", "contact_role", "agency_kind", "member_role")

    def clean(self) -> dict[str, Any]:
        """An agency is named with a kind; an operator with a contact."""
        told = super().clean()
        if told.get("audience") == Audience.AGENCY:
            told["contact_role"] = ""
            if not told.get("agency_kind"):
                self.add_error("agency_kind", _("Choose the kind of agency."))
        else:
            told["agency_kind"] = told["member_role"] = ""
        return told


class NewStepForm(StepForm):
    """A further step."""

    missing = forms.ChoiceField(label=gettext_lazy("when"), choices=EscalationStep.Missing.choices)
    number = forms.IntegerField(label=gettext_lazy("step"), min_value=1, max_value=99)
    own_names = ("missing", "number")


class NumberForm(SettingForm):
    """A number that a rule needs."""

    value = LawNumber(label=gettext_lazy("value"), min_value=0)
    columns = ("value",)


class BandForm(SettingForm):
    """Where a band begins, and the least severity that it makes a case."""

    at_least = LawNumber(label=gettext_lazy("from"), min_value=0, max_digits=8, decimal_places=4)
    severity = forms.TypedChoiceField(
        label=gettext_lazy("at least this severity"),
        choices=[("", "—"), *Severity.choices],
        coerce=int,
        required=False,
        empty_value=None,
    )
    columns = ("at_least", "severity")


class WorksForm(SettingForm):
    """Of which kinds announced work holds the mails back; what is measured is no choice."""

    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("kinds that are held back"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy(
            "An exceedance, an early warning, changed values and files of another sender are told"
            " whatever was announced."
        ),
    )
    columns = ("kinds",)

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        field = self.fields["kinds"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101
        field.choices = [(kind, sentence(Kind(kind).label)) for kind in MAY_BE_HELD_BACK]

    def clean_kinds(self) -> list[str]:
        """In the order in which they are kept."""
        return sorted(self.cleaned_data["kinds"])


class HoursForm(SettingForm):
    """When offices work."""

    weekdays = forms.TypedMultipleChoiceField(
        label=gettext_lazy("weekdays"), coerce=int, widget=forms.CheckboxSelectMultiple
    )
    morning_from = forms.TimeField(label=gettext_lazy("morning from"))
    morning_until = forms.TimeField(label=gettext_lazy("morning until"))
    afternoon_from = forms.TimeField(label=gettext_lazy("afternoon from"))
    afternoon_until = forms.TimeField(label=gettext_lazy("afternoon until"))
    columns = (
        "weekdays",
        "morning_from",
        "morning_until",
        "afternoon_from",
        "afternoon_until",
    )

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        field = self.fields["weekdays"]
        assert isinstance(field, forms.TypedMultipleChoiceField)  # noqa: S101
        field.choices = list(enumerate(weekday_words(), start=1))
        for name in self.columns[1:]:
            self.fields[name].widget = forms.TimeInput(format="%H:%M", attrs={"type": "time"})


class CompareForm(PaperForm):
    """The clause of the province's rule that a setting carries out."""

    article = forms.CharField(label=gettext_lazy("Clause"), max_length=120)
    quote = forms.CharField(
        label=gettext_lazy("Words of the clause"),
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    needs_document = True

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        del self.fields["reason"]

    @property
    def own(self) -> Iterator[forms.BoundField]:
        """The fields of the clause itself."""
        return (self[name] for name in ("article", "quote"))


FORMS = {
    "kind": KindForm,
    "mailing": MailingForm,
    "step": StepForm,
    "number": NumberForm,
    "band": BandForm,
    "works": WorksForm,
    "hours": HoursForm,
}
NEW_FORMS = {"kind": KindForm, "mailing": NewMailingForm, "step": NewStepForm}


def weekday_words() -> list[str]:
    """Monday first."""
    return [
        sentence(word)
        for word in (
            _("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"),
            _("Saturday"), _("Sunday"),
        )
    ]  # fmt: skip


def number_word(key: str) -> str:
    """What a number is about; a key that is known no more speaks for itself."""
    return str(dict(RuleSetting.Key.choices).get(key, key))
