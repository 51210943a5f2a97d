"""Bringing what is installed to the engines: environments, verified models, a private folder.

``inference/`` knows nothing of the appliance or its cache; it is handed these settings.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from appliance.install import environments
from appliance.install.cache import cache_dir
from appliance.install.errors import SetupError
from appliance.install.progress import Progress
from inference import profile as profiles
from inference import smoke, supervisor
from inference.profile import Profile
from inference.settings import Environments, Settings
from inference.state import State
from models import fetch, licensing
from models.site import known

PROFILES = environments.REPOSITORY / "config" / "profiles"
DEMO_FACE = "demo-face"


def run_dir() -> Path:
    """Logs, rendered repository and state of the engines that this checkout starts by hand.

    Named by the checkout's place, so that two clones on a machine do not stop each other's.
    """
    own = hashlib.sha256(str(environments.REPOSITORY).encode()).hexdigest()[:16]
    return cache_dir() / "run" / own


def load_profile(name: str) -> Profile:
    """A profile by name; an error that lists the names there are."""
    known = sorted(file.stem for file in PROFILES.glob("*.toml"))
    if name not in known:
        raise SetupError(f"There is no profile {name!r} in {PROFILES}. There are: {', '.join(known)}.")
    try:
        return profiles.load(PROFILES / f"{name}.toml")
    except ValueError as error:
        raise SetupError(str(error)) from error


def models_of(profile: Profile) -> list[str]:
    """Names of all that must be whole before the engines of ``profile`` start; sorted."""
    return sorted({*profile.model_names(), DEMO_FACE})


def models_by_profile() -> dict[str, list[str]]:
    """The names of the models of every shipped profile, by the profile's name."""
    return {file.stem: models_of(load_profile(file.stem)) for file in sorted(PROFILES.glob("*.toml"))}


def settings_for(profile: Profile, folder: Path, tell: Callable[[str], None] | None = None) -> Settings:
    """Settings for the engines of ``profile``, once the licences of its models allow its use and every byte of
    every model was hashed. ``tell`` gets what a person should know although it goes on; stderr by default.

    :class:`models.catalogue.ModelError` names the model or the file, before anything starts.
    """
    progress = Progress()
    names = models_of(profile)
    catalogue = known()
    models = [catalogue.model(name) for name in names]
    fetch.require_here(models)
    licensing.admit(models, profile.use, profile.name, tell or progress.say)
    verified = {name: fetch.verify(name, progress) for name in names}
    return Settings(
        environments=Environments(
            vllm=environments.path("vllm"),
            speech=environments.path("speech"),
            vision=environments.path("vision"),
            triton=environments.path("triton"),
        ),
        models=verified,
        run_dir=folder,
    )


def start(profile_name: str, folder: Path, tell: Callable[[str], None]) -> supervisor.Running:
    """Start the engines of a profile; they live as long as the calling process."""
    profile = load_profile(profile_name)
    return supervisor.up(settings_for(profile, folder, tell), profile, tell)


def running(folder: Path) -> State:
    """What runs for ``folder``; :class:`SetupError` when nothing does."""
    state = supervisor.status(folder)
    if state is None:
        raise SetupError(f"No engines run for {folder}. Start them with: python3 installer.py inference up")
    return state


def ask_known_questions(folder: Path, tell: Callable[[str], None]) -> None:
    """Every running engine's known-answer checks; the first wrong value is raised."""
    state = running(folder)
    for address in state.endpoints.llm:
        smoke.LlmProbe(state.profile, state.endpoints, address)()
        tell(f"language model at {address}: known answers right")
    face = (fetch.path(DEMO_FACE) / "astronaut.png").read_bytes()
    smoke.TritonProbe(state.profile, state.endpoints, face)()
    tell(f"Triton at {state.endpoints.triton}: known answers right")
