"""ONNX: a protobuf ``ModelProto`` whose outermost fields must reach exactly to the end of the file."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO, NoReturn

from models.catalogue import ModelError

IR_VERSION, GRAPH = 1, 7
VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5
"""Field numbers of onnx.proto and wire types of protobuf."""


def check(path: Path) -> None:
    """:class:`ModelError` unless the file is one whole message with a version and a graph."""
    size = path.stat().st_size
    fields: set[int] = set()
    with path.open("rb") as file:
        while file.tell() < size:
            key = _varint(path, file)
            fields.add(key >> 3)
            _skip(path, file, key & 7)
            if file.tell() > size:
                _refuse(path, f"it is cut short: a part reaches to byte {file.tell()} of {size}")
    if not {IR_VERSION, GRAPH} <= fields:
        _refuse(path, "it holds no graph")


def _skip(path: Path, file: BinaryIO, wire: int) -> None:
    if wire == VARINT:
        _varint(path, file)
    elif wire == LENGTH:
        file.seek(_varint(path, file), 1)
    elif wire in {FIXED32, FIXED64}:
        file.seek(4 if wire == FIXED32 else 8, 1)
    else:
        _refuse(path, "its beginning is not that of an ONNX model")


def _varint(path: Path, file: BinaryIO) -> int:
    number = 0
    for shift in range(0, 64, 7):
        byte = file.read(1)
        if not byte:
            _refuse(path, "it is cut short")
        number |= (byte[0] & 0x7F) << shift
        if byte[0] < 0x80:
            return number
    _refuse(path, "its beginning is not that of an ONNX model")


def _refuse(path: Path, reason: str) -> NoReturn:
    raise ModelError(f"{path} is not a whole ONNX model: {reason}. Bring it again.")
