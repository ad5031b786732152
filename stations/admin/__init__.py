"""The register's own desk: for staff, with the history of every change."""

from django.contrib import admin
from django.contrib.auth.models import Group
from django.utils.translation import gettext_lazy as _

from stations.admin import (
    agencies,
    channels,
    facilities,
    machines,
    people,
    permits,
    places,
    regulations,
    stations,
)

# Rights come from memberships and jurisdictions alone.
admin.site.unregister(Group)
admin.site.index_title = _("Administration")

__all__ = [
    "agencies",
    "channels",
    "facilities",
    "machines",
    "people",
    "permits",
    "places",
    "regulations",
    "stations",
]
