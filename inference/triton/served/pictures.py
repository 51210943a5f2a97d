"""Decoding of one picture, with a limit that stops image bombs before they are decoded."""

import struct
from typing import Any

import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]
"""(height, width, 3), RGB."""

MAX_PIXELS = 40_000_000
"""The largest picture accepted: a 40 megapixel photograph, 120 MB decoded."""

_FRAME_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def _jpeg_size(encoded: bytes) -> tuple[int, int]:
    """(height, width) from the JPEG's start-of-frame segment (ITU-T T.81, B.2.2)."""
    at = 2
    while at + 9 <= len(encoded):
        if encoded[at] != 0xFF:
            at += 1
            continue
        marker = encoded[at + 1]
        if marker in _FRAME_MARKERS:
            height, width = struct.unpack(">HH", encoded[at + 5 : at + 9])
            return height, width
        standalone = marker in (0x00, 0x01, 0xFF) or 0xD0 <= marker <= 0xD9
        at += 2 if standalone else 2 + int.from_bytes(encoded[at + 2 : at + 4], "big")
    raise ValueError("the JPEG holds no frame header")


def size(encoded: bytes) -> tuple[int, int]:
    """(height, width) of a JPEG or PNG without decoding it."""
    if encoded[:2] == b"\xff\xd8":
        return _jpeg_size(encoded)
    if encoded[:8] == b"\x89PNG\r\n\x1a\n" and len(encoded) >= 24:
        width, height = struct.unpack(">II", encoded[16:24])
        return height, width
    raise ValueError("the picture is neither JPEG nor PNG")


def decode(encoded: bytes) -> Picture:
    """The picture upright as RGB; ``ValueError`` for what is no picture, damaged or too large."""
    import cv2

    height, width = size(encoded)
    if not 0 < height * width <= MAX_PIXELS:
        raise ValueError(f"the picture has {width} x {height} pixels; at most {MAX_PIXELS} are accepted")
    bgr: Any = cv2.imdecode(np.frombuffer(encoded, dtype=np.uint8), cv2.IMREAD_COLOR)
    if bgr is None:
        raise ValueError("the picture cannot be decoded")
    return np.ascontiguousarray(bgr[:, :, ::-1])
