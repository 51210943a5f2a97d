"""installer.py inference: what IT alone with a disk reads, and what a program gets."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from appliance.install import commands, deployment
from appliance.install.progress import Progress
from inference import state
from inference.profile import Profile
from inference.provenance import ModelIdentity
from inference.state import Endpoints, EngineState, State


def start(*arguments: str) -> int:
    return commands.start(["inference", *arguments], Progress(interactive=False))


def without_models(profile: Profile) -> Profile:
    """The profile with a Triton that serves nothing."""
    return msgspec.structs.replace(profile, triton=msgspec.structs.replace(profile.triton, models={}))


@pytest.fixture
def silent(tmp_path: Path) -> Iterator[Path]:
    """The run directory of a supervisor whose language model does not answer."""
    endpoints = Endpoints(["http://127.0.0.1:1"], "", ModelIdentity("toy", "00"), {})
    engine = EngineState(
        "vllm-0", 1, condition="restarting", restarts=2, last_failure="it ended", budget_gib=7.5
    )
    held = state.lock(tmp_path)
    assert held is not None
    with held:
        profile = without_models(deployment.load_profile("eval-cpu"))
        state.write(tmp_path, State(profile, endpoints, os.getpid(), [engine]))
        yield tmp_path


@pytest.mark.parametrize("command", ["status", "smoke"])
def test_where_nothing_runs_the_message_says_how_to_start(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert start(command, "--run-dir", str(tmp_path)) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert f"No engines run for {tmp_path}" in shown.err and "installer.py inference up" in shown.err


def test_stopping_where_nothing_runs_is_no_failure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert start("down", "--run-dir", str(tmp_path)) == 0
    assert capsys.readouterr().out == "No engines were running.\n"


def test_the_status_of_an_engine_reads_and_parses(silent: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert start("status", "--run-dir", str(silent)) == 0
    assert "vllm-0: restarting" in capsys.readouterr().out
    assert start("status", "--run-dir", str(silent), "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["budget_gib"] == 7.5 and found["engines"][0]["last_failure"] == "it ended"


def test_a_missed_known_answer_names_model_and_reason_and_fails(
    silent: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert start("smoke", "--run-dir", str(silent)) == 1
    assert "✗ chat (vLLM at http://127.0.0.1:1)" in capsys.readouterr().out
    assert start("smoke", "--run-dir", str(silent), "--json") == 1
    (check,) = json.loads(capsys.readouterr().out)
    assert check["name"] == "chat" and check["error"] and check["compared"] == []


def test_starting_twice_is_refused_before_anything_is_fetched(
    silent: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert start("up", "--run-dir", str(silent)) == 1
    assert "already" in capsys.readouterr().err


def test_a_gpu_profile_without_a_gpu_is_one_message_before_anything_is_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("MUSTER_CACHE", str(tmp_path / "cache"))
    assert start("up", "--profile", "gpu-single", "--run-dir", str(tmp_path / "run")) == 1
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 1 and "gpu-single needs NVIDIA GPUs" in told[0] and "no NVIDIA driver here" in told[0]
    assert not (tmp_path / "cache").exists() and not (tmp_path / "run").exists()


def test_a_part_that_there_is_not_is_refused_with_those_that_there_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert start("up", "--part", "ears", "--run-dir", str(tmp_path)) == 1
    assert "There are: asr, embedder, llm, triton" in capsys.readouterr().err
