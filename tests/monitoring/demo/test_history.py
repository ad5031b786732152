"""The archive of the days before the beginning, and where the live loggers go on."""

from __future__ import annotations

import tarfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from monitoring.demo.archive import write_tar
from monitoring.demo.fleet import demonstration_fleet
from monitoring.demo.history import Part, first_unsent, parts_of, write_part
from monitoring.demo.local_time import local_second
from monitoring.demo.patterns import sent_at
from monitoring.demo.progress import Progress
from monitoring.demo.story import episode_at
from monitoring.management.commands import demo_history

FLEET = demonstration_fleet()
BEGINNING = datetime(2026, 11, 23, 7, 33, 12, tzinfo=UTC)  # 14:33:12 in Vietnam
SECOND = local_second(BEGINNING)


@pytest.fixture(scope="module")
def parts() -> list[Part]:
    return list(parts_of(FLEET, BEGINNING))


def test_the_newest_day_goes_in_first(parts: list[Part]) -> None:
    days = [part.name for part in parts if part.name.startswith("day-")]
    assert days[0] == "day-2026-11-23"
    assert days == sorted(days, reverse=True)
    assert len(days) == 15


def test_fourteen_days_of_every_station(parts: list[Part]) -> None:
    files = sum(len(part.slots) for part in parts)
    day = sum(24 * 60 // logger.interval for logger in FLEET)
    assert 13.8 * day < files <= 14 * day


def test_history_and_live_meet_without_hole_or_overlap(parts: list[Part]) -> None:
    slots = [slot for part in parts for slot in part.slots]
    assert len(slots) == len(set(slots))
    for logger in FLEET:
        mine = sorted(minute for other, minute in slots if other is logger)
        assert mine == list(range(mine[0], first_unsent(logger, SECOND), logger.interval))


@pytest.mark.parametrize("minutes", range(0, 600, 37))
def test_the_first_unsent_file_is_the_first_that_is_due_later(minutes: int) -> None:
    second = SECOND + minutes * 60
    for logger in FLEET:
        first = first_unsent(logger, second)
        assert sent_at(logger, first) > second >= sent_at(logger, first - logger.interval)


def test_a_silent_station_is_told_with_the_moment_of_its_last_file(parts: list[Part]) -> None:
    silent = {logger.code for logger in FLEET if episode_at(logger.code, "", int(SECOND) // 60)}
    last_words = [part for part in parts if part.name.startswith("last-words-")]
    assert {part.slots[0][0].code for part in last_words} == silent
    for part in last_words:
        logger, minute = part.slots[-1]
        assert part.received_at is not None
        assert local_second(part.received_at) == sent_at(logger, minute)
        assert all(
            max(other for who, other in each.slots if who is logger) < minute
            for each in parts
            if each is not part and any(who is logger for who, _ in each.slots)
        )
    assert all(part.received_at is None for part in parts if part not in last_words)


def test_nothing_is_empty_just_after_midnight() -> None:
    midnight = datetime(2026, 11, 22, 17, 0, 1, tzinfo=UTC)
    assert all(part.slots for part in parts_of(FLEET, midnight, days=1))


def test_a_part_is_a_tar_that_others_can_read(parts: list[Part], tmp_path: Path) -> None:
    path = write_part(tmp_path, Part("day", parts[1].slots[:50]))
    with tarfile.open(path) as tar:
        members = tar.getmembers()
        assert len(members) == 50
        assert all(member.isfile() and member.size for member in members)
        body = tar.extractfile(members[0])
        assert body is not None
        assert len(body.read()) == members[0].size


def test_a_name_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="longer than the 100 bytes"):
        write_tar(tmp_path / "a.tar", [("x" * 101, 0, b"")])


def test_the_beginning_is_fixed_once(tmp_path: Path) -> None:
    progress = Progress(tmp_path / "demo")
    first = progress.beginning(BEGINNING)
    assert first == BEGINNING - timedelta(minutes=1)
    assert progress.beginning(BEGINNING + timedelta(hours=1)) == first


class Killed(Exception):
    """Stands for kill -9 in the middle of a part."""


@pytest.fixture
def received(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> list[str]:
    """The archives that `receive` was given; the third call of the first run is killed."""
    settings.DATA_DIR = tmp_path
    calls: list[str] = []

    def receive(name: str, path: str, *arguments: str, **options: Any) -> None:
        assert name == "receive"
        assert Path(path).is_file()
        calls.append(Path(path).stem)
        if len(calls) == 3:
            raise Killed

    monkeypatch.setattr(demo_history, "call_command", receive)
    return calls


def test_a_killed_history_goes_on_where_it_stopped_and_a_whole_one_never_repeats(
    received: list[str], tmp_path: Path
) -> None:
    with pytest.raises(Killed):
        call_command("demo_history", "--days=3")
    call_command("demo_history", "--days=3")
    whole = list(received)
    call_command("demo_history", "--days=3")
    assert received == whole
    assert whole[2] == whole[3]
    assert len(set(whole)) == len(whole) - 1
    assert not list((tmp_path / "demo").glob("*.tar"))
