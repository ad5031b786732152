"""What the workers do. Each task drains what there is, and may run twice or at once."""

from __future__ import annotations

import time
from datetime import datetime
from functools import cache

from celery import shared_task
from django.utils import timezone

from monitoring.bell import ring
from monitoring.services.corrections import correct_one
from monitoring.services.doors import door_back_at, heartbeat
from monitoring.services.drain import drain, host_spool
from monitoring.services.outages import keep_door
from monitoring.services.probing import word_of_probes
from monitoring.services.receive import Received
from monitoring.services.settle import redraw_stale, rush, settle_due
from monitoring.services.snapshot import renew_snapshot
from monitoring.services.studies import study_one
from monitoring.services.timeline.stage import sweep_stages
from monitoring.services.trials import try_next
from monitoring.services.watch import watch

RECEIVE = "monitoring.tasks.receive_spooled"
AVERAGE = "monitoring.tasks.average_dirty"
CORRECT = "monitoring.tasks.correct_waiting"
TRIAL = "monitoring.tasks.try_waiting"
STUDY = "monitoring.tasks.study_waiting"
MAIL = "alerts.tasks.send_mail"

CORRECTING_SECONDS = 2.0
"""How long corrections may keep a worker before new readings have their turn."""


@shared_task(name=RECEIVE)
def receive_spooled() -> int:
    """Store what lies in this host's spool."""
    return drain(host_spool(), clock=timezone.now, stored=_ring_for_averages)


def _ring_for_averages(received: Received) -> None:
    ring(AVERAGE)


@shared_task(name=AVERAGE)
def average_dirty() -> int:
    """Average, judge and draw the stations whose readings changed."""
    total = 0
    while settled := rush(now=timezone.now(), settled=_ring_for_mail):
        total += settled
    return total


def _ring_for_mail() -> None:
    ring(MAIL)


@shared_task(name="monitoring.tasks.judge_due")
def judge_due() -> int:
    """Judge the periods that came due by the clock."""
    total = 0
    while settled := settle_due(now=timezone.now()):
        total += settled
        ring(MAIL)
    return total


@shared_task(name=CORRECT)
def correct_waiting() -> int:
    """Do what people asked to be corrected; new readings between, where there is much of it."""
    until = time.monotonic() + CORRECTING_SECONDS
    total = 0
    while correct_one(now=timezone.now()):
        total += 1
        if time.monotonic() > until:
            ring(CORRECT)
            break
    if total:
        ring(MAIL)
    return total


@cache
def _watching_since() -> datetime:
    """When this process looked first."""
    return timezone.now()


@shared_task(name="monitoring.tasks.watch_links")
def watch_links() -> int:
    """Find who should have spoken by now; keep the doors' snapshot and the drawings fresh."""
    renew_snapshot()
    now = timezone.now()
    keep_door(heartbeat(), now=now, watching_since=_watching_since(), probed=word_of_probes(now))
    since = door_back_at()
    opened = watch(host_spool(), now=timezone.now(), door_back_at=since) if since else 0
    if opened:
        ring(MAIL)
    redraw_stale(now=timezone.now())
    return opened


@shared_task(name=STUDY)
def study_waiting() -> int:
    """Answer studies, a station at a time, while nothing else is kept waiting for long."""
    end, answered = time.monotonic() + CORRECTING_SECONDS, 0
    while time.monotonic() < end and study_one(now=timezone.now()):
        answered += 1
    return answered


@shared_task(name=TRIAL)
def try_waiting() -> int:
    """Play the timelines that people want to try, one after another, each in its own process."""
    played = 0
    while try_next(clock=timezone.now):
        played += 1
    return played


@shared_task(name="monitoring.tasks.sweep_trials")
def sweep_trials() -> int:
    """Take away the databases of plays that were killed."""
    return len(sweep_stages())
