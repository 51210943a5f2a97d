"""A folder of weights is judged before a byte of it is copied; what is wrong is named, with the way out."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from models import inspection, shapes
from models.catalogue import Kind, ModelError, Shape, shipped
from tests.models import weights

LLM = Shape("llm-safetensors")
FIRST, SECOND = "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"


def judge(folder: Path, shape: Shape = LLM) -> shapes.Selection:
    selection = shapes.select(folder, shape)
    inspection.inspect(folder, shape, selection.brought)
    return selection


def refused(folder: Path, shape: Shape = LLM) -> str:
    with pytest.raises(ModelError) as error:
        judge(folder, shape)
    return str(error.value)


@pytest.fixture
def llm(tmp_path: Path) -> Path:
    return weights.llm(tmp_path / "llm")


def test_a_whole_folder_of_each_kind_is_accepted(tmp_path: Path, llm: Path) -> None:
    assert {"config.json", "tokenizer.json"} <= set(judge(llm).brought)
    whisper = Shape("whisper-ct2", files=("preprocessor_config.json",))
    assert {"model.bin", "preprocessor_config.json"} <= set(
        judge(weights.whisper(tmp_path / "w"), whisper).brought
    )
    brought = judge(weights.pipeline(tmp_path / "pipeline"), Shape("pyannote-pipeline")).brought
    assert {"config.yaml", "segmentation/pytorch_model.bin", "plda/plda.npz"} <= set(brought)
    (tmp_path / "face").mkdir()
    (tmp_path / "face" / "arcface_weights.onnx").write_bytes(weights.onnx())
    face = judge(tmp_path / "face", Shape("onnx", files=("arcface_weights.onnx",)))
    assert face.brought == ("arcface_weights.onnx",)


def test_what_no_kind_names_is_left_where_it_is(llm: Path) -> None:
    (llm / ".gitattributes").write_text("hidden")
    (llm / ".git").mkdir()
    (llm / ".git" / "hook.py").write_text("hidden")
    (llm / "figure.png").write_bytes(b"")
    (llm / "manifest.json").write_text("{}")
    selection = judge(llm)
    assert selection.left_out == ("figure.png", "manifest.json")
    assert set(selection.brought) == {
        *("README.md", "config.json", "tokenizer.json", "model.safetensors.index.json", FIRST, SECOND)
    }


@pytest.mark.parametrize("name", ["pytorch_model.bin", "consolidated.00.pth", "sub/optimizer.PT", "x.pkl"])
def test_a_pickle_beside_safetensors_is_refused(llm: Path, name: str) -> None:
    (llm / name).parent.mkdir(exist_ok=True)
    (llm / name).write_bytes(b"")
    assert f"{llm / name} may be a pickle" in refused(llm)


@pytest.mark.parametrize("kind", ["llm-safetensors", "whisper-ct2", "pyannote-pipeline", "onnx"])
def test_code_is_refused_in_every_kind(tmp_path: Path, kind: Kind) -> None:
    (tmp_path / "modeling.py").write_text("")
    assert f"{tmp_path / 'modeling.py'} is a program" in refused(tmp_path, Shape(kind))


def test_a_config_that_asks_for_code_is_refused(llm: Path) -> None:
    (llm / "config.json").write_text(json.dumps(weights.LLM_CONFIG | {"auto_map": {"AutoModel": "x.Y"}}))
    assert "auto_map" in refused(llm)


def test_a_link_out_of_the_folder_is_refused_and_one_inside_is_not(llm: Path, tmp_path: Path) -> None:
    (llm / "tokenizer.json").rename(llm / "other.json")
    (llm / "tokenizer.json").symlink_to("other.json")
    assert {"config.json", "tokenizer.json"} <= set(judge(llm).brought)
    (tmp_path / "secret.json").write_text("{}")
    (llm / "vocab.json").symlink_to("../secret.json")
    assert f"{llm / 'vocab.json'} is a link" in refused(llm)


@pytest.mark.parametrize("target", ["..", "/", "nowhere", "looped"])
def test_a_link_to_a_folder_or_to_nothing_is_refused(llm: Path, target: str) -> None:
    (llm / "looped").symlink_to(target)
    assert f"{llm / 'looped'} is a link" in refused(llm)


def test_what_is_no_file_is_refused_unread(llm: Path) -> None:
    os.mkfifo(llm / "config2.json")
    assert "neither a file nor a folder" in refused(llm)


def test_a_folder_that_is_none_is_said_to_be(tmp_path: Path) -> None:
    assert "is not a folder" in refused(tmp_path / "nosuch")


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json"])
def test_a_required_file_that_is_missing_is_named(llm: Path, name: str) -> None:
    (llm / name).unlink()
    assert name in refused(llm)


def test_a_shard_that_is_missing_or_cut_is_named(llm: Path) -> None:
    whole = (llm / SECOND).read_bytes()
    (llm / SECOND).write_bytes(whole[:-1])
    assert str(llm / SECOND) in refused(llm)
    (llm / SECOND).unlink()
    assert f"{llm / SECOND} is missing" in refused(llm)


def test_a_tensor_that_is_not_where_the_index_says_is_named(llm: Path) -> None:
    (llm / SECOND).write_bytes(weights.safetensors({"model.norm.weight": (weights.HIDDEN,)}))
    found = refused(llm)
    assert "model.layers.1.mlp.up_proj.weight" in found
    assert str(llm / SECOND) in found


def test_several_shards_need_an_index(llm: Path) -> None:
    (llm / "model.safetensors.index.json").unlink()
    assert "model.safetensors.index.json" in refused(llm)


def test_weights_with_fewer_layers_than_the_config_are_refused(llm: Path) -> None:
    (llm / "config.json").write_text(json.dumps(weights.LLM_CONFIG | {"num_hidden_layers": 3}))
    assert "2 of the 3 layers" in refused(llm)


def test_weights_of_another_width_than_the_config_are_refused(llm: Path) -> None:
    (llm / "config.json").write_text(json.dumps(weights.LLM_CONFIG | {"hidden_size": 9}))
    assert "embedding" in refused(llm)


@pytest.mark.parametrize("text", ["", "[]", "{", "\udcff"])
def test_a_config_that_is_no_json_object_is_named(llm: Path, text: str) -> None:
    (llm / "config.json").write_text(text, errors="surrogateescape")
    assert f"{llm / 'config.json'} is not a JSON object" in refused(llm)


def test_another_model_of_the_family_is_not_taken_for_the_catalogues(llm: Path) -> None:
    shape = shipped().model("qwen3-14b").shape
    assert shape is not None
    assert "hidden_size = 8; this model has 5120" in refused(llm, shape)


def test_another_whisper_is_not_taken_for_the_large_one(tmp_path: Path) -> None:
    shape = shipped().model("whisper-large-v3-ct2").shape
    assert shape is not None
    folder = weights.whisper(tmp_path / "whisper")
    assert "encoder/conv1/weight is (4, 128, 3), this model has (1280, 128, 3)" in refused(folder, shape)


def remove_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()


def remove_preprocessor(folder: Path) -> None:
    (folder / "preprocessor_config.json").unlink()


def cut(folder: Path) -> None:
    (folder / "model.bin").write_bytes((folder / "model.bin").read_bytes()[:-3])


@pytest.mark.parametrize(
    ("damage", "said"),
    [(remove_tokenizer, "tokenizer.json"), (remove_preprocessor, "128 mel bands"), (cut, "cut short")],
)
def test_a_whisper_that_would_fail_or_mishear_is_refused(
    tmp_path: Path, damage: Callable[[Path], None], said: str
) -> None:
    folder = weights.whisper(tmp_path / "whisper")
    damage(folder)
    assert said in refused(folder, Shape("whisper-ct2"))


def test_a_pipeline_with_a_pickle_of_arrays_is_refused(tmp_path: Path) -> None:
    folder = weights.pipeline(tmp_path / "pipeline")
    np.savez(folder / "plda" / "plda.npz", mu=np.array([{}], dtype=object))
    assert "Python objects" in refused(folder, Shape("pyannote-pipeline"))


def test_a_pipeline_of_another_sort_is_refused(tmp_path: Path) -> None:
    folder = weights.pipeline(tmp_path / "pipeline")
    (folder / "config.yaml").write_text(
        "pipeline:\n  name: pyannote.audio.pipelines.VoiceActivityDetection\n"
    )
    assert "config.yaml" in refused(folder, Shape("pyannote-pipeline"))
