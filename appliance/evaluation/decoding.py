"""Any recording as the PCM that the speech port takes, decoded in memory.

The container is told from the first bytes and its demuxer named outright: a probing demuxer would also open
playlists, which name other files.
"""

import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import av
import numpy as np
import numpy.typing as npt
from msgspec import Struct

from appliance.evaluation.errors import Unreadable
from appliance.evaluation.recordings import why_no_file
from inference.ports import SAMPLE_RATE_HZ

LONGEST_S = 4 * 3600.0
"""What the speech port takes at most; a file that decodes to more is refused before it fills the memory."""

MOST_CHANNELS = 8
"""More than libav keeps planes for in a frame itself: PyAV crashes on the ninth."""

MOST_DAMAGED_PACKETS = 500
GAP_S = 0.06
"""A hole in the timestamps longer than this is silence (three Opus packets); less is jitter."""

CLIPPED_SHARE = 0.01
FULL_SCALE = 32767 / 32768
QUIET_DBFS = -50.0
"""A loudest sample below this is a microphone that was off rather than a voice."""

SHORT_BY_S = 0.5
EXACT_DURATION = frozenset({"wav", "w64", "aiff", "flac", "mov", "matroska"})
"""Containers that state their duration rather than have it estimated from the bit rate."""

RESAMPLER = {"filter_size": "64", "cutoff": "0.97"}
"""libswresample with 64 taps: level to 7 kHz and 100 dB down at 9 kHz, where its 32 let -61 dB alias."""

Samples = npt.NDArray[Any]


class Sound(Struct, frozen=True):
    """Mono signed 16-bit little-endian PCM at 16 kHz; ``warning`` says what of the file could not be had."""

    pcm16: bytes
    warning: str = ""

    @property
    def seconds(self) -> float:
        return len(self.pcm16) / 2 / SAMPLE_RATE_HZ


def demuxer_of(head: bytes) -> str | None:
    """libav's demuxer for a file that begins with these (at least 12) bytes; ``None`` for no known sound file."""
    if head[:4] in (b"RIFF", b"RF64", b"BW64") and head[8:12] == b"WAVE":
        return "wav"
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return "aiff"
    if head[4:8] == b"ftyp":
        return "mov"
    signs = {b"fLaC": "flac", b"\x1a\x45\xdf\xa3": "matroska", b"OggS": "ogg", b"riff": "w64", b"ID3": "mp3"}
    for sign, demuxer in signs.items():
        if head.startswith(sign):
            return demuxer
    # An MPEG audio frame begins with eleven ones; layer 0 is AAC in ADTS (ISO 13818-7).
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        return "aac" if head[1] & 0x06 == 0 else "mp3"
    return None


def decode(path: Path) -> Sound:
    """The first sound track with its channels averaged. A damaged or cut-off file gives what can be decoded, and
    a warning; :class:`Unreadable` with the reason where that is nothing, or too much."""
    reason = why_no_file(path)
    if reason:
        raise Unreadable(reason)
    try:
        with path.open("rb") as file:
            return _decode(file)
    except av.error.FFmpegError as error:
        raise Unreadable(f"it is damaged and cannot be decoded ({error.strerror})") from error
    except OSError as error:
        raise Unreadable(f"it cannot be opened ({error.strerror})") from error


def _decode(file: BinaryIO) -> Sound:
    head = file.read(64)
    file.seek(0)
    if not head:
        raise Unreadable("it is empty")
    demuxer = demuxer_of(head)
    if demuxer is None:
        raise Unreadable("its content is no WAV, FLAC, WebM, MP4, Ogg, MP3, AAC or AIFF")
    with av.open(file, mode="r", format=demuxer) as container:
        if not container.streams.audio:
            raise Unreadable("it holds no sound track")
        _refuse_channels(container.streams.audio[0].codec_context.layout.nb_channels)
        track = _Track()
        for packet in _packets(container):
            track.add(packet)
        sound = track.end()
        stated_s = (container.duration or 0) / 1e6 if demuxer in EXACT_DURATION else 0.0
    if not sound:
        raise Unreadable("it holds no sound that can be decoded")
    heard_s = len(sound) / 2 / SAMPLE_RATE_HZ
    warnings = track.warnings(len(sound) // 2)
    missing = _missing_bytes(head, file.seek(0, os.SEEK_END))
    if missing:
        warnings.append(f"it breaks off: the last {missing} bytes are missing")
    elif stated_s - heard_s > SHORT_BY_S:
        warnings.append(f"it breaks off after {heard_s:.1f} of {stated_s:.1f} s")
    return Sound(bytes(sound), "; ".join(warnings))


def _missing_bytes(head: bytes, size: int) -> int:
    """By how much a WAV is shorter than its header says; libav takes the length of PCM from what is there. Streamed
    files leave the length at 0 or at its highest value."""
    stated = int.from_bytes(head[4:8], "little")
    known = head[:4] == b"RIFF" and 0 < stated < 0xFFFFFF00
    return max(0, stated + 8 - size) if known else 0


def _refuse_channels(count: int) -> None:
    if count > MOST_CHANNELS:
        raise Unreadable(f"it has {count} channels; at most {MOST_CHANNELS} are read")


def _packets(container: Any) -> Iterator[Any]:
    """The sound's packets up to the end, or to where a cut-off file breaks: what came before is good."""
    source = container.demux(container.streams.audio[0])
    while True:
        try:
            packet = next(source)
        except (StopIteration, av.error.InvalidDataError, av.error.EOFError):
            return
        yield packet


class _Track:
    """The PCM of one sound track as its packets come in."""

    def __init__(self) -> None:
        self.damaged = 0
        self.holes_s = 0.0
        self.clipped = 0.0
        self.peak = 0.0
        self._pcm = bytearray()
        self._base_s: float | None = None
        self._resampler: av.AudioResampler | None = None
        self._form: tuple[str, str, int] | None = None

    def add(self, packet: Any) -> None:
        try:
            frames = packet.decode()
        except av.error.FFmpegError:
            self.damaged += 1
            if self.damaged > MOST_DAMAGED_PACKETS:
                raise Unreadable(f"more than {MOST_DAMAGED_PACKETS} of its packets are damaged") from None
            return
        for frame in frames:
            self._hear(frame)

    def end(self) -> bytearray:
        self._flush()
        return self._pcm

    def warnings(self, samples: int) -> list[str]:
        """What a person who reads the result should know of the recording."""
        found = []
        if self.damaged:
            found.append(f"{self.damaged} damaged packets were left out")
        if self.holes_s:
            found.append(f"{self.holes_s:.1f} s without data are silence")
        if self.clipped > CLIPPED_SHARE * samples:
            found.append(f"{self.clipped / samples:.0%} of it is clipped")
        if 0 < self.peak < 10 ** (QUIET_DBFS / 20):
            found.append(f"it is very quiet: {20 * math.log10(self.peak):.0f} dB at its loudest")
        return found

    def _hear(self, frame: Any) -> None:
        _refuse_channels(frame.layout.nb_channels)
        form = (frame.format.name, frame.layout.name, frame.sample_rate)
        if form != self._form:
            self._flush()
            self._form = form
            self._resampler = av.AudioResampler(format="fltp", rate=SAMPLE_RATE_HZ, options=RESAMPLER)
        if frame.time is not None:
            self._base_s = frame.time if self._base_s is None else self._base_s
            self._fill_silence(frame.time - self._base_s)
        assert self._resampler is not None
        for piece in self._resampler.resample(frame):
            self._write(piece.to_ndarray())

    def _flush(self) -> None:
        if self._resampler is not None:
            for piece in self._resampler.resample(None):
                self._write(piece.to_ndarray())
            self._resampler = None

    def _fill_silence(self, until_s: float) -> None:
        missing_s = until_s - len(self._pcm) / 2 / SAMPLE_RATE_HZ
        if missing_s > GAP_S:
            self._refuse_beyond(until_s)
            self._pcm.extend(bytes(2 * round(missing_s * SAMPLE_RATE_HZ)))
            self.holes_s += missing_s

    def _write(self, channels: Samples) -> None:
        """``channels`` is (channels, samples), full scale 1; damaged float files hold what is no number."""
        channels = np.nan_to_num(channels, nan=0.0)
        loud = np.abs(channels)
        self.clipped += float((loud >= FULL_SCALE).mean(axis=0).sum())
        self.peak = max(self.peak, float(loud.max(initial=0.0)))
        mono = channels.mean(axis=0)
        scaled = np.clip(np.rint(mono * 32768.0), -32768, 32767)
        self._pcm += scaled.astype("<i2").tobytes()
        self._refuse_beyond(len(self._pcm) / 2 / SAMPLE_RATE_HZ)

    @staticmethod
    def _refuse_beyond(seconds: float) -> None:
        if seconds > LONGEST_S:
            raise Unreadable(f"it is longer than {LONGEST_S / 3600:.0f} hours")
