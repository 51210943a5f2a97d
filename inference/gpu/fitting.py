"""Whether a profile fits the GPUs, before anything starts: each finding is a sentence with the way out.

vLLM takes ``gpu_memory_utilization`` of each of its GPUs and refuses to start where less is free; of that it
holds the weights (cut into ``tensor_parallel`` parts), room for one pass through the network, and the
key-value cache, which must hold one conversation of ``max_model_len`` tokens at least.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from inference.errors import InferenceUnavailable
from inference.gpu import facts
from inference.gpu.facts import Gpu, NoGpu
from inference.profile import LlmProfile, Part, Profile

VLLM_CAPABILITY = (7, 5)
"""vLLM's installation page for NVIDIA GPUs."""

BFLOAT16_CAPABILITY = (8, 0)
"""vLLM's check_if_supports_dtype (vllm/platforms/cuda.py, 0.32.0)."""

BATCH_INVARIANT_CAPABILITY = (8, 0)
"""vLLM 0.32.0, Features, Batch Invariance, Hardware Requirements."""

LEAST_DRIVER = (525, 60, 13)
CUDA_12_9_DRIVER = (575, 51, 3)
"""CUDA Toolkit release notes: the least driver for any CUDA 12, and the one that 12.9, which vLLM is built
with, came with. Between them a program runs by minor-version compatibility, without newer features."""

VLLM_SHARE = 0.92
"""Of a GPU's memory where the profile names none: vLLM's own default (CacheConfig, 0.32.0)."""

ONE_PASS_GIB = 1.5
"""Activations, CUDA graphs and the CUDA context beside weights and cache. An estimate on the high side of
what vLLM reports for models of 14 to 32 billion parameters; not measured here."""

TRITON_GPU_GIB = 6.0
"""What Triton's models take of a GPU (Whisper large 3.1 GiB in half precision, speaker models, a CUDA context
for each process). An estimate; not measured here."""


class Finding(Struct, frozen=True):
    """One sentence; ``blocks`` where the engines would not start or would compute something else."""

    text: str
    blocks: bool = True


class _Config(Struct):
    """Of a model's config.json (Hugging Face), what its cache's size follows from."""

    num_hidden_layers: int
    num_attention_heads: int
    hidden_size: int
    num_key_value_heads: int | None = None
    head_dim: int | None = None


class ModelSize(Struct, frozen=True):
    """Bytes of a language model's weights, and of its cache for one token."""

    weights: int
    cache_per_token: int


def model_size(folder: Path) -> ModelSize:
    """Sizes from a model's files; weights and cache in 2 bytes a number, as stored and served."""
    config = msgspec.json.decode((folder / "config.json").read_bytes(), type=_Config)
    heads = config.num_key_value_heads or config.num_attention_heads
    width = config.head_dim or config.hidden_size // config.num_attention_heads
    weights = sum(file.stat().st_size for file in folder.glob("*.safetensors"))
    return ModelSize(weights, 2 * config.num_hidden_layers * heads * width * 2)


def uses_gpu(profile: Profile, parts: frozenset[Part]) -> bool:
    """Whether any engine of ``parts`` that is started here computes on a GPU."""
    return _llm_here(profile, parts) or _triton_here(profile, parts)


def check_machine(
    profile: Profile,
    parts: frozenset[Part],
    size: ModelSize | None = None,
    present: Callable[[], list[Gpu]] = facts.present,
) -> list[Finding]:
    """Raises ``InferenceUnavailable`` with all findings that block, else returns the others. ``size`` of the
    language model where its files are at hand."""
    if not uses_gpu(profile, parts):
        return []
    try:
        gpus = present()
    except NoGpu as error:
        raise NoGpu(
            f"profile {profile.name} needs NVIDIA GPUs, but {error}. Install the driver and restart the "
            "machine, or choose a profile for this machine: --profile eval-cpu"
        ) from error
    found = list(findings(profile, parts, gpus, size))
    blocking = [finding.text for finding in found if finding.blocks]
    if blocking:
        raise InferenceUnavailable(
            f"profile {profile.name} does not fit the GPUs of this machine:\n- " + "\n- ".join(blocking)
        )
    return found


def findings(
    profile: Profile, parts: frozenset[Part], gpus: list[Gpu], size: ModelSize | None = None
) -> Iterator[Finding]:
    """Everything that speaks against the profile on ``gpus``, the most fundamental first."""
    yield from _driver(gpus[0])
    needed = profile.llm.replicas * profile.llm.tensor_parallel if _llm_here(profile, parts) else 0
    if len(gpus) < needed:
        yield Finding(
            f"the language model needs {needed} GPUs ({profile.llm.replicas} replicas on "
            f"{profile.llm.tensor_parallel} each) and there are {len(gpus)}: lower replicas in [llm], or add GPUs"
        )
    for gpu in gpus[: max(needed, 1)]:
        yield from _mode(gpu)
        if needed:
            yield from _abilities(profile.llm, gpu)
            yield from _memory(profile.llm, gpu, size)
    if _triton_here(profile, parts):
        yield from _triton(profile, gpus, needed)


def _llm_here(profile: Profile, parts: frozenset[Part]) -> bool:
    return "llm" in parts and not profile.llm.addresses and profile.llm.cpu is None


def _triton_here(profile: Profile, parts: frozenset[Part]) -> bool:
    return "triton" in parts and not profile.triton.address and profile.triton.device == "gpu"


def _driver(gpu: Gpu) -> Iterator[Finding]:
    if gpu.driver_version < LEAST_DRIVER:
        yield Finding(
            f"the driver {gpu.driver} is older than {_dotted(LEAST_DRIVER)}, the least that runs CUDA 12: "
            "install a current data-centre driver"
        )
    elif gpu.driver_version < CUDA_12_9_DRIVER:
        yield Finding(
            f"the driver {gpu.driver} is older than CUDA 12.9's ({_dotted(CUDA_12_9_DRIVER)}): engines start, "
            "but without what the newer one brings; update it at the next maintenance",
            blocks=False,
        )


def _mode(gpu: Gpu) -> Iterator[Finding]:
    if gpu.mig:
        yield Finding(
            f"{_name(gpu)} is split into instances (MIG), and the engines take whole GPUs: turn it off with "
            f"`nvidia-smi -i {gpu.index} -mig 0`"
        )
    if gpu.ecc is False:
        yield Finding(
            f"{_name(gpu)} runs without error correction, so a flipped bit can change an assessment unseen: "
            f"turn it on with `nvidia-smi -i {gpu.index} -e 1` and restart the machine",
            blocks=False,
        )


def _abilities(llm: LlmProfile, gpu: Gpu) -> Iterator[Finding]:
    """What the GPU's generation can compute."""
    has = f"{_name(gpu)} has compute capability {_dotted(gpu.compute_capability)}"
    if gpu.compute_capability < VLLM_CAPABILITY:
        yield Finding(f"{has}, and vLLM needs {_dotted(VLLM_CAPABILITY)}: use a newer GPU")
    if llm.dtype == "bfloat16" and gpu.compute_capability < BFLOAT16_CAPABILITY:
        yield Finding(
            f'{has}, and bfloat16 needs {_dotted(BFLOAT16_CAPABILITY)}: set dtype = "float16" in [llm]'
        )
    if llm.batch_invariant and gpu.compute_capability < BATCH_INVARIANT_CAPABILITY:
        yield Finding(
            f"{has}, and batch invariance needs {_dotted(BATCH_INVARIANT_CAPABILITY)}: set batch_invariant = "
            "false in [llm]; the same question may then score a little differently in another batch"
        )


def _memory(llm: LlmProfile, gpu: Gpu, size: ModelSize | None) -> Iterator[Finding]:
    share = llm.gpu_memory_utilization or VLLM_SHARE
    taken_gib = share * gpu.total_gib
    if gpu.free_mib is not None and gpu.free_mib / 1024 < taken_gib:
        yield Finding(
            f"{_name(gpu)} has {gpu.free_mib / 1024:.1f} of {gpu.total_gib:.1f} GiB free and vLLM takes "
            f"{share:.0%} ({taken_gib:.1f} GiB): end the programs that `nvidia-smi` lists, or lower "
            "gpu_memory_utilization in [llm]"
        )
    if size is None:
        return
    weights_gib = size.weights / llm.tensor_parallel / 2**30
    cache_gib = size.cache_per_token * llm.max_model_len / llm.tensor_parallel / 2**30
    needed_gib = weights_gib + cache_gib + ONE_PASS_GIB
    if needed_gib > taken_gib:
        yield Finding(
            f"{_name(gpu)} gives vLLM {taken_gib:.1f} GiB ({share:.0%} of {gpu.total_gib:.1f}), and {llm.model} "
            f"needs {needed_gib:.1f} GiB (weights {weights_gib:.1f}, one conversation of {llm.max_model_len} "
            f"tokens {cache_gib:.1f}, work {ONE_PASS_GIB}): choose a smaller model, raise tensor_parallel, or "
            "lower max_model_len in [llm]"
        )


def _triton(profile: Profile, gpus: list[Gpu], taken: int) -> Iterator[Finding]:
    """Triton loads its models on every GPU that it sees, also beside the language model."""
    share = (profile.llm.gpu_memory_utilization or VLLM_SHARE) if taken else 0.0
    for gpu in gpus:
        left_gib = gpu.total_gib * (1 - share if gpu.index < taken else 1.0)
        if left_gib < TRITON_GPU_GIB:
            yield Finding(
                f"{_name(gpu)} leaves {left_gib:.1f} GiB for Triton's models, which take about "
                f"{TRITON_GPU_GIB:.0f} GiB: lower gpu_memory_utilization in [llm], or give Triton a GPU or "
                "server of its own",
                blocks=False,  # an estimate; Triton itself fails to start where it is right
            )


def _name(gpu: Gpu) -> str:
    return f"GPU {gpu.index} ({gpu.name})"


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(str(number) for number in version)
