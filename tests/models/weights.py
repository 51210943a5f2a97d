"""Made-up weights of every kind that a site may bring: tiny, and whole down to the last byte."""

from __future__ import annotations

import io
import json
import math
import pickle
import struct
import zipfile
from collections import OrderedDict
from pathlib import Path

import numpy as np

LAYERS, HIDDEN, VOCABULARY = 2, 8, 16
LLM_CONFIG = {
    "architectures": ["Qwen3ForCausalLM"],
    "model_type": "qwen3",
    "hidden_size": HIDDEN,
    "num_hidden_layers": LAYERS,
    "vocab_size": VOCABULARY,
}
CARD = "---\nlanguage:\n- en\nlicense: apache-2.0\n---\n\n# A model\n"


def safetensors(tensors: dict[str, tuple[int, ...]]) -> bytes:
    """A bf16 safetensors file whose bytes count upwards."""
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, shape in tensors.items():
        begin, end = end, end + 2 * math.prod(shape)
        header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [begin, end]}
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + bytes(number % 251 for number in range(end))


def llm_tensors() -> list[dict[str, tuple[int, ...]]]:
    """The tensors of two shards."""
    first: dict[str, tuple[int, ...]] = {"model.embed_tokens.weight": (VOCABULARY, HIDDEN)}
    first["model.layers.0.mlp.up_proj.weight"] = (HIDDEN, HIDDEN)
    second: dict[str, tuple[int, ...]] = {"model.layers.1.mlp.up_proj.weight": (HIDDEN, HIDDEN)}
    second["model.norm.weight"] = (HIDDEN,)
    return [first, second]


def llm(folder: Path) -> Path:
    """A language model of two layers in two shards with an index, tokenizer and model card."""
    folder.mkdir(parents=True)
    places: dict[str, str] = {}
    for number, tensors in enumerate(llm_tensors(), 1):
        name = f"model-0000{number}-of-00002.safetensors"
        (folder / name).write_bytes(safetensors(tensors))
        places |= dict.fromkeys(tensors, name)
    index = {"metadata": {"total_size": 0}, "weight_map": places}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    (folder / "config.json").write_text(json.dumps(LLM_CONFIG))
    (folder / "tokenizer.json").write_text("{}")
    (folder / "README.md").write_text(CARD)
    return folder


def ctranslate2(variables: dict[str, tuple[int, ...]], spec: str = "WhisperSpec") -> bytes:
    """A ``model.bin`` of binary version 6 with float32 variables and one alias."""

    def text(word: str) -> bytes:
        return struct.pack("<H", len(word) + 1) + word.encode() + b"\0"

    out = struct.pack("<I", 6) + text(spec) + struct.pack("<II", 3, len(variables))
    for name, shape in variables.items():
        size = 4 * math.prod(shape)
        out += text(name) + struct.pack("<B", len(shape)) + struct.pack(f"<{len(shape)}I", *shape)
        out += struct.pack("<BI", 0, size) + bytes(size)
    return out + struct.pack("<I", 1) + text("decoder/projection/weight") + text(next(iter(variables)))


def whisper(folder: Path, mel_bands: int = 128, width: int = 4) -> Path:
    """A Whisper for CTranslate2 of one convolution."""
    folder.mkdir(parents=True)
    (folder / "model.bin").write_bytes(ctranslate2({"encoder/conv1/weight": (width, mel_bands, 3)}))
    (folder / "config.json").write_text("{}")
    (folder / "tokenizer.json").write_text("{}")
    (folder / "vocabulary.json").write_text("[]")
    (folder / "preprocessor_config.json").write_text(json.dumps({"feature_size": mel_bands}))
    return folder


def onnx() -> bytes:
    """An ir_version, a producer and a graph of 300 bytes."""
    return b"\x08\x08" + b"\x12\x05tests" + b"\x3a\xac\x02" + bytes(300)


def checkpoint(pickled: bytes | None = None, **others: bytes) -> bytes:
    """What torch.save writes, around an empty state or ``pickled``."""
    data = pickle.dumps(OrderedDict(state_dict=OrderedDict()), protocol=2) if pickled is None else pickled
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("archive/data.pkl", data)
        archive.writestr("archive/data/0", bytes(64))
        for name, content in others.items():
            archive.writestr(f"archive/{name}", content)
    return out.getvalue()


def pipeline(folder: Path) -> Path:
    """A diarization pipeline as pyannote publishes it."""
    for part in ("segmentation", "embedding", "plda"):
        (folder / part).mkdir(parents=True)
    for part in ("segmentation", "embedding"):
        (folder / part / "pytorch_model.bin").write_bytes(checkpoint())
    np.savez(folder / "plda" / "plda.npz", mu=np.arange(4.0))
    np.savez(folder / "plda" / "xvec_transform.npz", mean=np.arange(4.0))
    (folder / "config.yaml").write_text("pipeline:\n  name: pyannote.audio.pipelines.SpeakerDiarization\n")
    (folder / "README.md").write_text(CARD.replace("apache-2.0", "cc-by-4.0"))
    return folder
