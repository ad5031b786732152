"""How columns are edited: no idle zeros, a decimal comma is a decimal point, lists by item."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib.postgres.fields import ArrayField
from django.db import models
from unfold.contrib.forms.widgets import ArrayWidget
from unfold.widgets import UnfoldAdminTextInputWidget

from stations.domain.quantities import plain


class PlainDecimalField(forms.DecimalField):
    """67.500000 is shown as 67.5; 67,5 is taken for the same. Thousands are not separated."""

    def prepare_value(self, value: Any) -> Any:
        return plain(value) if isinstance(value, Decimal) else super().prepare_value(value)

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and value.count(",") == 1 and "." not in value:
            value = value.replace(",", ".")
        return super().to_python(value)


FIELDS: dict[Any, dict[str, Any]] = {
    ArrayField: {"widget": ArrayWidget},
    models.DecimalField: {"form_class": PlainDecimalField, "widget": UnfoldAdminTextInputWidget},
}
"""How columns are edited on every page; one input for each item of a list."""
