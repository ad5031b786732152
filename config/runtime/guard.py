"""Stands between the supervisor and one child, so that no grandchild outlives either.

    python -I -S guard.py PARENT_PID GRACE_SECONDS COMMAND…

The guard adopts whatever its child leaves behind (PR_SET_CHILD_SUBREAPER). When the child ends,
when the guard is told to stop, or when the supervisor is gone, however it went, the guard ends
everything below itself, and then itself with the child's exit code. Standard library only and
run alone, so that it is small.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
ORPHAN_GRACE = 1.5  # seconds for a child whose supervisor is gone
NAMED = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD}

libc = ctypes.CDLL(None)


def main(parent: int, grace: float, command: list[str]) -> int:
    """Runs the command below itself until it ends; returns what it returned."""
    signal.pthread_sigmask(signal.SIG_BLOCK, NAMED)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    libc.prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
    child = _start(command)
    code = _until_ended(child, parent, grace)
    end_everything_below()
    return code


def _start(command: list[str]) -> int:
    child = os.fork()
    if child:
        return child
    try:
        os.setsid()
        libc.prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, NAMED)
        os.execvp(command[0], command)  # noqa: S606 - a fixed list from the supervisor
    except OSError as error:
        print(f"level=error event={str(error)!r}", file=sys.stderr, flush=True)  # noqa: T201
    os._exit(127)


def _until_ended(child: int, parent: int, grace: float) -> int:
    """Waits for the child; asks it to stop when told to or when left alone; then for `grace`."""
    deadline: float | None = None
    while True:
        code = _reap(child)
        if code is not None:
            return code
        if deadline is not None and time.monotonic() > deadline:
            os.kill(child, signal.SIGKILL)
        told = signal.sigtimedwait(NAMED, 0.5)
        left_alone = os.getppid() != parent
        if deadline is None and (left_alone or (told and told.si_signo != signal.SIGCHLD)):
            os.kill(child, signal.SIGTERM)
            deadline = time.monotonic() + (ORPHAN_GRACE if left_alone else grace)
        elif deadline is not None and left_alone:
            deadline = min(deadline, time.monotonic() + ORPHAN_GRACE)


def _reap(child: int) -> int | None:
    """Collects whoever has ended; the exit code of the child when it was among them."""
    code = None
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return code
        if pid == 0:
            return code
        if pid == child:
            code = os.waitstatus_to_exitcode(status)


def end_everything_below() -> None:
    """Kills every child; what these leave comes up here and is killed next, until none is left."""
    me = os.getpid()
    while True:
        for pid in children_of(me):
            os.kill(pid, signal.SIGKILL)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def children_of(parent: int) -> list[int]:
    """The processes whose parent is this one, as the kernel lists them."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                after_name = (entry / "stat").read_text(errors="replace").rpartition(")")[2]
            except OSError:
                continue  # it ended while we looked
            if int(after_name.split()[1]) == parent:
                found.append(int(entry.name))
    return found


if __name__ == "__main__":
    ended = main(int(sys.argv[1]), float(sys.argv[2]), sys.argv[3:])
    # A child killed by signal n ended with -n; a shell would say 128 + n.
    os._exit(ended if ended >= 0 else 128 - ended)
