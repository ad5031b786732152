"""Who may see a document: whoever may see something that rests on it."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Exists, ForeignObjectRel, OuterRef, Q

from stations.models import Document, Facility, Person, Station
from stations.models.scope import sees_province

_PUBLIC = ("edition", "regulation", "key", "code")
"""Columns that tell law from the affairs of a facility: what has one of them is for everybody."""


def documents_for(
    user: Person | AnonymousUser, permission: str = "view_readings"
) -> models.QuerySet[Document]:
    """The documents that this person may see.

    Those of the law, and those that something of a facility within the person's reach rests on,
    whichever table it stands in; all of them for who keeps the rules of the whole province.
    """
    if not user.is_authenticated or not user.is_active:
        return Document.objects.none()
    if sees_province(user, "edit_rules"):
        return Document.objects.all()
    seen = Q(pk__in=[])
    for relation in Document._meta.get_fields(include_hidden=True):
        if not isinstance(relation, ForeignObjectRel):
            continue
        model = relation.related_model
        if not isinstance(model, type) or hasattr(model, "pgh_obj"):
            continue
        within = _within(model, user, permission)
        if within is not None:
            rows = model._default_manager.filter(within, **{relation.field.name: OuterRef("pk")})
            seen |= Q(Exists(rows))
    return Document.objects.filter(seen)


def _within(model: type[models.Model], user: Person | AnonymousUser, permission: str) -> Q | None:
    """The rows of a table that the person may see; None: none of them."""
    columns = {field.name for field in model._meta.concrete_fields}
    stations = Station.objects.for_user(user, permission).values("pk")
    if "station" in columns:
        return Q(station__in=stations)
    if "channel" in columns:
        return Q(channel__station__in=stations)
    if "facility" in columns:
        return Q(facility__in=Facility.objects.for_user(user, permission).values("pk"))
    if columns & set(_PUBLIC) and "agency" not in columns:
        return Q()
    return None
