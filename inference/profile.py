"""Launch profiles: which engines a deployment runs, where, with which models and limits
(config/profiles/)."""

from pathlib import Path
from typing import Annotated, Literal, get_args

import msgspec
from msgspec import Meta, Struct, field

Port = Annotated[int, Meta(ge=0, le=65535)]
"""0 lets the supervisor choose a free port."""

Positive = Annotated[int, Meta(ge=1)]

VllmKind = Literal["llm", "embedder", "asr"]
"""What a vLLM server is for; each serves one model in one way."""

Part = Literal["llm", "triton", "embedder", "asr"]
"""A part of a deployment that can be started without the others: replicas of a vLLM server, or Triton."""

ANSWER_CALLS = 16
"""Questions about one answer that the language model gets at once, about."""

ALL: frozenset[Part] = frozenset(get_args(Part))


class CpuTuning(Struct, frozen=True, forbid_unknown_fields=True):
    """vLLM on CPU. ``threads_bind`` is VLLM_CPU_OMP_THREADS_BIND: ``nobind`` shares the cores with Triton, a
    list such as ``0-15`` reserves them."""

    kv_cache_gib: Positive
    threads: Positive
    threads_bind: str = "nobind"


class VllmProfile(Struct, frozen=True, forbid_unknown_fields=True):
    """What vLLM servers have in common. ``replicas`` are started here on successive ports, each on its own GPUs
    from ``first_gpu`` on; ``addresses`` name servers started elsewhere (then nothing is started). ``admit``
    bounds what one client process has in flight at each, ``queue`` what may wait behind it before callers are
    refused. ``engine`` names the server and the settings that change numbers; it is stored with answers."""

    engine: str
    model: str
    max_model_len: Positive
    max_num_seqs: Positive
    admit: Positive
    queue: Positive
    memory_gib: float
    dtype: Literal["bfloat16", "float16", "float32", "auto"] = "auto"
    eager: bool = False
    replicas: Positive = 1
    tensor_parallel: Positive = 1
    first_gpu: Annotated[int, Meta(ge=0)] = 0
    gpu_memory_utilization: Annotated[float, Meta(gt=0, le=1)] | None = None
    cpu: CpuTuning | None = None
    port: Port = 0
    addresses: list[str] = []
    start_timeout_s: float = 600.0


class LlmProfile(VllmProfile, frozen=True, forbid_unknown_fields=True):
    """The language model's servers. ``batch_invariant`` asks for kernels whose numbers do not depend on what
    else is in the batch (GPU only); ``cache_salt`` keeps the prefix caches of cases apart."""

    batch_invariant: bool = False
    prefix_caching: bool = True
    cache_salt: bool = True
    max_logprobs: Positive = 20

    def __post_init__(self) -> None:
        if self.batch_invariant and self.cpu is not None:
            raise ValueError("batch_invariant: vLLM on CPU has no batch-invariant kernels; leave it out")


class EmbedderProfile(VllmProfile, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The servers of sentence vectors. ``dimensions`` is the vectors' length, checked with every answer;
    ``texts_per_request`` bounds one request."""

    dimensions: Positive
    texts_per_request: Positive = 64


class AsrProfile(VllmProfile, frozen=True, forbid_unknown_fields=True):
    """The servers of speech recognition (Whisper in vLLM, whose environment then needs its ``audio`` extra).
    ``max_audio_s`` is the longest recording that is taken."""

    max_audio_s: Positive = 4 * 3600


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
    """One deployment's engines. Without ``embedder`` there are no sentence vectors; without ``asr`` Triton's
    model ``transcribe`` recognises speech. ``use`` decides which models' licences suffice; a profile that does
    not say is held to production.

    ``start`` lists which parts start together, one group after the other: on a shared GPU the language model
    first, because it takes its share of what is free. A part that it does not name starts with the last group.

    ``memory_gib`` of each part is its budget. A running engine that outgrows it is reported; it is restarted
    only where ``restart_over_budget`` says so, at that many times its budget, because a restart breaks off
    the calls in flight."""

    name: str
    summary: str
    llm: LlmProfile
    triton: TritonProfile
    use: Literal["evaluation", "production"] = "production"
    embedder: EmbedderProfile | None = None
    asr: AsrProfile | None = None
    start: list[list[Part]] = field(default_factory=lambda: [["llm", "triton"]])
    restart_over_budget: Annotated[float, Meta(ge=1)] | None = None

    def __post_init__(self) -> None:
        named = [part for together in self.start for part in together]
        if not self.start or len(set(named)) != len(named) or not {"llm", "triton"} <= set(named):
            raise ValueError(f"start must name llm and triton, and every part at most once, not {self.start}")

    @property
    def vllm_servers(self) -> dict[VllmKind, VllmProfile]:
        """The vLLM servers that this profile has, by what they are for."""
        servers: dict[VllmKind, VllmProfile | None] = {
            "llm": self.llm,
            "embedder": self.embedder,
            "asr": self.asr,
        }
        return {kind: server for kind, server in servers.items() if server is not None}

    @property
    def answers_at_once(self) -> int:
        """How many interview answers the engines can work on side by side: as many as are heard and as many as are
        read at once, of which only so many may wait at Triton that none is refused. Where the profile has no
        recogniser at all (only a part is started here), one is read while another is heard."""
        read = self.llm.replicas * max(1, self.llm.max_num_seqs // ANSWER_CALLS)
        heard = 1
        if self.asr is not None:
            heard = self.asr.replicas * self.asr.max_num_seqs
        elif "transcribe" in self.triton.models:
            heard = self.triton.models["transcribe"].instances
        return min(max(read, heard) + 1, self.triton.admit + self.triton.queue)

    @property
    def waves(self) -> list[list[Part]]:
        """``start`` with every part that it does not name in its last group."""
        named = {part for together in self.start for part in together}
        return [*self.start[:-1], [*self.start[-1], *sorted(ALL - named)]]

    @property
    def memory_gib(self) -> float:
        """Memory that all engines started here need, GiB."""
        return self.memory_of(ALL)

    def memory_of(self, parts: frozenset[Part]) -> float:
        """Memory that the engines of ``parts`` started here need, GiB; those at other addresses need none."""
        vllm = sum(server.memory_gib * server.replicas for server in self.started_here(parts).values())
        return vllm + self.triton.memory_gib * ("triton" in parts and not self.triton.address)

    def started_here(self, parts: frozenset[Part]) -> dict[VllmKind, VllmProfile]:
        """The vLLM servers of ``parts`` that are not at addresses of their own."""
        return {
            kind: server
            for kind, server in self.vllm_servers.items()
            if kind in parts and not server.addresses
        }

    def model_names(self, parts: frozenset[Part] = ALL) -> list[str]:
        """Catalogue names of every model that ``parts`` start, for the fetcher and the checks."""
        names = {server.model for server in self.started_here(parts).values()}
        if "triton" in parts:
            names |= {name for served in self.triton.models.values() for name in served.weights.values()}
        return sorted(names)


def load(path: Path) -> Profile:
    """Reads a profile; ``ValueError`` names the file and the field that is wrong."""
    try:
        return msgspec.toml.decode(path.read_bytes(), type=Profile)
    except msgspec.DecodeError as error:
        raise ValueError(f"profile {path}: {error}") from error
