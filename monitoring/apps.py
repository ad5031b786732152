"""The flow from a file to a verdict, and its screens."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MonitoringApp(AppConfig):
    """The flow from a file to a verdict, and its screens."""

    name = "monitoring"
    verbose_name = _("Monitoring")

    def ready(self) -> None:
        """The doors learn of a changed account at once; the desk learns what was measured."""
        from alerts.services.asking import answer_with
        from monitoring.services.measured import hours_between, measured_between
        from monitoring.services.month_captures import captures_of_month
        from stations.services.accounts import accounts_changed

        answer_with(measured_between, hours_between, captures_of_month)
        accounts_changed.connect(_renew, dispatch_uid="renew the doors' snapshot")


def _renew(**_signal: Any) -> None:
    from monitoring.services.snapshot import renew_snapshot

    renew_snapshot()
