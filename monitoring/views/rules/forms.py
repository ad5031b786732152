"""The forms of the rules. What they ask is checked here; what the register allows, by the verbs."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from stations.models import (
    AirClass,
    Edition,
    EditionLimit,
    Facility,
    Medium,
    Parameter,
    Period,
    Permit,
    ReceivingWater,
    Station,
)
from stations.services.edition_files import read_factors
from stations.services.register_load import RegisterRefused
from stations.services.rule_changes import BasisKind, CannotStand
from stations.views.limits import source_words
from stations.views.rule_fields import DayField, LawNumber, PaperForm

FROM_NOW, PAST_TOO = "now", "past"


class ChangeForm(PaperForm):
    """A change with its days and its paper, and whether the past is judged anew."""

    since = DayField(required=False)
    until = DayField(required=False)
    past = forms.ChoiceField(required=False, widget=forms.RadioSelect)
    head_reason = forms.CharField(
        max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    labels: dict[str, Any] = {}

    def __init__(self, data: Any = None, *args: Any, **given: Any) -> None:
        super().__init__(_with_a_choice(data), *args, **given)
        self.fields["past"].choices = [  # type: ignore[attr-defined]
            (FROM_NOW, _("Only from now on: verdicts that were made stay as they are")),
            (PAST_TOO, _("Judge the past anew too")),
        ]
        self.fields["since"].label = _("From")
        self.fields["until"].label = _("Until")
        self.fields["until"].help_text = _("The last day; empty: no end.")
        self.fields["head_reason"].label = _("The head's reason for changing closed months")
        for name, label in self.texts().items():
            self.fields[name].label = label

    def texts(self) -> dict[str, Any]:
        """Labels of the form's own fields."""
        return {}

    @property
    def own(self) -> list[forms.BoundField]:
        """The fields that are this form's own, in their order."""
        shared = {*ChangeForm.base_fields}
        return [self[name] for name in self.fields if name not in shared]

    @property
    def corrects(self) -> bool:
        """Whether the past is to be judged anew."""
        return self.cleaned_data.get("past") == PAST_TOO

    def clean(self) -> dict[str, Any]:
        """A change rests on something, and correcting the past on words."""
        told = super().clean()
        begun, ended = told.get("since"), told.get("until")
        if begun and ended and ended < begun:
            self.add_error("until", _("The last day lies before the first."))
        if told.get("past") == PAST_TOO and not told.get("reason"):
            self.add_error("reason", _("Say why the past is judged anew."))
        elif not (
            told.get("document_number") or told.get("reason") or "document_number" in self.errors
        ):
            self.add_error("document_number", _("Name a document, or say why in the reason."))
        return told

    def refuse(self, refusal: CannotStand) -> None:
        """Puts what the register does not allow beside its field."""
        field = refusal.field if refusal.field in self.fields else None
        self.add_error(field, str(refusal))


def _with_a_choice(data: Any) -> Any:
    """Nothing of the past is touched unless that is chosen."""
    if data is None or "past" in data:
        return data
    data = data.copy()
    data["past"] = FROM_NOW
    return data


class BasisForm(ChangeForm):
    """One input of a limit, from a day on."""

    def __init__(
        self, *args: Any, kind: BasisKind, owner: Facility | Station, row: Any = None, **given: Any
    ) -> None:
        self.kind, self.owner, self.row = kind, owner, row
        super().__init__(*args, **given)
        for name, field in self._own_fields().items():
            self.fields[name] = field
        self.fields["since"].required = row is None or row.valid_from is not None
        self.order_fields([*kind.columns, "since", "until"])

    @property
    def own(self) -> list[forms.BoundField]:
        return [self[name] for name in self.kind.columns if name in self.fields]

    def _own_fields(self) -> dict[str, forms.Field]:
        match self.kind.name:
            case "design_flow":
                return {"m3_per_day": LawNumber(label=_("Design flow, m³/day"), min_value=0)}
            case "receiving_water":
                return {
                    "kind": forms.ChoiceField(
                        label=_("Receiving water"), choices=ReceivingWater.Kind.choices
                    ),
                    "flow_m3_per_s": LawNumber(
                        label=_("Flow of the river, m³/s"), required=False, min_value=0
                    ),
                    "volume_m3": LawNumber(
                        label=_("Volume of the lake, m³"),
                        required=False,
                        min_value=0,
                        decimal_places=3,
                    ),
                }
            case "gas_flow":
                return {"m3_per_hour": LawNumber(label=_("Gas flow, m³/h"), min_value=0)}
            case "kv_zone":
                zones = [(str(zone), str(zone)) for zone in range(1, 6)]
                return {
                    "zone": forms.TypedChoiceField(label=_("Kv zone"), choices=zones, coerce=int)
                }
            case "source_type":
                return {
                    "source_type": forms.ChoiceField(label=_("Type of source"), choices=_sources)
                }
            case "air_class":
                return {
                    "kind": forms.ChoiceField(label=_("May publish"), choices=AirClass.Kind.choices)
                }
        return self._edition_fields()

    def _edition_fields(self) -> dict[str, forms.Field]:
        """Edition and column as one choice, so that no column of another edition can be taken."""
        medium = self.owner.medium if isinstance(self.owner, Station) else ""
        return {
            "rule": forms.ChoiceField(label=_("Edition and column"), choices=_rules(medium)),
        }

    def clean(self) -> dict[str, Any]:
        """The other amount than that of the kind of water is left out."""
        told = super().clean()
        if self.kind.name == "receiving_water":
            if told.get("kind") == "river":
                told["volume_m3"] = None
            else:
                told["flow_m3_per_s"] = None
        return told

    def values(self) -> dict[str, Any]:
        """The columns of the row."""
        if self.kind.name == "judged_by":
            pk, column = self.cleaned_data["rule"].split("|", 1)
            return {"edition": Edition.objects.get(pk=pk), "column": column}
        return {name: self.cleaned_data.get(name) for name in self.kind.columns}


class RuleForm(BasisForm):
    """Which edition and column a station is judged by."""

    @property
    def own(self) -> list[forms.BoundField]:
        return [self["rule"]]


def _rules(medium: str) -> list[tuple[str, str]]:
    found = []
    for edition in Edition.objects.filter(medium=medium).order_by("-in_force_from", "code"):
        for column in edition.columns:
            word = "" if column == "only" else _(" column %s") % column
            found.append((f"{edition.pk}|{column}", f"{edition.code}{word}"))
    return found


def _sources() -> list[tuple[str, str]]:
    rows = EditionLimit.objects.exclude(source_type="").order_by("source_type")
    known = rows.values_list("source_type", flat=True).distinct()
    return [("", "—"), *((name, source_words(name)) for name in known)]


class EditionForm(ChangeForm):
    """An edition itself: what it is called, its columns, how it judges, its factors."""

    regulation = forms.CharField(max_length=40)
    title = forms.CharField(max_length=200)
    code = forms.CharField(max_length=60)
    medium = forms.ChoiceField(choices=Medium.choices)
    columns = forms.CharField(max_length=200)
    in_force_from = DayField(required=False)
    in_force_until = DayField(required=False)
    period = forms.ChoiceField(choices=Period.choices)
    min_capture = LawNumber(max_digits=4, decimal_places=3, min_value=0, max_value=1)
    grace_minutes = forms.IntegerField(min_value=0, max_value=1440)
    reference_oxygen = LawNumber(
        required=False, max_digits=5, decimal_places=2, min_value=0, max_value=20
    )
    factors = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 6}))
    note = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, edition: Edition | None = None, **given: Any) -> None:
        self.edition = edition
        super().__init__(*args, **given)
        for name in ("since", "until"):
            del self.fields[name]
        if edition is not None:
            self.fields["code"].disabled = self.fields["medium"].disabled = True

    def texts(self) -> dict[str, Any]:
        self.fields["columns"].help_text = _("Parted by commas, such as A, B, C; “only” for one.")
        self.fields["factors"].help_text = _(
            "YAML: kq_river, kq_lake, kf, kp as [[up to and including, factor], …, [null, factor]];"
            " kv as {zone: factor}; kq_unknown as {river: …, lake: …}. Empty: no factors."
        )
        return {
            "regulation": _("Regulation"),
            "title": _("Title of the regulation"),
            "code": _("Code of this edition"),
            "medium": _("Medium"),
            "columns": _("Columns"),
            "in_force_from": _("In force from"),
            "in_force_until": _("In force until"),
            "period": _("Usual averaging period"),
            "min_capture": _("Minimum capture (0–1)"),
            "grace_minutes": _("Grace, minutes"),
            "reference_oxygen": _("Reference oxygen, %"),
            "factors": _("Factor tables"),
            "note": _("Note"),
        }

    def clean_columns(self) -> list[str]:
        """The names of the columns."""
        names = [name.strip() for name in self.cleaned_data["columns"].split(",")]
        return [name for name in names if name]

    def clean_factors(self) -> dict[str, Any]:
        """The tables, as the column keeps them."""
        try:
            return read_factors(self.cleaned_data["factors"])
        except RegisterRefused as refusal:
            raise ValidationError([str(problem) for problem in refusal.problems]) from refusal

    def clean_min_capture(self) -> Any:
        """Zero would judge nothing at all."""
        if not self.cleaned_data["min_capture"]:
            raise ValidationError(_("must be above 0 and at most 1"))
        return self.cleaned_data["min_capture"]

    def values(self) -> dict[str, Any]:
        """The columns of the row."""
        names = (
            *("code", "medium", "columns", "in_force_from", "in_force_until", "period"),
            *("min_capture", "grace_minutes", "reference_oxygen", "factors", "note"),
        )
        return {name: self.cleaned_data[name] for name in names}


class CellForm(ChangeForm):
    """One number of an edition."""

    parameter = forms.ModelChoiceField(queryset=Parameter.objects.none())
    column = forms.ChoiceField()
    period = forms.ChoiceField(choices=Period.choices)
    source_type = forms.CharField(max_length=60, required=False)
    maximum = LawNumber(required=False)
    minimum = LawNumber(required=False)
    takes_factors = forms.BooleanField(required=False)
    note = forms.CharField(max_length=300, required=False)

    def __init__(self, *args: Any, edition: Edition, **given: Any) -> None:
        super().__init__(*args, **given)
        measured = Parameter.objects.filter(units__has_key=edition.medium)
        self.fields["parameter"].queryset = measured  # type: ignore[attr-defined]
        self.fields["column"].choices = [(name, name) for name in edition.columns]  # type: ignore[attr-defined]
        if not edition.factors:
            del self.fields["takes_factors"]

    def texts(self) -> dict[str, Any]:
        self.fields["source_type"].help_text = _("Only where the edition sets limits by it.")
        return {
            "parameter": _("Parameter"),
            "column": _("Column"),
            "period": _("Averaging period"),
            "source_type": _("Type of source"),
            "maximum": _("Maximum (C)"),
            "minimum": _("Minimum"),
            "takes_factors": _("C is multiplied by the factors"),
            "note": _("Note"),
        }

    def values(self) -> dict[str, Any]:
        """The columns of the row."""
        told = self.cleaned_data
        names = ("parameter", "column", "period", "source_type", "maximum", "minimum", "note")
        values = {name: told[name] for name in names}
        return values | {"takes_factors": bool(told.get("takes_factors", False))}


class EditionFileForm(ChangeForm):
    """The file of an edition; after it was read once its content comes along as text."""

    file = forms.FileField(required=False)
    content = forms.CharField(required=False, widget=forms.HiddenInput, strip=False)

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        for name in ("since", "until"):
            del self.fields[name]

    def texts(self) -> dict[str, Any]:
        self.fields["file"].widget.attrs["accept"] = ".yaml,.yml,.xlsx"
        return {"file": _("File (YAML or XLSX)")}

    @property
    def own(self) -> list[forms.BoundField]:
        return [self["file"]]

    def clean(self) -> dict[str, Any]:
        """One of the two."""
        told = super().clean()
        if not told.get("file") and not told.get("content") and "file" not in self.errors:
            self.add_error("file", _("Choose a file."))
        return told


class ConfirmForm(ChangeForm):
    """With which document a rule was compared."""

    needs_document = True

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        for name in ("since", "until"):
            del self.fields[name]


class PermitForm(ChangeForm):
    """A permit as its paper prints it."""

    number = forms.CharField(max_length=120)
    edition = forms.ChoiceField(required=False)
    kq = LawNumber(required=False, max_digits=6, decimal_places=3, min_value=0)
    kf = LawNumber(required=False, max_digits=6, decimal_places=3, min_value=0)
    flow_m3_per_day = LawNumber(required=False, min_value=0)
    instead_of = forms.ModelChoiceField(queryset=Permit.objects.none(), required=False)

    def __init__(
        self, *args: Any, facility: Facility, permit: Permit | None = None, **given: Any
    ) -> None:
        self.facility, self.permit = facility, permit
        super().__init__(*args, **given)
        media = facility.stations.values_list("medium", flat=True).distinct()
        rules = [rule for medium in media for rule in _rules(medium)]
        self.fields["edition"].choices = [("", "—"), *rules]  # type: ignore[attr-defined]
        self.fields["since"].required = permit is None or permit.valid_from is not None
        if permit is None:
            today = timezone.localdate()
            going = facility.permits.exclude(valid_until__lt=today).order_by("valid_from")
            self.fields["instead_of"].queryset = going  # type: ignore[attr-defined]
        if permit is not None or not self.fields["instead_of"].queryset.exists():  # type: ignore[attr-defined]
            del self.fields["instead_of"]

    def texts(self) -> dict[str, Any]:
        self.fields["instead_of"].help_text = _("It ends the day before.")
        return {
            "number": _("Number of the permit"),
            "edition": _("Edition and column that it names"),
            "kq": _("Kq in the permit"),
            "kf": _("Kf in the permit"),
            "flow_m3_per_day": _("Largest discharge, m³/day"),
            "instead_of": _("Takes the place of"),
        }

    def clean(self) -> dict[str, Any]:
        """Where no other document is named it is the permit itself."""
        told = self.cleaned_data
        if not told.get("document_number") and "document_number" not in self.errors:
            told["document_number"] = told.get("number", "")
        return super().clean()

    def values(self) -> dict[str, Any]:
        """The columns of the row."""
        told = self.cleaned_data
        pk, _bar, column = (told["edition"] or "").partition("|")
        return {
            "number": told["number"],
            "edition": Edition.objects.get(pk=pk) if pk else None,
            "column": column,
            **{name: told[name] for name in ("kq", "kf", "flow_m3_per_day")},
        }


class LineForm(forms.Form):
    """One line of a permit's table: what it prints for one parameter of one station."""

    channel = forms.ChoiceField(required=False)
    row = forms.IntegerField(required=False, widget=forms.HiddenInput)
    printed_c = LawNumber(required=False)
    minimum = LawNumber(required=False)
    maximum = LawNumber(required=False)
    period = forms.ChoiceField(choices=Period.choices, required=False)
    replaces = forms.BooleanField(required=False)

    def __init__(self, *args: Any, channels: list[tuple[str, str]], **given: Any) -> None:
        super().__init__(*args, **given)
        self.fields["channel"].choices = [("", "—"), *channels]  # type: ignore[attr-defined]
        for name, label in {
            "channel": _("Parameter"),
            "printed_c": _("C as printed"),
            "minimum": _("Minimum"),
            "maximum": _("Cmax as printed"),
            "period": _("Mean"),
            "replaces": _("Replaces the regulation"),
        }.items():
            self.fields[name].label = label

    @property
    def shown(self) -> list[forms.BoundField]:
        """The fields of the line, in the order of its columns."""
        names = ("period", "printed_c", "minimum", "maximum", "replaces")
        return [self[name] for name in names]

    @property
    def says(self) -> bool:
        """Whether the line prints a number."""
        told = self.cleaned_data
        return any(told.get(name) is not None for name in ("printed_c", "minimum", "maximum"))

    def clean(self) -> dict[str, Any]:
        """A line with a number names its parameter, and has a limit."""
        told = super().clean() or {}
        self.cleaned_data = told
        if self.says and not told.get("channel"):
            self.add_error("channel", _("Choose the parameter."))
        if self.says and told.get("maximum") is None and told.get("minimum") is None:
            self.add_error("maximum", _("Give the limit itself: Cmax, or a minimum."))
        return told
