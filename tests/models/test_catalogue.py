"""The catalogue says everything about every model, and nothing that is not so."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from appliance.install import deployment
from appliance.install.commands.models import Kind
from models import catalogue, shapes
from models.catalogue import Model, ModelError, read, shipped
from models.fetch import CONVERTERS

MODELS = list(shipped().models.values())
EXPECTED = {
    "qwen2.5-coder-1.5b-instruct",
    "whisper-base-ct2",
    "segmentation-3.0",
    "campplus",
    "jieba-words",
    "silero-vad",
    "dlib-face",
    "fer",
    "demo-face",
}
SPDX = {"Apache-2.0", "MIT", "CC0-1.0", "CC-BY-4.0", "LicenseRef-public-domain"}
YOURS = {"qwen3-14b", "qwen3-32b", "whisper-large-v3-ct2", "diarization-community-1", "arcface", "facenet512"}


def test_every_model_of_the_evaluation_is_there() -> None:
    assert {model.name for model in shipped().in_profile("eval-cpu")} == EXPECTED


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_every_entry_is_complete(model: Model) -> None:
    assert model.licence in SPDX or model.licence_basis == "unread", "a licence that nobody has read yet"
    assert len(model.licence_read_in) > 10
    assert model.purpose and model.revision and model.users
    assert (model.shape is not None) == (model.name in YOURS)
    hashes = [package.sha256 for package in model.packages]
    hashes += [file.sha256 for file in (*model.files, *model.intermediates)]
    assert all(re.fullmatch(r"[0-9a-f]{64}", each) for each in hashes)
    assert (model.size > 0) == (model.shape is None)


@pytest.mark.parametrize("name", ["eval-cpu", "gpu-single", "gpu-rack"])
def test_the_catalogue_and_the_profiles_agree_on_who_loads_what(name: str) -> None:
    loaded = deployment.models_of(deployment.load_profile(name))
    assert sorted(model.name for model in shipped().in_profile(name)) == loaded


@pytest.mark.parametrize(
    ("name", "parameters"), [("qwen3-14b", 14_768_307_200), ("qwen3-32b", 32_762_123_264)]
)
def test_the_sizes_of_the_language_models_add_up_to_what_their_authors_say(
    name: str, parameters: int
) -> None:
    """14.8 and 32.8 billion: attention with head width 128, three matrices of the feed-forward part, norms, and
    separate input and output embeddings."""
    model = shipped().model(name)
    assert model.shape is not None
    size = {field: int(value) for field, value in model.shape.config.items() if isinstance(value, int)}
    hidden, heads, shared = size["hidden_size"], size["num_attention_heads"], size["num_key_value_heads"]
    attention = 2 * hidden * 128 * heads + 2 * hidden * 128 * shared + 2 * 128
    layer = attention + 3 * hidden * size["intermediate_size"] + 2 * hidden
    assert size["num_hidden_layers"] * layer + 2 * size["vocab_size"] * hidden + hidden == parameters
    assert model.memory_mb == pytest.approx(2 * parameters / 1e6, rel=0.001)


def test_the_commands_kinds_are_the_catalogues() -> None:
    assert {kind.value for kind in Kind} == set(shapes.KINDS) == set(get_args(catalogue.Kind))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (('licence_basis = "unread"', 'licence_basis = "upstream"'), "arcface: licence_basis"),
        (('kind = "onnx"\n', 'kind = "keras"\n'), "keras"),
        (('name = "arcface"', 'name = "qwen3-14b"'), "twice"),
        (('revision = "your-own"', 'revision = "your-own"\nconvert = "x"'), "qwen3-14b has a shape"),
        (("[model.shape]", "[model.shipe]"), "shipe"),
    ],
)
def test_a_half_entry_is_refused_with_its_model(tmp_path: Path, changed: tuple[str, str], said: str) -> None:
    text = catalogue.CATALOGUE.read_text()
    assert changed[0] in text
    (tmp_path / "catalog.toml").write_text(text.replace(*changed, 1))
    with pytest.raises(ModelError, match=said):
        read(tmp_path / "catalog.toml")


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_every_extracted_file_is_checked_against_a_hash(model: Model) -> None:
    extracted = {member.into for package in model.packages for member in package.members}
    checked = {file.path for file in (*model.files, *model.intermediates)}
    assert extracted <= checked
    if model.convert is None:
        assert not model.intermediates
        assert extracted == {file.path for file in model.files}
    else:
        assert model.convert in CONVERTERS


def test_the_language_model_is_the_measured_one_and_loads_safetensors_only() -> None:
    model = shipped().model("qwen2.5-coder-1.5b-instruct")
    assert [file.size for file in model.intermediates] == [1_117_320_768]
    assert model.intermediates[0].sha256.startswith("cc324af0")
    assert {Path(file.path).suffix for file in model.files} == {".json", ".safetensors"}
    assert len(model.packages) == 22


def test_a_misspelt_field_is_an_error_with_its_place(tmp_path: Path) -> None:
    changed = tmp_path / "catalog.toml"
    text = (Path(__file__).parents[2] / "models" / "catalog.toml").read_text()
    changed.write_text(text.replace("licence =", "license =", 1))
    with pytest.raises(ModelError, match="license"):
        read(changed)


def test_an_unknown_model_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(ModelError, match="silero-vad"):
        shipped().model("nosuch")
