"""What runs at present, measured: the contents of ``inference status``."""

import time

from msgspec import Struct

from inference import processes
from inference.launch import LOOPBACK
from inference.state import Endpoints, State


class EngineReport(Struct, frozen=True):
    """One engine. Times in seconds, ``last_failure_ago_s`` where there was one; memory in GiB over all of its
    processes, the peak since the supervisor started as its readings every few seconds saw it."""

    name: str
    condition: str
    trouble: str
    pid: int
    port: int
    processes: int
    uptime_s: float
    start_s: float
    restarts: int
    next_try_s: float
    last_failure: str
    last_failure_ago_s: float | None
    memory_gib: float
    memory_peak_gib: float
    budget_gib: float
    over_budget: bool


class Report(Struct, frozen=True):
    """All engines of one deployment, with the sum of their memory against the sum of their budgets."""

    profile: str
    supervisor_pid: int
    endpoints: Endpoints
    engines: list[EngineReport]
    memory_gib: float
    budget_gib: float

    @property
    def where(self) -> list[str]:
        """For the person who starts them: where each answers, what its start took."""
        told = [
            f"{engine.name} answers at http://{LOOPBACK}:{engine.port} (started in {engine.start_s:.0f} s, "
            f"{engine.memory_peak_gib:.1f} of {engine.budget_gib:.1f} GiB)"
            for engine in self.engines
        ]
        return [*told, f"together {self.memory_gib:.1f} of {self.budget_gib:.1f} GiB; Ctrl-C ends them"]

    @property
    def lines(self) -> list[str]:
        """For a person: one paragraph for each engine, then the sum."""
        told = [f"profile {self.profile}, supervised by process {self.supervisor_pid}"]
        for engine in self.engines:
            told += ["", *_engine_lines(engine)]
        over = " - MORE THAN THE PROFILE ALLOWS" if self.memory_gib > self.budget_gib else ""
        return [*told, "", f"memory: {self.memory_gib:.1f} of {self.budget_gib:.1f} GiB{over}"]


def report(state: State) -> Report:
    """Measures the engines of ``state`` now."""
    engines = []
    for engine in state.engines:
        pids = processes.group_members(engine.pid) if engine.pid else []
        memory_gib = processes.memory_bytes(pids) / 2**30
        engines.append(
            EngineReport(
                name=engine.name,
                condition=engine.condition,
                trouble=engine.trouble,
                pid=engine.pid,
                port=engine.port,
                processes=len(pids),
                uptime_s=processes.uptime_s(engine.pid) if pids else 0.0,
                start_s=engine.start_s,
                restarts=engine.restarts,
                next_try_s=engine.next_try_s,
                last_failure=engine.last_failure,
                last_failure_ago_s=time.time() - engine.last_failure_at if engine.last_failure else None,
                memory_gib=memory_gib,
                memory_peak_gib=max(memory_gib, engine.memory_peak_gib),
                budget_gib=engine.budget_gib,
                over_budget=memory_gib > engine.budget_gib,
            )
        )
    return Report(
        profile=state.profile.name,
        supervisor_pid=state.supervisor_pid,
        endpoints=state.endpoints,
        engines=engines,
        memory_gib=sum(engine.memory_gib for engine in engines),
        budget_gib=sum(engine.budget_gib for engine in engines),
    )


def _engine_lines(engine: EngineReport) -> list[str]:
    condition = engine.condition
    if engine.condition == "restarting":
        condition += f", next try {engine.next_try_s:.0f} s after the failure"
    told = [
        f"{engine.name}: {condition}",
        f"  port {engine.port}, process {engine.pid} and {max(0, engine.processes - 1)} of its own, "
        f"up {_duration(engine.uptime_s)}, started in {engine.start_s:.0f} s",
        f"  memory {engine.memory_gib:.1f} GiB now, {engine.memory_peak_gib:.1f} at most, "
        f"budget {engine.budget_gib:.1f}{' - OVER' if engine.over_budget else ''}",
    ]
    if engine.trouble:
        told.append(f"  trouble: {engine.trouble}")
    if engine.last_failure_ago_s is not None:
        told.append(
            f"  restarted {engine.restarts} times, last {_duration(engine.last_failure_ago_s)} ago: "
            f"{engine.last_failure}"
        )
    return told


def _duration(seconds: float) -> str:
    """Two units at most: 42 s, 3 min 5 s, 2 h 7 min, 3 d 4 h."""
    whole = round(seconds)
    for unit, size, smaller, part in (
        ("d", 86_400, "h", 3_600),
        ("h", 3_600, "min", 60),
        ("min", 60, "s", 1),
    ):
        if whole >= size:
            return f"{whole // size} {unit} {whole % size // part} {smaller}"
    return f"{whole} s"
