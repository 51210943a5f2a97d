"""CTranslate2's ``model.bin``: a version, the model's class, then every variable with name, shape and bytes.

Layout as written by ``ctranslate2.specs.model_spec`` (binary version 6). Variables are walked over by their
sizes, not read.
"""

from __future__ import annotations

import math
import struct
from pathlib import Path
from typing import BinaryIO

from models.catalogue import ModelError

VERSION = 6
WHISPER = "WhisperSpec"


class _Cut(Exception):
    """The file ends inside an entry, or an entry is not one."""


def tensors(path: Path, spec: str = WHISPER) -> dict[str, tuple[int, ...]]:
    """Every variable's name and dimensions; :class:`ModelError` where the file is cut or of another class."""
    try:
        with path.open("rb") as file:
            return _walk(file, path.stat().st_size, spec)
    except (_Cut, UnicodeDecodeError) as error:
        raise ModelError(
            f"{path} is not a whole CTranslate2 model: {error}. Was its copy or download cut short? "
            "Bring it again."
        ) from error


def _walk(file: BinaryIO, size: int, spec: str) -> dict[str, tuple[int, ...]]:
    version = _number(file, "I")
    if version != VERSION:
        raise _Cut(f"it begins with the version {version} where {VERSION} is known")
    found = _string(file)
    if found != spec:
        raise _Cut(f"it holds a {found[:40]!r}, not a {spec}")
    _number(file, "I")  # The revision of the class.
    shapes: dict[str, tuple[int, ...]] = {}
    for _ in range(_number(file, "I")):
        name = _string(file)
        shape = tuple(_number(file, "I") for _ in range(_number(file, "B")))
        _number(file, "B")  # The type; its width follows from the size.
        length = _number(file, "I")
        if length % max(1, math.prod(shape)) or file.tell() + length > size:
            raise _Cut(f"{name} does not end inside it")
        file.seek(length, 1)
        shapes[name] = shape
    for _ in range(2 * _number(file, "I")):  # Pairs of alias and variable.
        _string(file)
    if file.tell() != size:
        raise _Cut(f"its variables end at byte {file.tell()} of {size}")
    return shapes


def _number(file: BinaryIO, code: str) -> int:
    wanted = struct.calcsize(f"<{code}")
    found = file.read(wanted)
    if len(found) < wanted:
        raise _Cut("it ends in the middle of an entry")
    number: int = struct.unpack(f"<{code}", found)[0]
    return number


def _string(file: BinaryIO) -> str:
    length = _number(file, "H")
    text = file.read(length)
    if len(text) < length or not text.endswith(b"\0"):
        raise _Cut("it ends in the middle of a name")
    return text[:-1].decode()
