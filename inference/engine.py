"""One engine process: started, watched, restarted with back-off, stopped with everything it started."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from inference.errors import InferenceError
from inference.launch import Launch
from inference.state import Condition, EngineState, started_ticks

LOOK_EVERY_S = 0.25
STOP_GRACE_S = 20.0
FIRST_BACKOFF_S = 1.0
LONGEST_BACKOFF_S = 60.0
HEALTHY_AFTER_S = 120.0
"""An engine that stayed up this long restarts at once again; before, waiting times double."""

KEEP_LOG_BYTES = 20 * 2**20


class Engine:
    """Keeps ``launch`` running until stopped. ``probe`` asks known answers: it raises ``InferenceError`` as
    long as the engine is not right. All of a process' life is in one thread of its own, because the kernel's
    parent-death signal follows the thread that started the child."""

    def __init__(
        self,
        launch: Launch,
        state: EngineState,
        *,
        log: Path,
        probe: Callable[[], None],
        start_timeout_s: float,
        changed: Callable[[], None],
    ) -> None:
        self.state = state
        self.log = log
        self._launch = launch
        self._probe = probe
        self._start_timeout_s = start_timeout_s
        self._changed = changed
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._live, name=f"engine-{launch.name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Begins stopping; ``join`` waits for it."""
        self._stopping.set()

    def join(self) -> None:
        """Returns when no process of the engine is left."""
        self._thread.join()

    def _live(self) -> None:
        backoff_s = FIRST_BACKOFF_S
        while not self._stopping.is_set():
            began = time.monotonic()
            process = self._spawn()
            failure = self._wait_ready(process) or self._wait_end(process)
            end_group(process, STOP_GRACE_S)
            if self._stopping.is_set():
                break
            if time.monotonic() - began > HEALTHY_AFTER_S:
                backoff_s = FIRST_BACKOFF_S
            self.state.restarts += 1
            self._become("restarting", failure)
            self._stopping.wait(backoff_s)
            backoff_s = min(2 * backoff_s, LONGEST_BACKOFF_S)
        self.state.pid = 0
        self._become("stopped", self.state.last_failure)

    def _spawn(self) -> subprocess.Popen[bytes]:
        self._turn_log()
        guard = [sys.executable, str(Path(__file__).with_name("child.py")), str(os.getpid())]
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                guard + self._launch.argv,
                env=self._launch.environment,
                cwd=self.log.parent,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.state.pid = process.pid
        self.state.started_ticks = started_ticks(process.pid)
        self._become("starting", self.state.last_failure)
        return process

    def _wait_ready(self, process: subprocess.Popen[bytes]) -> str:
        """Empty once the known answers come; else why they will not."""
        until = time.monotonic() + self._start_timeout_s
        reason = "it did not answer"
        while not self._stopping.wait(LOOK_EVERY_S):
            if process.poll() is not None:
                return f"it ended with status {process.returncode} while starting"
            if time.monotonic() > until:
                return f"not ready after {self._start_timeout_s:.0f} s: {reason}"
            try:
                self._probe()
            except InferenceError as error:
                reason = str(error)
                continue
            self._become("ready", "")
            return ""
        return ""

    def _wait_end(self, process: subprocess.Popen[bytes]) -> str:
        while not self._stopping.wait(LOOK_EVERY_S):
            if process.poll() is not None:
                return f"it ended with status {process.returncode}"
        return ""

    def _become(self, condition: Condition, failure: str) -> None:
        self.state.condition = condition
        self.state.last_failure = failure
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
    """Ends ``process`` politely, then whatever is left in its process group by force."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(grace_s)
        except subprocess.TimeoutExpired:
            process.kill()
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
