"""Which tests may be skipped where everything must run."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import pytest

NO_BROWSER = "no chromium: apt-get install chromium, or set CHROMIUM"
ALLOWED = Path(__file__).with_name("allowed_skips.txt")


def allowed() -> list[str]:
    """Parts of reasons, one a line; `#` begins a remark."""
    lines = (line.partition("#")[0].strip() for line in ALLOWED.read_text("utf-8").splitlines())
    return [line for line in lines if line]


def forbidden(reports: Iterable[pytest.TestReport | pytest.CollectReport]) -> list[str]:
    """On CI: what was skipped for a reason that is not on the list."""
    if os.environ.get("CI") != "true":
        return []
    return [
        f"{report.nodeid}: {reason(report)}"
        for report in reports
        if not any(part in reason(report) for part in allowed())
    ]


def reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    """Why it was skipped."""
    return report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
