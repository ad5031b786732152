"""Register files, written where a test can load them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from stations.services.register_load import Loaded, RegisterRefused, load_file

Load = Callable[[str], Loaded]
Refusals = Callable[[str], list[str]]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Loads a register from its YAML text."""

    def from_text(text: str) -> Loaded:
        path = tmp_path / "register.yaml"
        path.write_text(dedent(text), encoding="utf-8")
        return load_file(path)

    return from_text


@pytest.fixture
def refusals(load: Load) -> Refusals:
    """Loads a register that must be refused; what was said, a line a problem."""

    def of_text(text: str) -> list[str]:
        with pytest.raises(RegisterRefused) as refused:
            load(text)
        return [str(problem) for problem in refused.value.problems]

    return of_text


@pytest.fixture(scope="session")
def shared_cases(project: Path) -> Path:
    """The folder of the shared cases; a test without it is skipped."""
    folder = project.parent / "shared" / "cases"
    if not folder.is_dir():
        pytest.skip("the shared cases are not beside the project")
    return folder
