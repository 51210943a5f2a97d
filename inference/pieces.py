"""A recording cut into pieces in which somebody speaks, for recognisers that read thirty seconds at a time."""

from collections.abc import Iterator, Sequence

import numpy as np
from msgspec import Struct

from inference.pcm import BYTES_PER_SECOND
from inference.ports import SAMPLE_RATE_HZ, SpeechSegment

LONGEST_S = 28.0
"""Whisper reads 30 s; the rest is margin for what is heard around a piece. It also keeps an upload under 1 MiB,
beyond which vLLM's web server (Starlette) would put it into a temporary file."""

AROUND_S = 0.2
"""Kept before and after speech, where a detector may have begun late or ended early."""

LOOKED_AT_S = 8.0
"""Speech without a pause is cut at the quietest moment of so much before the longest piece would end."""

MOMENT_S = 0.1


class Piece(Struct, frozen=True):
    """A stretch of the recording and the speech in it; all times are seconds from the recording's start."""

    start_s: float
    end_s: float
    spoken: tuple[SpeechSegment, ...]

    @property
    def duration_s(self) -> float:
        return self.end_s - self.start_s

    def of(self, pcm16: bytes) -> bytes:
        """Its samples."""
        return pcm16[_byte_at(self.start_s) : _byte_at(self.end_s)]

    def spoken_outside(self, covered: Sequence[tuple[float, float]]) -> float:
        """Seconds of its speech that lie under none of the ``covered`` stretches (ordered by start)."""
        left_s = 0.0
        for speech in self.spoken:
            at_s = speech.start_s
            for start_s, end_s in covered:
                left_s += max(0.0, min(start_s, speech.end_s) - at_s)
                at_s = max(at_s, min(end_s, speech.end_s))
            left_s += speech.end_s - at_s
        return left_s


def pieces(pcm16: bytes, spoken: Sequence[SpeechSegment]) -> list[Piece]:
    """Pieces of at most ``LONGEST_S``, in order and without overlap, that hold all of ``spoken``; silence between
    them is in none."""
    found: list[Piece] = []
    short = [part for speech in spoken for part in _shortened(pcm16, speech)]
    group: list[SpeechSegment] = []
    for part in short:
        if group and part.end_s - group[0].start_s > LONGEST_S:
            found.append(_piece(group))
            group = []
        group.append(part)
    if group:
        found.append(_piece(group))
    return _with_surroundings(found, len(pcm16) / BYTES_PER_SECOND)


def halves(pcm16: bytes, piece: Piece) -> list[Piece]:
    """The piece cut in two at the quietest moment of its middle half."""
    quarter_s = piece.duration_s / 4
    at_s = quietest(pcm16, piece.start_s + quarter_s, piece.end_s - quarter_s)
    return [_part(piece, piece.start_s, at_s), _part(piece, at_s, piece.end_s)]


def quietest(pcm16: bytes, from_s: float, to_s: float) -> float:
    """The middle of the moment with the least energy between two times."""
    samples = np.frombuffer(pcm16[_byte_at(from_s) : _byte_at(to_s)], dtype="<i2").astype(np.float64)
    length = round(MOMENT_S * SAMPLE_RATE_HZ)
    count = len(samples) // length
    if count == 0:
        return (from_s + to_s) / 2
    energies = (samples[: count * length].reshape(count, length) ** 2).sum(axis=1)
    return from_s + (int(energies.argmin()) + 0.5) * MOMENT_S


def _shortened(pcm16: bytes, speech: SpeechSegment) -> Iterator[SpeechSegment]:
    start_s = speech.start_s
    while speech.end_s - start_s > LONGEST_S:
        cut_s = quietest(pcm16, start_s + LONGEST_S - LOOKED_AT_S, start_s + LONGEST_S)
        yield SpeechSegment(start_s, cut_s)
        start_s = cut_s
    yield SpeechSegment(start_s, speech.end_s)


def _piece(group: Sequence[SpeechSegment]) -> Piece:
    return Piece(group[0].start_s, group[-1].end_s, tuple(group))


def _part(piece: Piece, start_s: float, end_s: float) -> Piece:
    inside = [
        SpeechSegment(max(speech.start_s, start_s), min(speech.end_s, end_s))
        for speech in piece.spoken
        if speech.start_s < end_s and speech.end_s > start_s
    ]
    return Piece(start_s, end_s, tuple(inside))


def _with_surroundings(found: Sequence[Piece], duration_s: float) -> list[Piece]:
    """Each piece with a little of the silence around it, up to the middle between neighbours."""
    widened = []
    for index, piece in enumerate(found):
        before_s = (found[index - 1].end_s + piece.start_s) / 2 if index else 0.0
        after_s = (piece.end_s + found[index + 1].start_s) / 2 if index + 1 < len(found) else duration_s
        start_s = max(before_s, piece.start_s - AROUND_S)
        end_s = min(after_s, piece.end_s + AROUND_S)
        widened.append(Piece(start_s, end_s, piece.spoken))
    return widened


def _byte_at(time_s: float) -> int:
    return 2 * round(time_s * SAMPLE_RATE_HZ)
