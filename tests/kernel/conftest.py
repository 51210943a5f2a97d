"""A site's files on a real disk, under a clock that the test moves."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from appliance.kernel.clock import FixedClock
from appliance.kernel.databases import Databases
from appliance.kernel.keys import KeyRing
from tests.fresh import fresh_keys


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2026, 11, 23, 1, 0, tzinfo=UTC))


@pytest.fixture
def keys(tmp_path: Path) -> KeyRing:
    return fresh_keys(tmp_path)


@pytest.fixture
def databases(tmp_path: Path, keys: KeyRing, clock: FixedClock) -> Iterator[Databases]:
    opened = Databases.open(tmp_path, keys, clock)
    yield opened
    opened.close()
