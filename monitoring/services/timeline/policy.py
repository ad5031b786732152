"""The province's settings as they are now, for a play: read here, laid on a stage there."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction

from alerts.models import (
    EscalationStep,
    KindRule,
    NotificationPolicy,
    RatioBand,
    SpecialDay,
    WorkingHours,
)
from stations.models import RuleSetting
from stations.models.dated import Dated

SETTINGS: tuple[type[models.Model], ...] = (
    KindRule,
    NotificationPolicy,
    EscalationStep,
    RatioBand,
    WorkingHours,
    SpecialDay,
    RuleSetting,
)


def present_policy(on: date) -> str:
    """Every setting in force on a day, as JSON, without who entered it and by which paper."""
    said = {}
    for model in SETTINGS:
        rows = model._default_manager.all()
        if issubclass(model, Dated):
            rows = model._default_manager.in_force(on)
        said[model.__name__] = list(rows.order_by("pk").values(*_columns(model)))
    return json.dumps(said, cls=DjangoJSONEncoder)


@transaction.atomic
def lay_policy(said: str) -> None:
    """Put these settings in the place of all that stand, for all time."""
    given = json.loads(said)
    for model in SETTINGS:
        rows = [_row(model, each) for each in given[model.__name__]]
        model._default_manager.all().delete()
        model._default_manager.bulk_create(rows)


def _row(model: type[models.Model], given: dict[str, Any]) -> models.Model:
    fields = {field.name: field for field in model._meta.concrete_fields}
    return model(**{name: fields[name].to_python(value) for name, value in given.items()})


def _columns(model: type[models.Model]) -> list[str]:
    own = {"id", "valid_from", "valid_until"}
    return [
        field.name
        for field in model._meta.concrete_fields
        if field.name not in own and not field.is_relation
    ]
