"""The processes beside the databases: started, looked after, started again, stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

GUARD = Path(__file__).with_name("guard.py")
PROJECT = GUARD.parent.parent.parent
GRACE = 6.0  # seconds between "please stop" and the end
LONGEST_PAUSE = 30.0  # seconds before the next try
STEADY_AFTER = 60.0  # seconds after which earlier deaths are forgotten


@dataclass
class Child:
    """One process of the program, with its guard."""

    name: str
    command: list[str]
    log: Path
    environment: dict[str, str] = field(default_factory=dict)
    once: bool = False  # a task that ends by itself, not a service
    when_done: Callable[[], None] | None = None  # called when such a task succeeded
    process: subprocess.Popen[bytes] | None = None
    deaths: int = 0
    started_at: float = 0.0
    start_again_at: float = 0.0

    def start(self) -> None:
        """Starts it below a guard, its output into its log."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-I", "-S", str(GUARD), str(os.getpid()), str(GRACE)),
                    *self.command,
                ],
                cwd=PROJECT,
                env=os.environ | self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.started_at = time.monotonic()

    def look(self, now: float) -> str:
        """Starts it again when it is time. What is worth saying, or nothing."""
        if self.process is None:
            if not self.once and now >= self.start_again_at:
                self.start()
            return ""
        code = self.process.poll()
        if code is None:
            return ""
        self.process = None
        if self.once:
            return self._after_task(code)
        if now - self.started_at > STEADY_AFTER:
            self.deaths = 0
        self.deaths += 1
        pause = min(LONGEST_PAUSE, 0.5 * 2 ** (self.deaths - 1))
        self.start_again_at = now + pause
        return f"ended: {why(code)}; starts again in {pause:g} s"

    def _after_task(self, code: int) -> str:
        if code:
            return f"ended: {why(code)}"
        if self.when_done:
            self.when_done()
        return "done"

    def ask_to_stop(self) -> None:
        """The guard passes it on, waits for GRACE, and then ends the rest."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)

    def wait_stopped(self, until: float) -> None:
        """Waits for its guard to be done; a guard that is not done in time is killed."""
        if self.process is None:
            return
        try:
            self.process.wait(max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None


def why(code: int) -> str:
    """An exit code in plain words."""
    number = code - 128 if code > 128 else -code
    if code == 0:
        return "it ended by itself"
    if code == 127:
        return "its program could not be started"
    if number > 0:
        try:
            name = signal.Signals(number).name
        except ValueError:
            name = str(number)
        return f"killed by {name}" + (" (out of memory?)" if name == "SIGKILL" else "")
    return f"it failed with {code}"
