"""A model's cost follows from its own config."""

import json

import pytest

from inference.capacity.architecture import Architecture, from_config
from inference.capacity.figures import CapacityInvalid
from tests.inference.capacity import shipped

SMALL = {
    "num_hidden_layers": 2,
    "hidden_size": 8,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "intermediate_size": 16,
    "vocab_size": 100,
    "tie_word_embeddings": False,
    "torch_dtype": "bfloat16",
}


def small(**changed: object) -> bytes:
    return json.dumps(SMALL | changed).encode()


@pytest.mark.parametrize("name", sorted(shipped.models().models))
def test_the_formula_gives_the_published_number_of_parameters(name: str) -> None:
    model = shipped.models().models[name]
    assert model.config.parameters / 1e9 == pytest.approx(model.published_billions, rel=0.01)


def test_the_evaluation_model_weighs_what_its_file_weighs() -> None:
    """3,087,467,144 bytes of bfloat16 safetensors."""
    shape = shipped.models().named("qwen2.5-coder-1.5b-instruct")
    assert shape.weight_bytes == pytest.approx(3_087_467_144, rel=0.001)


def test_a_small_model_counted_by_hand() -> None:
    shape = from_config(small(), "small")
    queries, keys, values, out = 8 * 8, 8 * 4, 8 * 4, 8 * 8
    layer = queries + keys + values + out + 3 * 8 * 16 + 2 * 8
    assert shape.layer_parameters == 2 * layer
    assert shape.parameters == 2 * layer + 2 * 100 * 8
    assert shape.kv_bytes_per_token == 2 * 2 * 1 * 4 * 2
    assert shape.prefill_flops(1.0, 10.0) == 2 * 2 * layer + 4 * 2 * 8 * 10.5
    assert shape.decode_bytes(10) == (2 * layer + 100 * 8) * 2 + 10 * 32


def test_a_prompt_in_two_pieces_costs_what_it_costs_in_one() -> None:
    shape = shipped.models().named("qwen3-14b")
    whole = shape.prefill_flops(1000)
    assert shape.prefill_flops(400) + shape.prefill_flops(600, cached=400) == pytest.approx(whole, rel=1e-12)


def test_without_grouped_heads_every_head_has_keys_and_values() -> None:
    plain = {key: value for key, value in SMALL.items() if key != "num_key_value_heads"}
    shape = from_config(json.dumps(plain).encode(), "plain")
    assert shape.kv_bytes_per_token == 2 * from_config(small(), "small").kv_bytes_per_token


def test_the_newer_name_of_the_data_type_is_read() -> None:
    renamed = {key: value for key, value in SMALL.items() if key != "torch_dtype"} | {"dtype": "float32"}
    assert from_config(json.dumps(renamed).encode(), "newer").bytes_per_number == 4


@pytest.mark.parametrize(
    ("config", "told"),
    [
        (b"{", "config.json of 'odd'"),
        (b"[]", "config.json of 'odd'"),
        (small(hidden_size=0), "hidden_size"),
        (small(num_hidden_layers="many"), "num_hidden_layers"),
        (small(torch_dtype="int3"), "torch_dtype"),
        (small(num_experts=128), "mixture of experts"),
        (small(quantization_config={"bits": 4}), "quantised"),
    ],
)
def test_a_config_for_which_the_formulas_do_not_hold_is_refused(config: bytes, told: str) -> None:
    with pytest.raises(CapacityInvalid, match=told) as refused:
        from_config(config, "odd")
    assert refused.value.field == "model"


def test_a_model_that_is_nowhere_is_named_with_those_that_are() -> None:
    with pytest.raises(CapacityInvalid, match=r"'nosuch'.*qwen3-14b"):
        shipped.models().named("nosuch")


def test_heads_share_the_hidden_size_unless_the_config_says_otherwise() -> None:
    assert from_config(small(), "small").head_width == 4
    assert from_config(small(head_dim=64), "wide").head_width == 64
    assert isinstance(from_config(small(), "small"), Architecture)
