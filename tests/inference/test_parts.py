"""A part of a deployment starts without the others: its models, its memory, its adapters."""

from pathlib import Path

import pytest

from inference import known
from inference.engines import connect, endpoints_of
from inference.errors import InferenceUnavailable
from inference.memory import available, check
from inference.ports import ChatMessage, ChatRequest
from inference.profile import Part, load
from inference.settings import Settings
from tests.inference.test_profiles import PROFILES, settings_in

TRITON: frozenset[Part] = frozenset({"triton"})
LLM: frozenset[Part] = frozenset({"llm"})


def test_a_part_needs_its_own_models_only(tmp_path: Path) -> None:
    profile = load(PROFILES / "eval-cpu.toml")
    assert profile.model_names(LLM) == ["qwen2.5-coder-1.5b-instruct"]
    assert "whisper-base-ct2" in profile.model_names(TRITON)
    assert set(profile.model_names(LLM)) | set(profile.model_names(TRITON)) == set(profile.model_names())
    whole = settings_in(tmp_path, profile)
    heard = {name: whole.models[name] for name in profile.model_names(TRITON)}
    endpoints = endpoints_of(profile, Settings(whole.environments, heard, whole.run_dir), 9, [], parts=TRITON)
    assert endpoints.triton == "http://127.0.0.1:9" and "transcribe" in endpoints.triton_identities
    assert endpoints.llm == [] and endpoints.llm_identity is None


def test_a_part_needs_its_own_memory_only(tmp_path: Path) -> None:
    profile = load(PROFILES / "eval-cpu.toml")
    assert profile.memory_of(LLM) + profile.memory_of(TRITON) == profile.memory_gib
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemTotal:  8388608 kB\nMemAvailable:   4194304 kB\n")
    check(profile, TRITON, available(meminfo))
    with pytest.raises(InferenceUnavailable, match=r"7\.5 GiB.*4\.0 GiB"):
        check(profile, LLM, available(meminfo))


def test_calls_of_a_part_that_was_not_started_say_so_at_once(tmp_path: Path) -> None:
    profile = load(PROFILES / "eval-cpu.toml")
    settings = settings_in(tmp_path, profile)
    without_llm = connect(profile, endpoints_of(profile, settings, 9, [], parts=TRITON))
    with pytest.raises(InferenceUnavailable, match="chat: the language model was not started"):
        without_llm.llm.chat(ChatRequest(messages=[ChatMessage("user", "?")]), deadline_s=60)
    without_llm.close()
    without_triton = connect(profile, endpoints_of(profile, settings, 9, [8], parts=LLM))
    with pytest.raises(InferenceUnavailable, match="transcribe: Triton was not started"):
        without_triton.speech.transcribe(known.silence(1), language="en", deadline_s=60)
    with pytest.raises(InferenceUnavailable, match="detect faces: Triton was not started"):
        without_triton.vision.detect_faces([known.black_picture()], deadline_s=60)
    without_triton.close()
