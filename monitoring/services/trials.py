"""Trials: a person has a timeline played, in a process and a database that are thrown away.

A trial reaches nothing that is real: its process has no way to our mail server, cache or spool,
and a database of its own. One is played at a time; a person has one under way.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode
from uuid import uuid4

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from alerts.services.senders import TRIALS, alone
from monitoring.models import Trial
from monitoring.services.timeline import read_to_try
from monitoring.services.timeline.policy import present_policy
from monitoring.services.timeline.stage import drop_stage, stage_name, template_is_there
from stations.models import Person

KEPT = 20
"""Trials of a person that are kept, the newest."""
LONGEST = 60.0
"""Seconds that a play may take."""
FIRST = 240.0
"""Seconds more where the empty database has to be made first."""
MOST_ANSWERED = 4 * 1024 * 1024
"""Bytes of an answer that are kept."""
NOWHERE = "unix:///nonexistent/qttd-trial"

State, Failure = Trial.State, Trial.Failure


class OneAtATime(Exception):
    """The person has another trial under way."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a play: its result, or why there is none."""

    result: dict[str, Any] | None = None
    failure: str = ""
    said: str = ""


@transaction.atomic
def ask_trial(
    *, text: str, by: Person, now: datetime, origin: str = "", with_policy: bool = False
) -> Trial:
    """Have a timeline played; the worker does it. Who asks rings `monitoring.tasks.TRIAL`.

    Raises TimelineRefused for one that cannot be tried, OneAtATime where the last one still runs.
    `with_policy`: with the province's settings as they are today, in the place of the shipped.
    """
    found = read_to_try(text)
    try:
        with transaction.atomic():
            trial = Trial.objects.create(
                asked_by=by,
                asked_at=now,
                name=found[0].name[:200] or "–",
                text=text,
                origin=origin,
                policy=present_policy(timezone.localdate(now)) if with_policy else "",
            )
    except IntegrityError as error:
        raise OneAtATime from error
    _forget_old(by)
    return trial


def _forget_old(by: Person) -> None:
    own = Trial.objects.for_user(by)
    kept = own.order_by("-asked_at", "-pk").values("pk")[:KEPT]
    own.exclude(pk__in=list(kept.values_list("pk", flat=True))).delete()


def try_next(*, clock: Callable[[], datetime]) -> bool:
    """Play the oldest that waits; False if there is none, or if another process plays now."""
    with alone(TRIALS) as first:
        if not first:
            return False
        _give_up_orphans(clock())
        trial = _take(clock())
        if trial is None:
            return False
        answer = play_apart(trial.text, policy=trial.policy)
        _keep(trial, answer, clock())
    return True


def _give_up_orphans(now: datetime) -> None:
    """Whoever plays holds the place; what runs without it was left by a process that is gone."""
    Trial.objects.filter(state=State.RUNNING).update(
        state=State.FAILED, failure=Failure.STOPPED, done_at=now
    )


def _take(now: datetime) -> Trial | None:
    trial = Trial.objects.filter(state=State.WAITING).order_by("asked_at", "pk").first()
    if trial is None:
        return None
    own = Trial.objects.filter(pk=trial.pk, state=State.WAITING)
    return trial if own.update(state=State.RUNNING, taken_at=now) else None


def _keep(trial: Trial, answer: Answer, now: datetime) -> None:
    Trial.objects.filter(pk=trial.pk, state=State.RUNNING).update(
        state=State.FAILED if answer.failure else State.DONE,
        failure=answer.failure,
        said=answer.said[:2000],
        result=answer.result,
        done_at=now,
    )


def play_apart(text: str, *, policy: str = "", longest: float = LONGEST) -> Answer:
    """Play a text in a process of its own, which ends with this one; its database goes with it."""
    stage = stage_name(uuid4().hex[:12])
    if not template_is_there():
        longest += FIRST
    with tempfile.TemporaryDirectory(prefix="qttd-trial-") as folder:
        try:
            return _run(Path(folder), stage, text, policy, longest)
        finally:
            drop_stage(stage)


def _run(folder: Path, stage: str, text: str, policy: str, longest: float) -> Answer:
    file = folder / "timeline.yaml"
    file.write_text(text, encoding="utf-8")
    command = [sys.executable, "manage.py", "timeline", str(file), "--json", "--stage", stage]
    if policy:
        (folder / "policy.json").write_text(policy, encoding="utf-8")
        command += ["--policy", str(folder / "policy.json")]
    with (folder / "out").open("wb") as out, (folder / "err").open("wb") as err:
        process = subprocess.Popen(
            [*command, "--below", str(os.getpid())],
            cwd=settings.BASE_DIR,
            env=_environment(folder),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
        try:
            code = process.wait(longest)
        except subprocess.TimeoutExpired:
            return Answer(failure=Failure.TOO_LONG)
        finally:
            _end(process)
    return _answer(code, folder / "out", folder / "err")


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill it and whatever it started."""
    with suppress(ProcessLookupError):  # all of them have ended
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _environment(folder: Path) -> dict[str, str]:
    """The least that it needs: our database server, and no way to anything else of ours."""
    kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG", "TZ") if key in os.environ}
    return kept | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": _database_url(),
        "REDIS_URL": NOWHERE,
        "EMAIL_URL": "smtp://127.0.0.1:9",  # the port that takes nothing
        "QTTD_DATA_DIR": str(folder / "data"),
        "SECRET_KEY": uuid4().hex,
        "SITE_URL": settings.SITE_URL,
        "TMPDIR": str(folder),
        "PYTHONDONTWRITEBYTECODE": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MPLCONFIGDIR": os.environ.get("MPLCONFIGDIR", str(folder)),
    }


def _database_url() -> str:
    given = connection.settings_dict
    login = quote(str(given.get("USER") or ""), safe="")
    if given.get("PASSWORD"):
        login += ":" + quote(str(given["PASSWORD"]), safe="")
    options: dict[str, Any] = {
        key: value for key, value in given.get("OPTIONS", {}).items() if isinstance(value, str)
    }
    options |= {"host": given.get("HOST") or "", "port": given.get("PORT") or ""}
    query = urlencode({key: value for key, value in options.items() if value})
    return f"postgres://{login}@/{quote(str(given['NAME']), safe='')}?{query}"


def _answer(code: int, out: Path, err: Path) -> Answer:
    if out.stat().st_size > MOST_ANSWERED or code == -signal.SIGXFSZ:
        return Answer(failure=Failure.TOO_LARGE)
    if code == 0:
        lines = out.read_text(encoding="utf-8").splitlines()
        result: dict[str, Any] = json.loads(lines[-1])
        if "refused" in result:
            return Answer(failure=Failure.REFUSED, said=str(result["refused"]))
        return Answer(result=result)
    said = err.read_text(encoding="utf-8", errors="replace").strip()
    last = said.splitlines()[-1] if said else ""
    if "MemoryError" in said:
        return Answer(failure=Failure.TOO_LARGE, said=last)
    if "permission denied to create database" in said:
        return Answer(failure=Failure.NO_ROOM, said=last)
    return Answer(failure=Failure.TROUBLE, said=last or f"exit {code}")
