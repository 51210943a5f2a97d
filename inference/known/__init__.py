"""Inputs whose answers are known. ``speech.wav`` was synthesised with flite's voice slt (CMU; no person)."""

import math
import struct
import wave
import zlib
from array import array
from pathlib import Path

from inference.ports import SAMPLE_RATE_HZ

SPOKEN_WORDS = ("interview", "begins", "monday", "morning")
"""Words of speech.wav ("The interview begins at nine o'clock on Monday morning.") without spelling
variants."""


def speech() -> bytes:
    """Three seconds of synthetic English speech, PCM 16 bit mono 16 kHz."""
    with wave.open(str(Path(__file__).with_name("speech.wav")), "rb") as file:
        if (file.getnchannels(), file.getsampwidth(), file.getframerate()) != (1, 2, SAMPLE_RATE_HZ):
            raise ValueError("speech.wav is not mono 16-bit audio at 16 kHz")
        return bytes(file.readframes(file.getnframes()))


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


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
