"""Profiles render to exact commands."""

from pathlib import Path

import pytest

from inference.launch import TritonPorts, triton_launch, vllm_launch
from inference.profile import Profile, load
from inference.settings import Environments, Settings
from inference.triton import rendering

PROFILES = Path(__file__).parents[2] / "config" / "profiles"


def settings_in(folder: Path, profile: Profile) -> Settings:
    """Settings whose environments and models are empty folders of the right shape."""
    for environment in ("vllm", "speech", "vision", "triton"):
        (folder / environment / "lib" / "python3.11" / "site-packages").mkdir(parents=True)
    models = {name: folder / "models" / f"{name}@1" for name in profile.model_names()}
    for model in models.values():
        model.mkdir(parents=True)
        (model / "weights.bin").write_bytes(model.name.encode())
    environments = Environments(folder / "vllm", folder / "speech", folder / "vision", folder / "triton")
    return Settings(environments, models, folder / "run")


def test_eval_cpu_starts_vllm_on_loopback_offline_and_without_request_logs(tmp_path: Path) -> None:
    profile = load(PROFILES / "eval-cpu.toml")
    settings = settings_in(tmp_path, profile)
    launch = vllm_launch(profile, settings, 8000)
    assert launch.argv == [
        f"{tmp_path}/vllm/bin/python",
        *["-m", "vllm.entrypoints.openai.api_server"],
        "--model",
        f"{tmp_path}/models/qwen2.5-coder-1.5b-instruct@1",
        *["--served-model-name", "qwen2.5-coder-1.5b-instruct", "--load-format", "safetensors"],
        *[
            "--host",
            "127.0.0.1",
            "--port",
            "8000",
            "--dtype",
            "bfloat16",
            "--max-model-len",
            "8192",
            "--max-num-seqs",
            "16",
        ],
        *["--max-logprobs", "20", "--seed", "0", "--generation-config", "vllm", "--enable-prefix-caching"],
        *["--no-enable-log-requests", "--disable-uvicorn-access-log", "--enforce-eager"],
    ]
    assert launch.environment == {
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "HF_DATASETS_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "VLLM_NO_USAGE_STATS": "1",
        "DO_NOT_TRACK": "1",
        "PYANNOTE_METRICS_ENABLED": "0",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "HOME": f"{tmp_path}/run/home",
        "TMPDIR": f"{tmp_path}/run/tmp",
        "PYTHONUNBUFFERED": "1",
        "VLLM_CACHE_ROOT": f"{tmp_path}/run/cache/vllm",
        "VLLM_LOGGING_LEVEL": "INFO",
        "VLLM_WORKER_MULTIPROC_METHOD": "spawn",
        "VLLM_CPU_KVCACHE_SPACE": "1",
        "VLLM_CPU_OMP_THREADS_BIND": "nobind",
        "OMP_NUM_THREADS": "2",
        "OMP_WAIT_POLICY": "PASSIVE",
    }


def test_eval_cpu_starts_triton_on_loopback_with_the_assembled_backends(tmp_path: Path) -> None:
    profile = load(PROFILES / "eval-cpu.toml")
    settings = settings_in(tmp_path, profile)
    launch = triton_launch(profile, settings, TritonPorts(1, 2, 3), tmp_path / "repository")
    packages = f"{tmp_path}/triton/lib/python3.11/site-packages"
    assert launch.argv == [
        f"{packages}/pytriton/tritonserver/bin/tritonserver",
        *f"--model-repository {tmp_path}/repository --backend-directory {tmp_path}/run/backends".split(),
        *[
            "--http-address",
            "127.0.0.1",
            "--http-port",
            "1",
            "--grpc-address",
            "127.0.0.1",
            "--grpc-port",
            "2",
        ],
        *["--metrics-address", "127.0.0.1", "--metrics-port", "3", "--exit-on-error", "true"],
        *["--strict-readiness", "true", "--exit-timeout-secs", "5", "--log-verbose", "0"],
        "--disable-auto-complete-config",
    ]
    assert launch.environment["OMP_WAIT_POLICY"] == "PASSIVE"
    assert launch.environment["LD_LIBRARY_PATH"] == f"{packages}/nvidia_pytriton.libs"


def test_gpu_profiles_ask_for_batch_invariance_and_give_each_replica_its_own_gpu(tmp_path: Path) -> None:
    profile = load(PROFILES / "gpu-rack.toml")
    settings = settings_in(tmp_path, profile)
    launches = [vllm_launch(profile, settings, 8101 + replica, replica) for replica in range(3)]
    assert [launch.environment["CUDA_VISIBLE_DEVICES"] for launch in launches] == ["0", "1", "2"]
    assert all(launch.environment["VLLM_BATCH_INVARIANT"] == "1" for launch in launches)
    assert "--enforce-eager" not in launches[0].argv
    assert "VLLM_CPU_KVCACHE_SPACE" not in launches[0].environment
    assert "OMP_WAIT_POLICY" not in launches[0].environment
    triton = triton_launch(profile, settings, TritonPorts(1, 2, 3), tmp_path)
    assert triton.argv[0] == "tritonserver" and "--backend-directory" not in triton.argv


@pytest.mark.parametrize("name", ["eval-cpu", "gpu-single", "gpu-rack"])
def test_every_shipped_profile_serves_only_models_that_exist_here(name: str) -> None:
    profile = load(PROFILES / f"{name}.toml")
    assert profile.name == name
    assert set(profile.triton.models) <= set(rendering.known_models())


def test_eval_cpu_fits_the_memory_that_was_promised() -> None:
    assert load(PROFILES / "eval-cpu.toml").memory_gib <= 12


def test_a_misspelt_setting_is_refused_with_file_and_field(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text((PROFILES / "eval-cpu.toml").read_text().replace("max_num_seqs", "max_num_seq"))
    with pytest.raises(ValueError, match=r"wrong\.toml.*max_num_seq"):
        load(wrong)
