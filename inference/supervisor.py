"""Starts, watches and stops the engines of one deployment; other processes read its state file."""

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from inference import engines, smoke, state
from inference.backends import assemble_backends
from inference.engine import LOOK_EVERY_S, Engine
from inference.engines import Engines
from inference.errors import InferenceUnavailable
from inference.host import check_memory, choose_ports, end_leftovers
from inference.launch import Launch, TritonPorts, triton_launch, vllm_launch
from inference.profile import ALL, Part, Profile
from inference.settings import Settings
from inference.state import Endpoints, EngineState, State
from inference.triton.rendering import render_repository

Progress = Callable[[str], None]

_STOP_REQUEST = "stop"


class Running:
    """The engines started by this process. Leaving the ``with`` block, or ``stop``, ends them all."""

    def __init__(self, settings: Settings, profile: Profile, endpoints: Endpoints, lock: object) -> None:
        self.settings = settings
        self.profile = profile
        self.endpoints = endpoints
        self._lock = lock
        self._engines: list[Engine] = []
        self._writing = threading.Lock()
        self._stopped = threading.Event()

    def __enter__(self) -> "Running":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def engines(self) -> list[EngineState]:
        """The engines' present conditions."""
        return [engine.state for engine in self._engines]

    def connect(self) -> Engines:
        """Adapters for these engines."""
        return engines.connect(self.profile, self.endpoints)

    def smoke(self) -> list[smoke.Check]:
        """Asks all known answers again."""
        face = face_picture(self.settings) if self.endpoints.triton else b""
        return smoke.check_all(self.profile, self.endpoints, face)

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

    def add(self, launch: Launch, port: int, probe: Callable[[], None], start_timeout_s: float) -> None:
        engine = Engine(
            launch,
            EngineState(launch.name, port),
            log=self.settings.run_dir / "logs" / f"{launch.name}.log",
            probe=probe,
            start_timeout_s=start_timeout_s,
            changed=self._write_state,
        )
        self._engines.append(engine)

    def _write_state(self) -> None:
        with self._writing:
            if not self._stopped.is_set():
                written = State(self.profile, self.endpoints, os.getpid(), self.engines)
                state.write(self.settings.run_dir, written)

    def start(self, progress: Progress) -> None:
        """Starts all and returns when all are ready; stops all and raises when one fails."""
        began = time.monotonic()
        for engine in self._engines:
            progress(f"starting {engine.state.name} on port {engine.state.port}")
            engine.start()
        threading.Thread(target=self._heed_stop_request, name="engines-stop-request", daemon=True).start()
        waiting = list(self._engines)
        while waiting:
            time.sleep(LOOK_EVERY_S)
            for engine in list(waiting):
                if engine.state.condition == "ready":
                    progress(f"{engine.state.name} ready after {time.monotonic() - began:.1f} s")
                    waiting.remove(engine)
                elif engine.state.restarts or engine.state.condition == "stopped":
                    words = engine.last_words()
                    raise InferenceUnavailable(
                        f"{engine.state.name} did not start: {engine.state.last_failure}. "
                        f"The end of {engine.log}:\n{words}"
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
) -> Running:
    """Starts the engines of ``profile``, or only those of ``parts``, and returns when each has given its
    known answers. The processes live as long as the calling process. Raises ``InferenceUnavailable`` with the
    reason and the end of the log."""
    for folder in ("logs", "home", "tmp", "cache"):
        (settings.run_dir / folder).mkdir(parents=True, exist_ok=True, mode=0o700)
    held = state.lock(settings.run_dir)
    if held is None:
        raise InferenceUnavailable(
            f"engines are already running for {settings.run_dir}: see `inference status`"
        )
    try:
        end_leftovers(settings.run_dir)
        check_memory(profile, parts)
        progress("checking the model files")
        running = _prepare(settings, profile, parts, held)
    except BaseException:
        held.close()
        raise
    try:
        running.start(progress)
    except BaseException:
        running.stop()
        raise
    return running


def _prepare(settings: Settings, profile: Profile, parts: frozenset[Part], held: object) -> Running:
    """Renders everything, chooses ports and lists the engines without starting any."""
    (settings.run_dir / _STOP_REQUEST).unlink(missing_ok=True)
    wanted = [profile.triton.http_port, profile.triton.grpc_port, profile.triton.metrics_port]
    wanted += [profile.llm.port + index if profile.llm.port else 0 for index in range(profile.llm.replicas)]
    ports = choose_ports(wanted)
    endpoints = engines.endpoints_of(profile, settings, ports[0], ports[3:], parts)
    running = Running(settings, profile, endpoints, held)
    if "triton" in parts and not profile.triton.address:
        if profile.triton.server == "pytriton":
            assemble_backends(settings.environments.triton, settings.run_dir / "backends")
        repository = render_repository(profile, settings)
        launch = triton_launch(profile, settings, TritonPorts(*ports[:3]), repository)
        served, identities = set(profile.triton.models), endpoints.triton_identities
        triton_probe = smoke.TritonProbe(served, identities, endpoints.triton, face_picture(settings))
        running.add(launch, ports[0], triton_probe, profile.triton.start_timeout_s)
    if endpoints.llm_identity is not None and not profile.llm.addresses:
        for replica, port in enumerate(ports[3:]):
            launch = vllm_launch(profile, settings, port, replica)
            probe = smoke.LlmProbe(profile.llm, endpoints.llm_identity, endpoints.llm[replica])
            running.add(launch, port, probe, profile.llm.start_timeout_s)
    return running


def face_picture(settings: Settings) -> bytes:
    """The picture of one face (public domain) that the vision checks look at."""
    folder = settings.model("demo-face")
    return (folder / "astronaut.png").read_bytes()


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
