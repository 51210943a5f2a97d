"""Recorded answers decoded in memory: sound as PCM, pictures as JPEG, with the times the evidence needs.

A browser's MediaRecorder writes WebM as a live stream (no duration, no index) and Safari fragmented MP4; an
answer may come in several segments after a lost page. All segments of an answer share one timeline: each
starts where the one before it ended, and the wall time that is missing between two is told beside it.
Nothing is written to a disk.
"""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from typing import Any, Protocol

import av
import msgspec
from av.container import InputContainer
from PIL import Image

from appliance.interviews.model import Segment
from appliance.kernel.blobs import BlobStore
from appliance.kernel.errors import N_, Unsupported

SAMPLE_RATE_HZ = 16_000
BYTES_PER_SECOND = SAMPLE_RATE_HZ * 2
READ_AHEAD = 1 << 20
GAP_S = 0.06
"""A hole between two sound packets longer than this is silence (three Opus packets); less is jitter."""

VIDEO_CODECS = frozenset({"vp8", "vp9", "h264", "hevc", "av1"})
SOUND_CODECS = frozenset({"opus", "vorbis", "aac", "pcm_s16le", "pcm_f32le"})


class Container(StrEnum):
    """The two containers a browser records, by their libav demuxer names."""

    WEBM = "matroska"
    MP4 = "mp4"


class UnreadableMedia(Unsupported):
    """The bytes are no recording that can be decoded; the recording itself is kept."""


class MediaLimits(msgspec.Struct, frozen=True):
    """What one answer may ask of the decoder, whatever its bytes claim."""

    duration_s: float = 1800.0
    pixels: int = 1920 * 1920
    streams: int = 4
    channels: int = 8
    damaged_packets: int = 500


PLAIN = MediaLimits()


class Part(msgspec.Struct, frozen=True):
    """One segment's place on the answer's timeline; `missing_before_s` is wall time that nobody recorded."""

    start_s: float
    end_s: float
    missing_before_s: float


class Sound(msgspec.Struct, frozen=True, kw_only=True):
    """Mono signed 16-bit little-endian PCM at 16,000 samples a second. Without a sound track `pcm16` is empty
    and `present` false. `damaged_packets` counts what could not be decoded and is silence."""

    pcm16: bytes
    duration_s: float
    present: bool
    parts: tuple[Part, ...]
    damaged_packets: int = 0


class Picture(msgspec.Struct, frozen=True):
    """A JPEG, upright, at most 640 pixels on its longer side, at `time_s` of the answer's timeline."""

    time_s: float
    jpeg: bytes
    width: int
    height: int


class ByteSource(Protocol):
    """Bytes that can be read from anywhere."""

    @property
    def size(self) -> int: ...

    def read_range(self, start: int, end: int) -> bytes: ...


class BytesSource:
    """Bytes already in memory."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    @property
    def size(self) -> int:
        return len(self._data)

    def read_range(self, start: int, end: int) -> bytes:
        return self._data[start:end]


class BlobSource:
    """A blob of media.db, decrypted piece by piece as it is read."""

    def __init__(self, blobs: BlobStore, blob_id: str, size: int) -> None:
        self._blobs = blobs
        self._blob_id = blob_id
        self._size = size

    @property
    def size(self) -> int:
        return self._size

    def read_range(self, start: int, end: int) -> bytes:
        return b"".join(self._blobs.read(self._blob_id, start, end))


class Track(msgspec.Struct, frozen=True):
    """One segment to decode: its bytes and the wall time that is missing before it."""

    source: ByteSource
    missing_before_s: float = 0.0


def tracks_of(blobs: BlobStore, segments: Sequence[Segment]) -> list[Track]:
    """The segments of a submitted answer, with the gaps between them by the server's clock."""
    tracks: list[Track] = []
    for index, segment in enumerate(segments):
        missing = 0.0
        if index:
            missing = max(0.0, (segment.started_at - segments[index - 1].ended_at).total_seconds())
        tracks.append(Track(BlobSource(blobs, segment.blob_id, segment.size), missing))
    return tracks


class _SeekableFile:
    """A source as the file object PyAV reads, with a window read ahead so that pieces decrypt once."""

    def __init__(self, source: ByteSource) -> None:
        self._source = source
        self._position = 0
        self._window = b""
        self._window_start = 0

    def read(self, count: int = -1) -> bytes:
        end = self._source.size if count < 0 else min(self._source.size, self._position + count)
        start = self._position
        if not self._window_start <= start <= end <= self._window_start + len(self._window):
            reach = min(self._source.size, max(end, start + READ_AHEAD))
            self._window = self._source.read_range(start, reach)
            self._window_start = start
        data = self._window[start - self._window_start : end - self._window_start]
        self._position = start + len(data)
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._source.size}[whence]
        self._position = max(0, min(base + offset, self._source.size))
        return self._position

    def tell(self) -> int:
        return self._position

    def seekable(self) -> bool:
        return True


def container_of(head: bytes) -> Container | None:
    """What the first bytes say (RFC 8794: EBML with a DocType of the Matroska family; ISO 14496-12:
    `ftyp`)."""
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return Container.WEBM if b"webm" in head[:64] or b"matroska" in head[:64] else None
    return Container.MP4 if head[4:8] == b"ftyp" else None


@contextmanager
def open_container(source: ByteSource, limits: MediaLimits) -> Iterator[InputContainer]:
    """The container opened for reading, refused when it is neither WebM nor MP4 or asks for too much."""
    kind = container_of(source.read_range(0, min(source.size, 64)))
    if kind is None:
        raise UnreadableMedia(N_("The recording is neither WebM nor MP4 and cannot be read."))
    try:
        container = av.open(_SeekableFile(source), mode="r", format=kind.value)
    except (av.error.FFmpegError, EOFError, ValueError) as error:
        raise _unreadable() from error
    with container:
        _refuse_excess(container, limits)
        try:
            yield container
        except (av.error.FFmpegError, EOFError) as error:
            raise _unreadable() from error


def _unreadable() -> UnreadableMedia:
    return UnreadableMedia(
        N_("The recording is damaged and cannot be read. A person should listen to what is there.")
    )


def _refuse_excess(container: InputContainer, limits: MediaLimits) -> None:
    if len(container.streams) > limits.streams:
        raise UnreadableMedia(N_("The recording has more tracks than an answer can have."))
    for video in container.streams.video:
        context = video.codec_context
        if context.name not in VIDEO_CODECS or context.width * context.height > limits.pixels:
            raise UnreadableMedia(N_("The recording's picture is of a kind or size that is not accepted."))
    for sound in container.streams.audio:
        if (
            _family(sound.codec_context.name) not in SOUND_CODECS
            or sound.codec_context.channels > limits.channels
        ):
            raise UnreadableMedia(N_("The recording's sound is of a kind that is not accepted."))


def _family(codec: str) -> str:
    """The codec whatever library decodes it (`libopus` is Opus)."""
    return codec.removeprefix("lib").removesuffix("_fixed")


class Extent(msgspec.Struct, frozen=True):
    """Where a segment's own timestamps start, and how long it is, over all its tracks."""

    base_s: float
    duration_s: float


def measure(source: ByteSource, limits: MediaLimits = PLAIN) -> Extent:
    """Read every packet's time without decoding: a live stream's header does not tell its duration."""
    first, last = None, 0.0
    with open_container(source, limits) as container:
        wanted = [*container.streams.audio[:1], *container.streams.video[:1]]
        if not wanted:
            raise UnreadableMedia(N_("The recording has neither sound nor picture."))
        for packet in packets_of(container, wanted):
            if packet.pts is None or packet.time_base is None:
                continue
            start = float(packet.pts * packet.time_base)
            first = start if first is None else min(first, start)
            last = max(last, start + float((packet.duration or 0) * packet.time_base))
    if first is None:
        raise _unreadable()
    if last - first > limits.duration_s:
        raise _too_long(limits)
    return Extent(first, max(0.0, last - first))


def _too_long(limits: MediaLimits) -> UnreadableMedia:
    return UnreadableMedia(
        N_("The recording claims to be longer than the %(minutes)s minutes an answer may have."),
        minutes=round(limits.duration_s / 60),
    )


def packets_of(container: InputContainer, streams: Sequence[av.stream.Stream]) -> Iterator["av.Packet[Any]"]:
    """The packets up to the end, or to where a cut-off file breaks: what came before is good."""
    source = container.demux(*streams)
    while True:
        try:
            packet = next(source)
        except (StopIteration, av.error.InvalidDataError, av.error.EOFError):
            return
        yield packet


def lay_out(tracks: Sequence[Track], limits: MediaLimits = PLAIN) -> list[tuple[Extent, Part]]:
    """Every segment's extent and its place on the answer's common timeline."""
    placed: list[tuple[Extent, Part]] = []
    at_s = 0.0
    for track in tracks:
        extent = measure(track.source, limits)
        placed.append((extent, Part(at_s, at_s + extent.duration_s, track.missing_before_s)))
        at_s += extent.duration_s
    if at_s > limits.duration_s:
        raise _too_long(limits)
    return placed


def decode_sound(tracks: Sequence[Track], limits: MediaLimits = PLAIN) -> Sound:
    """The answer's sound on the common timeline; holes and a shorter sound track are silence, so that a
    time in the sound is the same time in the pictures."""
    placed = lay_out(tracks, limits)
    pcm = bytearray()
    present, damaged = False, 0
    for track, (extent, part) in zip(tracks, placed, strict=True):
        heard, lost = _decode_segment_sound(track.source, extent, part, pcm, limits)
        present, damaged = present or heard, damaged + lost
        _fill_silence(pcm, part.end_s)
        del pcm[_byte_at(part.end_s) :]
    duration_s = placed[-1][1].end_s if placed else 0.0
    return Sound(
        pcm16=bytes(pcm) if present else b"",
        duration_s=duration_s,
        present=present,
        parts=tuple(part for _, part in placed),
        damaged_packets=damaged,
    )


def _decode_segment_sound(
    source: ByteSource, extent: Extent, part: Part, pcm: bytearray, limits: MediaLimits
) -> tuple[bool, int]:
    """Append one segment's sound; tells whether it has any and how many packets were damaged."""
    damaged = 0
    with open_container(source, limits) as container:
        if not container.streams.audio:
            return False, 0
        stream = container.streams.audio[0]
        resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE_HZ)
        for packet in packets_of(container, [stream]):
            try:
                frames: list[Any] = packet.decode()
            except av.error.InvalidDataError:
                damaged += 1
                if damaged > limits.damaged_packets:
                    raise _unreadable() from None
                continue
            for frame in frames:
                if not isinstance(frame, av.AudioFrame):
                    continue
                if frame.time is not None:
                    at_s = part.start_s + frame.time - extent.base_s
                    if min(at_s, part.end_s) - len(pcm) / BYTES_PER_SECOND > GAP_S:
                        _fill_silence(pcm, min(at_s, part.end_s))
                for piece in resampler.resample(frame):
                    pcm += bytes(piece.planes[0])[: piece.samples * 2]
                if len(pcm) > _byte_at(limits.duration_s):
                    raise _too_long(limits)
        for piece in resampler.resample(None):
            pcm += bytes(piece.planes[0])[: piece.samples * 2]
    return True, damaged


def _byte_at(time_s: float) -> int:
    return round(time_s * SAMPLE_RATE_HZ) * 2


def _fill_silence(pcm: bytearray, until_s: float) -> None:
    pcm.extend(bytes(max(0, _byte_at(until_s) - len(pcm))))


def decode_pictures(
    tracks: Sequence[Track], per_second: float, limits: MediaLimits = PLAIN, longest_side: int = 640
) -> Iterator[Picture]:
    """Pictures at most `per_second`, in order; none where there is no video. One picture is in memory at
    a time."""
    for track, (extent, part) in zip(tracks, lay_out(tracks, limits), strict=True):
        next_at = 0.0
        for frame in _video_frames(track.source, limits):
            if frame.width * frame.height > limits.pixels:
                raise UnreadableMedia(
                    N_("The recording's picture is of a kind or size that is not accepted.")
                )
            own_s = (frame.time or 0.0) - extent.base_s
            if not next_at - 1e-6 <= own_s <= extent.duration_s + 1.0:
                continue
            next_at = (int(own_s * per_second + 1e-6) + 1) / per_second
            yield _jpeg(frame, part.start_s + own_s, longest_side)


def _video_frames(source: ByteSource, limits: MediaLimits) -> Iterator[av.VideoFrame]:
    damaged = 0
    with open_container(source, limits) as container:
        if not container.streams.video:
            return
        stream = container.streams.video[0]
        stream.thread_type = "NONE"
        for packet in packets_of(container, [stream]):
            try:
                frames: list[Any] = packet.decode()
            except av.error.InvalidDataError:
                damaged += 1
                if damaged > limits.damaged_packets:
                    raise _unreadable() from None
                continue
            for frame in frames:
                if isinstance(frame, av.VideoFrame):
                    yield frame


def _jpeg(frame: av.VideoFrame, time_s: float, longest_side: int) -> Picture:
    scale = min(1.0, longest_side / max(frame.width, frame.height))
    width, height = max(1, round(frame.width * scale)), max(1, round(frame.height * scale))
    pixels = frame.reformat(width=width, height=height, format="rgb24").to_ndarray()
    image = Image.fromarray(pixels)
    if frame.rotation:
        image = image.rotate(frame.rotation, expand=True)
    memory = io.BytesIO()
    image.save(memory, "JPEG", quality=88)
    return Picture(time_s, memory.getvalue(), image.width, image.height)
