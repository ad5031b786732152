"""A timeline tried by a person: played apart, limited, killed whole, and nothing left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from psycopg import sql

from alerts.models import Alert, KindRule, Message
from monitoring.models import Delivery, Trial
from monitoring.services import trials
from monitoring.services.timeline import TimelineRefused, stage
from monitoring.services.trials import OneAtATime, ask_trial, play_apart, try_next
from stations.models import Person, Station

ONE_STEP = "name: x\nday: 2024-05-21\n"
STUCK = (Path(settings.BASE_DIR) / "tests/timelines/stuck_value.yaml").read_text(encoding="utf-8")


@pytest.fixture
def officer(db: None) -> Person:
    return Person.objects.create_user("canbo", password="x")


@pytest.fixture(scope="module")
def template(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The template of a stage, copied from the tests' own database: migrating takes too long."""
    name = f"{stage.TEMPLATE}{stage._state()}"
    own = connection.settings_dict["NAME"]
    with django_db_blocker.unblock():
        _beside(  # a page's server of another file may still be connected; it comes back by itself
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{own}'"
        )
        _beside(f"CREATE DATABASE {name} TEMPLATE {own}")
    yield
    with django_db_blocker.unblock():
        _beside(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def staged(template: None, transactional_db: None) -> None:
    """Plays may begin at once, from a database that they see."""


def _beside(statement: str) -> None:
    given = connection.settings_dict
    connection.close()
    with psycopg.connect(
        dbname="postgres", user=given["USER"], host=given["HOST"], port=given["PORT"],
        autocommit=True,
    ) as other:  # fmt: skip
        other.execute(sql.SQL(statement))  # type: ignore[arg-type]


def stages() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [stage.STAGE]
        )
        return [name for (name,) in cursor]


def plays() -> list[int]:
    """Processes that play."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if b"timeline" in words and b"--below" in words:
                found.append(int(entry.name))
    return found


def gone(pids: list[int], within: float = 10) -> bool:
    end = time.monotonic() + within
    while set(pids) & set(plays()):
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


@pytest.mark.servers
def test_a_trial_is_played_apart_and_nothing_of_it_stays(staged: None) -> None:
    officer = Person.objects.create_user("canbo", password="x")
    trial = ask_trial(text=STUCK, by=officer, now=timezone.now())
    assert trial.state == "waiting"
    before = {model: model.objects.count() for model in (Alert, Message, Delivery, Station)}
    assert try_next(clock=timezone.now)
    assert not try_next(clock=timezone.now)
    trial.refresh_from_db()
    assert (trial.state, trial.said) == ("done", "")
    (played,) = trial.result["timelines"]
    assert played["differences"] == []
    happened = played["story"]["happened"]
    assert [row["event"] for row in happened if row["what"] == "alert"] == ["opened", "resolved"]
    mails = [row for row in happened if row["what"] == "mail"]
    assert len(mails) == 4
    assert "TSS" in mails[0]["text"]
    assert {model: model.objects.count() for model in before} == before
    assert stages() == []


@pytest.mark.servers
def test_what_differs_is_told_by_what_was_expected(staged: None) -> None:
    text = STUCK.replace('resolved: "10:00"', 'resolved: "10:05"').replace(
        '    - {to: ca1@mau.example, at: "10:01"}\n', ""
    )
    answer = play_apart(text)
    assert answer.result is not None, answer
    (played,) = answer.result["timelines"]
    found = [(each["about"], each["number"]) for each in played["differences"]]
    assert found == [("alerts", 1), ("alerts", None), ("mails", None)]
    assert "21/05 10:00:00 ≠ 21/05 10:05:00" in played["differences"][0]["words"]


@pytest.mark.servers
def test_a_play_that_takes_too_long_is_ended_whole(staged: None) -> None:
    assert play_apart(STUCK, longest=1.0).failure == "too_long"
    assert gone(plays())
    assert stages() == []


@pytest.mark.servers
def test_a_step_that_cannot_be_carried_out_is_named_with_its_line(staged: None) -> None:
    text = STUCK.replace("values: {TSS: 40}", "values: 40")
    answer = play_apart(text)
    assert answer.failure == "refused"
    assert "dòng 26" in answer.said


@pytest.mark.servers
def test_the_provinces_own_settings_are_played_where_that_is_asked(staged: None) -> None:
    officer = Person.objects.create_user("canbo", password="x")
    KindRule.objects.filter(kind="stuck_value").update(severity=4)
    trial = ask_trial(text=STUCK, by=officer, now=timezone.now(), with_policy=True)
    assert try_next(clock=timezone.now)
    trial.refresh_from_db()
    assert trial.state == "done", trial.said
    assert '"severity": 4' in trial.policy
    assert trial.result["timelines"][0]["differences"] == []


@pytest.mark.servers
def test_a_play_ends_with_whoever_asked_for_it(staged: None, tmp_path: Path) -> None:
    """The asker is killed so that it can clean nothing up: its play ends, and the next sweep takes
    the database away."""
    program = (
        "import django; django.setup()\n"
        "from monitoring.services.trials import play_apart\n"
        f"play_apart(open({str(tmp_path / 't.yaml')!r}).read())\n"
    )
    (tmp_path / "t.yaml").write_text(STUCK, encoding="utf-8")
    asker = subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=settings.BASE_DIR,
        env={**os.environ, **trials._environment(tmp_path)},
    )
    end = time.monotonic() + 60
    while not stages() and time.monotonic() < end:
        time.sleep(0.05)
    started = plays()
    assert started
    assert stages()
    asker.send_signal(signal.SIGKILL)
    asker.wait()
    assert gone(started)
    assert stage.sweep_stages() == []  # made just now: it may still be somebody's
    stage_left = stages()
    assert stage_left
    old = f"{stage.STAGE}1700000000_x"
    connection.cursor().execute(f'ALTER DATABASE "{stage_left[0]}" RENAME TO "{old}"')
    assert stage.sweep_stages() == [old]
    assert stages() == []


def test_a_person_has_one_trial_under_way(officer: Person) -> None:
    ask_trial(text=STUCK, by=officer, now=timezone.now())
    with pytest.raises(OneAtATime):
        ask_trial(text=STUCK, by=officer, now=timezone.now())
    other = Person.objects.create_user("khac", password="x")
    ask_trial(text=STUCK, by=other, now=timezone.now())
    assert Trial.objects.count() == 2
    with pytest.raises(IntegrityError), transaction.atomic():
        Trial.objects.create(asked_by=officer, asked_at=timezone.now(), name="x", text="x")


def test_the_newest_twenty_are_kept(officer: Person) -> None:
    now = timezone.now()
    for number in range(22):
        trial = ask_trial(text=STUCK, by=officer, now=now + timedelta(seconds=number))
        Trial.objects.filter(pk=trial.pk).update(state="done", done_at=now)
    kept = Trial.objects.for_user(officer)
    assert kept.count() == 20
    assert min(kept.values_list("asked_at", flat=True)) == now + timedelta(seconds=2)


def test_what_ran_when_the_worker_was_killed_is_given_up(officer: Person) -> None:
    trial = ask_trial(text=STUCK, by=officer, now=timezone.now())
    Trial.objects.filter(pk=trial.pk).update(state="running")
    assert not try_next(clock=timezone.now)
    trial.refresh_from_db()
    assert (trial.state, trial.failure) == ("failed", "stopped")
    assert trial.done_at is not None


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("name: x\nday: 2024-05-21\n" + "#" * 70_000, "64 KB"),
        ("name: x\nday: 2024-05-21\nsteps:\n" + "  - {at: '08:00', settle: x}\n" * 301, "301"),
        (
            "name: x\nday: 2024-05-21\nuntil: '+70 00:00'\nsteps: [{at: '08:00', settle: x}]",
            "62",
        ),
        (
            "name: x\nday: 2024-05-21\nsteps: [{files: {station: A, from: '00:00',"
            " until: '+30 00:00', every: 1 min}}]\nuntil: '+30 00:00'",
            "43200",
        ),
        (
            "name: x\nday: 2024-05-21\nsteps: [{files: {station: A, from: '00:00',"
            " until: '10:00', every: 0 s}}]",
            "every",
        ),
        ("name: x\nday: 2024-05-21\nsettings: {look_every: 1 s}", "look_every"),
        (
            "name: x\nday: 2024-05-21\nregister: {facilities: [{stations: ["
            + ", ".join("{}" for _ in range(13))
            + "]}]}",
            "13",
        ),
        ("---\nname: x\nday: 2024-05-21\n" * 6, "5"),
        ("name: x\nday: 2024-05-21\nsteps: [{at: 12:30, settle: x}]", '"08:35"'),
        ("name: x\nday: 2024-05-21\nsteps:\n  - {at: '08:00', settle: x}\n  - {fly: x}", "dòng 5"),
        ("name: x\nday: 2024-13-45\n", "dòng 2, cột 6: không đọc được YAML; ngày, giờ hoặc số"),
        (f"{ONE_STEP}steps: [{{at: '+99999999999 08:35', settle: x}}]", "không phải thời điểm"),
        (f"{ONE_STEP}steps: [{{at: '0001-01-01', settle: x}}]", "không phải thời điểm"),
        (f"{ONE_STEP}settings: {{look_every: 99999999999 d}}", "5 min"),
        (
            f"{ONE_STEP}steps: [{{files: {{from: '08:00', until: '09:00', without: [5]}}}}]",
            "[từ, đến]",
        ),
        (
            f"{ONE_STEP}steps: [{{files: {{from: '08:00', until: '09:00', without: 5}}}}]",
            "[từ, đến]",
        ),
        (f"{ONE_STEP}\tuntil: '09:00'", "dòng 3, cột 1: không đọc được YAML; dòng bắt đầu bằng"),
        (f'{ONE_STEP}until: "09:00', "thiếu dấu ngoặc kép đóng"),
        (f"{ONE_STEP}until: [1, 2\nsteps: 3", "thiếu dấu phẩy hoặc ]"),
        ("name: x\nday: [", "dòng 2"),
        ("a: !!python/object/apply:os.system [id]", "dòng 1"),
    ],
)
def test_too_much_or_unreadable_is_told_before_anything_is_played(text: str, word: str) -> None:
    with pytest.raises(TimelineRefused) as refusal:
        trials.read_to_try(text)
    assert word in str(refusal.value)


def test_a_text_that_stands_for_a_milliard_is_refused_at_once() -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    for number in range(1, 10):
        names = ", ".join([f"*{chr(96 + number)}"] * 9)
        lines.append(f"{chr(97 + number)}: &{chr(97 + number)} [{names}]")
    began = time.monotonic()
    for text in ("\n".join(lines), "a: &a [*a]", "[" * 5000, "- &a x\n" + "- *a\n" * 300):
        with pytest.raises(TimelineRefused) as refusal:
            trials.read_to_try(text)
        assert "dòng" in str(refusal.value)
    assert time.monotonic() - began < 2


def test_every_shipped_timeline_may_be_tried() -> None:
    from monitoring.services.timeline.shipped import shipped

    every = shipped()
    assert len(every) > 120
    for one in every:
        read: list[Any] = trials.read_to_try(one.text)
        assert [each.name for each in read] == [one.name]
