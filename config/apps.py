"""The app of settings and processes: checks and the `up` command."""

from __future__ import annotations

from django.apps import AppConfig


class ConfigApp(AppConfig):
    """Registers the checks, and joins Celery to the settings in every process."""

    name = "config"

    def ready(self) -> None:
        """Without the Celery app a bell rung from the web would go to a default address."""
        from config import celery, checks  # noqa: F401
