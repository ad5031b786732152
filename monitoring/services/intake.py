"""Files, folders and archives given to a command: the same door as any other."""

from __future__ import annotations

import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath

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
    """A path that is no file, folder or whole archive; the message names it."""


BROKEN = (OSError, EOFError, RuntimeError, zlib.error, lzma.LZMAError)
"""What reading a cut, damaged or encrypted archive may raise, beside the archives' own errors."""


def given_files(paths: Iterable[Path]) -> Iterator[Given]:
    """All files of these paths: arguments in order, folders and archives sorted by path.

    A name with a leading dot, or under a folder with one, is a system's or a file under way.
    """
    for path in paths:
        if path.is_dir():
            inside = (file for file in path.rglob("*") if file.is_file())
            yield from map(
                _from_disk, sorted(f for f in inside if not _hidden(f.relative_to(path)))
            )
        elif not path.is_file():
            raise UnreadablePath(str(path))
        else:
            yield from _from_archive(path) if _is_archive(path) else [_from_disk(path)]


def _is_archive(path: Path) -> bool:
    """By what is in it; a station file of NULs alone would pass for an empty tar."""
    if path.suffix.lower() == ".txt" or not path.stat().st_size:
        return False
    return zipfile.is_zipfile(path) or tarfile.is_tarfile(path)


def _from_archive(path: Path) -> Iterator[Given]:
    try:
        yield from _from_zip(path) if zipfile.is_zipfile(path) else _from_tar(path)
    except (zipfile.BadZipFile, tarfile.TarError, *BROKEN) as error:
        raise UnreadablePath(f"{path} ({error})") from error


def _hidden(file: PurePath) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in file.parts)


def _from_disk(file: Path) -> Given:
    if file.stat().st_size > MAX_FILE_BYTES:
        return Given(str(file), b"", too_large=True)
    return Given(str(file), file.read_bytes())


def _from_zip(path: Path) -> Iterator[Given]:
    with zipfile.ZipFile(path) as archive:
        for item in sorted(archive.infolist(), key=lambda one: one.filename):
            if item.is_dir() or _hidden(PurePosixPath(item.filename)):
                continue
            if item.file_size > MAX_FILE_BYTES:
                yield Given(item.filename, b"", too_large=True)
            else:
                yield Given(item.filename, archive.read(item))


def _from_tar(path: Path) -> Iterator[Given]:
    with tarfile.open(path) as archive:
        for item in sorted(archive.getmembers(), key=lambda one: one.name):
            if not item.isfile() or _hidden(PurePosixPath(item.name)):
                continue
            if item.size > MAX_FILE_BYTES:
                yield Given(item.name, b"", too_large=True)
                continue
            content = archive.extractfile(item)
            yield Given(item.name, content.read() if content else b"")
