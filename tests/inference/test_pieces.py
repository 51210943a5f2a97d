"""Recordings are cut where nobody speaks; nothing that was said falls between the pieces."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference import known, pcm
from inference.pieces import LONGEST_S, Piece, halves, pieces, quietest
from inference.ports import SpeechSegment

gaps_and_speech = st.lists(st.tuples(st.floats(0.05, 20), st.floats(0.2, 70)), min_size=1, max_size=8)


def laid_out(stretches: list[tuple[float, float]]) -> tuple[bytes, list[SpeechSegment]]:
    """Silence of the length that these gaps and stretches of speech have together, and where the speech is."""
    spoken, at_s = [], 0.0
    for gap_s, speech_s in stretches:
        spoken.append(SpeechSegment(at_s + gap_s, at_s + gap_s + speech_s))
        at_s += gap_s + speech_s
    return known.silence(at_s + 1.0), spoken


@given(gaps_and_speech)
def test_pieces_are_short_ordered_apart_and_hold_all_that_was_said(
    stretches: list[tuple[float, float]],
) -> None:
    pcm16, spoken = laid_out(stretches)
    found = pieces(pcm16, spoken)
    assert all(piece.duration_s <= LONGEST_S + 0.5 for piece in found)
    assert all(len(pcm.wav(piece.of(pcm16))) < 2**20 for piece in found)
    edges = [edge for piece in found for edge in (piece.start_s, piece.end_s)]
    assert edges == sorted(edges) and edges[0] >= 0 and edges[-1] <= len(pcm16) / 32_000
    covered = [(piece.start_s, piece.end_s) for piece in found]
    whole = Piece(0.0, len(pcm16) / 32_000, tuple(spoken))
    assert whole.spoken_outside(covered) == pytest.approx(0.0, abs=1e-6)
    inside = sum(part.end_s - part.start_s for piece in found for part in piece.spoken)
    assert inside == pytest.approx(sum(part.end_s - part.start_s for part in spoken))


def test_long_silence_is_in_no_piece() -> None:
    pcm16, spoken = laid_out([(1.0, 5.0), (60.0, 5.0)])
    edges = [edge for piece in pieces(pcm16, spoken) for edge in (piece.start_s, piece.end_s)]
    assert edges == pytest.approx([0.8, 6.2, 65.8, 71.2])
    assert pieces(pcm16, []) == []


def test_speech_without_a_pause_is_cut_where_it_is_quietest() -> None:
    samples = np.frombuffer(known.tone(60.0), dtype="<i2").copy()
    samples[round(24.3 * 16_000) : round(24.5 * 16_000)] //= 20
    first, second, *_ = pieces(samples.tobytes(), [SpeechSegment(0.0, 60.0)])
    assert first.end_s == pytest.approx(24.4, abs=0.11) and second.start_s == first.end_s


def test_a_piece_is_halved_in_its_middle_and_nothing_is_heard_twice() -> None:
    samples = np.frombuffer(known.tone(20.0), dtype="<i2").copy()
    samples[round(12.0 * 16_000) : round(12.3 * 16_000)] = 0
    pcm16 = samples.tobytes()
    whole = Piece(2.0, 20.0, (SpeechSegment(2.2, 11.0), SpeechSegment(11.5, 19.8)))
    left, right = halves(pcm16, whole)
    assert left.end_s == right.start_s == pytest.approx(12.1, abs=0.11)
    assert left.of(pcm16) + right.of(pcm16) == whole.of(pcm16)
    assert [len(left.spoken), len(right.spoken)] == [2, 1]
    assert left.spoken[1].end_s == right.spoken[0].start_s == left.end_s


def test_speech_outside_is_what_no_stretch_covers() -> None:
    piece = Piece(0.0, 20.0, (SpeechSegment(1.0, 5.0), SpeechSegment(8.0, 12.0)))
    assert piece.spoken_outside([]) == 8.0
    assert piece.spoken_outside([(0.0, 20.0)]) == 0.0
    assert piece.spoken_outside([(2.0, 3.0), (4.0, 9.0)]) == pytest.approx(1.0 + 1.0 + 3.0)
    assert piece.spoken_outside([(2.0, 4.0), (3.0, 3.5)]) == pytest.approx(1.0 + 1.0 + 4.0)


def test_a_moment_shorter_than_can_be_measured_is_its_middle() -> None:
    assert quietest(known.silence(1.0), 0.5, 0.52) == pytest.approx(0.51)
