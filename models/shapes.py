"""What a folder of weights of each kind holds, and what no such folder may hold.

Only files that a kind names are brought; the rest is left where it is. What can run when it is loaded (Python,
pickles where the kind has a safer format) is refused, not left out: whoever brings it should know.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

import msgspec

from models.catalogue import Kind, ModelError, Shape

CODE = {".py", ".pyc", ".pyd", ".so", ".dll", ".sh", ".exe", ".jar", ".whl"}
PICKLES = {".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".joblib", ".npy"}
DOCUMENTS = ("README*", "LICENSE*", "LICENCE*", "NOTICE*", "USE_POLICY*", "MODEL_CARD*")
OURS = {"manifest.json", "SHA256SUMS"}
"""Names that the cache or sha256sum use; they are no part of a model."""


class KindRules(msgspec.Struct, frozen=True):
    """``required``: of each group of patterns at least one file. ``binaries``: the files that may have a
    suffix of :data:`PICKLES`. ``users``: the served models that load such a folder."""

    required: tuple[tuple[str, ...], ...]
    optional: tuple[str, ...]
    users: tuple[str, ...]
    binaries: tuple[str, ...] = ()


KINDS: dict[Kind, KindRules] = {
    "llm-safetensors": KindRules(
        required=(
            ("config.json",),
            ("*.safetensors",),
            ("tokenizer.json", "tokenizer.model", "vocab.json"),
        ),
        optional=("*.json", "*.txt", "*.jinja", "*.model", "*.tiktoken"),
        users=("vllm",),
    ),
    "whisper-ct2": KindRules(
        # Without tokenizer.json faster-whisper asks a hub for one.
        required=(
            ("config.json",),
            ("model.bin",),
            ("tokenizer.json",),
            ("vocabulary.json", "vocabulary.txt"),
        ),
        optional=("*.json", "*.txt"),
        users=("transcribe",),
        binaries=("model.bin",),
    ),
    "pyannote-pipeline": KindRules(
        required=(
            ("config.yaml",),
            ("segmentation/pytorch_model.bin",),
            ("embedding/pytorch_model.bin",),
            ("plda/plda.npz",),
            ("plda/xvec_transform.npz",),
        ),
        optional=("*.yaml",),
        users=("diarize",),
        binaries=("segmentation/pytorch_model.bin", "embedding/pytorch_model.bin"),
    ),
    "onnx": KindRules(
        required=(("*.onnx",),),
        optional=("*.onnx_data", "*.onnx.data", "*.json", "*.txt"),
        users=("face_verify",),
    ),
}


class Selection(msgspec.Struct, frozen=True):
    """Paths below the folder, with ``/``: what is brought and what is left out."""

    brought: tuple[str, ...]
    left_out: tuple[str, ...]


def select(folder: Path, shape: Shape) -> Selection:
    """The files to bring; :class:`ModelError` naming what is missing or what may not be there."""
    if not folder.is_dir():
        raise ModelError(f"{folder} is not a folder. Give the folder that holds the model's files.")
    rules = KINDS[shape.kind]
    required = (*rules.required, *((name,) for name in shape.files))
    wanted = (*(pattern for group in required for pattern in group), *rules.optional, *DOCUMENTS)
    brought: list[str] = []
    left_out: list[str] = []
    for path in _files(folder):
        _refuse_dangerous(folder, path, rules)
        matches = any(fnmatchcase(path, pattern) for pattern in wanted) and path not in OURS
        (brought if matches else left_out).append(path)
    for group in required:
        if not any(fnmatchcase(path, pattern) for path in brought for pattern in group):
            raise ModelError(
                f"{folder} holds no {' or '.join(group)}, which a model of the kind {shape.kind} needs. "
                "Is it the model's own folder, and was it copied in full?"
            )
    return Selection(tuple(brought), tuple(left_out))


def _files(folder: Path) -> Iterator[str]:
    """Every file in order of path, hidden ones left out; links that leave the folder are refused."""
    home = folder.resolve()
    for parent, folders, every_name in os.walk(folder, onerror=_raise):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        names = sorted(name for name in every_name if not name.startswith("."))
        for name in (*folders, *names):
            place = Path(parent, name)
            if place.is_symlink():
                _refuse_foreign_link(home, place)
            elif not place.is_file() and not place.is_dir():
                raise ModelError(f"{place} is neither a file nor a folder. Remove it and try again.")
        for name in names:
            path = Path(parent, name).relative_to(folder).as_posix()
            if not path.isprintable():
                raise ModelError(f"A file name in {parent} holds control characters: {name!r}. Rename it.")
            yield path


def _raise(error: OSError) -> None:
    """A folder that cannot be listed is not an empty one."""
    raise error


def _refuse_foreign_link(home: Path, link: Path) -> None:
    target = Path(os.path.realpath(link))
    if home not in target.parents or not target.is_file():
        raise ModelError(
            f"{link} is a link that leads to no file in its own folder ({os.readlink(link)}). Copy the folder with "
            "the files in place of the links: cp -rL FOLDER COPY"
        )


def _refuse_dangerous(folder: Path, path: str, rules: KindRules) -> None:
    suffix = PurePosixPath(path).suffix.lower()
    if suffix in CODE:
        raise ModelError(
            f"{folder / path} is a program. A model is data: bring a folder without code, or another model "
            "that needs none."
        )
    if suffix in PICKLES and path not in rules.binaries:
        raise ModelError(
            f"{folder / path} may be a pickle, which can run code when it is loaded. Bring a folder without it; "
            "language models come as .safetensors."
        )
