"""Which processes the program consists of, and how each is started."""

from __future__ import annotations

import sys
from pathlib import Path

from config.runtime.children import Child

NAMES = ("web", "worker", "beat", "ftp", "demo")
# One name to ask for, several processes: a day of back-fill keeps the settler busy for minutes,
# and neither a file nor a mail may wait for that; nor a mail for an inbox or a webhook.
PARTS = {"worker": ("settler", "receiver", "desk", "errands", "trial"), "ftp": ("ftp", "probe")}
SETTLERS = 2
"""Processes that average, judge and correct, each another station."""


def program(port: int, ftp_port: int, receive_queue: str) -> dict[str, list[str]]:
    """The command of each process by its name."""
    python, manage = sys.executable, "manage.py"
    return {
        "web": [
            *(python, "-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{port}"),
            *("--workers", "2", "--worker-class", "gthread", "--threads", "4"),
            *("--timeout", "60", "--graceful-timeout", "5", "--keep-alive", "5"),
            *("--max-requests", "20000", "--max-requests-jitter", "2000", "--no-control-socket"),
        ],
        "settler": [*_worker("settler", "settle"), "--concurrency", str(SETTLERS), "-Ofair"],
        "receiver": [*_worker("receiver", receive_queue), "--pool", "solo"],
        "desk": [*_worker("desk", "celery"), "--pool", "solo"],
        "errands": [*_worker("errands", "errands"), "--pool", "solo"],
        "trial": [*_worker("trial", "trial"), "--pool", "solo"],
        "beat": [
            *(*_celery("beat"), "--pidfile="),
            *("--scheduler", "celery.beat:Scheduler"),  # in memory: no file that a kill can break
        ],
        "ftp": [python, manage, "ftp_server", "--port", str(ftp_port)],
        "probe": [python, manage, "door_probe", "--port", str(ftp_port)],
        "demo": [python, manage, "demo_loggers", "--ftp-port", str(ftp_port)],
        "history": [python, manage, "demo_history"],
    }


def _celery(role: str) -> list[str]:
    return [sys.executable, "-m", "celery", "-A", "config.celery", role, "--loglevel", "WARNING"]


def _worker(name: str, queue: str) -> list[str]:
    return [
        *(*_celery("worker"), "--hostname", f"{name}@%h", "--queues", queue),
        *("--prefetch-multiplier", "1"),
        *("--without-gossip", "--without-mingle", "--without-heartbeat"),
    ]


def children(
    names: list[str], commands: dict[str, list[str]], logs: Path, environment: dict[str, str]
) -> list[Child]:
    """The processes of these names, not started yet."""
    parts = [part for name in names for part in PARTS.get(name, (name,))]
    return [Child(part, commands[part], logs / f"{part}.log", environment) for part in parts]
