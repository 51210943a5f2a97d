"""What the demo's candidate brings along: a face for the camera, a voice for the microphone, a resume.

The camera shows a public-domain portrait (NASA's, from the model catalogue) that moves a little; the voice is spoken
by flite, Debian's small speech synthesiser. Both are played to Chromium as its fake devices, so that everything
behind the browser's own recording is the real way.
"""

import io
import subprocess
import wave
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
from PIL import Image, ImageDraw

from appliance.kernel.errors import Unavailable

WIDTH, HEIGHT, FRAMES_PER_S, SECONDS = 640, 480, 10, 8
SAMPLE_RATE = 48_000
TAIL_S = 3.0
"""Silence after the voice, before Chromium plays the file again."""


def write_camera(portrait: Path, target: Path) -> None:
    """A Motion-JPEG film of the portrait, swaying slowly, blinking not at all; eight seconds, made to loop."""
    picture = Image.open(portrait).convert("RGB").resize((600, 600))
    with target.open("wb") as film:
        for frame in _sway(picture):
            frame.save(film, format="JPEG", quality=85)


def _sway(picture: Image.Image) -> Iterator[Image.Image]:
    count = FRAMES_PER_S * SECONDS
    for number in range(count):
        angle = 2 * np.pi * number / count
        canvas = Image.new("RGB", (WIDTH, HEIGHT), (186, 190, 196))
        left = (WIDTH - picture.width) // 2 + round(10 * np.sin(angle))
        top = -20 + round(6 * np.cos(2 * angle))
        canvas.paste(picture, (left, top))
        # A clock hand in the corner: a frozen camera would be seen.
        hand = (WIDTH - 20 + 12 * np.sin(angle), 20 - 12 * np.cos(angle))
        ImageDraw.Draw(canvas).line([(WIDTH - 20, 20), hand], fill=(60, 60, 60), width=2)
        yield canvas


def speak(text: str, voice: str = "slt") -> bytes:
    """The text as spoken English: 16-bit mono PCM at 48 kHz.

    Raises `Unavailable` with the package to install when flite is missing.
    """
    try:
        spoken = subprocess.run(
            ["flite", "-voice", voice, "-o", "/dev/stdout", "-t", text], capture_output=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        raise Unavailable("The demo's voice is missing. Install it with: apt-get install flite") from None
    return _resample(spoken)


def _resample(wav: bytes) -> bytes:
    resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
    pieces: list[bytes] = []
    with av.open(io.BytesIO(wav), mode="r") as container:
        frames = [*container.decode(audio=0), None]
        for frame in frames:
            pieces.extend(bytes(out.planes[0])[: out.samples * 2] for out in resampler.resample(frame))
    return b"".join(pieces)


def seconds_of(pcm: bytes) -> float:
    """How long a voice is."""
    return len(pcm) / 2 / SAMPLE_RATE


def write_microphone(pcm: bytes, target: Path, *, lead_in_s: float) -> float:
    """Write the voice, after a silence, as the WAV that Chromium plays as its microphone; returns its seconds."""
    before, after = (b"\0\0" * int(SAMPLE_RATE * seconds) for seconds in (lead_in_s, TAIL_S))
    draft = target.with_suffix(".part")
    with wave.open(str(draft), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(before + pcm + after)
    draft.replace(target)
    return seconds_of(before + pcm + after)
