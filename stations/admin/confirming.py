"""Who compared a rule with its paper: set by the page, never typed in."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.forms import ModelForm
from django.utils import timezone

from stations.models import EditionLimit, Person, Provenance
from stations.models.regulation import Confirmed

NUMBERS = {"minimum", "maximum", "period", "takes_factors"}


def sign(form: ModelForm, user: AbstractBaseUser | AnonymousUser) -> None:
    """Puts the person and the moment under a rule that a form confirms, or takes them away.

    Whoever changes a confirmed rule confirms it anew. A number that a person has entered is
    no longer one that was read elsewhere.
    """
    row = form.instance
    if not isinstance(row, Confirmed) or not form.has_changed() or not isinstance(user, Person):
        return
    row.confirmed_by = user if row.confirmed else None
    row.confirmed_at = timezone.now() if row.confirmed else None
    if isinstance(row, EditionLimit) and NUMBERS & set(form.changed_data):
        row.provenance = Provenance.OFFICER
