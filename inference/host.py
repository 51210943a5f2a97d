"""What the supervisor asks of the machine: ports, memory, and processes that a crashed supervisor left
behind."""

import os
import signal
import socket
import time
from collections.abc import Sequence
from pathlib import Path

from inference import state
from inference.errors import InferenceUnavailable
from inference.launch import LOOPBACK
from inference.profile import ALL, Part, Profile


def choose_ports(wanted: Sequence[int]) -> list[int]:
    """``wanted`` with each 0 replaced by a free loopback port; all are held open until the last is chosen, so
    that none is chosen twice. Raises where a fixed port is taken."""
    held: list[socket.socket] = []
    try:
        for port in wanted:
            listener = socket.socket()
            held.append(listener)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind((LOOPBACK, port))
            except OSError as error:
                raise InferenceUnavailable(f"port {port} on {LOOPBACK} is taken: {error}") from error
        return [listener.getsockname()[1] for listener in held]
    finally:
        for listener in held:
            listener.close()


def check_memory(
    profile: Profile, parts: frozenset[Part] = ALL, meminfo: Path = Path("/proc/meminfo")
) -> None:
    """Refuses to start what does not fit; ``MemAvailable`` is in KiB (proc(5))."""
    for line in meminfo.read_text().splitlines():
        if line.startswith("MemAvailable:"):
            available_gib = int(line.split()[1]) / 2**20
            needed_gib = profile.memory_of(parts)
            if available_gib < needed_gib:
                raise InferenceUnavailable(
                    f"profile {profile.name} needs {needed_gib:.1f} GiB of memory and "
                    f"{available_gib:.1f} GiB are available: end other programs or choose a smaller profile"
                )


def end_leftovers(run_dir: Path, patience_s: float = 5.0) -> None:
    """Ends the engines of a supervisor that is gone; only called while holding the run directory's lock."""
    left = state.read(run_dir)
    if left is None:
        return
    alive = [engine for engine in left.engines if engine.pid and _still(engine)]
    for engine in alive:
        _signal_group(engine.pid, signal.SIGTERM)
    until = time.monotonic() + patience_s
    while any(_still(engine) for engine in alive) and time.monotonic() < until:
        time.sleep(0.1)
    for engine in alive:
        _signal_group(engine.pid, signal.SIGKILL)
    state.state_file(run_dir).unlink(missing_ok=True)


def _still(engine: state.EngineState) -> bool:
    return state.started_ticks(engine.pid) == engine.started_ticks


def _signal_group(pid: int, number: signal.Signals) -> None:
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        return
