"""The room's tests run in a small house with real files."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from appliance.kernel.clock import FixedClock
from appliance.kernel.databases import Databases
from tests.fresh import fresh_keys
from tests.interviews.house import House


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2026, 11, 23, 1, 0, tzinfo=UTC))


@pytest.fixture
def house(tmp_path: Path, clock: FixedClock) -> Iterator[House]:
    keys = fresh_keys(tmp_path)
    databases = Databases.open(tmp_path, keys, clock)
    yield House(tmp_path, databases, keys, clock)
    databases.close()
