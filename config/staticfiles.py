"""Files for the browser that live in Python packages which are no Django apps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage, Storage

from config.runtime.places import package_folder

PACKAGE_FILES = {"plotly/plotly.min.js": ("plotly", "package_data/plotly.min.js")}


def _place(package: str, inside: str) -> Path:
    return package_folder(package) / inside


class _OneFile(FileSystemStorage):
    """A storage that holds a single file under the name that pages use."""

    def __init__(self, file: Path) -> None:
        super().__init__(location=str(file.parent))
        self.file = file
        self.prefix = ""

    def path(self, name: str) -> str:
        return str(self.file)


class PackageFilesFinder(BaseFinder):
    """Finds the files named in PACKAGE_FILES, and only these."""

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        """The place of one file; a list of places with `find_all`."""
        found = [str(_place(*PACKAGE_FILES[path]))] if path in PACKAGE_FILES else []
        return found if find_all else (found[0] if found else [])

    def list(self, ignore_patterns: Any) -> Iterator[tuple[str, Storage]]:
        """Every file with the storage that opens it."""
        for name, place in PACKAGE_FILES.items():
            yield name, _OneFile(_place(*place))
