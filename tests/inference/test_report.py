"""What runs is told with figures of this moment."""

import subprocess
import sys
import time
from collections.abc import Iterator

import msgspec
import pytest

from inference import processes
from inference.profile import load
from inference.report import Report, report
from inference.state import Endpoints, EngineState, State
from tests.inference.test_profiles import PROFILES

TAKES_40_MIB = "import time; b = b'x' * (40 * 2**20); print('taken', flush=True); time.sleep(600)"


@pytest.fixture
def group() -> Iterator[int]:
    """A process group of one process with 40 MiB of its own."""
    with subprocess.Popen(
        [sys.executable, "-c", TAKES_40_MIB], stdout=subprocess.PIPE, start_new_session=True
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == b"taken\n"
        yield process.pid
        process.kill()


def reported(*engines: EngineState) -> Report:
    endpoints = Endpoints(["http://127.0.0.1:1"], "http://127.0.0.1:2", None, {})
    return report(State(load(PROFILES / "eval-cpu.toml"), endpoints, 77, list(engines)))


def ready(group: int, **fields: object) -> EngineState:
    state = EngineState("vllm-0", 8101, condition="ready", pid=group, start_s=51.2, budget_gib=7.5)
    for name, value in fields.items():
        setattr(state, name, value)
    state.started_ticks = processes.started_ticks(group)
    return state


def test_memory_and_uptime_are_measured_and_summed_against_the_budget(group: int) -> None:
    found = reported(ready(group, memory_peak_gib=6.0), EngineState("triton", 8111, budget_gib=3.0))
    engine, waiting = found.engines
    assert 0.04 < engine.memory_gib < 0.2 and engine.memory_peak_gib == 6.0
    assert 0.0 < engine.uptime_s < 600 and engine.processes == 1 and not engine.over_budget
    assert (waiting.memory_gib, waiting.uptime_s, waiting.processes) == (0.0, 0.0, 0)
    assert found.memory_gib == engine.memory_gib and found.budget_gib == 10.5
    assert found.lines[0] == "profile eval-cpu, supervised by process 77"
    assert "vllm-0: ready" in found.lines and "triton: waiting" in found.lines
    assert found.lines[-1] == "memory: 0.1 of 10.5 GiB" or found.lines[-1] == "memory: 0.0 of 10.5 GiB"


def test_who_outgrew_the_budget_stands_out(group: int) -> None:
    found = reported(ready(group, budget_gib=0.01))
    assert found.engines[0].over_budget
    assert any(line.endswith("- OVER") for line in found.lines)
    assert found.lines[-1].endswith("MORE THAN THE PROFILE ALLOWS")


def test_a_restarting_engine_says_when_why_and_how_often(group: int) -> None:
    failed = ready(
        group,
        condition="restarting",
        restarts=4,
        next_try_s=8.0,
        last_failure="it ended with status -9",
        last_failure_at=time.time() - 3 * 3600 - 5 * 60,
    )
    lines = reported(failed).lines
    assert "vllm-0: restarting, next try 8 s after the failure" in lines
    assert "  restarted 4 times, last 3 h 5 min ago: it ended with status -9" in lines


def test_trouble_is_told_before_the_engine_is_given_up(group: int) -> None:
    lines = reported(ready(group, condition="unhealthy", trouble="vad: no answer for 20 s")).lines
    assert "vllm-0: unhealthy" in lines and "  trouble: vad: no answer for 20 s" in lines


def test_whoever_starts_them_reads_where_each_answers(group: int) -> None:
    (where, together) = reported(ready(group, memory_peak_gib=6.0)).where
    assert where == "vllm-0 answers at http://127.0.0.1:8101 (started in 51 s, 6.0 of 7.5 GiB)"
    assert together.endswith("of 7.5 GiB; Ctrl-C ends them")


def test_a_program_gets_the_same_figures(group: int) -> None:
    found = reported(ready(group))
    assert msgspec.json.decode(msgspec.json.encode(found), type=Report) == found
