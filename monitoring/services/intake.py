"""Files, folders and archives given to a command: the same door as any other."""

from __future__ import annotations

import tarfile
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from monitoring.services.spool import MAX_FILE_BYTES


@dataclass(frozen=True, slots=True)
class Given:
    """One file as it was given: where it was found, and its bytes (none when too large)."""

    path: str
    raw: bytes
    too_large: bool = False

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


class UnreadablePath(Exception):
    """A path that is no file, folder or archive; the message names it."""


def given_files(paths: Iterable[Path]) -> Iterator[Given]:
    """All files of these paths: arguments in order, folders and archives sorted by path."""
    for path in paths:
        if path.is_dir():
            for file in sorted(p for p in path.rglob("*") if p.is_file() and not _hidden(p, path)):
                yield _from_disk(file)
        elif not path.is_file():
            raise UnreadablePath(str(path))
        elif zipfile.is_zipfile(path):
            yield from _from_zip(path)
        elif tarfile.is_tarfile(path) and path.stat().st_size:
            yield from _from_tar(path)
        else:
            yield _from_disk(path)


def _hidden(file: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in file.relative_to(folder).parts)


def _from_disk(file: Path) -> Given:
    if file.stat().st_size > MAX_FILE_BYTES:
        return Given(str(file), b"", too_large=True)
    return Given(str(file), file.read_bytes())


def _from_zip(path: Path) -> Iterator[Given]:
    with zipfile.ZipFile(path) as archive:
        for item in sorted(archive.infolist(), key=lambda one: one.filename):
            if item.is_dir():
                continue
            if item.file_size > MAX_FILE_BYTES:
                yield Given(item.filename, b"", too_large=True)
            else:
                yield Given(item.filename, archive.read(item))


def _from_tar(path: Path) -> Iterator[Given]:
    with tarfile.open(path) as archive:
        for item in sorted(archive.getmembers(), key=lambda one: one.name):
            if not item.isfile():
                continue
            if item.size > MAX_FILE_BYTES:
                yield Given(item.name, b"", too_large=True)
                continue
            content = archive.extractfile(item)
            yield Given(item.name, content.read() if content else b"")
