"""A cache of its own for each test, and disks that are too small."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from appliance.install.progress import Progress

SMALL_DISK = 8 << 20


class Told(Progress):
    """A progress that keeps what it was told instead of showing it; ``react`` is called with each detail."""

    def __init__(self) -> None:
        super().__init__(interactive=False)
        self.said: list[str] = []
        self.details: list[str] = []
        self.react: Callable[[str], None] = lambda line: None

    def say(self, line: str) -> None:
        self.said.append(line)

    def detail(self, line: str) -> None:
        self.details.append(line)
        self.react(line)


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder that belongs to one test."""
    place = tmp_path / "cache"
    monkeypatch.setenv("MUSTER_CACHE", str(place))
    return place


@pytest.fixture
def small_cache(cache: Path) -> Iterator[Path]:
    """A cache on a disk of its own of :data:`SMALL_DISK` bytes."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    cache.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK}", "tmpfs", str(cache)]
    made = subprocess.run(command, capture_output=True, check=False)
    if made.returncode != 0:
        pytest.skip(f"a small disk cannot be mounted here: {made.stderr.decode().strip()}")
    yield cache
    subprocess.run(["umount", "--lazy", str(cache)], check=True)


def fill(disk: Path, leave: int) -> Path:
    """A file on ``disk`` that takes all room but ``leave`` bytes."""
    filler = disk / "filler"
    filler.unlink(missing_ok=True)
    there = os.statvfs(disk)
    with filler.open("wb") as file:
        file.write(bytes(max(0, there.f_bavail * there.f_frsize - leave)))
    return filler
