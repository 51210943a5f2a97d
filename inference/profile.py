"""Launch profiles: which engines a deployment runs, where, with which models and limits
(config/profiles/)."""

from pathlib import Path
from typing import Annotated, Literal, get_args

import msgspec
from msgspec import Meta, Struct, field

Port = Annotated[int, Meta(ge=0, le=65535)]
"""0 lets the supervisor choose a free port."""

Positive = Annotated[int, Meta(ge=1)]

Part = Literal["llm", "triton"]
"""A part of a deployment that can be started without the others: the language model's replicas, or Triton."""

ALL: frozenset[Part] = frozenset(get_args(Part))


class CpuTuning(Struct, frozen=True, forbid_unknown_fields=True):
    """vLLM on CPU. ``threads_bind`` is VLLM_CPU_OMP_THREADS_BIND: ``nobind`` shares the cores with Triton, a
    list such as ``0-15`` reserves them."""

    kv_cache_gib: Positive
    threads: Positive
    threads_bind: str = "nobind"


class LlmProfile(Struct, frozen=True, forbid_unknown_fields=True):
    """The language model's servers. ``replicas`` are started here on successive ports; ``addresses`` name
    servers started elsewhere (then nothing is started). ``admit`` bounds what one client process has in
    flight, ``queue`` what may wait behind it before callers are refused. ``engine`` names the server and the
    settings that change numbers; it is stored with every answer."""

    engine: str
    model: str
    max_model_len: Positive
    max_num_seqs: Positive
    admit: Positive
    queue: Positive
    memory_gib: float
    dtype: Literal["bfloat16", "float16", "auto"] = "auto"
    eager: bool = False
    batch_invariant: bool = False
    prefix_caching: bool = True
    cache_salt: bool = True
    max_logprobs: Positive = 20
    replicas: Positive = 1
    tensor_parallel: Positive = 1
    gpu_memory_utilization: Annotated[float, Meta(gt=0, le=1)] | None = None
    cpu: CpuTuning | None = None
    port: Port = 0
    addresses: list[str] = []
    start_timeout_s: float = 600.0


class ServedModelProfile(Struct, frozen=True, forbid_unknown_fields=True):
    """One Triton model: its environment, catalogue models by the parameter that names them, and size."""

    environment: Literal["speech", "vision"]
    weights: dict[str, str] = {}
    instances: Positive = 1
    threads: Positive = 1


class TritonProfile(Struct, frozen=True, forbid_unknown_fields=True):
    """The vision and speech server. ``server`` says where its binary is: ``pytriton`` (the wheel's, loopback
    only) or ``system`` (the vendor's container, at its own paths). ``address`` names one started
    elsewhere."""

    models: dict[str, ServedModelProfile]
    admit: Positive
    queue: Positive
    memory_gib: float
    device: Literal["cpu", "gpu"] = "cpu"
    server: Literal["pytriton", "system"] = "pytriton"
    http_port: Port = 0
    grpc_port: Port = 0
    metrics_port: Port = 0
    address: str = ""
    start_timeout_s: float = 180.0


class Profile(Struct, frozen=True, forbid_unknown_fields=True):
    """One deployment's engines. ``start`` lists which parts start together, one group after the other: on a
    shared GPU the language model first, because it takes its share of what is free.

    ``memory_gib`` of each part is its budget. A running engine that outgrows it is reported; it is restarted
    only where ``restart_over_budget`` says so, at that many times its budget, because a restart breaks off
    the calls in flight."""

    name: str
    summary: str
    llm: LlmProfile
    triton: TritonProfile
    start: list[list[Part]] = field(default_factory=lambda: [["llm", "triton"]])
    restart_over_budget: Annotated[float, Meta(ge=1)] | None = None

    def __post_init__(self) -> None:
        named = [part for together in self.start for part in together]
        if sorted(named) != sorted(ALL):
            raise ValueError(f"start must name each of {', '.join(sorted(ALL))} once, not {self.start}")

    @property
    def memory_gib(self) -> float:
        """Memory that all engines started here need, GiB."""
        return self.memory_of(ALL)

    def memory_of(self, parts: frozenset[Part]) -> float:
        """Memory that the engines of ``parts`` started here need, GiB; those at other addresses need none."""
        llm = "llm" in parts and not self.llm.addresses
        triton = "triton" in parts and not self.triton.address
        return self.llm.memory_gib * self.llm.replicas * llm + self.triton.memory_gib * triton

    def model_names(self, parts: frozenset[Part] = ALL) -> list[str]:
        """Catalogue names of every model that ``parts`` start, for the fetcher and the checks."""
        names: set[str] = set()
        if "triton" in parts:
            names |= {name for served in self.triton.models.values() for name in served.weights.values()}
        if "llm" in parts and not self.llm.addresses:
            names.add(self.llm.model)
        return sorted(names)


def load(path: Path) -> Profile:
    """Reads a profile; ``ValueError`` names the file and the field that is wrong."""
    try:
        return msgspec.toml.decode(path.read_bytes(), type=Profile)
    except msgspec.DecodeError as error:
        raise ValueError(f"profile {path}: {error}") from error
