"""Engines live and die with their supervisor. Small programs stand for the servers here."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from inference import engine as engines
from inference import processes, state, supervisor
from inference.engine import Engine, Plan
from inference.errors import InferenceUnavailable
from inference.health import Look, Rules
from inference.host import choose_ports, end_leftovers, taken
from inference.launch import Launch
from inference.memory import Meter
from inference.profile import load
from inference.provenance import ModelIdentity, identify
from inference.state import Endpoints, EngineState, State
from tests.inference.test_profiles import PROFILES

SLEEPS = "import time; time.sleep(600)"
SPAWNS = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {SLEEPS!r}]); {SLEEPS}"
LISTENS = (
    "import socket, sys, time; listener = socket.socket(); "
    "listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); "
    "listener.bind(('127.0.0.1', int(sys.argv[1]))); listener.listen(); time.sleep(600)"
)
CHECKOUT = Path(__file__).parents[2]
SOON = Rules(every_s=0.2, patience_s=0.5, misses=2, longest_busy_s=60)


def plan(
    program: str,
    probe: Callable[[], None] = lambda: None,
    looks: Callable[[int], Sequence[Look]] = lambda group: [],
    ports: Sequence[int] = (),
) -> Plan:
    argv = [sys.executable, "-c", program, *map(str, ports)]
    return Plan(Launch("toy", argv, {"PATH": os.environ["PATH"]}), list(ports), probe, looks)


def engine(
    folder: Path,
    planned: Plan,
    meter: Meter | None = None,
    tell: Callable[[str], None] = lambda line: None,
    replan: Callable[[], Plan] | None = None,
    changed: Callable[[], None] = lambda: None,
) -> Engine:
    return Engine(
        planned,
        EngineState("toy", planned.ports[0] if planned.ports else 0),
        log=folder / "toy.log",
        start_timeout_s=20,
        meter=meter or Meter(100.0, None),
        changed=changed,
        tell=tell,
        rules=SOON,
        replan=replan,
    )


def until(condition: Callable[[], bool]) -> None:
    """Waits for ``condition``; what is awaited is certain to come, the bound only ends a broken test."""
    for _ in range(1200):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it did not happen")


def test_stopping_leaves_no_process_of_the_engine(tmp_path: Path) -> None:
    kept = engine(tmp_path, plan(SPAWNS))
    kept.start()
    until(lambda: kept.state.condition == "ready" and len(processes.group_members(kept.state.pid)) == 2)
    group = kept.state.pid
    kept.ask_to_stop()
    kept.join()
    assert kept.state.condition == "stopped" and kept.state.pid == 0
    assert processes.group_members(group) == []


def test_a_killed_engine_is_started_again(tmp_path: Path) -> None:
    kept = engine(tmp_path, plan(SLEEPS))
    kept.start()
    until(lambda: kept.state.condition == "ready")
    first = kept.state.pid
    os.kill(first, signal.SIGKILL)
    until(lambda: kept.state.condition == "ready" and kept.state.pid != first)
    assert kept.state.restarts == 1
    kept.ask_to_stop()
    kept.join()


def test_an_engine_that_cannot_start_says_why(tmp_path: Path) -> None:
    def probe() -> None:
        raise InferenceUnavailable("not yet")

    kept = engine(tmp_path, plan("import sys; sys.exit('no such model')", probe))
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

    kept = engine(tmp_path, plan(SLEEPS, probe))
    kept.start()
    assert asked.wait(20)
    until(lambda: kept.state.condition == "ready")
    assert answers == []
    kept.ask_to_stop()
    kept.join()


def test_a_crash_loop_waits_twice_as_long_each_time_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "FIRST_BACKOFF_S", 0.1)
    monkeypatch.setattr(engines, "LONGEST_BACKOFF_S", 0.4)
    waits: list[float] = []

    def changed() -> None:
        if kept.state.condition == "restarting":
            waits.append(kept.state.next_try_s)

    kept = engine(tmp_path, plan("import sys; sys.exit(3)"), changed=changed)
    kept.start()
    until(lambda: len(waits) >= 5)
    kept.ask_to_stop()
    kept.join()
    assert waits[:5] == [0.1, 0.2, 0.4, 0.4, 0.4]
    assert kept.state.restarts >= 5 and kept.state.last_failure_at > 0


def look(ask: Callable[[float], None]) -> Callable[[int], list[Look]]:
    return lambda group: [Look("toy", ask, lambda: processes.group_members(group))]


def test_an_engine_whose_answers_turned_wrong_is_started_again_with_the_reason(tmp_path: Path) -> None:
    wrong = threading.Event()

    def ask(deadline_s: float) -> None:
        if wrong.is_set():
            raise InferenceUnavailable("Stub process 'vad_0_0' is not healthy.")

    told: list[str] = []
    kept = engine(tmp_path, plan(SLEEPS, looks=look(ask)), tell=told.append)
    kept.start()
    until(lambda: kept.state.condition == "ready")
    first = kept.state.pid
    wrong.set()
    until(lambda: kept.state.restarts == 1)
    wrong.clear()
    until(lambda: kept.state.condition == "ready" and kept.state.pid != first)
    assert kept.state.last_failure == "toy: Stub process 'vad_0_0' is not healthy."
    assert told[0].startswith("toy: toy: Stub process") and "ready again" in told[1]
    kept.ask_to_stop()
    kept.join()


def test_a_hanging_engine_is_killed_and_started_again(tmp_path: Path) -> None:
    """Stopped by a signal it heeds no request to end; only what does not answer for it may wait."""
    hangs = threading.Event()

    def ask(deadline_s: float) -> None:
        if hangs.is_set():
            time.sleep(600)

    kept = engine(tmp_path, plan(SLEEPS, looks=look(ask)))
    kept.start()
    until(lambda: kept.state.condition == "ready")
    first = kept.state.pid
    os.kill(first, signal.SIGSTOP)
    hangs.set()
    until(lambda: kept.state.restarts == 1)
    hangs.clear()
    assert "no answer for" in kept.state.last_failure and "no work for it" in kept.state.last_failure
    until(lambda: kept.state.condition == "ready" and kept.state.pid != first)
    assert processes.group_members(first) == []
    kept.ask_to_stop()
    kept.join()


def test_an_engine_over_its_budget_is_reported_and_kept(tmp_path: Path) -> None:
    told: list[str] = []
    kept = engine(tmp_path, plan(SLEEPS), Meter(0.0001, None), told.append)
    kept.start()
    until(lambda: kept.state.condition == "ready" and bool(told))
    assert "toy takes" in told[0] and "more than its budget" in told[0]
    assert kept.state.over_budget and kept.state.memory_peak_gib > 0.0001 and kept.state.restarts == 0
    kept.ask_to_stop()
    kept.join()


def test_an_engine_over_its_budget_is_restarted_where_the_profile_says_so(tmp_path: Path) -> None:
    kept = engine(tmp_path, plan(SLEEPS), Meter(0.0001, 1.5))
    kept.start()
    until(lambda: kept.state.restarts > 0)
    assert "more than 1.5 times its budget" in kept.state.last_failure
    kept.ask_to_stop()
    kept.join()


def test_a_port_that_a_stranger_took_before_the_engine_did_is_given_up(tmp_path: Path) -> None:
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        port = stranger.getsockname()[1]
        assert taken([port]) == [port]
        told: list[str] = []
        replan = lambda: plan(LISTENS, ports=choose_ports([0]))  # noqa: E731
        kept = engine(tmp_path, plan(LISTENS, ports=[port]), tell=told.append, replan=replan)
        kept.start()
        until(lambda: kept.state.condition == "ready")
        assert kept.state.port != port and kept.state.restarts == 0
        assert told == [f"toy: ports [{port}] were taken by another program, now [{kept.state.port}]"]
        kept.ask_to_stop()
        kept.join()


def test_a_fixed_port_that_a_stranger_has_is_named(tmp_path: Path) -> None:
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        port = stranger.getsockname()[1]
        kept = engine(tmp_path, plan(LISTENS, ports=[port]))
        kept.start()
        until(lambda: kept.state.restarts > 0)
        kept.ask_to_stop()
        kept.join()
    assert f"another program has port {port} on 127.0.0.1" in kept.state.last_failure


def test_a_stranger_who_answers_on_the_port_does_not_make_the_engine_ready(tmp_path: Path) -> None:
    asked = threading.Event()
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        kept = engine(tmp_path, plan(SLEEPS, asked.set, ports=[stranger.getsockname()[1]]))
        kept.start()
        until(lambda: kept.state.pid > 0)
        time.sleep(1)
        assert kept.state.condition == "starting" and not asked.is_set()
        kept.ask_to_stop()
        kept.join()


def test_an_engine_does_not_outlive_a_killed_parent(tmp_path: Path) -> None:
    program = (
        "import time; from pathlib import Path\n"
        "from tests.inference.test_supervision import SLEEPS, engine, plan\n"
        f"kept = engine(Path({str(tmp_path)!r}), plan(SLEEPS)); kept.start()\n"
        "while kept.state.condition != 'ready': time.sleep(0.05)\n"
        "print(kept.state.pid, flush=True); time.sleep(600)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert processes.group_members(child) == [child]
        parent.kill()
    until(lambda: processes.group_members(child) == [])


def written_state(run_dir: Path, pid: int, ticks: int) -> None:
    identity = ModelIdentity("tiny", "00")
    endpoints = Endpoints(["http://127.0.0.1:1"], "http://127.0.0.1:2", identity, {"vad": identity})
    toy = EngineState("toy", 1, condition="ready", pid=pid, started_ticks=ticks)
    state.write(run_dir, State(load(PROFILES / "eval-cpu.toml"), endpoints, os.getpid(), [toy]))


def test_leftovers_of_a_crash_are_ended_but_no_stranger_with_their_number(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", SLEEPS], start_new_session=True) as process:
        ticks = processes.started_ticks(process.pid)
        written_state(tmp_path, process.pid, ticks + 1)
        end_leftovers(tmp_path)
        assert process.poll() is None
        written_state(tmp_path, process.pid, ticks)
        end_leftovers(tmp_path, patience_s=0.2)
        assert process.wait(20) == -signal.SIGTERM
    assert state.read(tmp_path) is None


def test_leftovers_that_hang_or_lost_their_parent_are_ended_too(tmp_path: Path) -> None:
    """A stopped process heeds no signal to end; a killed engine's own children got none."""
    home = {"PATH": os.environ["PATH"], "HOME": str(tmp_path / "home")}
    with (
        subprocess.Popen([sys.executable, "-c", SLEEPS], env=home, start_new_session=True) as hanging,
        subprocess.Popen([sys.executable, "-c", SPAWNS], env=home, start_new_session=True) as parent,
        subprocess.Popen([sys.executable, "-c", SLEEPS], start_new_session=True) as stranger,
    ):
        until(lambda: len(processes.group_members(parent.pid)) == 2)
        hanging.send_signal(signal.SIGSTOP)
        parent.kill()
        parent.wait()
        (orphan,) = processes.group_members(parent.pid)
        end_leftovers(tmp_path, patience_s=0.5)
        assert hanging.wait(20) == -signal.SIGKILL
        until(lambda: processes.started_ticks(orphan) == 0)
        assert stranger.poll() is None
        stranger.kill()


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
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(InferenceUnavailable, match=f"port {port}"):
            choose_ports([port])


def test_a_changed_byte_changes_a_models_identity_and_a_note_beside_it_does_not(tmp_path: Path) -> None:
    weights = tmp_path / "model.bin"
    weights.write_bytes(b"abc")
    before = identify({"tiny": tmp_path})
    (tmp_path / ".complete").write_text("now")
    (tmp_path / "manifest.json").write_text("{}")
    assert identify({"tiny": tmp_path}) == before
    weights.write_bytes(b"abd")
    assert identify({"tiny": tmp_path}) != before
