"""Engines live and die with their supervisor. Small programs stand for the servers here."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from inference import state, supervisor
from inference.engine import Engine
from inference.errors import InferenceUnavailable
from inference.host import check_memory, choose_ports, end_leftovers
from inference.launch import Launch
from inference.profile import load
from inference.provenance import ModelIdentity, identify
from inference.state import Endpoints, EngineState, State
from tests.inference.test_profiles import PROFILES

SLEEPS = "import time; time.sleep(600)"
SPAWNS = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {SLEEPS!r}]); {SLEEPS}"
CHECKOUT = Path(__file__).parents[2]


def engine(folder: Path, program: str, probe: Callable[[], None] = lambda: None) -> Engine:
    launch = Launch("toy", [sys.executable, "-c", program], {"PATH": os.environ["PATH"]})
    return Engine(
        launch,
        EngineState("toy", 0),
        log=folder / "toy.log",
        probe=probe,
        start_timeout_s=20,
        changed=lambda: None,
    )


def until(condition: Callable[[], bool]) -> None:
    """Waits for ``condition``; what is awaited is certain to come, the bound only ends a broken test."""
    for _ in range(1200):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it did not happen")


def group_members(group: int) -> list[int]:
    """Processes of a process group that are not yet reaped away."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(fields[2]) == group and fields[0] != "Z":
                found.append(int(entry.name))
    return found


def test_stopping_leaves_no_process_of_the_engine(tmp_path: Path) -> None:
    kept = engine(tmp_path, SPAWNS)
    kept.start()
    until(lambda: kept.state.condition == "ready" and len(group_members(kept.state.pid)) == 2)
    group = kept.state.pid
    kept.ask_to_stop()
    kept.join()
    assert kept.state.condition == "stopped" and kept.state.pid == 0
    assert group_members(group) == []


def test_a_killed_engine_is_started_again(tmp_path: Path) -> None:
    kept = engine(tmp_path, SLEEPS)
    kept.start()
    until(lambda: kept.state.condition == "ready")
    first = kept.state.pid
    os.kill(first, signal.SIGKILL)
    until(lambda: kept.state.condition == "ready" and kept.state.pid != first)
    assert kept.state.restarts == 1
    kept.ask_to_stop()
    kept.join()


def test_an_engine_that_cannot_start_says_why(tmp_path: Path) -> None:
    kept = engine(tmp_path, "import sys; sys.exit('no such model')")
    kept.start()
    until(lambda: kept.state.restarts > 0)
    kept.ask_to_stop()
    kept.join()
    assert "status 1 while starting" in kept.state.last_failure
    assert "no such model" in kept.last_words()


def test_a_wrong_known_answer_keeps_an_engine_from_being_ready(tmp_path: Path) -> None:
    answers = [InferenceUnavailable("nonsense"), InferenceUnavailable("nonsense"), None]
    asked = threading.Event()

    def probe() -> None:
        answer = answers.pop(0)
        asked.set()
        if answer:
            raise answer

    kept = engine(tmp_path, SLEEPS, probe)
    kept.start()
    assert asked.wait(20)
    until(lambda: kept.state.condition == "ready")
    assert answers == []
    kept.ask_to_stop()
    kept.join()


def test_an_engine_does_not_outlive_a_killed_parent(tmp_path: Path) -> None:
    program = (
        "import time; from pathlib import Path\n"
        "from tests.inference.test_supervision import engine, SLEEPS\n"
        f"kept = engine(Path({str(tmp_path)!r}), SLEEPS); kept.start()\n"
        "while kept.state.condition != 'ready': time.sleep(0.05)\n"
        "print(kept.state.pid, flush=True); time.sleep(600)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert group_members(child) == [child]
        parent.kill()
    until(lambda: group_members(child) == [])


def written_state(run_dir: Path, pid: int, ticks: int) -> None:
    identity = ModelIdentity("tiny", "00")
    endpoints = Endpoints(["http://127.0.0.1:1"], "http://127.0.0.1:2", identity, {"vad": identity})
    toy = EngineState("toy", 1, condition="ready", pid=pid, started_ticks=ticks)
    state.write(run_dir, State(load(PROFILES / "eval-cpu.toml"), endpoints, os.getpid(), [toy]))


def test_leftovers_of_a_crash_are_ended_but_no_stranger_with_their_number(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", SLEEPS], start_new_session=True) as process:
        ticks = state.started_ticks(process.pid)
        written_state(tmp_path, process.pid, ticks + 1)
        end_leftovers(tmp_path)
        assert process.poll() is None
        written_state(tmp_path, process.pid, ticks)
        end_leftovers(tmp_path, patience_s=0.2)
        assert process.wait(20) == -signal.SIGTERM
    assert state.read(tmp_path) is None


def test_status_tells_running_engines_from_a_file_left_behind(tmp_path: Path) -> None:
    assert supervisor.status(tmp_path / "nowhere") is None
    written_state(tmp_path, 0, 0)
    assert supervisor.status(tmp_path) is None
    held = state.lock(tmp_path)
    assert held is not None
    with held:
        found = supervisor.status(tmp_path)
        assert found is not None and found.engines[0].name == "toy"
        assert found.profile == load(PROFILES / "eval-cpu.toml")
    assert supervisor.down(tmp_path) is True
    assert supervisor.down(tmp_path) is False


def test_free_ports_are_distinct_and_a_taken_one_is_named() -> None:
    ports = choose_ports([0] * 20)
    assert len(set(ports)) == 20 and 0 not in ports
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(InferenceUnavailable, match=f"port {port}"):
            choose_ports([port])


def test_too_little_memory_is_refused_before_anything_starts(tmp_path: Path) -> None:
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemTotal:  33554432 kB\nMemAvailable:   4194304 kB\n")
    with pytest.raises(InferenceUnavailable, match=r"10\.5 GiB.*4\.0 GiB"):
        check_memory(load(PROFILES / "eval-cpu.toml"), meminfo=meminfo)


def test_a_changed_byte_changes_a_models_identity_and_a_note_beside_it_does_not(tmp_path: Path) -> None:
    weights = tmp_path / "model.bin"
    weights.write_bytes(b"abc")
    before = identify({"tiny": tmp_path})
    (tmp_path / ".complete").write_text("now")
    (tmp_path / "manifest.json").write_text("{}")
    assert identify({"tiny": tmp_path}) == before
    weights.write_bytes(b"abd")
    assert identify({"tiny": tmp_path}) != before
