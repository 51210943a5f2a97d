"""What one second of sound, one picture and one token cost: config/capacity/eval-cpu.toml and gpu.toml.

The format, for whoever measures anew::

    name = "eval-cpu"
    host_cores = 0                  # cores beside the device; 0 where the device is the whole machine

    [language_model]
    block_tokens = 128              # a cached beginning counts in whole blocks of this many tokens
    call_overhead_s = FIGURE        # a call's cost besides its tokens

    [language_model.measured]       # either this: rates of one model, from which speed is computed ...
    model = "qwen2.5-coder-1.5b-instruct"
    prompt_tokens_per_s = FIGURE    # at prompts of context_tokens
    generation_tokens_per_s = FIGURE  # one sequence alone
    context_tokens = 390

    [language_model.efficiency]     # ... or this: shares of the data sheet's peaks
    compute = FIGURE
    bandwidth = FIGURE
    tensor_parallel = FIGURE        # speed of n cards together over n times one

    [models.transcribe]
    per = "sound"                   # seconds of work a second of sound, or a "picture"
    runs_on = "device"              # or "host": one core
    seconds = FIGURE
    memory_mb = 4600                # loaded, where the catalogue does not know the weights

FIGURE is ``{ value = 126, low = 100, high = 150, basis = "measured", source = "where and how" }``.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from inference.capacity.architecture import Architecture
from inference.capacity.devices import Device
from inference.capacity.figures import CapacityInvalid, Case, Figure, NotNegative, Positive

DECODE_SOUND = "decode_sound"
DECODE_PICTURES = "decode_pictures"
"""The application's own work, in the costs files beside the models'."""


class ModelCost(Struct, frozen=True, forbid_unknown_fields=True):
    """Seconds of work of one speech or vision model for each second of sound or each picture."""

    per: Literal["sound", "picture"]
    runs_on: Literal["device", "host"]
    seconds: Figure
    memory_mb: NotNegative | None = None


class MeasuredSpeed(Struct, frozen=True, forbid_unknown_fields=True):
    """Rates (tokens a second) of one model on this device."""

    model: str
    prompt_tokens_per_s: Figure
    generation_tokens_per_s: Figure
    context_tokens: Positive


class Efficiency(Struct, frozen=True, forbid_unknown_fields=True):
    """Shares of a card's peaks that the engine reaches."""

    compute: Figure
    bandwidth: Figure
    tensor_parallel: Figure


class LanguageModelCost(Struct, frozen=True, forbid_unknown_fields=True):
    """Speed either measured or as a share of the data sheet's."""

    block_tokens: Positive
    call_overhead_s: Figure
    measured: MeasuredSpeed | None = None
    efficiency: Efficiency | None = None

    def __post_init__(self) -> None:
        if (self.measured is None) == (self.efficiency is None):
            raise ValueError("exactly one of measured and efficiency is needed")


class Costs(Struct, frozen=True, forbid_unknown_fields=True):
    """One costs file. ``memory`` is what an engine takes besides weights, cache and activations, a process."""

    name: str
    summary: str
    host_cores: Annotated[int, Meta(ge=0, le=10_000)]
    process_memory_mb: NotNegative
    language_model: LanguageModelCost
    models: dict[str, ModelCost]

    def model(self, name: str) -> ModelCost:
        """:class:`CapacityInvalid` names the file that lacks the cost."""
        if name not in self.models:
            raise CapacityInvalid(
                f"{self.name}.toml",
                f"there is no cost for {name!r}; add [models.{name}] or take it out of the workload",
            )
        return self.models[name]

    def scaled(self, names: frozenset[str], factor: float) -> Costs:
        """The same costs, those of ``names`` times ``factor``."""
        models = {
            name: msgspec.structs.replace(cost, seconds=cost.seconds.times(factor)) if name in names else cost
            for name, cost in self.models.items()
        }
        return msgspec.structs.replace(self, models=models)

    def figures(self) -> dict[str, Figure]:
        """Every figure by the name a person is told."""
        llm = self.language_model
        found = {name: cost.seconds for name, cost in self.models.items()}
        found["language model: a call's overhead"] = llm.call_overhead_s
        if llm.measured:
            found["language model: prompt tokens a second"] = llm.measured.prompt_tokens_per_s
            found["language model: generated tokens a second"] = llm.measured.generation_tokens_per_s
        if llm.efficiency:
            found["language model: share of peak compute"] = llm.efficiency.compute
            found["language model: share of peak bandwidth"] = llm.efficiency.bandwidth
            found["language model: gain of several cards"] = llm.efficiency.tensor_parallel
        return found


class Speed(Struct, frozen=True):
    """What the device does for the language model: operations and bytes a second, seconds of overhead a call."""

    flops: float
    bytes: float
    overhead_s: float
    block_tokens: float


def speed(
    costs: Costs,
    device: Device,
    reference: Architecture | None,
    case: Case,
    tensor_parallel: int,
    factor: float = 1.0,
) -> Speed:
    """From the measured rates of ``reference``, or from the card's peaks; ``factor`` slows it down."""
    model = costs.language_model
    overhead_s = model.call_overhead_s.cost(case) * factor
    if model.measured is not None:
        if reference is None:
            raise CapacityInvalid(
                "model", f"{costs.name}.toml was measured with {model.measured.model!r}: it is needed"
            )
        context = model.measured.context_tokens
        flops = model.measured.prompt_tokens_per_s.rate(case) * reference.prefill_flops(context) / context
        read = model.measured.generation_tokens_per_s.rate(case) * reference.decode_bytes(context)
        return Speed(flops / factor, read / factor, overhead_s, model.block_tokens)
    if device.bf16_tflops is None or device.bandwidth_gb_s is None or model.efficiency is None:
        raise CapacityInvalid(
            "device", f"the device has no peaks in devices.toml and {costs.name}.toml no measured rates"
        )
    together = tensor_parallel * (model.efficiency.tensor_parallel.rate(case) if tensor_parallel > 1 else 1.0)
    return Speed(
        flops=device.bf16_tflops * 1e12 * model.efficiency.compute.rate(case) * together / factor,
        bytes=device.bandwidth_gb_s * 1e9 * model.efficiency.bandwidth.rate(case) * together / factor,
        overhead_s=overhead_s,
        block_tokens=model.block_tokens,
    )
