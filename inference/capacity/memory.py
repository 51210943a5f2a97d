"""Whether the models fit, and on how many cards one replica of the language model must be spread.

Language model, a card: weights / n + cache / n + activations + the process itself, within its share of the memory
(``gpu_memory_utilization``; without a GPU the profile's ``memory_gib``). The cache must hold one prompt of
``max_model_len``, or the server does not start. Activations are those of the largest step (``STEP_TOKENS``): four
hidden states and the two halves of the gated feed-forward layer, and logits of every sequence in 32 bits. Triton:
each instance's weights and its process, within the rest.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from inference.capacity.architecture import Architecture
from inference.capacity.costs import Costs
from inference.capacity.devices import Device
from inference.capacity.figures import CapacityInvalid
from inference.profile import Profile

STEP_TOKENS = 8192
"""The largest step the engine plans for."""

SPREADS = (1, 2, 4, 8)
"""Cards over which a replica can be spread: heads are dealt out evenly."""

MIB = 1 << 20
GIB = 1 << 30
GIGA = 1e9


class Memory(Struct, frozen=True):
    """GB (1e9 bytes) on each card; ``cache_tokens`` is what the whole replica's cache holds."""

    tensor_parallel: int
    weights_gb: float
    activations_gb: float
    cache_gb: float
    cache_tokens: float
    language_model_gb: float
    language_model_room_gb: float
    triton_gb: float
    triton_room_gb: float


def plan_memory(
    profile: Profile, shape: Architecture, device: Device, costs: Costs, known_mb: Mapping[str, float]
) -> Memory:
    """The smallest spread that fits, not below the profile's; :class:`CapacityInvalid` when none does. ``known_mb``
    is the memory of catalogue models by name."""
    triton_bytes = _triton_bytes(profile, costs, known_mb)
    spreads = (
        [ways for ways in SPREADS if ways >= profile.llm.tensor_parallel] if device.kind == "gpu" else [1]
    )
    for ways in spreads:
        memory = _spread(profile, shape, device, costs, triton_bytes, ways)
        if (
            memory.language_model_gb <= memory.language_model_room_gb
            and triton_bytes <= memory.triton_room_gb * GIGA
        ):
            return memory
    where = f"even spread over {spreads[-1]} cards " if len(spreads) > 1 else ""
    raise CapacityInvalid(
        "device",
        f"{profile.llm.model} and the speech models do not fit: {where}the language model takes "
        f"{memory.language_model_gb:.1f} of {memory.language_model_room_gb:.1f} GB and Triton "
        f"{memory.triton_gb:.1f} of {memory.triton_room_gb:.1f} GB; choose a larger device or a smaller model",
    )


def _spread(
    profile: Profile, shape: Architecture, device: Device, costs: Costs, triton_bytes: float, ways: int
) -> Memory:
    llm = profile.llm
    share = llm.gpu_memory_utilization
    if share is not None:
        room, triton_room = device.memory_bytes * share, device.memory_bytes * (1.0 - share)
    else:
        room, triton_room = llm.memory_gib * GIB, profile.triton.memory_gib * GIB
    weights = shape.weight_bytes / ways
    step = min(STEP_TOKENS, llm.max_model_len)
    wide = 4 * shape.hidden_size + 2 * shape.intermediate_size / ways
    activations = step * wide * shape.bytes_per_number + llm.max_num_seqs * shape.vocab_size * 4
    activations += costs.process_memory_mb * MIB
    # One request of the longest length must fit, or the server refuses to start.
    least = llm.max_model_len * shape.kv_bytes_per_token / ways
    given = float(llm.cpu.kv_cache_gib * GIB) if llm.cpu is not None else None
    cache = max(room - weights - activations, least) if given is None else given
    return Memory(
        tensor_parallel=ways,
        weights_gb=weights / GIGA,
        activations_gb=activations / GIGA,
        cache_gb=cache / GIGA,
        cache_tokens=cache * ways / shape.kv_bytes_per_token,
        language_model_gb=(weights + activations + max(cache, least)) / GIGA,
        language_model_room_gb=room / GIGA,
        triton_gb=triton_bytes / GIGA,
        triton_room_gb=triton_room / GIGA,
    )


def _triton_bytes(profile: Profile, costs: Costs, known_mb: Mapping[str, float]) -> float:
    """Bytes of all instances that live on the device; the others live in the host's memory."""
    total = 0.0
    for name, served in profile.triton.models.items():
        cost = costs.models.get(name)
        if cost is None or cost.runs_on != "device":
            continue
        weights = [known_mb[one] for one in served.weights.values() if one in known_mb]
        if len(weights) < len(served.weights) and cost.memory_mb is None:
            unknown = ", ".join(sorted(set(served.weights.values()) - set(known_mb)))
            raise CapacityInvalid(
                f"models.{name}.memory_mb",
                f"the catalogue does not know {unknown}; give it in {costs.name}.toml",
            )
        loaded = sum(weights) if len(weights) == len(served.weights) else cost.memory_mb or 0.0
        total += served.instances * (max(loaded, cost.memory_mb or 0.0) + costs.process_memory_mb) * MIB
    return total
