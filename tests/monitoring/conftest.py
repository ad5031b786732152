"""A station of the worked cases, loaded as an officer would load it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

CASES = Path(__file__).resolve().parents[3] / "shared" / "cases"


@pytest.fixture
def data_dir(tmp_path: Path, settings: Any) -> Path:
    """A data folder of this test's own: its spool, its mails."""
    settings.DATA_DIR = tmp_path
    settings.EMAIL_FOLDER = tmp_path / "mails"
    return tmp_path


@pytest.fixture
def cases_register(db: None) -> None:
    """The register of the worked cases."""
    path = CASES / "register.yaml"
    if not path.exists():
        pytest.skip("the worked cases are not beside the project")
    call_command("load_register", str(path), verbosity=0)
