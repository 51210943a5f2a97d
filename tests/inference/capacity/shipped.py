"""The shipped capacity files as inputs of a plan, without the installer."""

from pathlib import Path

import msgspec

from inference.capacity import figures
from inference.capacity.architecture import ModelTable
from inference.capacity.costs import Costs
from inference.capacity.devices import DeviceTable
from inference.capacity.plan import Inputs
from inference.capacity.workload import Request, Workload
from inference.profile import load

CONFIG = Path(__file__).parents[3] / "config"
FILES = CONFIG / "capacity"

EVALUATION_MB = {
    "whisper-base-ct2": 415.0,
    "segmentation-3.0": 60.0,
    "campplus": 120.0,
    "jieba-words": 60.0,
    "silero-vad": 40.0,
    "dlib-face": 120.0,
    "fer": 30.0,
}


def workload() -> Workload:
    return figures.read(FILES / "workload.toml", Workload)


def costs(name: str) -> Costs:
    return figures.read(FILES / f"{name}.toml", Costs)


def models() -> ModelTable:
    return figures.read(FILES / "language_models.toml", ModelTable)


def devices() -> DeviceTable:
    return figures.read(FILES / "devices.toml", DeviceTable)


def with_llm(base: Inputs, **changed: object) -> Inputs:
    """The same inputs with other settings of the language model's server."""
    llm = msgspec.structs.replace(base.profile.llm, **changed)
    return msgspec.structs.replace(base, profile=msgspec.structs.replace(base.profile, llm=llm))


def two_cards_a_replica() -> Inputs:
    """The rack's model on cards of half its size, with a fifth of each left to Triton."""
    return with_llm(inputs("gpu-rack", device="L40S"), gpu_memory_utilization=0.8)


def inputs(
    profile_name: str = "gpu-single",
    interviews: float = 100,
    minutes: float = 15,
    device: str | None = None,
    target: float = 0.7,
) -> Inputs:
    profile = load(CONFIG / "profiles" / f"{profile_name}.toml")
    kind = profile.triton.device
    name, chosen = devices().chosen(device, profile_name, kind)
    file = costs("eval-cpu" if kind == "cpu" else "gpu")
    measured = file.language_model.measured
    return Inputs(
        request=Request(interviews, minutes),
        workload=workload(),
        profile=profile,
        costs=file,
        device_name=name,
        device=chosen,
        shape=models().named(profile.llm.model),
        reference=models().named(measured.model) if measured else None,
        known_mb=EVALUATION_MB,
        target=target,
    )
