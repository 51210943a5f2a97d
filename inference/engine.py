"""One engine process: started, watched, restarted with back-off, stopped with everything it started."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from inference import child, processes
from inference.errors import InferenceError
from inference.health import Health, Look, Rules
from inference.host import taken
from inference.launch import LOOPBACK, Launch
from inference.memory import Meter
from inference.state import Condition, EngineState

LOOK_EVERY_S = 0.25
MEMORY_EVERY_S = 5.0
STOP_GRACE_S = 20.0
FIRST_BACKOFF_S = 1.0
LONGEST_BACKOFF_S = 60.0
HEALTHY_AFTER_S = 120.0
"""An engine that stayed up this long restarts at once again; before, waiting times double."""

MOVES = 5
"""How often an engine that may choose its ports looks for others, when a stranger took them before it did."""

KEEP_LOG_BYTES = 20 * 2**20


class Plan(Struct, frozen=True):
    """How an engine is started and asked. It answers at the first of ``ports``. ``probe`` raises
    ``InferenceError`` as long as the engine is not right; ``looks`` are the cheap questions afterwards, given
    the engine's process group."""

    launch: Launch
    ports: list[int]
    probe: Callable[[], None]
    looks: Callable[[int], Sequence[Look]]


class Engine:
    """Keeps ``plan`` running until stopped. ``replan`` gives the plan with other ports, for an engine that
    may move. ``tell`` gets a line for the operator whenever something went wrong or came right. All of a
    process' life is in one thread of its own, because the kernel's parent-death signal follows the thread
    that started the child."""

    def __init__(
        self,
        plan: Plan,
        state: EngineState,
        *,
        log: Path,
        start_timeout_s: float,
        meter: Meter,
        changed: Callable[[], None],
        tell: Callable[[str], None] = lambda line: None,
        rules: Rules = Rules(),  # noqa: B008 - frozen
        replan: Callable[[], Plan] | None = None,
    ) -> None:
        self.state = state
        self.log = log
        self._plan = plan
        self._start_timeout_s = start_timeout_s
        self._meter = meter
        self._changed = changed
        self._tell = tell
        self._rules = rules
        self._replan = replan
        self._moves_left = MOVES if replan else 0
        self._read_memory_at = 0.0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._live, name=f"engine-{state.name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Begins stopping; ``join`` waits for it."""
        self._stopping.set()

    def join(self) -> None:
        """Returns when no process of the engine is left."""
        if self._thread.ident is not None:
            self._thread.join()

    def _live(self) -> None:
        backoff_s = FIRST_BACKOFF_S
        while not self._stopping.is_set():
            began = time.monotonic()
            process = self._spawn()
            failure = self._wait_ready(process, began) or self._watch(process)
            end_group(process, STOP_GRACE_S if self._stopping.is_set() else 0.0)
            if self._stopping.is_set():
                break
            if time.monotonic() - began > HEALTHY_AFTER_S:
                backoff_s = FIRST_BACKOFF_S
            if not self._moved():
                self._fail(self._with_taken_ports(failure), backoff_s)
                self._stopping.wait(backoff_s)
                backoff_s = min(2 * backoff_s, LONGEST_BACKOFF_S)
        self.state.pid = 0
        self._become("stopped")

    def _spawn(self) -> subprocess.Popen[bytes]:
        self._turn_log()
        guard = [sys.executable, child.__file__, child.PRIVATE_MEMORY, str(os.getpid())]
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                guard + self._plan.launch.argv,
                env=self._plan.launch.environment,
                cwd=self.log.parent,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.state.pid = process.pid
        self.state.started_ticks = processes.started_ticks(process.pid)
        self.state.next_try_s = 0.0
        self._become("starting")
        return process

    def _wait_ready(self, process: subprocess.Popen[bytes], began: float) -> str:
        """Empty once the known answers come; else why they will not."""
        reason = "it did not answer"
        while not self._stopping.wait(LOOK_EVERY_S):
            if process.poll() is not None:
                return f"it ended with status {process.returncode} while starting"
            if time.monotonic() - began > self._start_timeout_s:
                return f"not ready after {self._start_timeout_s:.0f} s: {reason}"
            if outgrown := self._read_memory(process.pid):
                return outgrown
            if not self._listens(process.pid):
                reason = f"it does not listen on port {self._plan.ports[0]}"
                continue
            try:
                self._plan.probe()
            except InferenceError as error:
                reason = str(error)
                continue
            self.state.start_s = time.monotonic() - began
            self._read_memory(process.pid, now=True)
            self._come_right()
            return ""
        return ""

    def _listens(self, group: int) -> bool:
        """Whether it is this engine that answers there, and no stranger who took the port first."""
        ports = self._plan.ports[:1]
        return not ports or processes.listen(processes.group_members(group), ports[0])

    def _watch(self, process: subprocess.Popen[bytes]) -> str:
        """Why the ready engine has to be started again; empty when it is stopped."""
        health = Health(self._plan.looks(process.pid), self._rules)
        while not self._stopping.wait(LOOK_EVERY_S):
            if process.poll() is not None:
                return f"it ended with status {process.returncode}"
            failure = self._read_memory(process.pid) or health.turn()
            if failure:
                return failure
            if health.trouble != self.state.trouble:
                self.state.trouble = health.trouble
                self._become("unhealthy" if health.trouble else "ready")
        return ""

    def _read_memory(self, group: int, now: bool = False) -> str:
        """Why the engine must be restarted for its memory, empty where it need not."""
        if not now and time.monotonic() - self._read_memory_at < MEMORY_EVERY_S:
            return ""
        self._read_memory_at = time.monotonic()
        was_over, known_peak = self.state.over_budget, self.state.memory_peak_gib
        outgrown = self._meter.read(processes.memory_bytes(processes.group_members(group)))
        self.state.over_budget = self._meter.over
        self.state.memory_peak_gib = self._meter.peak_gib
        if self._meter.over and not was_over:
            self._tell(
                f"{self.state.name} takes {self._meter.now_gib:.1f} GiB of memory, more than its budget of "
                f"{self._meter.budget_gib:.1f} GiB"
            )
        if self._meter.over != was_over or self._meter.peak_gib > known_peak + 0.01:
            self._changed()
        return outgrown

    def _moved(self) -> bool:
        """Takes other ports where a stranger has those of an engine that never was ready."""
        if self._moves_left == 0 or self.state.start_s or not taken(self._plan.ports) or not self._replan:
            return False
        self._moves_left -= 1
        before = self._plan.ports
        self._plan = self._replan()
        self.state.port = self._plan.ports[0]
        self._tell(f"{self.state.name}: ports {before} were taken by another program, now {self._plan.ports}")
        return True

    def _with_taken_ports(self, failure: str) -> str:
        numbers = ", ".join(str(port) for port in taken(self._plan.ports))
        return f"{failure}; another program has port {numbers} on {LOOPBACK}" if numbers else failure

    def _fail(self, failure: str, backoff_s: float) -> None:
        self.state.restarts += 1
        self.state.last_failure, self.state.last_failure_at = failure, time.time()
        self.state.trouble, self.state.next_try_s = "", backoff_s
        self._tell(f"{self.state.name}: {failure}; starting it again in {backoff_s:.0f} s")
        self._become("restarting")

    def _come_right(self) -> None:
        if self.state.restarts:
            self._tell(f"{self.state.name} is ready again after {self.state.start_s:.1f} s")
        self._become("ready")

    def _become(self, condition: Condition) -> None:
        self.state.condition = condition
        self._changed()

    def _turn_log(self) -> None:
        """Keeps the log before this one when it has grown, so that a restart loop cannot fill the disk."""
        if self.log.exists() and self.log.stat().st_size > KEEP_LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))

    def last_words(self, lines: int = 15) -> str:
        """The end of the log, for an error message."""
        if not self.log.exists():
            return ""
        with self.log.open("rb") as file:
            file.seek(max(0, self.log.stat().st_size - 8192))
            return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])


def end_group(process: subprocess.Popen[bytes], grace_s: float) -> None:
    """Ends ``process`` politely where it gets time for it, then by force whatever is left in its process
    group."""
    if process.poll() is None and grace_s > 0:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(grace_s)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    _wait_gone(process.pid)


def _wait_gone(group: int, patience_s: float = 5.0) -> None:
    """Returns when the killed group's last process is reaped: until then it may still hold its port."""
    until = time.monotonic() + patience_s
    with suppress(ProcessLookupError):
        while time.monotonic() < until:
            os.killpg(group, 0)
            time.sleep(0.02)
