from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def data_dir(tmp_path: Path, settings: Any) -> Path:
    """A data folder of this test's own: its spool, its heartbeat."""
    settings.DATA_DIR = tmp_path
    settings.EMAIL_FOLDER = tmp_path / "mails"
    return tmp_path
