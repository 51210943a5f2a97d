"""Bringing what is installed to the engines: environments, verified models, a private folder.

``inference/`` knows nothing of the appliance or its cache; it is handed these settings.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from appliance.install import environments
from appliance.install.cache import cache_dir
from appliance.install.errors import SetupError
from appliance.install.progress import Progress
from inference import profile as profiles
from inference import rollcall, smoke, supervisor
from inference.gpu import fitting
from inference.profile import ALL, Part, Profile
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


def models_of(profile: Profile, parts: frozenset[Part] = ALL) -> list[str]:
    """Names of all that must be whole before the engines of ``parts`` start; sorted."""
    return sorted({*profile.model_names(parts), *({DEMO_FACE} if "triton" in parts else ())})


def models_by_profile() -> dict[str, list[str]]:
    """The names of the models of every shipped profile, by the profile's name."""
    return {file.stem: models_of(load_profile(file.stem)) for file in sorted(PROFILES.glob("*.toml"))}


def settings_for(
    profile: Profile,
    folder: Path,
    tell: Callable[[str], None] | None = None,
    parts: frozenset[Part] = ALL,
) -> Settings:
    """Settings for the engines of ``parts``, once the licences of their models allow the profile's use and every
    byte of every model was hashed. ``tell`` gets what a person should know although it goes on; stderr by
    default.

    :class:`models.catalogue.ModelError` names the model or the file, before anything starts.
    """
    progress = Progress()
    names = models_of(profile, parts)
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


def parts_named(names: Sequence[str]) -> frozenset[Part]:
    """Parts of a deployment by name, all for none; an error that lists them for a wrong one."""
    try:
        return msgspec.convert(frozenset(names), frozenset[Part]) or ALL
    except msgspec.ValidationError as error:
        raise SetupError(
            f"There is no such part: {', '.join(names)}. There are: {', '.join(sorted(ALL))}."
        ) from error


def check_machine(profile_name: str, folder: Path, parts: frozenset[Part] = ALL) -> None:
    """Refuse what cannot start on this machine before anything is fetched, hashed or started."""
    fitting.check_machine(load_profile(profile_name), parts)
    if supervisor.status(folder) is not None:
        raise SetupError(
            f"Engines run for {folder} already. Look at them with: python3 installer.py inference status"
        )


def start(
    profile: str | Profile, folder: Path, tell: Callable[[str], None], parts: frozenset[Part] = ALL
) -> supervisor.Running:
    """Start the engines of a profile (its name, or one made for a purpose), or only some parts of it.

    They live as long as the calling process.
    """
    chosen = load_profile(profile) if isinstance(profile, str) else profile
    return supervisor.up(settings_for(chosen, folder, tell, parts), chosen, tell, parts=parts)


def running(folder: Path) -> State:
    """What runs for ``folder``; :class:`SetupError` when nothing does."""
    state = supervisor.status(folder)
    if state is None:
        raise SetupError(f"No engines run for {folder}. Start them with: python3 installer.py inference up")
    return state


def ask_known_questions(state: State) -> list[smoke.Check]:
    """Every running engine's known-answer checks, right or not."""
    face = (fetch.path(DEMO_FACE) / "astronaut.png").read_bytes() if state.endpoints.triton else b""
    return rollcall.ask_all(state.profile, state.endpoints, face)
