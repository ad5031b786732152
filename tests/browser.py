"""The browser of the browser tests: the system's chromium, or the one CHROMIUM names."""

from __future__ import annotations

import os
import shutil
from functools import cache
from typing import Any


@cache
def chromium() -> str | None:
    """Where it lies."""
    return (
        os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    )


def launch_arguments() -> dict[str, Any]:
    """For Playwright. As root chromium needs to be told to run without its sandbox."""
    arguments = ["--disable-dev-shm-usage"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")
    return {"executable_path": chromium(), "args": arguments}
