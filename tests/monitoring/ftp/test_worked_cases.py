"""The worked cases through the FTP door with a real client, then into the database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings as project
from django.core.management import call_command
from django.utils import timezone

from monitoring.models import Delivery
from monitoring.services.receive import receive_batch
from monitoring.services.snapshot import renew_snapshot
from tests.api.test_worked_cases import AS_WRITTEN, BY_ACCOUNT, check, shifted
from tests.monitoring.ftp.conftest import KEY, OpenDoor

CASES = Path(project.BASE_DIR).parent / "shared" / "cases"


@pytest.mark.django_db
@pytest.mark.skipif(not CASES.is_dir(), reason="the shared cases are not beside the project")
def test_each_file_gives_what_the_worked_cases_say(
    open_door: OpenDoor, data_dir: Path, settings: Any
) -> None:
    settings.SECRET_KEY = KEY.decode()
    call_command("load_register", str(CASES / "register.yaml"), verbosity=0)
    renew_snapshot()
    door = open_door()
    client = door.login("kcnqc-nt01", "kiem-thu-ftp")
    by = datetime.now(UTC).replace(tzinfo=None, microsecond=0) + timedelta(hours=7) - AS_WRITTEN
    for case in yaml.safe_load((CASES / "expected.yaml").read_text()):
        file = CASES / "files" / case["file"]
        name = shifted(file.name.encode(), by).decode()
        assert client.send(name, shifted(file.read_bytes(), by)).startswith("226")
        (arrival,) = receive_batch(door.spool, now=timezone.now()).arrivals
        stored = Delivery.objects.get(id=arrival.id)
        told = {
            "outcome": stored.outcome,
            "readings": stored.readings,
            "revisions": stored.revisions,
            "problems": [problem | {"message": problem["code"]} for problem in stored.problems],
        }
        check(told, BY_ACCOUNT if "KHONGCO" in name else case, name)
