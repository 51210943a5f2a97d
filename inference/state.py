"""What is running for one run directory, readable by other processes (``inference status``, ``connect``)."""

import fcntl
import os
from pathlib import Path
from typing import IO, Literal

import msgspec
from msgspec import Struct

from inference.profile import Profile
from inference.provenance import ModelIdentity

Condition = Literal["waiting", "starting", "ready", "unhealthy", "restarting", "stopped"]
"""``waiting`` for those that start before it; ``unhealthy`` while cheap questions go unanswered but the engine
is not given up yet; ``restarting`` between a failure and the next try."""


class EngineState(Struct):
    """One engine process. ``started_ticks`` (clock ticks since boot, field 22 of /proc/<pid>/stat) tells the
    process from a later one with the same number. Times are seconds, ``last_failure_at`` since the epoch;
    ``start_s`` is what the last start took until the known answers came, ``next_try_s`` the back-off of a
    restarting engine. Memory is GiB, summed over the processes; its peak is the highest of the readings."""

    name: str
    port: int
    condition: Condition = "waiting"
    pid: int = 0
    started_ticks: int = 0
    start_s: float = 0.0
    restarts: int = 0
    next_try_s: float = 0.0
    trouble: str = ""
    last_failure: str = ""
    last_failure_at: float = 0.0
    budget_gib: float = 0.0
    memory_peak_gib: float = 0.0
    over_budget: bool = False


class Endpoints(Struct, frozen=True):
    """Where the engines answer, and which weights they serve: the language model's and each Triton model's;
    where the profile has them, the embedder's and the speech recogniser's. A part that was not started has no
    address (``[]``, ``""``) and no identity."""

    llm: list[str]
    triton: str
    llm_identity: ModelIdentity | None
    triton_identities: dict[str, ModelIdentity]
    embedder: list[str] = []
    embedder_identity: ModelIdentity | None = None
    asr: list[str] = []
    asr_identity: ModelIdentity | None = None


class State(Struct):
    """The contents of the state file."""

    profile: Profile
    endpoints: Endpoints
    supervisor_pid: int
    engines: list[EngineState]


def state_file(run_dir: Path) -> Path:
    return run_dir / "engines.json"


def write(run_dir: Path, state: State) -> None:
    """Replaces the state file in one step."""
    fresh = run_dir / ".engines.json.new"
    fresh.write_bytes(msgspec.json.format(msgspec.json.encode(state), indent=1))
    os.replace(fresh, state_file(run_dir))


def read(run_dir: Path) -> State | None:
    """The last state written, ``None`` where nothing was started or all was stopped."""
    try:
        return msgspec.json.decode(state_file(run_dir).read_bytes(), type=State)
    except FileNotFoundError:
        return None


def lock(run_dir: Path) -> IO[bytes] | None:
    """The run directory's lock, held as long as the file stays open; ``None`` when a supervisor holds it."""
    file = (run_dir / "lock").open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file
