"""Recordings made in the test the way a browser makes them: a stream without duration and index, in
pieces."""

import io
from fractions import Fraction
from typing import Any

import av
import numpy as np


class _Pipe(io.RawIOBase):
    """A place to write to that cannot go back, like MediaRecorder's output."""

    def __init__(self) -> None:
        self.data = bytearray()

    def write(self, piece: object) -> int:
        content = bytes(piece)  # type: ignore[call-overload]
        self.data += content
        return len(content)

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False


def tone(seconds: float, hertz: float = 440.0, rate: int = 48_000) -> np.ndarray:
    """A sine of half the full scale."""
    at = np.arange(round(seconds * rate)) / rate
    return (np.sin(2 * np.pi * hertz * at) * 16_000).astype(np.int16)


def recording(
    seconds: float = 2.0,
    *,
    video: str | None = "libvpx",
    sound: str | None = "libopus",
    container: str = "webm",
    size: tuple[int, int] = (320, 240),
    frames_per_second: int = 10,
    sound_seconds: float | None = None,
    hertz: float = 440.0,
) -> bytes:
    """A recorded segment: a grey picture that brightens with time, and a tone."""
    pipe = _Pipe()
    options = (
        {"live": "1"} if container == "webm" else {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
    )
    with av.open(pipe, "w", format=container, options=options) as output:
        pictures: Any = None
        sounds: Any = None
        if video:
            pictures = output.add_stream(video, rate=frames_per_second)
            pictures.width, pictures.height = size
            pictures.pix_fmt = "yuv420p"
            pictures.gop_size = frames_per_second
            if video == "libvpx":
                pictures.options = {"deadline": "realtime", "cpu-used": "8"}
            if video == "libx264":
                pictures.options = {"tune": "zerolatency", "preset": "ultrafast"}
        if sound:
            sounds = output.add_stream(sound, rate=48_000)
            sounds.layout = "mono"
        if sounds is not None:
            length = seconds if sound_seconds is None else sound_seconds
            samples = tone(length, hertz)
            for start in range(0, len(samples), 960):
                piece = samples[start : start + 960].reshape(1, -1)
                frame = av.AudioFrame.from_ndarray(piece, format="s16", layout="mono")
                frame.sample_rate = 48_000
                frame.pts = start
                frame.time_base = Fraction(1, 48_000)
                for packet in sounds.encode(frame):
                    output.mux(packet)
        if pictures is not None:
            for index in range(round(seconds * frames_per_second)):
                grey = np.full((size[1], size[0], 3), 20 + index % 200, dtype=np.uint8)
                for packet in pictures.encode(av.VideoFrame.from_ndarray(grey, format="rgb24")):
                    output.mux(packet)
        for stream in (sounds, pictures):
            if stream is not None:
                for packet in stream.encode(None):
                    output.mux(packet)
    return bytes(pipe.data)


def pieces(data: bytes, count: int) -> list[bytes]:
    """The recording cut into `count` pieces, as MediaRecorder's timeslices hand them out."""
    step = -(-len(data) // count)
    return [data[start : start + step] for start in range(0, len(data), step)]
