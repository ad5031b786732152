"""The fourteen days that a new user's demonstration begins with."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO

from django.core.management import call_command
from django.utils import timezone

from config.bench.figures import Figure, timed
from config.runtime.first_start import REGISTER
from monitoring.models import Delivery
from monitoring.services.settle import settle_dirty, settle_due


def measure_history() -> Iterator[Figure]:
    """Seconds until all of it is received, and until all of it is judged."""
    call_command("load_register", str(REGISTER), stdout=StringIO(), verbosity=0)
    with timed() as receiving:
        call_command("demo_history", stdout=StringIO(), stderr=StringIO())
    with timed() as judging:
        while settle_dirty(now=timezone.now()) + settle_due(now=timezone.now()):
            continue
    files = Delivery.objects.count()
    yield Figure("history", "14 days received", receiving.seconds, "s", at_most=120)
    yield Figure("history", "the same, a second", files / receiving.seconds, "files/s")
    yield Figure("history", "averaged and judged after that", judging.seconds, "s")
