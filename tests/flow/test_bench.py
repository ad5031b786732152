"""A bench measures in a folder of its own, and in no other."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from config.bench.figures import Figure, table
from config.management.commands import bench


@pytest.mark.parametrize("name", ["receive", "history", "latency"])
def test_a_bench_refuses_a_folder_that_is_not_its_own(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench, "embedded", fails)
    with pytest.raises(CommandError, match="not the folder of this bench"):
        call_command("bench", name, here=str(tmp_path))


def test_a_bench_refuses_the_folder_that_the_settings_name(
    monkeypatch: pytest.MonkeyPatch, data_dir: Path
) -> None:
    monkeypatch.setattr(bench, "embedded", fails)
    with pytest.raises(CommandError, match="not the folder of this bench"):
        call_command("bench", "receive", here=str(data_dir))


def test_its_process_knows_neither_the_data_folder_nor_the_databases_of_anybody(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://somebody@10.0.0.1/real")
    monkeypatch.setenv("QTTD_DATA_DIR", "/srv/real")
    environment = bench._environment(tmp_path)
    assert environment["QTTD_DATA_DIR"] == str(tmp_path)
    assert "DATABASE_URL" not in environment


def test_the_target_stands_beside_the_figure() -> None:
    missed = Figure("latency", "upload to alert", 6.2, "s", at_most=5)
    met = Figure("latency", "upload to mail", 6.2, "s", at_most=15)
    assert table([missed])[1].endswith("≤ 5  MISSED")
    assert table([met])[1].endswith("≤ 15  ok")


def fails(*arguments: object) -> None:
    raise AssertionError("databases were opened")
