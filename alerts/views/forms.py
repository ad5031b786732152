"""What a case asks people for, as forms: each mistake is told beside its field."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alerts.models import Answer
from alerts.views.words import sentence
from stations.models import Agency, Person

LARGEST_FILE = 10 * 1024 * 1024
MOST_FILES = 5
LOCAL = "%Y-%m-%dT%H:%M"


class SeveralFiles(forms.ClearableFileInput):
    """A field that takes several files."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Up to five files of at most 10 MiB each, as a list; empty when none was given."""

    def __init__(self, **named: Any) -> None:
        super().__init__(widget=SeveralFiles(), required=False, **named)

    def clean(self, data: Any, initial: Any = None) -> Any:
        """The list, each looked at. Raises ValidationError."""
        given = [one for one in (data if isinstance(data, list) else [data]) if one]
        if len(given) > MOST_FILES:
            raise forms.ValidationError(_("At most %s files at once.") % MOST_FILES)
        for one in given:
            if one.size > LARGEST_FILE:
                raise forms.ValidationError(_("%s is larger than 10 MiB.") % one.name)
        return [super(FilesField, self).clean(one, initial) for one in given]


class MomentField(forms.DateTimeField):
    """A moment by the clock on the wall."""

    def __init__(self, **named: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=LOCAL)
        super().__init__(widget=widget, input_formats=[LOCAL, f"{LOCAL}:%S"], **named)


def long_text(label: Any, *, required: bool = True, rows: int = 3) -> forms.CharField:
    """Words of any length."""
    return forms.CharField(
        label=label,
        required=required,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


def causes() -> list[tuple[str, str]]:
    """None is chosen beforehand: a cause that nobody chose is none."""
    words = [(cause.value, sentence(cause.label)) for cause in Answer.Cause]
    return [("", _("– choose –")), *words]


class AnswerForm(forms.Form):
    """Giải trình: the cause, what happened, what is done, by when it is mended."""

    cause = forms.ChoiceField(
        label=gettext_lazy("Cause"),
        choices=causes,
        error_messages={"required": gettext_lazy("Choose the cause.")},
    )
    words = long_text(gettext_lazy("What happened"))
    measure = long_text(gettext_lazy("What is being done"), required=False, rows=2)
    expected_end = MomentField(label=gettext_lazy("Mended by"), required=False)
    papers = FilesField(label=gettext_lazy("Pictures, minutes, papers"))


class CallForm(forms.Form):
    """A phone call about the case."""

    whom = forms.CharField(label=gettext_lazy("With whom"), max_length=200)
    phone = forms.CharField(label=gettext_lazy("Phone number"), max_length=40, required=False)
    called_at = MomentField(label=gettext_lazy("When"))
    words = long_text(gettext_lazy("What was said"))


class VisitForm(forms.Form):
    """A look at the place, with its minutes."""

    people = forms.CharField(label=gettext_lazy("Who took part"), max_length=500)
    visited_at = MomentField(label=gettext_lazy("When"))
    words = long_text(gettext_lazy("What was found"))
    papers = FilesField(label=gettext_lazy("Minutes, pictures"))


class SampleForm(forms.Form):
    """A control sample beside the analyser."""

    bottle = forms.CharField(label=gettext_lazy("Bottle"), max_length=80)
    parameter = forms.CharField(label=gettext_lazy("Parameter"), max_length=40)
    taken_from = MomentField(label=gettext_lazy("Taken from"))
    taken_until = MomentField(label=gettext_lazy("Taken until"))
    laboratory = forms.CharField(label=gettext_lazy("Laboratory"), max_length=200, required=False)
    unit = forms.CharField(
        label=gettext_lazy("Unit"),
        max_length=20,
        required=False,
        help_text=gettext_lazy("Empty: the unit in which the station measures the parameter."),
    )

    def clean(self) -> dict[str, Any]:
        """The end is not before the beginning."""
        given: dict[str, Any] = super().clean() or {}
        begin, end = given.get("taken_from"), given.get("taken_until")
        if begin and end and end < begin:
            self.add_error("taken_until", _("The sample ends before it begins."))
        return given


class ResultForm(forms.Form):
    """What the laboratory found; a decimal comma is a decimal point."""

    result = forms.CharField(label=gettext_lazy("Result"), max_length=30)
    result_at = MomentField(label=gettext_lazy("Result known"))

    def clean_result(self) -> Decimal:
        """The number."""
        text = str(self.cleaned_data["result"]).strip().replace(",", ".")
        field = forms.DecimalField(max_digits=20, decimal_places=6)
        number: Decimal = field.clean(text)
        return number


class FileForm(forms.Form):
    """A paper or a picture for the case."""

    what = forms.CharField(label=gettext_lazy("What it is"), max_length=200, required=False)
    papers = FilesField(label=gettext_lazy("Files"))

    def clean_papers(self) -> list[Any]:
        """At least one."""
        given: list[Any] = self.cleaned_data["papers"]
        if not given:
            raise forms.ValidationError(_("Choose a file."))
        return given


class AssignForm(forms.Form):
    """Whose the case is: a colleague, or nobody's. `seen`: whose it was when the page was made."""

    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)
    to = forms.ModelChoiceField(
        label=gettext_lazy("Assigned to"), queryset=Person.objects.none(), required=False
    )

    def __init__(self, *given: Any, people: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        field = self.fields["to"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101
        field.queryset = people
        field.empty_label = _("nobody")


class HandOverForm(forms.Form):
    """Another agency goes on with the case. `seen`: who held it when the page was made."""

    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)
    to_agency = forms.ModelChoiceField(
        label=gettext_lazy("To which agency"), queryset=Agency.objects.none()
    )
    reason = long_text(gettext_lazy("Why"), rows=2)

    def __init__(self, *given: Any, agencies: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        field = self.fields["to_agency"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101
        field.queryset = agencies


def wall_clock(at: datetime) -> str:
    """A moment as the fields of a form take it."""
    return timezone.localtime(at).strftime(LOCAL)
