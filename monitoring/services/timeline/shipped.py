"""The timelines that come with the program: what `make test` proves, for a person to try."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml
from django.conf import settings

PARTED = re.compile(r"^---[ \t]*$", re.MULTILINE)
SAID = re.compile(r"^(name|rule):[ \t]*(.+?)[ \t]*$", re.MULTILINE)
WORLD = re.compile(r"^world:", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Shipped:
    """One timeline as it is written, with the world that it shares with others of its file."""

    stem: str
    number: int
    name: str
    rule: str
    text: str

    @property
    def key(self) -> str:
        """How it is called in an address."""
        return f"{self.stem}-{self.number}"


def folder() -> Path:
    """Where they lie: the tests play the very same files."""
    return Path(settings.BASE_DIR) / "tests" / "timelines"


def shipped() -> tuple[Shipped, ...]:
    """Every one, by file and place."""
    files = sorted(folder().glob("*.yaml"))
    return _read(tuple((file, file.stat().st_mtime_ns) for file in files))


def one_shipped(key: str) -> Shipped | None:
    """The one that an address names."""
    return next((each for each in shipped() if each.key == key), None)


@lru_cache(maxsize=1)
def _read(files: tuple[tuple[Path, int], ...]) -> tuple[Shipped, ...]:
    return tuple(each for file, _changed in files for each in _of_file(file))


def _of_file(file: Path) -> list[Shipped]:
    parts = [part.strip("\n") for part in PARTED.split(file.read_text(encoding="utf-8"))]
    parts = [part for part in parts if part.strip()]
    world = parts.pop(0) if WORLD.search(parts[0]) else None
    found = []
    for number, part in enumerate(parts, 1):
        said = {key: str(yaml.safe_load(value)) for key, value in SAID.findall(part)}
        text = part if world is None else f"{world}\n---\n{part}"
        name = said.get("name", file.stem)
        found.append(Shipped(file.stem, number, name, said.get("rule", ""), text + "\n"))
    return found
