"""Any picture as the JPEG or PNG that the vision port takes, checked to its last byte."""

import threading
import warnings
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageOps

from appliance.evaluation.errors import Unreadable
from appliance.evaluation.recordings import why_no_file

MOST_PIXELS = 40_000_000
"""As the vision models: a 40 megapixel photograph, 120 MB decoded."""

LARGEST_BYTES = 64 * 2**20
PASSED_ON = ("JPEG", "PNG")
CONVERTED = ("PPM", "BMP", "WEBP", "TIFF", "GIF")

_opening = threading.Lock()
"""Filters of warnings belong to the process, not to a thread."""


def load(path: Path) -> bytes:
    """The picture's own bytes where it is JPEG or PNG, else its first frame as PNG without loss.

    Decoded here once whatever it is: a decoder that fills up a cut-off JPEG with grey would let a face be
    compared that is half missing. :class:`Unreadable` with the reason.
    """
    reason = why_no_file(path)
    if reason:
        raise Unreadable(reason)
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise Unreadable(f"it is larger than {LARGEST_BYTES // 2**20} MiB")
        encoded = path.read_bytes()
    except OSError as error:
        raise Unreadable(f"it cannot be opened ({error.strerror})") from error
    if not encoded:
        raise Unreadable("it is empty")
    with _open(encoded) as picture:
        if picture.width * picture.height > MOST_PIXELS:
            raise Unreadable(
                f"it has {picture.width} x {picture.height} pixels; at most {MOST_PIXELS} are read"
            )
        try:
            picture.load()
            # A telephone's JPEG with a second picture behind the first is called MPO once it is open.
            return encoded if picture.format in (*PASSED_ON, "MPO") else _png(picture)
        except (OSError, SyntaxError, ValueError, EOFError) as error:
            raise Unreadable(f"it is damaged and cannot be decoded ({error})") from error


def _open(encoded: bytes) -> Image.Image:
    """The header alone; Pillow warns from 89 megapixels on, which is refused here anyway."""
    with _opening, warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            return Image.open(BytesIO(encoded), formats=PASSED_ON + CONVERTED)
        except Image.DecompressionBombError as error:
            raise Unreadable(f"it has more than {MOST_PIXELS} pixels") from error
        except (OSError, SyntaxError, ValueError) as error:
            raise Unreadable("its content is no JPEG, PNG, PGM, BMP, WebP, TIFF or GIF") from error


def _png(picture: Image.Image) -> bytes:
    if picture.mode == "F":
        raise Unreadable("its pixels are floating-point numbers, which PNG cannot hold")
    upright = ImageOps.exif_transpose(picture)
    if upright.mode in ("P", "PA", "CMYK", "YCbCr", "LAB", "HSV"):
        upright = upright.convert("RGB")
    memory = BytesIO()
    upright.save(memory, "PNG", compress_level=1)
    return memory.getvalue()
