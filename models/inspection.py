"""Is a folder of weights what it says it is: formats whole, and the sizes those of the family."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

import msgspec

from models.catalogue import ModelError, Shape
from models.formats import checkpoint, ctranslate2, onnx, safetensors

INDEX = "model.safetensors.index.json"
DEFAULT_MEL_BANDS = 80
"""What faster-whisper computes without a ``preprocessor_config.json``."""

_LAYER = re.compile(r"model\.layers\.(\d+)\.")


def inspect(folder: Path, shape: Shape, paths: tuple[str, ...]) -> None:
    """:class:`ModelError` naming the first of ``paths`` below ``folder`` that is not as it should be."""
    if "config.json" in paths:
        _check_config(folder / "config.json", shape)
    match shape.kind:
        case "llm-safetensors":
            _check_language_model(folder, shape, paths)
        case "whisper-ct2":
            _check_whisper(folder, shape)
        case "pyannote-pipeline":
            _check_pipeline(folder, paths)
        case "onnx":
            for path in (path for path in paths if path.endswith(".onnx")):
                onnx.check(folder / path)


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object from a file; :class:`ModelError` naming the file that holds none."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ModelError(f"{path} is not a JSON object: {error}. Bring it again.") from error


def _check_config(path: Path, shape: Shape) -> None:
    config = read_json(path)
    if "auto_map" in config:
        raise ModelError(
            f"{path} asks for Python code of its own (auto_map), which is never run here. Bring a model whose "
            "architecture the engine knows."
        )
    for field, expected in shape.config.items():
        found = config.get(field)
        if found != expected and not (isinstance(found, list) and expected in found):
            raise ModelError(
                f"{path} says {field} = {found!r}; this model has {expected!r}. Is it another model's folder?"
            )


def _check_language_model(folder: Path, shape: Shape, paths: tuple[str, ...]) -> None:
    shards = {path: safetensors.tensors(folder / path) for path in paths if path.endswith(".safetensors")}
    if INDEX in paths:
        _check_index(folder / INDEX, shards)
    elif len(shards) > 1:
        raise ModelError(
            f"{folder} holds {len(shards)} safetensors files and no {INDEX} that says what is where."
        )
    found = {name: dimensions for tensors in shards.values() for name, dimensions in tensors.items()}
    if not found:
        raise ModelError(f"{folder} holds no tensor at all.")
    _check_dimensions(folder, shape, found)
    _check_against_config(folder, read_json(folder / "config.json"), found)


def _check_index(path: Path, shards: dict[str, dict[str, tuple[int, ...]]]) -> None:
    """Every tensor that the index names is in the file that it names."""
    places = read_json(path).get("weight_map")
    if not isinstance(places, dict) or not places:
        raise ModelError(f"{path} has no weight_map. Bring it again.")
    for name, shard in places.items():
        if shard not in shards:
            raise ModelError(f"{path.parent / str(shard)} is missing; {path.name} places {name} in it.")
        if name not in shards[shard]:
            raise ModelError(f"{path.parent / shard} does not hold {name}, which {path.name} places in it.")


def _check_against_config(folder: Path, config: dict[str, Any], found: dict[str, tuple[int, ...]]) -> None:
    """The weights have the layers and the widths of their ``config.json``, where they use the usual names."""
    layers = {int(match[1]) for name in found if (match := _LAYER.match(name))}
    expected = config.get("num_hidden_layers")
    if layers and isinstance(expected, int) and layers != set(range(expected)):
        raise ModelError(
            f"{folder} holds {len(layers)} of the {expected} layers of its config.json. Is a file missing?"
        )
    embedding = found.get("model.embed_tokens.weight")
    width = (config.get("vocab_size"), config.get("hidden_size"))
    if embedding is not None and None not in width and embedding != width:
        raise ModelError(f"{folder}: the embedding is {embedding}, its config.json says {width}.")


def _check_dimensions(folder: Path, shape: Shape, found: dict[str, tuple[int, ...]]) -> None:
    for name, dimensions in shape.tensors.items():
        if found.get(name) != dimensions:
            raise ModelError(
                f"{folder}: {name} is {found.get(name, 'missing')}, this model has {dimensions}. "
                "Is it another model's folder?"
            )


def _check_whisper(folder: Path, shape: Shape) -> None:
    found = ctranslate2.tensors(folder / "model.bin")
    _check_dimensions(folder, shape, found)
    convolution = found.get("encoder/conv1/weight", ())
    if len(convolution) != 3:
        raise ModelError(f"{folder / 'model.bin'} has no Whisper encoder.")
    preprocessor = folder / "preprocessor_config.json"
    told = read_json(preprocessor) if preprocessor.is_file() else {}
    bands = told.get("feature_size", DEFAULT_MEL_BANDS)
    if bands != convolution[1]:
        raise ModelError(
            f"{folder / 'model.bin'} listens to {convolution[1]} mel bands, and {preprocessor.name} "
            f"{'says' if told else 'is missing, which means'} {bands}. Bring the {preprocessor.name} of this model."
        )


def _check_pipeline(folder: Path, paths: tuple[str, ...]) -> None:
    for path in paths:
        place = folder / path
        if path.endswith(".bin"):
            checkpoint.check(place)
        elif path.endswith(".npz"):
            _check_arrays(place)
    if "SpeakerDiarization" not in (folder / "config.yaml").read_text(encoding="utf-8", errors="replace"):
        raise ModelError(f"{folder / 'config.yaml'} does not describe a SpeakerDiarization pipeline.")


def _check_arrays(path: Path) -> None:
    """A whole zip of numpy arrays, none of which is a pickle in disguise (dtype object)."""
    try:
        with zipfile.ZipFile(path) as archive:
            broken = archive.testzip()
            headers = [archive.open(name).read(128) for name in archive.namelist()]
    except zipfile.BadZipFile as error:
        raise ModelError(f"{path} is not a whole archive of arrays: {error}. Bring it again.") from error
    if broken or not headers or not all(header.startswith(b"\x93NUMPY") for header in headers):
        raise ModelError(
            f"{path} is not a whole archive of arrays ({broken or 'no arrays'}). Bring it again."
        )
    if any(b"'descr': '|O" in header for header in headers):
        raise ModelError(f"{path} holds Python objects, which can run code when they are loaded.")
