"""An exported verdict, redone by the script of docs/ in a Python of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from monitoring.api.verdict import detail
from monitoring.models import Verdict

SCRIPT = Path(__file__).resolve().parents[2] / "docs" / "redo_verdict.py"


def redo(folder: Path, *exported: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    """Run the script on these, isolated (-I): the standard library and nothing of the project."""
    names = []
    for number, told in enumerate(exported):
        path = folder / f"verdict-{number}.json"
        path.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
        names.append(str(path))
    return subprocess.run(
        [sys.executable, "-I", str(SCRIPT), *names],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=folder,
    )


def export(verdict: Verdict) -> dict[str, Any]:
    """The JSON that its page gives."""
    told: dict[str, Any] = json.loads(json.dumps(detail(verdict), default=str))
    return told
