"""Inputs whose answers are known. ``speech.wav`` was synthesised with flite's voice slt (CMU; no person)."""

import math
import struct
import wave
import zlib
from array import array
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, ImageChops, ImageOps

from inference.ports import SAMPLE_RATE_HZ

SPOKEN_AT_S = {"interview": 0.3, "begins": 0.7, "monday": 2.1, "morning": 2.3}
"""Words of speech.wav ("The interview begins at nine o'clock on Monday morning.") without spelling variants,
and about when each begins."""

FACE_MIDDLE = (0.44, 0.22)
"""Middle of the face in the catalogue's ``demo-face`` picture, as parts of its width and height."""


def speech() -> bytes:
    """Three seconds of synthetic English speech, PCM 16 bit mono 16 kHz."""
    with wave.open(str(Path(__file__).with_name("speech.wav")), "rb") as file:
        if (file.getnchannels(), file.getsampwidth(), file.getframerate()) != (1, 2, SAMPLE_RATE_HZ):
            raise ValueError("speech.wav is not mono 16-bit audio at 16 kHz")
        return bytes(file.readframes(file.getnframes()))


def lower_voice(factor: float = 0.72) -> bytes:
    """The same words by another voice: resampled, so that pitch and formants are ``factor`` times as high and
    the speech as much slower."""
    samples = np.frombuffer(speech(), dtype="<i2").astype(np.float64)
    places = np.arange(0, len(samples) - 1, factor)
    heard = np.interp(places, np.arange(len(samples)), samples).round().astype("<i2")
    return bytes(heard.tobytes())


def silence(seconds: float) -> bytes:
    """Digital silence."""
    return bytes(2 * int(seconds * SAMPLE_RATE_HZ))


def tone(seconds: float, hertz: float = 440.0) -> bytes:
    """A sine at half of full scale."""
    step = 2 * math.pi * hertz / SAMPLE_RATE_HZ
    return array(
        "h", [int(16384 * math.sin(step * n)) for n in range(int(seconds * SAMPLE_RATE_HZ))]
    ).tobytes()


def black_picture(width: int = 320, height: int = 240) -> bytes:
    """A PNG without anything to see."""
    rows = (b"\x00" + bytes(width)) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = [(b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in parts)


def close_up(picture: bytes) -> bytes:
    """The half of the ``demo-face`` picture around its face, as PNG."""
    whole = Image.open(BytesIO(picture)).convert("RGB")
    left, top = round((FACE_MIDDLE[0] - 0.25) * whole.width), 0
    return _png(whole.crop((left, top, left + whole.width // 2, top + whole.height // 2)))


def stretched(picture: bytes) -> bytes:
    """The picture 1.3 times as tall, as PNG: a face a little unlike itself."""
    plain = Image.open(BytesIO(picture)).convert("RGB")
    return _png(plain.resize((plain.width, round(1.3 * plain.height))))


def solarized(picture: bytes) -> bytes:
    """The picture with its bright half inverted, as PNG: a face quite unlike itself."""
    return _png(ImageOps.solarize(Image.open(BytesIO(picture)).convert("RGB")))


def moved(picture: bytes, part: float = 0.06) -> bytes:
    """The picture shifted to the right by ``part`` of its width, as PNG."""
    still = Image.open(BytesIO(picture)).convert("RGB")
    return _png(ImageChops.offset(still, round(part * still.width), 0))


def _png(picture: Image.Image) -> bytes:
    encoded = BytesIO()
    picture.save(encoded, "PNG")
    return encoded.getvalue()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
