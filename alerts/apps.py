"""The desk: what was said, to whom, who answered."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AlertsApp(AppConfig):
    """The desk: what was said, to whom, who answered."""

    name = "alerts"
    verbose_name = _("Alerts")
