"""What the keeper must know of a server to run it."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from config.runtime.identity import Identity

PR_SET_PDEATHSIG = 1
# What a keeper tells whoever started it.
STANDING, READY = "standing", "ready"
_LIBC = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Launch:
    """One process to start: what, as whom, where it writes its log."""

    command: list[str]
    who: Identity
    log: Path
    environment: dict[str, str] = field(default_factory=dict)


class Server(Protocol):
    """An embedded server: PostgreSQL or Valkey."""

    name: str
    stop_signal: signal.Signals

    def prepare(self) -> None:
        """Makes its folders; removes what a killed run left in the way."""

    def launch(self) -> Launch:
        """How to start it."""

    def answers(self) -> bool:
        """Whether it can be used now."""

    def rescue(self, failures: int) -> str:
        """Called after it died so many times and never answered; tells what was done."""


def die_with_parent() -> None:
    """Asks the kernel to kill this process when the one that started it is gone."""
    _LIBC.prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)


def start(launch: Launch) -> subprocess.Popen[bytes]:
    """Starts it in a session of its own; it dies with this process."""
    launch.log.parent.mkdir(parents=True, exist_ok=True)
    drop = (
        {}
        if launch.who.is_me
        else {"user": launch.who.uid, "group": launch.who.gid, "extra_groups": []}
    )
    with launch.log.open("ab") as log:
        return subprocess.Popen(
            launch.command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd="/",
            env={"PATH": os.environ.get("PATH", "/usr/bin:/bin"), **launch.environment},
            start_new_session=True,
            preexec_fn=die_with_parent,  # noqa: PLW1509 - single-threaded, and one prctl only
            **drop,  # type: ignore[call-overload]
        )


def stop(process: subprocess.Popen[bytes], how: signal.Signals, seconds: float) -> None:
    """Asks it to stop, and kills it when the time is over."""
    if process.poll() is not None:
        return
    process.send_signal(how)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
