"""Fields of the forms in which numbers of the law and their papers are entered."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from stations.domain.quantities import plain
from stations.models import Document, Person
from stations.services.documents import documents_for
from stations.services.rule_changes import Paper, keep_document
from stations.views.limits import language

BIGGEST_SCAN = 25_000_000
"""Bytes of a document's file."""
_SCANS = (
    *(".pdf", ".png", ".jpg", ".jpeg", ".tif", ".tiff"),
    *(".doc", ".docx", ".xls", ".xlsx", ".zip"),
)


class LawNumber(forms.DecimalField):
    """A number of the law: 67,5 or 67.5. What can be read in two ways is refused, not guessed."""

    def __init__(self, **given: Any) -> None:
        given.setdefault("max_digits", 20)
        given.setdefault("decimal_places", 6)
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(widget=widget, **given)

    def prepare_value(self, value: Any) -> Any:
        """In the reader's way, without separators of thousands."""
        if not isinstance(value, Decimal):
            return value
        return plain(value).replace(".", ",") if language() == "vi" else plain(value)

    def to_python(self, value: Any) -> Any:
        """The number; thousands may be separated where that leaves no doubt."""
        if isinstance(value, str):
            value = self._read("".join(value.split()))
        return super().to_python(value)

    def _read(self, text: str) -> str:
        point, thousands = (",", ".") if language() == "vi" else (".", ",")
        t, p = re.escape(thousands), re.escape(point)
        if re.fullmatch(rf"[+-]?[1-9]\d{{0,2}}{t}\d{{3}}", text):
            told = {"one": text.replace(thousands, ""), "other": text.replace(thousands, point)}
            message = _("This can be read in two ways: write %(one)s or %(other)s.")
            raise ValidationError(message % told)
        if re.fullmatch(rf"[+-]?\d{{1,3}}(({t}\d{{3}})+{p}\d+|({t}\d{{3}}){{2,}})", text):
            text = text.replace(thousands, "")
        return text.replace(",", ".") if text.count(",") + text.count(".") <= 1 else text


class DayField(forms.DateField):
    """A calendar day, by the browser's own picker."""

    def __init__(self, **given: Any) -> None:
        super().__init__(
            widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
            input_formats=["%Y-%m-%d", "%d/%m/%Y"],
            **given,
        )


class PaperForm(forms.Form):
    """The document and the words that a change rests on. A document not yet known is described.

    `by` is who fills it in; a number that belongs to a document that he may not see is refused.
    """

    document_number = forms.CharField(max_length=120, required=False)
    document_date = DayField(required=False)
    document_issuer = forms.CharField(max_length=200, required=False)
    document_title = forms.CharField(max_length=300, required=False)
    document_file = forms.FileField(required=False)
    reason = forms.CharField(
        max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    needs_document = False
    template_known_documents = ()

    def __init__(self, *args: Any, by: Person, **given: Any) -> None:
        super().__init__(*args, **given)
        self.by = by
        labels = {
            "document_number": _("Document (number)"),
            "document_date": _("Its date"),
            "document_issuer": _("Issued by"),
            "document_title": _("Title"),
            "document_file": _("Scan or file"),
            "reason": _("Reason"),
        }
        for name, label in labels.items():
            if name in self.fields:
                self.fields[name].label = label
        self.fields["document_number"].widget.attrs["list"] = "known-documents"
        self.fields["document_number"].widget.attrs["autocomplete"] = "off"
        self.fields["document_number"].help_text = _("One of the list, or a new one.")

    def known_documents(self) -> list[str]:
        """Numbers that the person may choose among."""
        rows = documents_for(self.by).order_by("-date", "number")
        return list(rows.values_list("number", flat=True)[:500])

    def clean_document_number(self) -> str:
        """A number that is free, or that of a document which the person may see."""
        number: str = self.cleaned_data["document_number"].strip()
        if not number:
            if self.needs_document:
                raise ValidationError(_("Name the document."))
            return ""
        taken = Document.objects.filter(number=number)
        if taken.exists() and not documents_for(self.by).filter(number=number).exists():
            message = _("Another document bears this number: add what tells them apart.")
            raise ValidationError(message)
        return number

    def clean_document_file(self) -> Any:
        """A scan of a usual kind, not too large."""
        file = self.cleaned_data["document_file"]
        if file and file.size > BIGGEST_SCAN:
            raise ValidationError(_("The file is too large: at most 25 MB."))
        if file and not file.name.lower().endswith(_SCANS):
            raise ValidationError(_("A file of this kind cannot be kept: %s") % ", ".join(_SCANS))
        return file

    def clean(self) -> dict[str, Any]:
        """Something of a document needs its number."""
        told = super().clean() or {}
        details = ("document_date", "document_issuer", "document_title", "document_file")
        described = [name for name in details if told.get(name)]
        if described and "document_number" not in self.errors and not told.get("document_number"):
            self.add_error("document_number", _("Give the number of the document."))
        return told

    def keep_file(self) -> None:
        """Keeps a file at once, since a browser sends it only once; then its number is known."""
        if self.cleaned_data.get("document_file"):
            self._keep(self.cleaned_data["document_file"])

    def paper(self) -> Paper:
        """The document, made where it is new, and the words. Call inside the change."""
        told = self.cleaned_data
        document = None
        if told.get("document_number"):
            document = self._keep(None)
        return Paper(document, told.get("reason", ""))

    def _keep(self, file: Any) -> Document:
        told = self.cleaned_data
        return keep_document(
            number=told["document_number"],
            date=told.get("document_date"),
            issuer=told.get("document_issuer", ""),
            title=told.get("document_title", ""),
            file=file,
            by=self.by,
        )
