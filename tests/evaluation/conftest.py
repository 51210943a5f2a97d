"""A run directory in which something answers like Triton, and the command itself."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.install import commands
from appliance.install.progress import Progress
from tests.evaluation import triton

Command = Callable[..., tuple[int, dict[str, Any], str]]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[triton.Triton]:
    with triton.running(tmp_path / "run") as found:
        yield found


@pytest.fixture
def evaluate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs ``evaluate`` with these words; gives the exit code, the summary and what was said on stderr."""

    def run(*words: str | Path) -> tuple[int, dict[str, Any], str]:
        arguments = ["evaluate", *map(str, words), "--run-dir", str(tmp_path / "run")]
        code = commands.start(arguments, Progress(interactive=False))
        said = capsys.readouterr()
        lines = said.out.splitlines()
        assert len(lines) <= 1, "one summary line, nothing else on stdout"
        return code, json.loads(lines[0]) if lines else {}, said.err

    return run
