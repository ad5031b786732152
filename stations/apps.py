"""The register: who is watched, by whom, under which rule."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StationsApp(AppConfig):
    """The register: who is watched, by whom, under which rule."""

    name = "stations"
    verbose_name = _("Register")
