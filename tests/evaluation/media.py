"""Recordings and pictures made for the tests."""

import struct
import zlib
from fractions import Fraction
from io import BytesIO
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from PIL import Image

from inference import known

FORMS = {
    "pcm.wav": ("wav", "pcm_s16le", 16_000, "mono"),
    "deep.wav": ("wav", "pcm_s24le", 48_000, "stereo"),
    "telephone.wav": ("wav", "pcm_u8", 8_000, "mono"),
    "alaw.wav": ("wav", "pcm_alaw", 8_000, "mono"),
    "surround.wav": ("wav", "pcm_f32le", 44_100, "5.1"),
    "lossless.flac": ("flac", "flac", 48_000, "stereo"),
    "browser.webm": ("webm", "libopus", 48_000, "mono"),
    "phone.mp4": ("mp4", "aac", 44_100, "mono"),
    "phone.m4a": ("ipod", "aac", 48_000, "stereo"),
    "message.ogg": ("ogg", "libopus", 48_000, "mono"),
    "old.mp3": ("mp3", "libmp3lame", 44_100, "mono"),
    "raw.aac": ("adts", "aac", 48_000, "mono"),
    "studio.aiff": ("aiff", "pcm_s16be", 22_050, "mono"),
    "long.w64": ("w64", "pcm_s16le", 16_000, "mono"),
}
"""Container, codec, rate and layout by file name."""

Wave = npt.NDArray[np.float32]


def tone(seconds: float, rate: int, hertz: float = 440.0, amplitude: float = 0.5) -> Wave:
    """A sine, full scale 1."""
    return np.asarray(
        amplitude * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate), np.float32
    )


def encode(path: Path, form: str, channels: list[Wave]) -> Path:
    """``channels`` written in one of FORMS."""
    container, codec, rate, layout = FORMS[form]
    # PyAV's own typing knows only literal names of codecs.
    with av.open(str(path), "w", format=container) as output:
        stream = output.add_stream(codec, rate=rate)
        assert isinstance(stream, av.AudioStream)
        stream.layout = layout
        fit = av.AudioResampler(
            format=stream.codec_context.format.name, layout=layout, rate=rate, frame_size=960
        )
        frame = av.AudioFrame.from_ndarray(np.stack(channels), format="fltp", layout=layout)
        frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
        for piece in [*fit.resample(frame), *fit.resample(None)]:
            output.mux(stream.encode(piece))
        output.mux(stream.encode(None))
    return path


def recording(folder: Path, form: str, seconds: float = 2.0, hertz: float = 440.0) -> Path:
    """A tone in one of FORMS."""
    _, _, rate, layout = FORMS[form]
    channels = av.AudioLayout(layout).nb_channels
    return encode(folder / form, form, [tone(seconds, rate, hertz)] * channels)


def wav(path: Path, samples: npt.NDArray[np.int16], rate: int = 16_000, channels: int = 1) -> Path:
    """Interleaved 16-bit samples as the plainest WAV."""
    data = samples.astype("<i2").tobytes()
    head = struct.pack("<HHIIHH", 1, channels, rate, rate * channels * 2, channels * 2, 16)
    chunks = b"fmt " + struct.pack("<I", 16) + head + b"data" + struct.pack("<I", len(data)) + data
    path.write_bytes(b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks)
    return path


def speech(path: Path, gain: float = 1.0) -> Path:
    """The known English sentence, louder or quieter, clipped where it does not fit."""
    samples = np.frombuffer(known.speech(), "<i2").astype(np.float64) * gain
    return wav(path, np.clip(np.rint(samples), -32768, 32767).astype(np.int16))


def picture(path: Path, size: tuple[int, int] = (64, 48), mode: str = "L") -> Path:
    """A gradient in the format of the name's ending."""
    ramp = np.arange(size[0] * size[1], dtype=np.uint32).reshape(size[1], size[0])
    if mode == "I;16":
        Image.fromarray((ramp * 7 % 65536).astype(np.uint16)).save(path)
    else:
        Image.fromarray((ramp % 256).astype(np.uint8)).convert(mode).save(path)
    return path


def claimed_png(width: int, height: int) -> bytes:
    """A PNG whose header claims a size that it does not hold."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes(100))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def jpeg(image: Image.Image) -> bytes:
    """The picture as a JPEG."""
    memory = BytesIO()
    image.convert("RGB").save(memory, "JPEG", quality=90)
    return memory.getvalue()
