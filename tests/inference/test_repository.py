"""The rendered model repository says what the code expects."""

import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from inference.profile import Profile, ServedModelProfile, load
from inference.triton.rendering import known_models, render_config, render_repository
from tests.inference.test_profiles import PROFILES, settings_in

PICTURES = {"PICTURES": "UINT8", "LENGTHS": "INT64"}
AUDIO = {"PCM16": "INT16"}
TENSORS = {"VALUES": "FP32", "BYTES": "UINT8"}
ANSWER = {"RESULT": "UINT8"}

EXPECTED: dict[str, tuple[str, dict[str, str], dict[str, str]]] = {
    "face_detect": ("vision", PICTURES, ANSWER),
    "face_mesh": ("vision", PICTURES, ANSWER),
    "face_verify": ("vision", PICTURES, ANSWER),
    "expression": ("vision", PICTURES, ANSWER),
    "movement": ("vision", PICTURES, ANSWER),
    "vad": ("speech", AUDIO, ANSWER),
    "transcribe": ("speech", AUDIO, ANSWER),
    "diarize": ("speech", AUDIO, ANSWER),
    "prosody": ("speech", AUDIO, ANSWER),
    "round_trip_vision": ("vision", TENSORS, {"DOUBLED": "FP32", "REVERSED": "UINT8"}),
    "round_trip_speech": ("speech", TENSORS, {"DOUBLED": "FP32", "REVERSED": "UINT8"}),
}


@pytest.fixture
def profile() -> Profile:
    return load(PROFILES / "eval-cpu.toml")


def tensors(config: str, direction: str) -> dict[str, str]:
    """Names and data types of the ``input`` or ``output`` block."""
    block = re.search(rf"^{direction} \[(.*?)\n?\]$", config, re.DOTALL | re.MULTILINE)
    assert block is not None
    return dict(re.findall(r'name: "(\w+)" data_type: TYPE_(\w+) dims: \[ -1 \]', block[1]))


def parameters(config: str) -> dict[str, str]:
    return dict(re.findall(r'parameters \{ key: "(\w+)" value: \{ string_value: "([^"]*)" \} \}', config))


def test_each_configuration_has_the_tensors_that_the_client_sends(tmp_path: Path, profile: Profile) -> None:
    settings = settings_in(tmp_path, profile)
    repository = render_repository(profile, settings)
    assert set(known_models()) == set(EXPECTED) == {folder.name for folder in repository.iterdir()}
    for name, (environment, inputs, outputs) in EXPECTED.items():
        config = (repository / name / "config.pbtxt").read_text()
        assert f'name: "{name}"\nbackend: "python"' in config
        assert tensors(config, "input") == inputs, name
        assert tensors(config, "output") == outputs, name
        assert parameters(config)["EXECUTION_ENV_PATH"] == str(tmp_path / environment)
        assert "$" not in config


def test_weights_and_sizes_come_from_the_profile(tmp_path: Path, profile: Profile) -> None:
    settings = settings_in(tmp_path, profile)
    served = msgspec.structs.replace(profile.triton.models["diarize"], instances=3, threads=7)
    config = render_config("diarize", served, msgspec.structs.replace(profile.triton, device="gpu"), settings)
    rendered = parameters(config)
    assert rendered["segmentation"] == str(tmp_path / "models" / "segmentation-3.0@1")
    assert rendered["embedding"] == str(tmp_path / "models" / "campplus@1")
    assert rendered["threads"] == "7"
    assert "count: 3 kind: KIND_GPU" in config


def test_a_model_without_its_weights_is_refused_by_name(tmp_path: Path, profile: Profile) -> None:
    settings = settings_in(tmp_path, profile)
    with pytest.raises(ValueError, match="'diarize' needs weights for embedding, segmentation"):
        render_config("diarize", ServedModelProfile(environment="speech"), profile.triton, settings)
    missing = ServedModelProfile(environment="speech", weights={"weights": "no-such-model"})
    with pytest.raises(FileNotFoundError, match="models fetch no-such-model"):
        render_config("vad", missing, profile.triton, settings)


def test_rendered_models_need_nothing_of_this_checkout(tmp_path: Path, profile: Profile) -> None:
    repository = render_repository(profile, settings_in(tmp_path, profile))
    for name in EXPECTED:
        version = repository / name / "1"
        probe = f"import sys; sys.path = [{str(version)!r}] + sys.path; import model; import inference; "
        probe += "print(inference.__file__, model.TritonPythonModel.__name__)"
        found = subprocess.run(
            [sys.executable, "-P", "-B", "-c", probe], cwd="/", capture_output=True, text=True, check=True
        )
        assert found.stdout.split() == [str(version / "inference" / "__init__.py"), "TritonPythonModel"]
