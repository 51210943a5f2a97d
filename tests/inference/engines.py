"""The real engines for tests, started once a session (``pytest_plugins = ["tests.inference.engines"]``).

Set MUSTER_TEST_ENGINES to the run directory of engines that are already up to use those instead.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from appliance.install import environments
from inference import supervisor
from inference.engines import Engines, connect
from inference.profile import ALL, Part, Profile, load
from inference.recorded import replay
from inference.settings import Environments, Settings
from inference.state import Endpoints
from models import fetch

RECORDINGS = Path(__file__).parents[1] / "recordings"
PROFILES = Path(__file__).parents[2] / "config" / "profiles"


class RealEngines(msgspec.Struct):
    """What a test may need: adapters, the profile, the addresses, a picture of one face, where logs are."""

    engines: Engines
    profile: Profile
    endpoints: Endpoints
    face: bytes
    run_dir: Path


def settings_for(profile: Profile, run_dir: Path, parts: frozenset[Part] = ALL) -> Settings:
    """Settings from the installer's cache; its errors say how to fill it."""
    return Settings(
        environments=Environments(
            vllm=environments.path("vllm"),
            speech=environments.path("speech"),
            vision=environments.path("vision"),
            triton=environments.path("triton"),
        ),
        models={name: fetch.path(name) for name in [*profile.model_names(parts), "demo-face"]},
        run_dir=run_dir,
    )


@pytest.fixture(scope="session")
def real_engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealEngines]:
    """vLLM and Triton with the eval-cpu profile."""
    profile = load(PROFILES / "eval-cpu.toml")
    face = (fetch.path("demo-face") / "astronaut.png").read_bytes()
    elsewhere = os.environ.get("MUSTER_TEST_ENGINES")
    if elsewhere:
        state = supervisor.status(Path(elsewhere))
        assert state is not None, f"no engines are up in MUSTER_TEST_ENGINES={elsewhere}"
        engines = connect(state.profile, state.endpoints)
        yield RealEngines(engines, state.profile, state.endpoints, face, Path(elsewhere))
        engines.close()
        return
    settings = settings_for(profile, tmp_path_factory.mktemp("engines"))
    with supervisor.up(settings, profile) as running:
        engines = running.connect()
        yield RealEngines(engines, profile, running.endpoints, face, settings.run_dir)
        engines.close()


@pytest.fixture(scope="session")
def recorded_engines(request: pytest.FixtureRequest) -> Engines:
    """Replays tests/recordings. With MUSTER_RECORD=1 the real engines are started and asked what is missing
    there, with MUSTER_RECORD=again all that the tests ask (after models or their settings changed); commit the
    new files after reading them (invented people only). All at once:
    ``MUSTER_RECORD=again python -m pytest tests/interviews/test_recorded_analysis.py
    tests/inference/test_recorded_engines.py``."""
    wish = os.environ.get("MUSTER_RECORD", "")
    if wish not in ("1", "again"):
        return replay(RECORDINGS)
    real: RealEngines = request.getfixturevalue("real_engines")
    return replay(RECORDINGS, real.engines, again=wish == "again")
