"""A site with identity and audit on a real disk, copied for each test from one that was made once."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from appliance.kernel.clock import FixedClock
from appliance.kernel.databases import Databases
from appliance.kernel.keys import KeyRing
from tests.fresh import fresh_keys
from tests.identity.house import House

START = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def empty_site(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, KeyRing]:
    """Migrated, empty files and their keys; making them takes a second that each test need not pay."""
    folder = tmp_path_factory.mktemp("empty-site")
    keys = fresh_keys(folder)
    Databases.open(folder, keys, FixedClock(START)).close()
    return folder, keys


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(START)


@pytest.fixture
def house(tmp_path: Path, empty_site: tuple[Path, KeyRing], clock: FixedClock) -> Iterator[House]:
    folder, keys = empty_site
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    databases = Databases.open(tmp_path, keys, clock)
    yield House(tmp_path, databases, keys, clock)
    databases.close()
