"""Every timeline of tests/timelines: exactly these alerts, states and mails, and none else."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitoring.services.timeline import TimelineRefused, read_timelines, rehearse

FILES = sorted((Path(__file__).parent.parent / "timelines").glob("*.yaml"))


@pytest.mark.django_db
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_timeline_gives_what_it_says_and_nothing_else(file: Path, tmp_path: Path) -> None:
    timelines = read_timelines(file.read_text(encoding="utf-8"), name=file.stem)
    found = rehearse(timelines, folder=tmp_path)
    differing = {each.timeline.name: [*map(str, each.differences)] for each in found}
    assert differing == {each.name: [] for each in timelines}


def test_there_are_as_many_timelines_that_prove_silence_as_the_desk_needs() -> None:
    texts = [(file.stem, file.read_text(encoding="utf-8")) for file in FILES]
    every = [one for stem, text in texts for one in read_timelines(text, name=stem)]
    assert len({one.name for one in every}) == len(every)
    alerting = [one for one in every if one.expect.get("alerts")]
    silent = [one for one in every if not (one.expect.get("mails") or one.expect.get("alerts"))]
    assert len(alerting) >= 60
    assert len(silent) >= 60


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a: [", "dòng 1"),
        ("name: x", "day"),
        ("name: x\nday: 2024-05-21\nsteps: [{at: '25', settle: x}]", "25"),
        ("name: x\nday: 2024-05-21\nsteps: [{at: '08:00', fly: x}]", "1"),
        ("name: x\nday: 2024-05-21\nexpct: {}", "expct"),
    ],
)
def test_a_mistake_is_named_with_its_place(text: str, place: str) -> None:
    with pytest.raises(TimelineRefused) as refusal:
        read_timelines(text, name="paper")
    assert place in str(refusal.value)
