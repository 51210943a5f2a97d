"""Cutting a recording into what a recogniser of 30 second windows hears best, and finding the way back in time.

Speech is packed: silence longer than a breath is shortened, cuts fall into pauses, and every chunk knows for each of
its seconds which second of the recording it was.
"""

from dataclasses import dataclass

import numpy as np

from inference.triton.served.vad import SAMPLE_RATE_HZ, Samples

LONGEST_S = 26.0
"""Below the window of 30 s, and short enough that the fastest speech fits into Whisper's 448 tokens."""

KEPT_SILENCE_S = 0.4
"""Of a pause this much is kept on each side: where it ends, a sentence may end."""

MOSTLY = 0.5


@dataclass(frozen=True)
class Piece:
    """A stretch of the recording at its place in a chunk, in samples."""

    at: int
    start: int
    end: int


@dataclass(frozen=True)
class Chunk:
    """Samples to be recognised at once, with the pieces of the recording that they were made of."""

    samples: Samples
    pieces: tuple[Piece, ...]
    speech_s: float

    @property
    def duration_s(self) -> float:
        """Length of the chunk, seconds."""
        return len(self.samples) / SAMPLE_RATE_HZ

    def original_s(self, at_s: float) -> float:
        """The second of the recording that was heard at second ``at_s`` of the chunk."""
        at = at_s * SAMPLE_RATE_HZ
        piece = next((each for each in reversed(self.pieces) if each.at <= at), self.pieces[0])
        return min(piece.start + max(0.0, at - piece.at), float(piece.end)) / SAMPLE_RATE_HZ


def chunks(samples: Samples, speech: list[tuple[float, float]]) -> list[Chunk]:
    """``speech`` (start and end in seconds, in order) packed into chunks of at most ``LONGEST_S``; a recording that
    fits and is mostly speech stays as it is."""
    speech_s = sum(end - start for start, end in speech)
    length_s = len(samples) / SAMPLE_RATE_HZ
    if speech and length_s <= LONGEST_S and speech_s >= MOSTLY * length_s:
        return [Chunk(samples, (Piece(0, 0, len(samples)),), speech_s)]
    packed: list[Chunk] = []
    group: list[tuple[float, float]] = []
    for stretch in _cut_long(samples, speech):
        if group and _packed_s([*group, stretch]) > LONGEST_S:
            packed.append(_pack(samples, group))
            group = []
        group.append(stretch)
    return packed + ([_pack(samples, group)] if group else [])


def _cut_long(samples: Samples, speech: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Speech without a pause cut at the quietest tenth of a second in the last third of what fits."""
    found: list[tuple[float, float]] = []
    for begin_s, end_s in speech:
        start_s = begin_s
        while end_s - start_s > LONGEST_S:
            from_s = start_s + LONGEST_S * 2 / 3
            window = samples[int(from_s * SAMPLE_RATE_HZ) : int((start_s + LONGEST_S) * SAMPLE_RATE_HZ)]
            step = SAMPLE_RATE_HZ // 10
            loudness = [
                float(np.mean(window[at : at + step] ** 2)) for at in range(0, len(window) - step, step)
            ]
            cut_s = from_s + (int(np.argmin(loudness)) + 0.5) / 10
            found.append((start_s, cut_s))
            start_s = cut_s
        found.append((start_s, end_s))
    return found


def _packed_s(group: list[tuple[float, float]]) -> float:
    pauses = sum(
        min(after[0] - before[1], 2 * KEPT_SILENCE_S) for before, after in zip(group, group[1:], strict=False)
    )
    return sum(end - start for start, end in group) + pauses + 2 * KEPT_SILENCE_S


def _pack(samples: Samples, group: list[tuple[float, float]]) -> Chunk:
    margin = int(KEPT_SILENCE_S * SAMPLE_RATE_HZ)
    pieces: list[Piece] = []
    parts: list[Samples] = []
    at = 0
    for start_s, end_s in group:
        start = max(0, int(start_s * SAMPLE_RATE_HZ) - margin, pieces[-1].end if pieces else 0)
        end = min(len(samples), int(end_s * SAMPLE_RATE_HZ) + margin)
        if end <= start:
            continue
        pieces.append(Piece(at, start, end))
        parts.append(samples[start:end])
        at += end - start
    return Chunk(np.concatenate(parts), tuple(pieces), sum(end - start for start, end in group))
