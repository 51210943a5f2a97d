"""The models that were fetched are, byte for byte, those of the catalogue."""

from __future__ import annotations

import json

import pytest

from models import fetch
from models.catalogue import shipped

pytestmark = pytest.mark.inference


@pytest.mark.parametrize("name", [model.name for model in shipped().in_profile("eval-cpu")])
def test_every_byte_is_right(name: str) -> None:
    assert fetch.verify(name) == fetch.path(name)


def test_the_converted_language_model_says_what_it_is() -> None:
    place = fetch.path("qwen2.5-coder-1.5b-instruct")
    config = json.loads((place / "config.json").read_text())
    assert (config["num_hidden_layers"], config["hidden_size"], config["vocab_size"]) == (28, 1536, 151936)
    with (place / "model.safetensors").open("rb") as weights:
        header = json.loads(weights.read(int.from_bytes(weights.read(8), "little")))
    assert header["model.embed_tokens.weight"] == {
        "dtype": "BF16",
        "shape": [151936, 1536],
        "data_offsets": [0, 2 * 151936 * 1536],
    }
    assert len(header) == 1 + 2 + 28 * 12
