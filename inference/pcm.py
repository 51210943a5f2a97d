"""Sound as the ports take it: mono signed 16-bit little-endian samples, 16,000 a second."""

import io
import wave

from inference.errors import InferenceInvalid
from inference.ports import SAMPLE_RATE_HZ

BYTES_PER_SECOND = 2 * SAMPLE_RATE_HZ


def duration_s(pcm16: bytes, most_s: float) -> float:
    """The length in seconds. ``InferenceInvalid`` for what is no such sound, or longer than ``most_s``."""
    if not pcm16:
        raise InferenceInvalid("the recording holds no samples")
    if len(pcm16) % 2:
        raise InferenceInvalid(f"{len(pcm16)} bytes are no 16-bit samples")
    seconds = len(pcm16) / BYTES_PER_SECOND
    if seconds > most_s:
        raise InferenceInvalid(f"the recording is {seconds:.0f} s long; at most {most_s:.0f} s are taken")
    return seconds


def wav(pcm16: bytes) -> bytes:
    """A WAV file of the samples, made in memory."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writing:
        writing.setnchannels(1)
        writing.setsampwidth(2)
        writing.setframerate(SAMPLE_RATE_HZ)
        writing.writeframes(pcm16)
    return file.getvalue()
