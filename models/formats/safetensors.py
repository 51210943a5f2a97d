"""safetensors: eight bytes of length, a JSON header, then the tensors' bytes without a gap.

Format: the safetensors README, "Format". Read with the standard library, so that 60 GB are judged by their
headers before anything is copied.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import NoReturn

import msgspec

from models.catalogue import ModelError

LONGEST_HEADER = 100_000_000
"""Bytes; the limit of the format's own reader."""

BITS = {
    **dict.fromkeys(("F64", "I64", "U64", "C64"), 64),
    **dict.fromkeys(("F32", "I32", "U32"), 32),
    **dict.fromkeys(("F16", "BF16", "I16", "U16"), 16),
    **dict.fromkeys(("BOOL", "I8", "U8", "F8_E4M3", "F8_E5M2", "F8_E8M0"), 8),
    **dict.fromkeys(("F6_E2M3", "F6_E3M2"), 6),
    "F4": 4,
}


class _Tensor(msgspec.Struct, frozen=True):
    dtype: str
    shape: tuple[int, ...]
    data_offsets: tuple[int, int]


_Header = dict[str, msgspec.Raw]


def tensors(path: Path) -> dict[str, tuple[int, ...]]:
    """Every tensor's name and dimensions; :class:`ModelError` where header and file disagree."""
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if size < 8 or length > min(LONGEST_HEADER, size - 8):
            _refuse(path, f"a header of {length} bytes does not fit into its {size} bytes")
        header = _parse(path, file.read(length))
    end = _end_of_last(path, header)
    if 8 + length + end != size:
        _refuse(path, f"its header describes {8 + length + end} bytes, and it has {size}")
    return {name: tensor.shape for name, tensor in header.items()}


def _parse(path: Path, text: bytes) -> dict[str, _Tensor]:
    try:
        raw = msgspec.json.decode(text, type=_Header)
        raw.pop("__metadata__", None)
        return {name: msgspec.json.decode(entry, type=_Tensor) for name, entry in raw.items()}
    except msgspec.DecodeError as error:
        _refuse(path, f"its header cannot be read ({error})")


def _end_of_last(path: Path, header: dict[str, _Tensor]) -> int:
    """Where the tensors' bytes end; they lie one after the other, each as long as type and shape say."""
    end = 0
    for name, tensor in sorted(header.items(), key=lambda entry: entry[1].data_offsets):
        if tensor.dtype not in BITS:
            _refuse(path, f"{name} is of the unknown type {tensor.dtype}")
        begin, stop = tensor.data_offsets
        bits = BITS[tensor.dtype] * math.prod(tensor.shape)
        if begin != end or bits % 8 or stop - begin != bits // 8 or min(tensor.shape, default=0) < 0:
            _refuse(path, f"the place of {name} does not agree with its type and shape")
        end = stop
    return end


def _refuse(path: Path, reason: str) -> NoReturn:
    raise ModelError(
        f"{path} is not a whole safetensors file: {reason}. Was its copy or download cut short? Bring it again."
    )
