"""Progress in bytes, per cent and rate, often enough and not too often."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.disk import free, spelled
from models.metering import Meter, sha256_of
from tests.models.conftest import fill


class Clock:
    """Moves when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_meter_tells_beginning_middle_and_end_and_keeps_quiet_between() -> None:
    said: list[str] = []
    clock = Clock()
    meter = Meter(said.append, "copying", 4_000_000, clock)
    meter.at(0)
    for moment in (100.05, 100.1, 100.5, 100.55):
        clock.now = moment
        meter.moved(500_000)
    clock.now = 100.6
    meter.moved(2_000_000)
    assert said == [
        "copying: 0 bytes of 4.0 MB, 0 %",
        "copying: 1.5 MB of 4.0 MB, 37 %, 3.0 MB/s",
        "copying: 4.0 MB of 4.0 MB, 100 %, 6.7 MB/s",
    ]


def test_a_total_that_becomes_known_on_the_way_is_told_from_then_on() -> None:
    said: list[str] = []
    clock = Clock()
    meter = Meter(said.append, "downloading", None, clock)
    meter.at(0)
    clock.now = 101.0
    meter.expect(1_000)
    meter.at(1_004)
    assert said == ["downloading: 0 bytes", "downloading: 1.0 kB of 1.0 kB, 100 %, 1.0 kB/s"]


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 bytes"), (999, "999 bytes"), (1_000, "1.0 kB"), (29_536_614_400, "29.5 GB")],
)
def test_sizes_are_spelled_for_a_person(size: int, text: str) -> None:
    assert spelled(size) == text


def test_every_byte_that_is_hashed_is_counted(tmp_path: Path) -> None:
    said: list[str] = []
    data = bytes(9_000_000)
    (tmp_path / "x").write_bytes(data)
    meter = Meter(said.append, "hashing", len(data))
    assert sha256_of(tmp_path / "x", meter) == sha256_of(tmp_path / "x")
    assert said[-1].startswith("hashing: 9.0 MB of 9.0 MB, 100 %")


def test_room_is_asked_of_the_disk_on_which_a_folder_would_come_to_lie(small_cache: Path) -> None:
    fill(small_cache, leave=1 << 20)
    assert free(small_cache / "not" / "there" / "yet") == 1 << 20
