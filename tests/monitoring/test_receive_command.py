"""`receive PATH…`: what it takes, and what it says of it in its last line."""

from __future__ import annotations

import json
import tarfile
import zipfile
from datetime import datetime
from io import BytesIO, StringIO
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from monitoring.models import Delivery, Reading
from monitoring.services.spool import MAX_FILE_BYTES
from stations.models import Station
from tests.flow.register import NOON, prefix_of, station_with
from tests.monitoring.timeline import MINUTE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("data_dir")]

STAMP = "20240521120000"


@pytest.fixture
def station() -> Station:
    return station_with()


def receive(*paths: Path, at: datetime = NOON) -> dict[str, Any]:
    out = StringIO()
    call_command("receive", *map(str, paths), at=at, json=True, stdout=out)
    told: dict[str, Any] = json.loads(out.getvalue().splitlines()[-1])
    return told


def write(folder: Path, station: Station, *values: str) -> Path:
    """A file of the station with these values of COD at noon, one after the other."""
    folder.mkdir(exist_ok=True)
    file = folder / f"{prefix_of(station)}_{STAMP}.txt"
    file.write_text("".join(f"COD\t{value}\t\t{STAMP}\t00\n" for value in values))
    return file


def counted(told: dict[str, Any]) -> tuple[str, int, int]:
    """The outcome of a single file, its readings and its revisions."""
    assert told["files"] == 1
    outcome = next(name for name in Delivery.Outcome.values if told[name])
    return outcome, told["readings"], told["revisions"]


def test_a_reading_given_twice_in_a_file_is_one_reading_and_a_revision(
    station: Station, tmp_path: Path
) -> None:
    assert counted(receive(write(tmp_path, station, "1", "2"))) == ("partial", 1, 1)


def test_the_same_value_written_otherwise_is_no_revision(station: Station, tmp_path: Path) -> None:
    receive(write(tmp_path / "a", station, "48.2"))
    assert counted(receive(write(tmp_path / "b", station, "48.20"))) == ("accepted", 1, 0)


def test_another_value_is_a_revision(station: Station, tmp_path: Path) -> None:
    receive(write(tmp_path / "a", station, "1"))
    assert counted(receive(write(tmp_path / "b", station, "2"))) == ("accepted", 1, 1)


def test_a_repeated_file_counts_nothing(station: Station, tmp_path: Path) -> None:
    file = write(tmp_path, station, "1")
    receive(file)
    assert counted(receive(file, at=NOON + MINUTE)) == ("duplicate", 0, 0)


def test_of_files_given_at_one_moment_the_last_argument_counts(
    station: Station, tmp_path: Path
) -> None:
    receive(write(tmp_path / "b", station, "2"), write(tmp_path / "a", station, "1"))
    assert Reading.objects.get().values == [1]


@pytest.mark.parametrize(
    ("size", "outcome"), [(MAX_FILE_BYTES, "accepted"), (MAX_FILE_BYTES + 1, "rejected")]
)
def test_above_one_mebibyte_a_file_is_too_large(
    station: Station, tmp_path: Path, size: int, outcome: str
) -> None:
    file = write(tmp_path, station, "1")
    file.write_bytes(file.read_bytes().ljust(size, b"\n"))
    assert receive(file)[outcome] == 1


def test_a_station_file_of_nuls_is_no_empty_archive(station: Station, tmp_path: Path) -> None:
    file = write(tmp_path, station)
    file.write_bytes(b"\0" * 10240)
    assert [problem["code"] for problem in receive(file)["problems"]] == ["not_text"]


def test_what_a_system_hides_in_an_archive_is_left_out(station: Station, tmp_path: Path) -> None:
    archive = tmp_path / "days.zip"
    with zipfile.ZipFile(archive, "w") as made:
        for name in ("__MACOSX/x.txt", ".under_way.txt", "21/file.txt"):
            made.writestr(name, "x")
    assert receive(archive)["files"] == 1


def test_a_damaged_archive_is_named(tmp_path: Path) -> None:
    archive = tmp_path / "days.tar.gz"
    item = tarfile.TarInfo("file.txt")
    item.size = 100_000
    with tarfile.open(archive, "w:gz") as made:
        made.addfile(item, BytesIO(Random(5).randbytes(item.size)))
    archive.write_bytes(archive.read_bytes()[:5000])
    with pytest.raises(CommandError, match=r"days\.tar\.gz"):
        receive(archive)
