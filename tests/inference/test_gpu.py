"""GPUs as nvidia-smi describes them, and what speaks against a profile on them."""

import json
import os
from pathlib import Path

import msgspec
import pytest

from inference import supervisor
from inference.errors import InferenceUnavailable
from inference.gpu import facts, fitting
from inference.gpu.facts import Gpu, NoGpu
from inference.gpu.fitting import ModelSize
from inference.profile import ALL, Part, Profile, load
from tests.inference.test_profiles import PROFILES, settings_in

RECORDED = Path(__file__).parent / "recorded_gpu"
# 14.8 and 32.8 billion parameters in two bytes each; 40 and 64 layers of 8 key-value heads of width 128.
QWEN3_14B = ModelSize(weights=2 * 14_800_000_000, cache_per_token=2 * 40 * 8 * 128 * 2)
QWEN3_32B = ModelSize(weights=2 * 32_800_000_000, cache_per_token=2 * 64 * 8 * 128 * 2)
LLM: frozenset[Part] = frozenset({"llm"})


def machine(name: str) -> list[Gpu]:
    return facts.parse((RECORDED / f"{name}.csv").read_text())


def profile(name: str, **llm: object) -> Profile:
    loaded = load(PROFILES / f"{name}.toml")
    return msgspec.structs.replace(loaded, llm=msgspec.structs.replace(loaded.llm, **llm))


def said(
    chosen: Profile, gpus: str, size: ModelSize | None = None, parts: frozenset[Part] = ALL
) -> tuple[list[str], list[str]]:
    """What blocks, and what does not."""
    found = list(fitting.findings(chosen, parts, machine(gpus), size))
    return [f.text for f in found if f.blocks], [f.text for f in found if not f.blocks]


def test_a_gpus_facts_are_read() -> None:
    assert machine("l40s") == [
        Gpu(
            index=0,
            name="NVIDIA L40S",
            driver="580.95.05",
            total_mib=46068,
            free_mib=45469,
            compute_capability=(8, 9),
            ecc=True,
            mig=None,
        )
    ]
    assert machine("l40s")[0].total_gib == pytest.approx(44.99, abs=0.01)
    (split,) = machine("a100-mig")
    assert (split.mig, split.ecc, split.free_mib) == (True, True, None)
    assert [gpu.index for gpu in machine("h100-x4")] == [0, 1, 2, 3]


@pytest.mark.parametrize(
    "output",
    [
        "",
        "No devices were found\n",
        "0, NVIDIA L40S, 580.95.05, 46068\n",
        "0, NVIDIA L40S, 580.95.05, much, 45469, 8.9, Enabled, [N/A]\n",
        "0, NVIDIA L40S, 580.95.05, 46068, 45469, [N/A], Enabled, [N/A]\n",
        "0, NVIDIA L40S, 580.95.05, 46068, 45469, 8.9, Perhaps, [N/A]\n",
    ],
)
def test_what_describes_no_gpu_is_refused(output: str) -> None:
    with pytest.raises(NoGpu, match="nvidia-smi"):
        facts.parse(output)


def tool(folder: Path, said: str, status: int) -> str:
    program = folder / "nvidia-smi"
    program.write_text(f"#!/bin/sh\ncat <<'END'\n{said}\nEND\nexit {status}\n")
    program.chmod(0o755)
    return str(program)


def test_no_tool_is_no_driver() -> None:
    with pytest.raises(NoGpu, match="no NVIDIA driver here"):
        facts.present("nvidia-smi-that-nobody-installed")


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.", 9),
        ("Failed to initialize NVML: Driver/library version mismatch", 18),
    ],
)
def test_a_driver_that_does_not_work_is_told_in_its_own_words(
    tmp_path: Path, words: str, status: int
) -> None:
    with pytest.raises(NoGpu, match=f"status {status}: {words}"):
        facts.present(tool(tmp_path, words, status))


def test_a_working_tool_is_read(tmp_path: Path) -> None:
    assert facts.present(tool(tmp_path, (RECORDED / "h100-x4.csv").read_text(), 0)) == machine("h100-x4")


def test_the_shipped_gpu_profiles_fit_the_machines_that_they_are_for() -> None:
    assert said(profile("gpu-single"), "l40s", QWEN3_14B) == ([], [])
    assert said(profile("gpu-rack"), "h100-x4", QWEN3_32B) == ([], [])


def test_an_old_small_gpu_is_told_everything_at_once() -> None:
    blocking, _ = said(profile("gpu-single"), "t4", QWEN3_14B)
    assert [text.partition(",")[0] for text in blocking] == [
        "the driver 470.223.02 is older than 525.60.13",
        "GPU 0 (Tesla T4) has compute capability 7.5",
        "GPU 0 (Tesla T4) has compute capability 7.5",
        "GPU 0 (Tesla T4) gives vLLM 11.2 GiB (75% of 15.0)",
    ]
    assert 'set dtype = "float16"' in blocking[1] and "set batch_invariant = false" in blocking[2]
    assert "weights 27.6" in blocking[3] and "16384 tokens 2.5" in blocking[3]
    half = profile("gpu-single", dtype="float16", batch_invariant=False)
    assert not any("compute capability" in text for text in said(half, "t4")[0])


def test_a_gpu_older_than_vllm_supports_is_refused() -> None:
    blocking, _ = said(profile("gpu-single", dtype="float16", batch_invariant=False), "v100")
    assert blocking == [
        "GPU 0 (Tesla V100-SXM2-32GB) has compute capability 7.0, and vLLM needs 7.5: use a newer GPU"
    ]


def test_each_replica_needs_its_gpus() -> None:
    blocking, _ = said(profile("gpu-rack"), "l40s")
    assert "needs 3 GPUs (3 replicas on 1 each) and there are 1" in blocking[0]
    assert said(profile("gpu-rack", replicas=2, tensor_parallel=2), "l40s-x4")[0] == []
    assert "needs 6 GPUs" in said(profile("gpu-rack", tensor_parallel=2), "l40s-x4")[0][0]


def test_parallel_parts_share_the_weights() -> None:
    on_one = said(profile("gpu-rack", replicas=1), "l40s-x4", QWEN3_32B, LLM)[0]
    assert len(on_one) == 1 and "raise tensor_parallel" in on_one[0]
    assert said(profile("gpu-rack", replicas=1, tensor_parallel=2), "l40s-x4", QWEN3_32B, LLM)[0] == []


def test_memory_that_another_program_holds_is_told() -> None:
    (text,) = said(profile("gpu-single"), "l40s-busy", QWEN3_14B)[0]
    assert "has 24.4 of 45.0 GiB free and vLLM takes 75% (33.7 GiB)" in text


def test_a_split_gpu_is_refused_and_an_older_driver_mentioned() -> None:
    blocking, mentioned = said(profile("gpu-single"), "a100-mig", QWEN3_14B)
    assert len(blocking) == 1 and "nvidia-smi -i 0 -mig 0" in blocking[0]
    assert len(mentioned) == 1 and "570.148.08 is older than CUDA 12.9's" in mentioned[0]


def test_missing_error_correction_and_little_room_for_triton_are_mentioned() -> None:
    tight = profile("gpu-single", gpu_memory_utilization=0.9)
    mentioned = said(tight, "rtx4090")[1]
    assert "-e 1" in mentioned[0] and "leaves 2.4 GiB for Triton's models" in mentioned[1]
    assert len(said(tight, "rtx4090", parts=LLM)[1]) == 1


def test_a_models_size_comes_from_its_files(tmp_path: Path) -> None:
    config = {"num_hidden_layers": 4, "num_attention_heads": 8, "hidden_size": 512, "num_key_value_heads": 2}
    (tmp_path / "config.json").write_text(json.dumps(config | {"model_type": "toy"}))
    (tmp_path / "a.safetensors").write_bytes(bytes(1000))
    (tmp_path / "b.safetensors").write_bytes(bytes(500))
    assert fitting.model_size(tmp_path) == ModelSize(weights=1500, cache_per_token=2 * 4 * 2 * 64 * 2)
    (tmp_path / "config.json").write_text(json.dumps(config | {"head_dim": 128}))
    assert fitting.model_size(tmp_path).cache_per_token == 2 * 4 * 2 * 128 * 2


def test_a_gpu_profile_without_a_gpu_is_refused_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    single = profile("gpu-single")
    settings = settings_in(tmp_path, single)
    for folder in settings.models.values():
        (folder / "config.json").write_text(
            json.dumps({"num_hidden_layers": 1, "num_attention_heads": 1, "hidden_size": 8})
        )
    with pytest.raises(NoGpu, match=r"gpu-single needs NVIDIA GPUs.*no NVIDIA driver.*--profile eval-cpu"):
        supervisor.up(settings, single)
    assert not settings.run_dir.exists()


def test_findings_that_block_are_raised_together_and_the_rest_is_returned() -> None:
    with pytest.raises(InferenceUnavailable, match=r"(?s)does not fit.*- the driver.*- GPU 0.*- GPU 0"):
        fitting.check_machine(profile("gpu-single"), ALL, present=lambda: machine("t4"))
    found = fitting.check_machine(profile("gpu-single"), ALL, present=lambda: machine("rtx4090"))
    assert not any(finding.blocks for finding in found)
    correction, room = (finding.text for finding in found)
    assert "without error correction" in correction and "for Triton's models" in room


def test_a_profile_without_gpus_asks_for_none() -> None:
    assert fitting.check_machine(profile("eval-cpu"), ALL, present=os.abort) == []
    elsewhere = profile("gpu-single", addresses=["http://127.0.0.1:1"])
    assert fitting.check_machine(elsewhere, LLM, present=os.abort) == []
