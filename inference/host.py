"""What the supervisor asks of the machine: ports, and processes that a crashed supervisor left behind."""

import socket
from collections.abc import Sequence
from pathlib import Path

from inference import processes, state
from inference.errors import InferenceUnavailable
from inference.launch import LOOPBACK


def choose_ports(wanted: Sequence[int]) -> list[int]:
    """``wanted`` with each 0 replaced by a free loopback port; all are held open until the last is chosen, so
    that none is chosen twice. Raises where a fixed port is taken."""
    held: list[socket.socket] = []
    try:
        for port in wanted:
            held.append(socket.socket())
            try:
                _bind(held[-1], port)
            except OSError as error:
                raise InferenceUnavailable(f"port {port} on {LOOPBACK} is taken: {error}") from error
        return [listener.getsockname()[1] for listener in held]
    finally:
        for listener in held:
            listener.close()


def taken(ports: Sequence[int]) -> list[int]:
    """Those of ``ports`` that a program holds at present."""
    found = []
    for port in ports:
        with socket.socket() as listener:
            try:
                _bind(listener, port)
            except OSError:
                found.append(port)
    return found


def _bind(listener: socket.socket, port: int) -> None:
    """As engines do: a port that only waits for the end of old connections is free."""
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((LOOPBACK, port))


def end_leftovers(run_dir: Path, patience_s: float = 5.0) -> None:
    """Ends the engines of a supervisor that is gone; only called while holding the run directory's lock.

    Its engines get a signal when it dies, but one that hangs does not heed it, and a killed engine's own
    children get none. All are known by the home folder that only engines of this run directory have; those
    that the state file names also by number and start."""
    left = state.read(run_dir)
    ours = set(processes.started_with(f"HOME={home(run_dir)}"))
    for engine in left.engines if left else ():
        if engine.pid and processes.started_ticks(engine.pid) == engine.started_ticks:
            ours |= {engine.pid, *processes.group_members(engine.pid)}
    processes.end(ours, patience_s)
    state.state_file(run_dir).unlink(missing_ok=True)


def home(run_dir: Path) -> Path:
    """HOME of every engine of ``run_dir`` (inference.launch)."""
    return run_dir / "home"
