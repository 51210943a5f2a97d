"""Recordings are cut at pauses, and every second of a chunk finds its way back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.triton.served.chunks import KEPT_SILENCE_S, LONGEST_S, Chunk, chunks
from inference.triton.served.vad import SAMPLE_RATE_HZ, Samples


def ramp(seconds: float) -> Samples:
    """A recording whose every sample is its own time, in seconds."""
    return (np.arange(int(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ).astype(np.float32)


def test_nobody_speaking_makes_no_chunk() -> None:
    assert chunks(ramp(40), []) == []


def test_a_recording_that_fits_and_is_mostly_speech_stays_whole() -> None:
    (whole,) = chunks(ramp(8), [(0.5, 3.0), (3.5, 7.0)])
    assert whole.duration_s == 8.0 and whole.original_s(6.25) == 6.25
    assert whole.speech_s == pytest.approx(6.0)


def test_long_silence_is_shortened_and_times_are_found_again() -> None:
    (packed,) = chunks(ramp(60), [(5.0, 7.0), (50.0, 53.0)])
    assert packed.duration_s == pytest.approx(5.0 + 4 * KEPT_SILENCE_S, abs=0.01)
    assert packed.original_s(KEPT_SILENCE_S) == pytest.approx(5.0, abs=0.01)
    assert packed.original_s(2.0 + 3 * KEPT_SILENCE_S) == pytest.approx(50.0, abs=0.01)


def test_speech_without_a_pause_is_cut_where_it_is_quietest() -> None:
    generator = np.random.default_rng(1)
    loud = generator.normal(0, 0.1, 60 * SAMPLE_RATE_HZ).astype(np.float32)
    loud[int(22.0 * SAMPLE_RATE_HZ) : int(22.2 * SAMPLE_RATE_HZ)] = 0
    found = chunks(loud, [(0.0, 60.0)])
    assert len(found) == 3
    assert found[0].pieces[0].end == pytest.approx(22.1 * SAMPLE_RATE_HZ, abs=0.5 * SAMPLE_RATE_HZ)


stretches = st.lists(st.tuples(st.floats(0.05, 20), st.floats(0.1, 40)), min_size=1, max_size=8)


@settings(deadline=None, max_examples=40)
@given(stretches)
def test_every_chunk_fits_holds_all_speech_and_tells_true_times(pairs: list[tuple[float, float]]) -> None:
    at, speech = 0.0, []
    for pause_s, spoken_s in pairs:
        speech.append((at + pause_s, at + pause_s + spoken_s))
        at += pause_s + spoken_s
    samples = ramp(at + 0.5)
    found = chunks(samples, speech)
    assert all(chunk.duration_s <= LONGEST_S + 1.0 for chunk in found)
    assert sum(chunk.speech_s for chunk in found) == pytest.approx(
        sum(spoken for _, spoken in pairs), abs=0.1
    )
    assert _covered(found) >= sum(spoken for _, spoken in pairs) - 0.05
    for chunk in found:
        for share in (0.01, 0.4, 0.99):
            at_s = chunk.duration_s * share
            assert chunk.original_s(at_s) == pytest.approx(
                float(chunk.samples[min(len(chunk.samples) - 1, int(at_s * SAMPLE_RATE_HZ))]), abs=0.01
            )


def _covered(found: list[Chunk]) -> float:
    return sum(piece.end - piece.start for chunk in found for piece in chunk.pieces) / SAMPLE_RATE_HZ
