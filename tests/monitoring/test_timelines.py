"""Every timeline of tests/timelines: exactly these alerts, states and mails, and none else."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitoring.services.timeline import compare, play, read_timeline

FILES = sorted((Path(__file__).parent.parent / "timelines").glob("*.yaml"))


@pytest.mark.django_db
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_timeline_gives_what_it_says_and_nothing_else(file: Path, tmp_path: Path) -> None:
    timeline = read_timeline(file.read_text(encoding="utf-8"), name=file.stem)
    assert [str(each) for each in compare(timeline, play(timeline, folder=tmp_path))] == []
