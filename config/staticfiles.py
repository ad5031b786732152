"""Files for the browser: those inside Python packages, and all of them collected once a version."""

from __future__ import annotations

import gzip
import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import brotli
from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder, get_finders
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from django.core.files.storage import FileSystemStorage, Storage

from config.runtime.places import package_folder

PACKAGE_FILES = {"plotly/plotly.min.js": ("plotly", "package_data/plotly.min.js")}
LEFT_OUT = ["rest_framework/*"]  # pages of its own that we do not show
COMPRESSED = {".js", ".css", ".svg", ".json", ".txt"}
WORTH_COMPRESSING = 1024  # bytes
BROTLI_QUALITY = 9  # 11 takes ten times as long for a tenth less


class _OneFile(FileSystemStorage):
    """A storage that holds a single file under the name that pages use."""

    def __init__(self, file: Path) -> None:
        super().__init__(location=str(file.parent))
        self.file = file
        self.prefix = ""

    def path(self, name: str) -> str:
        return str(self.file)


class PackageFilesFinder(BaseFinder):
    """Finds the files named in PACKAGE_FILES, which lie in packages that are no Django apps."""

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        """The place of one file; a list of places with `find_all`."""
        found = [str(_place(path))] if path in PACKAGE_FILES else []
        return found if find_all else (found[0] if found else [])

    def list(self, ignore_patterns: Any) -> Iterator[tuple[str, Storage]]:
        """Every file with the storage that opens it."""
        for name in PACKAGE_FILES:
            yield name, _OneFile(_place(name))


def _place(name: str) -> Path:
    package, inside = PACKAGE_FILES[name]
    return package_folder(package) / inside


def collect(root: Path) -> bool:
    """Collects everything into `root` under hashed names, unless this version is there already."""
    sources = {name: storage for finder in get_finders() for name, storage in finder.list(LEFT_OUT)}
    stamp = _stamp(sources)
    if (root / "stamp").exists() and (root / "stamp").read_text() == stamp:
        return False
    draft = root.with_name("static.draft")
    shutil.rmtree(draft, ignore_errors=True)
    _copy(sources, draft)
    _compress(draft)
    (draft / "stamp").write_text(stamp)
    shutil.rmtree(root, ignore_errors=True)
    draft.rename(root)
    return True


def _stamp(sources: dict[str, Storage]) -> str:
    digest = hashlib.sha256()
    for name in sorted(sources):
        state = Path(sources[name].path(name)).stat()
        digest.update(f"{name} {state.st_size} {state.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _copy(sources: dict[str, Storage], root: Path) -> None:
    storage = ManifestStaticFilesStorage(location=str(root), base_url=settings.STATIC_URL)
    for name, source in sources.items():
        with source.open(name) as file:
            storage.save(name, file)
    local = FileSystemStorage(location=str(root))
    for _name, _hashed, result in storage.post_process({name: (local, name) for name in sources}):
        if isinstance(result, Exception):
            raise result


def _compress(root: Path) -> None:
    for file in root.rglob("*"):
        if file.suffix in COMPRESSED and file.stat().st_size > WORTH_COMPRESSING:
            whole = file.read_bytes()
            _beside(file, ".br").write_bytes(brotli.compress(whole, quality=BROTLI_QUALITY))
            _beside(file, ".gz").write_bytes(gzip.compress(whole, 6, mtime=0))


def _beside(file: Path, ending: str) -> Path:
    return file.with_name(file.name + ending)
