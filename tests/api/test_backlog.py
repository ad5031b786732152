"""The numbers of what waits."""

from __future__ import annotations

import pytest
from django.test import Client

from monitoring.models import DirtyHour
from monitoring.services.drain import host_spool
from tests.api.conftest import MORNING, Place


@pytest.mark.django_db
def test_metrics_tell_how_much_waits(place: Place) -> None:
    host_spool().put(b"x", door="ftp", account="x", peer="", name="secret-name")
    DirtyHour.objects.create(station=place.station, hour=MORNING, received_at=MORNING)
    told = Client().get("/metrics").content.decode()
    assert "qttd_spooled_files 1.0" in told
    assert "qttd_dirty_hours 1.0" in told
    assert "qttd_waiting_mails 0.0" in told
    assert "secret-name" not in told
