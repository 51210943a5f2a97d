"""The engines that an evaluation asks: those that run already, else the needed part alone (Triton with the needed
models, or the language model)."""

import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec
from msgspec import Struct

import appliance.evaluation
import inference
from appliance.evaluation.interruption import Interruption
from appliance.install import deployment, environments, preparation
from appliance.install.errors import SetupError
from appliance.install.progress import Progress
from inference import supervisor
from inference.engines import Engines, connect
from inference.profile import Part, Profile
from inference.provenance import ModelIdentity, identify
from inference.state import State
from models import fetch

ROOMS = Path(appliance.evaluation.__file__).parents[1]
CODE = (
    Path(inference.__file__).parent,
    ROOMS / "evaluation",
    ROOMS / "interviews" / "scoring",
    ROOMS / "interviews" / "calibration",
)


class Choice(Struct, frozen=True):
    """Which engines: the profile, and the run directory of engines that may be up already."""

    profile: str
    run_dir: Path


LLM = "llm"
"""The name under which the language model is asked for, beside the names of Triton's models."""

ANSWERS_IN_FLIGHT = 4
"""Each brings several short questions at once, which the engine batches."""


class Served(Struct, frozen=True):
    """The models that will answer. ``state`` is that of running engines; ``None`` where they are to be started."""

    profile: Profile
    identities: dict[str, ModelIdentity]
    state: State | None

    @property
    def part(self) -> Part:
        return "llm" if LLM in self.identities else "triton"

    @property
    def hashes(self) -> dict[str, str]:
        """Catalogue names and SHA-256 of the weights."""
        return {identity.name: identity.sha256 for identity in self.identities.values()}

    def in_flight(self, model: str) -> int:
        """One request for each instance of ``model``, and one that is decoded meanwhile; of the language model as
        many answers as it admits, few enough to be called off."""
        if model == LLM:
            return min(ANSWERS_IN_FLIGHT, self.profile.llm.admit)
        return self.profile.triton.models[model].instances + 1


def choose(choice: Choice, models: Sequence[str], progress: Progress) -> Served:
    """The running engines where they are of the wanted profile, else the profile cut down to ``models`` (names of
    Triton's, or `LLM`), with what they need brought to this machine."""
    profile = deployment.load_profile(choice.profile)
    if LLM in models:
        return _choose_llm(choice, profile, progress)
    missing = [name for name in models if name not in profile.triton.models]
    if missing:
        raise SetupError(f"The profile {profile.name} does not serve {', '.join(missing)}.")
    state = supervisor.status(choice.run_dir)
    if state is not None and state.profile.name == profile.name:
        identities = state.endpoints.triton_identities
        if all(name in identities for name in models):
            progress.say(f"asking the engines that run at {choice.run_dir}")
            return Served(profile, {name: identities[name] for name in models}, state)
    profile = only(profile, models)
    _bring(profile, progress)
    return Served(profile, _identities(profile), None)


def _choose_llm(choice: Choice, profile: Profile, progress: Progress) -> Served:
    state = supervisor.status(choice.run_dir)
    if state is not None and state.profile.name == profile.name:
        identity = state.endpoints.llm_identity
        if state.endpoints.llm and identity is not None:
            progress.say(f"asking the engines that run at {choice.run_dir}")
            return Served(profile, {LLM: identity}, state)
    model = profile.llm.model
    preparation.prepare(preparation.Needs(environments=("app", "vllm"), debian=("inference",)), progress)
    fetch.fetch(model, progress)
    return Served(profile, {LLM: identify({model: fetch.path(model)})}, None)


def only(profile: Profile, models: Sequence[str]) -> Profile:
    """``profile`` with these Triton models, and the round-trip check of each environment that they run in; as it is
    where the language model is asked."""
    if LLM in models:
        return profile
    served = profile.triton.models
    checks = {f"round_trip_{served[name].environment}" for name in models} & served.keys()
    wanted = {name: served[name] for name in sorted({*models, *checks})}
    triton = msgspec.structs.replace(profile.triton, models=wanted)
    return msgspec.structs.replace(profile, triton=triton)


def _weights(profile: Profile) -> list[str]:
    return sorted({name for served in profile.triton.models.values() for name in served.weights.values()})


def _bring(profile: Profile, progress: Progress) -> None:
    used = {served.environment for served in profile.triton.models.values()}
    preparation.prepare(
        preparation.Needs(environments=("app", "triton", *sorted(used)), debian=("inference",)), progress
    )
    for name in (*_weights(profile), deployment.DEMO_FACE):
        fetch.fetch(name, progress)


def _identities(profile: Profile) -> dict[str, ModelIdentity]:
    return {
        name: identify({model: fetch.path(model) for model in served.weights.values()})
        for name, served in profile.triton.models.items()
        if served.weights
    }


@contextmanager
def connected(served: Served, interruption: Interruption, progress: Progress) -> Iterator[Engines]:
    """Adapters for the chosen engines; what had to be started is stopped when the block is left."""
    if served.state is not None:
        with closing(connect(served.state.profile, served.state.endpoints)) as engines:
            yield engines
        return
    with tempfile.TemporaryDirectory(prefix="muster-engines-") as folder:
        with interruption.immediate():
            running = start(served, Path(folder), progress)
        with running, closing(running.connect()) as engines:
            yield engines


def start(served: Served, folder: Path, progress: Progress) -> supervisor.Running:
    """The needed part alone."""
    return deployment.start(served.profile, folder, progress.say, parts=frozenset({served.part}))


def code_hash(profile: Profile) -> str:
    """Over all code, settings and package locks that decide what the same weights answer to the same input."""
    found = hashlib.sha256()
    for folder in CODE:
        for file in sorted(folder.rglob("*")):
            if file.suffix in (".py", ".template"):
                found.update(f"{file.relative_to(folder.parent)}\0".encode() + file.read_bytes())
    found.update(msgspec.json.encode(profile.triton.models, order="sorted"))
    for name in sorted({served.environment for served in profile.triton.models.values()}):
        found.update(environments.lock_of(name).read_bytes())
    return found.hexdigest()
