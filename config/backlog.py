"""How much waits to be done, for Prometheus: numbers only, nothing of anybody."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.db import DatabaseError
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.registry import Collector

from alerts.models import Message
from monitoring.models import DirtyHour
from monitoring.services.drain import host_spool
from monitoring.services.spool import SpoolUnavailable


def _spooled() -> int:
    return host_spool().count()


def _dirty_hours() -> int:
    return DirtyHour.objects.count()


def _waiting_mails() -> int:
    return Message.objects.exclude(state__in=(Message.State.SENT, Message.State.FAILED)).count()


GAUGES: dict[str, tuple[str, Callable[[], int]]] = {
    "qttd_spooled_files": ("Files that are kept and not stored yet, on this host.", _spooled),
    "qttd_dirty_hours": ("Marks of hours to be averaged again.", _dirty_hours),
    "qttd_waiting_mails": ("Mails that are not handed over yet.", _waiting_mails),
}


class Backlog(Collector):
    """What waits now; a number that cannot be had is left out, and its absence says so."""

    def describe(self) -> list[GaugeMetricFamily]:
        """Nothing is asked when it is registered."""
        return []

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """The numbers as they are now."""
        for name, (meaning, count) in GAUGES.items():
            try:
                yield GaugeMetricFamily(name, meaning, value=count())
            except (DatabaseError, SpoolUnavailable):
                continue
