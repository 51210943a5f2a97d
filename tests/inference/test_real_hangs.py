"""A real Triton that hangs, is busy, or loses its supervisor."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from inference import known, processes, state, supervisor
from inference.health import Rules
from tests.inference.test_real_crashes import (
    DEADLINE_S,
    hearing_profile,
    long_speech,
    repeated,
    started,
)

pytestmark = [pytest.mark.inference, pytest.mark.timeout(900)]

CHECKOUT = Path(__file__).parents[2]
IMPATIENT = Rules(every_s=0.5, patience_s=1.0, misses=3, longest_busy_s=600)


def until(condition: Callable[[], bool], what: str) -> None:
    ends = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < ends, what
        time.sleep(0.1)


def test_a_hanging_triton_is_killed_and_answers_again(tmp_path: Path) -> None:
    with started(hearing_profile(), tmp_path, "triton", IMPATIENT) as running:
        (engine,) = running.engines
        first = engine.pid
        for pid in processes.group_members(first):
            os.kill(pid, signal.SIGSTOP)
        until(lambda: engine.restarts == 1, "nobody noticed that it hangs")
        assert "no answer for" in engine.last_failure and "no work for it" in engine.last_failure
        spoken = repeated(
            running, lambda again: again.speech.voice_activity(known.speech(), deadline_s=DEADLINE_S)
        )
        assert spoken and processes.group_members(first) == []


def test_a_triton_busy_with_long_recordings_is_left_alone(tmp_path: Path) -> None:
    """Its questions wait behind the recordings for many times the patience."""
    with started(hearing_profile(), tmp_path, "triton", IMPATIENT) as running, ThreadPoolExecutor(3) as pool:
        (engine,) = running.engines
        first, engines = engine.pid, running.connect()
        began = time.monotonic()
        heard = [
            pool.submit(engines.speech.transcribe, long_speech() * 2, language="en", deadline_s=DEADLINE_S)
            for _ in range(3)
        ]
        texts = [transcript.result().text.lower() for transcript in heard]
        busy_s = time.monotonic() - began
        engines.close()
        assert all("interview" in text for text in texts)
        assert (engine.restarts, engine.pid) == (0, first)
        if busy_s < 3 * IMPATIENT.patience_s * IMPATIENT.misses:
            pytest.skip(f"this machine heard it all in {busy_s:.0f} s: no question was owed for long")


def test_a_killed_supervisor_leaves_nothing_that_stands_in_the_way(tmp_path: Path) -> None:
    """Even of engines that hang, and so do not heed the signal that their parent's death sends."""
    program = (
        "from pathlib import Path\n"
        "from tests.inference.test_real_crashes import Rules, hearing_profile, started\n"
        f"running = started(hearing_profile(), Path({str(tmp_path)!r}), 'triton', Rules())\n"
        "print('up', flush=True); running.wait()"
    )
    with subprocess.Popen([sys.executable, "-c", program], cwd=CHECKOUT, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None and parent.stdout.readline() == b"up\n"
        left = state.read(tmp_path)
        assert left is not None
        group = left.engines[0].pid
        members = processes.group_members(group)
        assert len(members) > 1
        for pid in members:
            os.kill(pid, signal.SIGSTOP)
        parent.kill()
    assert processes.group_members(group) == members
    assert supervisor.status(tmp_path) is None
    with started(hearing_profile(), tmp_path, "triton", Rules()) as running:
        assert processes.group_members(group) == []
        engines = running.connect()
        assert engines.speech.voice_activity(known.speech(), deadline_s=DEADLINE_S)
        engines.close()
