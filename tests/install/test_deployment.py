"""Before any engine starts: models are here, their licences allow the use, and every byte is right."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from appliance.install import deployment
from appliance.install.errors import SetupError
from appliance.install.progress import Progress
from inference.profile import LlmProfile, Profile, TritonProfile
from models import adding, fetch
from models.catalogue import ModelError
from tests.models import weights

SHARD = "model-00002-of-00002.safetensors"


@pytest.fixture
def profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Profile:
    """A production profile with one model of the site's own, which stands for the picture of a face as well."""
    monkeypatch.setenv("MUSTER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(deployment, "DEMO_FACE", "tiny")
    llm = LlmProfile("vllm", "tiny", max_model_len=64, max_num_seqs=1, admit=1, queue=1, memory_gib=1.0)
    return Profile(
        "gpu-test", "tests", llm, TritonProfile({}, admit=1, queue=1, memory_gib=1.0), "production"
    )


def add(tmp_path: Path, licence: str | None = None, licence_read_in: str | None = None) -> Path:
    folder = weights.llm(tmp_path / "disk")
    if licence is not None:
        (folder / "README.md").unlink()
    request = adding.Request(
        name="tiny",
        source=folder,
        kind="llm-safetensors",
        licence=licence,
        licence_read_in=licence_read_in,
    )
    return adding.add(request, Progress(quiet=True))


def test_a_model_that_nobody_brought_is_named_with_its_command(profile: Profile, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"There is no model 'tiny'.*models add tiny --from FOLDER --kind"):
        deployment.settings_for(profile, tmp_path)


def test_what_a_gpu_profile_still_needs_is_listed_with_the_commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MUSTER_CACHE", str(tmp_path))
    with pytest.raises(ModelError, match="models add qwen3-14b --from FOLDER"):
        deployment.settings_for(deployment.load_profile("gpu-single"), tmp_path)


def test_one_changed_byte_is_named_before_any_server_starts(profile: Profile, tmp_path: Path) -> None:
    shard = add(tmp_path) / SHARD
    whole = shard.read_bytes()
    shard.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(ModelError, match=rf"{SHARD} was changed"):
        deployment.settings_for(profile, tmp_path)


def test_production_refuses_a_model_whose_licence_nobody_read(profile: Profile, tmp_path: Path) -> None:
    add(tmp_path, licence="unknown")
    with pytest.raises(
        ModelError, match=r"gpu-test is for production, and tiny may not serve there.*--licence"
    ):
        deployment.settings_for(profile, tmp_path)


def test_production_refuses_a_licence_without_commerce(profile: Profile, tmp_path: Path) -> None:
    add(tmp_path, licence="CC-BY-NC-4.0", licence_read_in="its model card")
    with pytest.raises(ModelError, match="allows no commercial use"):
        deployment.settings_for(profile, tmp_path)


def test_an_evaluation_is_warned_in_one_line_and_goes_on(
    profile: Profile, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add(tmp_path, licence="unknown")
    said: list[str] = []
    evaluation = Profile(profile.name, profile.summary, profile.llm, profile.triton, "evaluation")
    with pytest.raises(SetupError, match="environment is not built"):
        deployment.settings_for(evaluation, tmp_path, said.append)
    assert [line.partition(":")[0] for line in said] == ["! tiny is for evaluation only"]
    with pytest.raises(SetupError, match="environment is not built"):
        deployment.settings_for(evaluation, tmp_path)
    assert "! tiny is for evaluation only" in capsys.readouterr().err


@pytest.mark.inference
def test_a_model_of_the_sites_own_is_handed_to_the_engines(profile: Profile, tmp_path: Path) -> None:
    place = add(tmp_path)
    (tmp_path / "cache" / "env").symlink_to(Path(sys.prefix).parent)
    settings = deployment.settings_for(profile, tmp_path / "run")
    assert settings.model("tiny") == place == fetch.path("tiny")


def test_a_profile_that_does_not_say_its_use_is_held_to_production() -> None:
    assert {name: deployment.load_profile(name).use for name in ("eval-cpu", "gpu-single", "gpu-rack")} == {
        "eval-cpu": "evaluation",
        "gpu-single": "production",
        "gpu-rack": "production",
    }
    silent = LlmProfile("vllm", "x", max_model_len=1, max_num_seqs=1, admit=1, queue=1, memory_gib=1.0)
    assert Profile("x", "x", silent, TritonProfile({}, 1, 1, 1.0)).use == "production"
