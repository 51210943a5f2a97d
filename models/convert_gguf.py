"""Turn a Qwen2 GGUF file into what vLLM loads: bf16 safetensors, config and tokenizer.

Runs as a script in the vLLM environment, which has ``gguf`` and ``torch``:
``python models/convert_gguf.py <source.gguf> <target folder>``. One tensor is in memory
at a time, and every byte written is a function of the source alone, so that the
catalogue can hold the hashes of the results. Lines "written <bytes>" on stdout tell how far it
is; a full disk ends it with the status ENOSPC.
"""

from __future__ import annotations

import errno
import json
import sys
from pathlib import Path
from typing import Any

import gguf
import torch

BLOCK_PARTS = {
    "attn_norm.weight": "input_layernorm.weight",
    "attn_q.weight": "self_attn.q_proj.weight",
    "attn_q.bias": "self_attn.q_proj.bias",
    "attn_k.weight": "self_attn.k_proj.weight",
    "attn_k.bias": "self_attn.k_proj.bias",
    "attn_v.weight": "self_attn.v_proj.weight",
    "attn_v.bias": "self_attn.v_proj.bias",
    "attn_output.weight": "self_attn.o_proj.weight",
    "ffn_norm.weight": "post_attention_layernorm.weight",
    "ffn_gate.weight": "mlp.gate_proj.weight",
    "ffn_up.weight": "mlp.up_proj.weight",
    "ffn_down.weight": "mlp.down_proj.weight",
}
# Qwen2's split before byte-level BPE, as in the upstream tokenizer.json.
PRE_TOKENIZER = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
NORMAL, CONTROL, USER_DEFINED = 1, 3, 4  # gguf.TokenType


def tensor_name(name: str) -> str | None:
    """The Hugging Face name of a GGUF tensor; None for the one that is left out.

    Upstream ties input and output embeddings. The file holds both, the output at six
    bits and the input at four: the better copy serves as both, which also saves 0.5 GB.
    """
    if name == "token_embd.weight":
        return None
    if name == "output.weight":
        return "model.embed_tokens.weight"
    if name == "output_norm.weight":
        return "model.norm.weight"
    _, block, part = name.split(".", 2)
    return f"model.layers.{block}.{BLOCK_PARTS[part]}"


def write_weights(reader: Any, target: Path) -> None:
    """One ``model.safetensors``: an eight-byte length, the JSON header, the raw bf16 tensors."""
    tensors = {name: tensor for tensor in reader.tensors if (name := tensor_name(tensor.name)) is not None}
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    offset = 0
    for name in sorted(tensors):
        shape = [int(size) for size in reversed(tensors[name].shape)]
        end = offset + 2 * int(tensors[name].n_elements)
        header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with target.open("wb") as out:
        out.write(len(text).to_bytes(8, "little") + text)
        for name in sorted(tensors):
            values = gguf.quants.dequantize(tensors[name].data, tensors[name].tensor_type)
            rounded = torch.from_numpy(values.copy()).to(torch.bfloat16)
            out.write(rounded.view(torch.int16).numpy().tobytes())
            print(f"written {out.tell()}", flush=True)


def config(reader: Any) -> dict[str, Any]:
    """``config.json`` from the file's own metadata."""

    def read(key: str) -> Any:
        return reader.fields[key].contents()

    heads = read("qwen2.attention.head_count")
    return {
        "architectures": ["Qwen2ForCausalLM"],
        "model_type": "qwen2",
        "torch_dtype": "bfloat16",
        "hidden_act": "silu",
        "hidden_size": read("qwen2.embedding_length"),
        "intermediate_size": read("qwen2.feed_forward_length"),
        "num_hidden_layers": read("qwen2.block_count"),
        "num_attention_heads": heads,
        "num_key_value_heads": read("qwen2.attention.head_count_kv"),
        "head_dim": read("qwen2.embedding_length") // heads,
        "max_position_embeddings": read("qwen2.context_length"),
        "rope_theta": read("qwen2.rope.freq_base"),
        "rms_norm_eps": round(read("qwen2.attention.layer_norm_rms_epsilon"), 9),
        "vocab_size": len(read("tokenizer.ggml.tokens")),
        "tie_word_embeddings": True,
        "use_sliding_window": False,
        "attention_dropout": 0.0,
        "initializer_range": 0.02,
        "use_cache": True,
        "bos_token_id": read("tokenizer.ggml.bos_token_id"),
        "eos_token_id": read("tokenizer.ggml.eos_token_id"),
    }


def tokenizer(reader: Any) -> dict[str, Any]:
    """``tokenizer.json``: byte-level BPE with the file's vocabulary, merges and added tokens."""
    tokens = reader.fields["tokenizer.ggml.tokens"].contents()
    kinds = reader.fields["tokenizer.ggml.token_type"].contents()
    merges = reader.fields["tokenizer.ggml.merges"].contents()
    added = [
        {
            "id": number,
            "content": token,
            "single_word": False,
            "lstrip": False,
            "rstrip": False,
            "normalized": False,
            "special": kind == CONTROL,
        }
        for number, (token, kind) in enumerate(zip(tokens, kinds, strict=True))
        if kind in {CONTROL, USER_DEFINED}
    ]
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": added,
        "normalizer": {"type": "NFC"},
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [
                {
                    "type": "Split",
                    "pattern": {"Regex": PRE_TOKENIZER},
                    "behavior": "Isolated",
                    "invert": False,
                },
                byte_level,
            ],
        },
        "post_processor": byte_level,
        "decoder": byte_level,
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": "",
            "end_of_word_suffix": "",
            "fuse_unk": False,
            "byte_fallback": False,
            "vocab": {
                token: number
                for number, (token, kind) in enumerate(zip(tokens, kinds, strict=True))
                if kind == NORMAL
            },
            "merges": merges,
        },
    }


def tokenizer_config(reader: Any) -> dict[str, Any]:
    """``tokenizer_config.json``; the chat template is the one in the file."""
    tokens = reader.fields["tokenizer.ggml.tokens"].contents()
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": reader.fields["qwen2.context_length"].contents(),
        "clean_up_tokenization_spaces": False,
        "eos_token": tokens[reader.fields["tokenizer.ggml.eos_token_id"].contents()],
        "pad_token": tokens[reader.fields["tokenizer.ggml.padding_token_id"].contents()],
        "chat_template": reader.fields["tokenizer.chat_template"].contents(),
    }


def main(source: Path, target: Path) -> None:
    """Write all files; the weights last, because they are what takes time."""
    reader = gguf.GGUFReader(source)
    eos = reader.fields["tokenizer.ggml.eos_token_id"].contents()
    padding = reader.fields["tokenizer.ggml.padding_token_id"].contents()
    documents = {
        "config.json": config(reader),
        # A turn ends with <|im_end|>, a text with <|endoftext|>. No sampling settings here:
        # every request states its own.
        "generation_config.json": {"eos_token_id": [eos, padding], "pad_token_id": padding},
        "tokenizer.json": tokenizer(reader),
        "tokenizer_config.json": tokenizer_config(reader),
    }
    for name, document in documents.items():
        (target / name).write_text(
            json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )
    write_weights(reader, target / "model.safetensors")


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), Path(sys.argv[2]))
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
            raise
        sys.exit(errno.ENOSPC)
