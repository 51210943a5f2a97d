"""Starts, watches and stops the engines of one deployment; other processes read its state file."""

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from inference import engines, memory, rollcall, smoke, state
from inference.engine import LOOK_EVERY_S, Engine
from inference.engines import Engines
from inference.errors import InferenceUnavailable
from inference.gpu import fitting
from inference.health import Rules
from inference.host import end_leftovers
from inference.launch import Launch
from inference.lineup import Lineup, face_picture
from inference.memory import Meter
from inference.profile import ALL, Part, Profile
from inference.settings import Settings
from inference.state import Endpoints, EngineState, State

Progress = Callable[[str], None]

_STOP_REQUEST = "stop"


class Running:
    """The engines started by this process. Leaving the ``with`` block, or ``stop``, ends them all."""

    def __init__(
        self,
        settings: Settings,
        profile: Profile,
        lineup: Lineup,
        lock: object,
        progress: Progress,
        rules: Rules,
    ) -> None:
        self.settings = settings
        self.profile = profile
        self._lineup = lineup
        self._lock = lock
        self._progress = progress
        self._writing = threading.Lock()
        self._stopped = threading.Event()
        self._waves = [
            [self._engine(name, rules) for part in together for name in lineup.names(part)]
            for together in profile.waves
        ]
        self._engines = [engine for wave in self._waves for engine in wave]

    def __enter__(self) -> "Running":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def endpoints(self) -> Endpoints:
        """Where the engines answer."""
        return self._lineup.endpoints

    @property
    def engines(self) -> list[EngineState]:
        """The engines' present conditions."""
        return [engine.state for engine in self._engines]

    def launch(self, name: str) -> Launch:
        """How engine ``name`` was started: its command and environment."""
        return self._lineup.plan(name).launch

    def connect(self) -> Engines:
        """Adapters for these engines."""
        return engines.connect(self.profile, self.endpoints)

    def smoke(self) -> list[smoke.Check]:
        """Asks all known answers again; the first that is missed is raised."""
        face = face_picture(self.settings) if self.endpoints.triton else b""
        return rollcall.check_all(self.profile, self.endpoints, face)

    def stop(self) -> None:
        """Ends every process and returns when none is left. May be called twice."""
        if self._stopped.is_set():
            return
        self._stopped.set()
        for engine in self._engines:
            engine.ask_to_stop()
        for engine in self._engines:
            engine.join()
        state.state_file(self.settings.run_dir).unlink(missing_ok=True)
        self._stop_request.unlink(missing_ok=True)
        getattr(self._lock, "close", lambda: None)()

    def wait(self) -> None:
        """Blocks until another process asks for ``down`` or this one gets SIGTERM or SIGINT (main thread
        only), then stops."""
        asked = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: asked.set())
        while not (asked.wait(LOOK_EVERY_S) or self._stop_request.exists() or self._stopped.is_set()):
            pass
        self.stop()

    @property
    def _stop_request(self) -> Path:
        return self.settings.run_dir / _STOP_REQUEST

    def _engine(self, name: str, rules: Rules) -> Engine:
        plan, budget_gib = self._lineup.plan(name), self._lineup.budget_gib(name)
        return Engine(
            plan,
            EngineState(name, plan.ports[0], budget_gib=budget_gib),
            log=self.settings.run_dir / "logs" / f"{name}.log",
            start_timeout_s=self._lineup.start_timeout_s(name),
            meter=Meter(budget_gib, self.profile.restart_over_budget),
            changed=self._write_state,
            tell=self._progress,
            rules=rules,
            replan=(lambda: self._lineup.move(name)) if self._lineup.may_move(name) else None,
        )

    def _write_state(self) -> None:
        with self._writing:
            if not self._stopped.is_set():
                written = State(self.profile, self.endpoints, os.getpid(), self.engines)
                state.write(self.settings.run_dir, written)

    def start(self) -> None:
        """Starts all, one wave of the profile after the other, and returns when all are ready; stops all and
        raises when one fails."""
        threading.Thread(target=self._heed_stop_request, name="engines-stop-request", daemon=True).start()
        for wave in self._waves:
            for engine in wave:
                self._progress(f"starting {engine.state.name} on port {engine.state.port}")
                engine.start()
            self._wait_ready(wave)

    def _wait_ready(self, wave: list[Engine]) -> None:
        waiting = list(wave)
        while waiting:
            time.sleep(LOOK_EVERY_S)
            for engine in list(waiting):
                found = engine.state
                if found.condition == "ready":
                    self._progress(
                        f"{found.name} ready after {found.start_s:.1f} s, {found.memory_peak_gib:.1f} of "
                        f"{found.budget_gib:.1f} GiB at most"
                    )
                    waiting.remove(engine)
                elif found.restarts or found.condition == "stopped":
                    raise InferenceUnavailable(
                        f"{found.name} did not start: {found.last_failure or 'it was stopped'}. "
                        f"The end of {engine.log}:\n{engine.last_words()}"
                    )

    def _heed_stop_request(self) -> None:
        while not self._stopped.wait(LOOK_EVERY_S):
            if self._stop_request.exists():
                self.stop()


def up(
    settings: Settings,
    profile: Profile,
    progress: Progress = lambda line: None,
    *,
    parts: frozenset[Part] = ALL,
    rules: Rules = Rules(),  # noqa: B008 - frozen
) -> Running:
    """Starts the engines of ``profile``, or only those of ``parts``, and returns when each has given its
    known answers. The processes live as long as the calling process; ``progress`` goes on to get a line
    whenever an engine fails or recovers. ``rules`` say when a running engine is given up. Raises
    ``InferenceUnavailable`` with the reason and the end of the log."""
    for finding in fitting.check_machine(profile, parts, _llm_size(profile, settings, parts)):
        progress(finding.text)
    for folder in ("logs", "home", "tmp", "cache"):
        (settings.run_dir / folder).mkdir(parents=True, exist_ok=True, mode=0o700)
    held = state.lock(settings.run_dir)
    if held is None:
        raise InferenceUnavailable(
            f"engines are already running for {settings.run_dir}: see `inference status`"
        )
    try:
        end_leftovers(settings.run_dir)
        memory.check(profile, parts)
        progress("checking the model files")
        (settings.run_dir / _STOP_REQUEST).unlink(missing_ok=True)
        lineup = Lineup(settings, profile, parts)
        running = Running(settings, profile, lineup, held, progress, rules)
    except BaseException:
        held.close()
        raise
    try:
        running.start()
    except BaseException:
        running.stop()
        raise
    return running


def _llm_size(profile: Profile, settings: Settings, parts: frozenset[Part]) -> fitting.ModelSize | None:
    if not fitting.uses_gpu(profile, parts) or profile.llm.model not in settings.models:
        return None
    return fitting.model_size(settings.model(profile.llm.model))


def status(run_dir: Path) -> State | None:
    """What runs for ``run_dir``; ``None`` when nothing does, also where a crashed supervisor left its
    file."""
    if not run_dir.is_dir():
        return None
    held = state.lock(run_dir)
    if held is not None:
        held.close()
        return None
    return state.read(run_dir)


def down(run_dir: Path, patience_s: float = 60.0) -> bool:
    """Ends the engines of ``run_dir`` from any process; false when none ran. Raises ``InferenceUnavailable``
    when the supervisor does not react."""
    if not run_dir.is_dir():
        return False
    until = time.monotonic() + patience_s
    asked = False
    while (held := state.lock(run_dir)) is None:
        if time.monotonic() > until:
            raise InferenceUnavailable(f"the supervisor of {run_dir} did not stop within {patience_s:.0f} s")
        if not asked:
            (run_dir / _STOP_REQUEST).touch()
            asked = True
        time.sleep(LOOK_EVERY_S)
    with held:
        left = state.read(run_dir) is not None
        end_leftovers(run_dir)
        (run_dir / _STOP_REQUEST).unlink(missing_ok=True)
    return asked or left
