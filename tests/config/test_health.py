"""What machines ask without signing in."""

from __future__ import annotations

from unittest import mock

import pytest
from django.db import OperationalError, connection
from django.test import Client


def test_alive_needs_no_database(client: Client):
    assert client.get("/healthz").json() == {"alive": True}


@pytest.mark.django_db
def test_ready_when_the_database_answers(client: Client):
    assert client.get("/readyz").json() == {"ready": True}


@pytest.mark.django_db
def test_not_ready_without_the_database(client: Client):
    with mock.patch.object(connection, "cursor", side_effect=OperationalError("gone")):
        answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"ready": False, "reason": "database"}


@pytest.mark.django_db
def test_metrics_are_in_the_format_of_prometheus(client: Client):
    answer = client.get("/metrics")
    assert answer["Content-Type"].startswith("text/plain")
    assert b"process_" in answer.content
