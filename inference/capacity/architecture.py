"""What a language model's own config.json says about its cost.

Dense decoders with gated feed-forward layers and grouped-query attention (Llama, Mistral, Qwen2, Qwen3 and their
like). Mixtures of experts and quantised weights are refused: the formulas below would be wrong for them.
"""

from __future__ import annotations

import json
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from inference.capacity.figures import CapacityInvalid

Count = Annotated[int, Meta(ge=1, le=10_000_000)]

BYTES = {"bfloat16": 2, "float16": 2, "float32": 4}


class Architecture(Struct, frozen=True):
    """The numbers of config.json, under its own names, that cost depends on."""

    num_hidden_layers: Count
    hidden_size: Count
    num_attention_heads: Count
    intermediate_size: Count
    vocab_size: Count
    num_key_value_heads: Count | None = None
    head_dim: Count | None = None
    tie_word_embeddings: bool = False
    torch_dtype: Literal["bfloat16", "float16", "float32"] = "bfloat16"

    @property
    def head_width(self) -> int:
        """Numbers in one attention head."""
        return self.head_dim or self.hidden_size // self.num_attention_heads

    @property
    def layer_parameters(self) -> int:
        """Parameters of the layers' matrices and norms (biases of some models, under 0.1 %, are left out)."""
        heads = self.num_attention_heads + (self.num_key_value_heads or self.num_attention_heads)
        attention = 2 * heads * self.head_width * self.hidden_size
        feed_forward = 3 * self.hidden_size * self.intermediate_size
        return self.num_hidden_layers * (attention + feed_forward + 2 * self.hidden_size)

    @property
    def head_parameters(self) -> int:
        """Parameters of the matrix that turns a hidden state into the vocabulary's logits."""
        return self.vocab_size * self.hidden_size

    @property
    def parameters(self) -> int:
        """All parameters: layers, embedding, output matrix where it is not the embedding itself."""
        return self.layer_parameters + self.head_parameters * (1 if self.tie_word_embeddings else 2)

    @property
    def bytes_per_number(self) -> int:
        return BYTES[self.torch_dtype]

    @property
    def weight_bytes(self) -> int:
        return self.parameters * self.bytes_per_number

    @property
    def kv_bytes_per_token(self) -> int:
        """Keys and values of one token in every layer."""
        heads = self.num_key_value_heads or self.num_attention_heads
        return 2 * self.num_hidden_layers * heads * self.head_width * self.bytes_per_number

    def prefill_flops(self, tokens: float, cached: float = 0.0) -> float:
        """Operations for ``tokens`` behind ``cached`` ones: two for each parameter of the layers, and attention over
        what stands before (4 x layers x heads x head width for each earlier token)."""
        before = cached + tokens / 2.0
        width = self.num_attention_heads * self.head_width
        attention = 4.0 * self.num_hidden_layers * width * before
        return tokens * (2.0 * self.layer_parameters + attention)

    @property
    def logits_flops(self) -> float:
        """Operations for one position's logits; a prompt needs them once, at its end."""
        return 2.0 * self.head_parameters

    def decode_bytes(self, context: float) -> float:
        """Bytes read to generate one token of one sequence: all weights that multiply, and its keys and values."""
        multiplied = self.layer_parameters + self.head_parameters
        return multiplied * self.bytes_per_number + context * self.kv_bytes_per_token


class NamedModel(Struct, frozen=True, forbid_unknown_fields=True):
    """A production model whose weights need not be here to plan for it."""

    config: Architecture
    published_billions: float
    source: str


class ModelTable(Struct, frozen=True, forbid_unknown_fields=True):
    """config/capacity/language_models.toml."""

    models: dict[str, NamedModel]

    def named(self, name: str) -> Architecture:
        """:class:`CapacityInvalid` lists the names there are."""
        if name not in self.models:
            known = ", ".join(sorted(self.models))
            raise CapacityInvalid(
                "model",
                f"the weights of {name!r} are not here and its size is not in language_models.toml (there: {known}); "
                "add its folder, or its config to that file",
            )
        return self.models[name].config


def from_config(config: bytes, name: str) -> Architecture:
    """From a config.json; :class:`CapacityInvalid` says what the formulas do not hold for."""
    try:
        raw = json.loads(config)
        if isinstance(raw, dict) and "dtype" in raw:
            raw.setdefault("torch_dtype", raw["dtype"])  # the newer name of the same field
        architecture = msgspec.convert(raw, Architecture)
    except (ValueError, msgspec.ValidationError) as error:
        raise CapacityInvalid("model", f"config.json of {name!r} cannot be used: {error}") from error
    for key, meaning in (
        ("num_experts", "a mixture of experts"),
        ("num_local_experts", "a mixture of experts"),
        ("n_routed_experts", "a mixture of experts"),
        ("quantization_config", "quantised"),
    ):
        if raw.get(key):
            raise CapacityInvalid(
                "model", f"{name!r} is {meaning} ({key}); only dense 16-bit models are planned for"
            )
    return architecture
