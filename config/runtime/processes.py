"""Which processes the program consists of, and how each is started."""

from __future__ import annotations

import sys
from pathlib import Path

from config.runtime.children import Child

NAMES = ("web", "worker", "beat", "ftp", "demo")


def program(port: int, ftp_port: int, receive_queue: str) -> dict[str, list[str]]:
    """The command of each process by its name."""
    python, manage = sys.executable, "manage.py"
    celery = [python, "-m", "celery", "-A", "config.celery"]
    return {
        "web": [
            *(python, "-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{port}"),
            *("--workers", "2", "--worker-class", "gthread", "--threads", "4"),
            *("--timeout", "60", "--graceful-timeout", "5", "--keep-alive", "5"),
            *("--max-requests", "20000", "--max-requests-jitter", "2000", "--no-control-socket"),
        ],
        "worker": [
            *(*celery, "worker", "--loglevel", "WARNING", "--concurrency", "2", "-Ofair"),
            *("--prefetch-multiplier", "1", "--queues", f"celery,{receive_queue}"),
            *("--without-gossip", "--without-mingle", "--without-heartbeat"),
        ],
        "beat": [
            *(*celery, "beat", "--loglevel", "WARNING", "--pidfile="),
            *("--scheduler", "celery.beat:Scheduler"),  # in memory: no file that a kill can break
        ],
        "ftp": [python, manage, "ftp_server", "--port", str(ftp_port)],
        "demo": [python, manage, "demo_loggers", "--ftp-port", str(ftp_port)],
        "history": [python, manage, "demo_history"],
    }


def children(
    names: list[str], commands: dict[str, list[str]], logs: Path, environment: dict[str, str]
) -> list[Child]:
    """These processes, not started yet."""
    return [Child(name, commands[name], logs / f"{name}.log", environment) for name in names]
