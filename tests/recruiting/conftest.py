"""The room's tests run in a small house with real files."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.recruiting.house import House


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    opened = House(tmp_path)
    yield opened
    opened.close()
