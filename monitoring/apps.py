"""The flow from a file to a verdict, and its screens."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MonitoringApp(AppConfig):
    """The flow from a file to a verdict, and its screens."""

    name = "monitoring"
    verbose_name = _("Monitoring")
